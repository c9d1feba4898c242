"""Reads about the papers of an engagement."""

from engagements.models import Agreement, Engagement, Signature
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
    """An offer is the contractor's until he or she signs, then ours to countersign."""
    if engagement.status != EngagementStatus.OFFERED:
        return COURT[engagement.status]
    signed = Signature.objects.filter(
        agreement__engagement=engagement, agreement__voided_at=None, side=Side.THEIRS
    ).exists()
    return Court.OURS if signed else Court.THEIRS
