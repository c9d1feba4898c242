from engagements.queries.clocks import Clocks, clocks
from engagements.queries.conversation import Line, conversation, conversation_page, latest_contacts
from engagements.queries.history import Happening, told
from engagements.queries.offer import (
    Rung,
    court_of_offer,
    current_agreement,
    has_their_signature,
    latest_agreement,
    offer_ladder,
    questions_of,
)
from engagements.queries.pauses import open_pause
from engagements.queries.templates import Step, Tick, draft_version, missing, plan, ticks
from engagements.queries.termination import carried_out, open_termination

__all__ = [
    "Clocks",
    "Happening",
    "Line",
    "Rung",
    "Step",
    "Tick",
    "carried_out",
    "clocks",
    "conversation",
    "conversation_page",
    "court_of_offer",
    "current_agreement",
    "draft_version",
    "has_their_signature",
    "latest_agreement",
    "latest_contacts",
    "missing",
    "offer_ladder",
    "open_pause",
    "open_termination",
    "plan",
    "questions_of",
    "ticks",
    "told",
]
