"""What stands above a typed name, and the policies that are accepted before it: the same words on the page and in the
row."""

import hashlib

from django.utils.translation import gettext as _

from accounts.queries import organisation
from engagements.models import Engagement, PolicyAcceptance
from engagements.models.template import POLICY_FIELDS
from engagements.queries.clauses import filled
from engagements.states import Side


def consent_of(side: str, engagement: Engagement) -> str:
    """The sentence that this side agrees to by typing a name; it is stored with the signature."""
    if side == Side.THEIRS:
        return _(
            "I have read the text above. I agree to it with my estimates in it. My name, the moment, my IP address and "
            "the text’s hash are kept as my signature."
        )
    house = organisation()
    return _(
        "I have read the text above with its estimates. For %(who)s I agree to it. My name, the moment, my IP address "
        "and the text’s hash are kept as my signature."
    ) % {"who": house.legal_name if house else engagement.lead.name}


def policy_text(engagement: Engagement) -> str:
    """The delivery policy and the clauses of this engagement as one markdown text; empty when there are none."""
    version = engagement.version
    labels = dict(zip(POLICY_FIELDS, (_("Repository"), _("Branches"), _("Versions"), _("Who merges")), strict=True))
    rules = [f"{labels[name]}: {getattr(version, name)}" for name in POLICY_FIELDS if getattr(version, name)]
    clauses = filled(version.clauses, engagement, organisation()).strip()
    return "\n\n".join([*rules, *([clauses] if clauses else [])])


def policy_digest(text: str) -> str:
    """SHA-256, hex, of the UTF-8 bytes; empty for no text."""
    return hashlib.sha256(text.encode()).hexdigest() if text else ""


def policy_to_accept(engagement: Engagement) -> str:
    """The text that the contractor still has to accept before signing; empty when nothing is left to accept."""
    text = policy_text(engagement)
    accepted = PolicyAcceptance.objects.filter(
        engagement=engagement, sha256=policy_digest(text), by=engagement.contractor.user
    )
    return "" if not text or accepted.exists() else text
