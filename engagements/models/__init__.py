from engagements.models.agreement import (
    Agreement,
    AgreementPaper,
    OfferLink,
    PolicyAcceptance,
    ReadBack,
    ReadBackReply,
    Signature,
)
from engagements.models.amendment import Amendment, AmendmentPaper, AmendmentSignature, AmendmentText
from engagements.models.capability import Capability
from engagements.models.conversation import CheckIn, Contact, Message
from engagements.models.delegation import Delegation
from engagements.models.engagement import Engagement, GateOverride, Goal, Need
from engagements.models.measurement import Measurement
from engagements.models.objective import Objective
from engagements.models.pause import Pause
from engagements.models.question import OfferAnswer, OfferQuestion
from engagements.models.template import (
    ContractTemplate,
    OpeningOrigin,
    TemplateGoal,
    TemplateMilestone,
    TemplateVersion,
)
from engagements.models.termination import Termination

__all__ = [
    "Agreement",
    "AgreementPaper",
    "Amendment",
    "AmendmentPaper",
    "AmendmentSignature",
    "AmendmentText",
    "Capability",
    "CheckIn",
    "Contact",
    "ContractTemplate",
    "Delegation",
    "Engagement",
    "GateOverride",
    "Goal",
    "Measurement",
    "Message",
    "Need",
    "Objective",
    "OfferAnswer",
    "OfferLink",
    "OfferQuestion",
    "OpeningOrigin",
    "Pause",
    "PolicyAcceptance",
    "ReadBack",
    "ReadBackReply",
    "Signature",
    "TemplateGoal",
    "TemplateMilestone",
    "TemplateVersion",
    "Termination",
]
