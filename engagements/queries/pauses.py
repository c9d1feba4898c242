"""Pauses, and working time that leaves them out."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from core import working_time
from core.working_time import Calendar
from engagements.models import Engagement, Pause
from engagements.states import EngagementStatus

# From the first instant to the last, or None while it lasts.
Stretch = tuple[datetime, datetime | None]


def pauses(engagements: Iterable[Engagement | int]) -> dict[int, list[Stretch]]:
    """The paused stretches of these engagements (rows or ids) in their order, by engagement id; one query. An
    engagement that was never paused has an empty list."""
    keys = [e if isinstance(e, int) else e.pk for e in engagements]
    found: dict[int, list[Stretch]] = defaultdict(list, {key: [] for key in keys})
    rows = Pause.objects.filter(engagement__in=keys).order_by("began_at", "pk")
    for engagement, began_at, ended_at in rows.values_list("engagement_id", "began_at", "ended_at"):
        found[engagement].append((began_at, ended_at))
    return found


def open_pause(engagement: Engagement) -> Pause | None:
    """The one that lasts, with who began it; no query unless the work is paused."""
    if engagement.status != EngagementStatus.PAUSED:
        return None
    return Pause.objects.select_related("began_by").filter(engagement=engagement, ended_at=None).first()


def between(a: datetime, b: datetime, calendar: Calendar, paused: Sequence[Stretch]) -> timedelta:
    """Working time from `a` to `b` (not before it) outside the pauses."""
    worked = working_time.between(a, b, calendar)
    for began_at, ended_at in paused:
        first, last = max(a, began_at), min(b, ended_at or b)
        if first < last:
            worked -= working_time.between(first, last, calendar)
    return worked


def add(a: datetime, duration: timedelta, calendar: Calendar, paused: Sequence[Stretch]) -> datetime:
    """The earliest instant by which `duration` of working time outside the pauses has passed since `a`. A pause that
    still lasts is left out of the reckoning: nobody knows its end."""
    reached = working_time.add(a, duration, calendar)
    for began_at, ended_at in paused:
        first = max(a, began_at)
        if ended_at is not None and first < ended_at and first < reached:
            reached = working_time.add(reached, working_time.between(first, ended_at, calendar), calendar)
    return reached


def days_lost(calendar: Calendar, paused: Sequence[Stretch], *, since: datetime | None = None) -> int:
    """How many of a person's working days the pauses that ended have taken (after `since`), to the nearest day."""
    lost = timedelta()
    for began_at, ended_at in paused:
        first = max(began_at, since) if since else began_at
        if ended_at is not None and first < ended_at:
            lost += working_time.between(first, ended_at, calendar)
    return int(lost.total_seconds() / working_time.working_seconds_per_day(calendar) + 0.5)
