"""Reads about the read-back: what the contractor understood, and whether that was it."""

from engagements.models import Engagement, ReadBack, ReadBackReply


def read_backs(engagement: Engagement) -> list[ReadBack]:
    """Every version with its reply, the newest first; one query."""
    return list(ReadBack.objects.filter(engagement=engagement).select_related("by", "reply__by").order_by("-number"))


def latest_read_back(engagement: Engagement) -> ReadBack | None:
    return ReadBack.objects.filter(engagement=engagement).select_related("by", "reply__by").order_by("-number").first()


def reply_to(read_back: ReadBack | None) -> ReadBackReply | None:
    return getattr(read_back, "reply", None)


def is_understood(engagement: Engagement) -> bool:
    """Whether the lead has accepted a read-back, so that the work may start."""
    return ReadBackReply.objects.filter(read_back__engagement=engagement, is_accepted=True).exists()
