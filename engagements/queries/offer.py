"""Reads about the papers of an engagement."""

from engagements.models import Agreement, Engagement, OfferLink, OfferQuestion, Signature
from engagements.states import COURT, Court, EngagementStatus, Side


def current_agreement(engagement: Engagement) -> Agreement | None:
    """The one that stands, signed or waiting for signatures."""
    return Agreement.objects.filter(engagement=engagement, voided_at=None).first()


def latest_agreement(engagement: Engagement) -> Agreement | None:
    """The one that stands, else the last that was voided."""
    return Agreement.objects.filter(engagement=engagement).order_by("-number").first()


def agreement_in_brief(engagement: Engagement) -> Agreement | None:
    """Number, hash and dates of `latest_agreement`, without its text."""
    found = Agreement.objects.filter(engagement=engagement).defer("canonical", "html")
    return found.order_by("-number").first()


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
