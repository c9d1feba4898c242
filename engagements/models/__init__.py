from engagements.models.agreement import Agreement, OfferLink, Signature
from engagements.models.conversation import CheckIn, Contact, Message
from engagements.models.engagement import Engagement, Goal
from engagements.models.template import (
    ContractTemplate,
    OpeningOrigin,
    TemplateGoal,
    TemplateMilestone,
    TemplateVersion,
)

__all__ = [
    "Agreement",
    "CheckIn",
    "Contact",
    "ContractTemplate",
    "Engagement",
    "Goal",
    "Message",
    "OfferLink",
    "OpeningOrigin",
    "Signature",
    "TemplateGoal",
    "TemplateMilestone",
    "TemplateVersion",
]
