"""Reads about the papers of an engagement."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from engagements.models import Agreement, Engagement, Message, OfferLink, OfferQuestion, Signature
from engagements.states import COURT, Court, EngagementStatus, Side


def current_agreement(engagement: Engagement) -> Agreement | None:
    """The one that stands, signed or waiting for signatures."""
    return Agreement.objects.filter(engagement=engagement, voided_at=None).first()


def latest_agreement(engagement: Engagement) -> Agreement | None:
    """The one that stands, else the last that was voided."""
    return Agreement.objects.filter(engagement=engagement).order_by("-number").first()


def court_of_offer(engagement: Engagement) -> str:
    """An offer is the contractor's until he or she signs or asks, then ours to countersign or answer."""
    if engagement.status != EngagementStatus.OFFERED:
        return COURT[engagement.status]
    is_ours = (
        has_their_signature(engagement) or OfferQuestion.objects.unanswered().filter(engagement=engagement).exists()
    )
    return Court.OURS if is_ours else Court.THEIRS


def has_their_signature(engagement: Engagement) -> bool:
    """Whether the contractor's name stands under the agreement that stands."""
    signatures = Signature.objects.filter(agreement__engagement=engagement, agreement__voided_at=None)
    return signatures.filter(side=Side.THEIRS).exists()


def questions_of(engagement: Engagement) -> list[OfferQuestion]:
    """All that was asked about the offer with its answers, in the order in which it was asked; one query."""
    return list(OfferQuestion.objects.filter(engagement=engagement).for_list())


def link_of(engagement: Engagement) -> OfferLink | None:
    """The link that opens the offer now, unless its time is over; None when there is none."""
    return OfferLink.objects.filter(engagement=engagement, revoked_at=None).order_by("-pk").first()


@dataclass(frozen=True)
class Rung:
    """One step of an offer. `place` is "" for what is done, is-now for whose turn it is, is-todo for what follows;
    `person` takes it, None for a contractor without an account."""

    label: str
    person: User | None
    at: datetime | None
    place: str
    hint: str = ""  # in the place of a date


def offer_ladder(engagement: Engagement) -> list[Rung]:
    """sent → read → estimated and signed → countersigned, of an offer that is out (with its people); four queries.
    What was signed was read, also where nobody opened the link. While a question waits it is the turn of who answers:
    the comms owner, or the contractor where we asked about what was signed."""
    read_at = (
        OfferLink.objects.filter(engagement=engagement, first_read_at__isnull=False)
        .order_by("-first_read_at")
        .values_list("first_read_at", flat=True)
        .first()
    )
    standing = Signature.objects.filter(agreement__engagement=engagement, agreement__voided_at=None)
    signed = dict(standing.values_list("side", "at"))
    is_asked = OfferQuestion.objects.unanswered().filter(engagement=engagement).exists()
    theirs, ours = signed.get(Side.THEIRS), signed.get(Side.OURS)
    lead, contractor = engagement.lead, engagement.contractor.user
    ours_waits = theirs is not None and Message.objects.waiting().of_offer(engagement, since=theirs).exists()
    steps = [
        (_("Sent"), lead, engagement.offered_at, True, ""),
        (_("Read"), contractor, read_at, bool(read_at or theirs or is_asked), _("not opened yet")),
        (_("Estimated and signed"), contractor, theirs, bool(theirs), ""),
        (_("Countersigned"), lead, ours, bool(ours), ""),
    ]
    now = [is_done for _label, _who, _at, is_done, _hint in [*steps, ("", None, None, False, "")]].index(False)

    def rung(number: int, label: str, person: User | None, at: datetime | None, hint: str) -> Rung:
        if number == now and is_asked and person == contractor:
            return Rung(label, engagement.comms_owner, at, "is-now", _("a question waits for its answer"))
        if number == now and ours_waits and number == len(steps) - 1:
            return Rung(label, contractor, at, "is-now", _("a question waits for its answer"))
        return Rung(label, person, at, "" if number < now else "is-now" if number == now else "is-todo", hint)

    return [rung(n, label, who, at, hint) for n, (label, who, at, _done, hint) in enumerate(steps)]
