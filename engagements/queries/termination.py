"""Notices that end a contract."""

from engagements.models import Engagement, Termination
from engagements.states import ENDABLE, EngagementStatus


def open_termination(engagement: Engagement) -> Termination | None:
    """The notice that runs, with who gave it; no query once the work is over."""
    if engagement.status not in ENDABLE:
        return None
    return Termination.objects.open().select_related("given_by").filter(engagement=engagement).first()


def carried_out(engagement: Engagement) -> Termination | None:
    """The notice that ended it, of one that was terminated."""
    if engagement.status != EngagementStatus.TERMINATED:
        return None
    found = Termination.objects.select_related("given_by", "agreed_by").filter(engagement=engagement)
    return found.exclude(carried_out_at=None).first()
