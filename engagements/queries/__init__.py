from engagements.queries.conversation import Line, conversation, conversation_page, latest_confidence, latest_contacts
from engagements.queries.offer import court_of_offer, current_agreement, latest_agreement
from engagements.queries.templates import Tick, draft_version, missing, readiness

__all__ = [
    "Line",
    "Tick",
    "conversation",
    "conversation_page",
    "court_of_offer",
    "current_agreement",
    "draft_version",
    "latest_agreement",
    "latest_confidence",
    "latest_contacts",
    "missing",
    "readiness",
]
