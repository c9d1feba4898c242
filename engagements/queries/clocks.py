"""Two people's working day on one clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from accounts.models import User
from accounts.queries import calendars_of
from core import working_time
from core.working_time import Calendar

Minutes = list[tuple[int, int]]


@dataclass(frozen=True)
class Clocks:
    """Spans in minutes of the viewer's day, 0 to 1440."""

    other: User
    mine: Minutes
    theirs: Minutes
    now: int
    is_working: bool  # the other one, at this moment
    next_start: datetime | None  # when the other one's work begins next, if not now

    @property
    def shared_minutes(self) -> int:
        return sum(max(0, min(b, d) - max(a, c)) for a, b in self.mine for c, d in self.theirs)


def _spans(calendar: Calendar, start: datetime, end: datetime) -> Minutes:
    """The calendar's spans within [start, end) in minutes from its start. A day of another zone reaches over midnight,
    so its neighbours are looked at too."""
    day = start.date()
    found = []
    for ahead in range(-2, 3):
        for begins, finishes in working_time.spans_on(day + timedelta(days=ahead), calendar):
            low, high = max(begins, start), min(finishes, end)
            if low < high:
                found.append((int((low - start).total_seconds() // 60), int((high - start).total_seconds() // 60)))
    return sorted((low, min(high, 1440)) for low, high in found if low < 1440)


def clocks(viewer: User, other: User, at: datetime, calendars: Mapping[int, Calendar] | None = None) -> Clocks:
    """Both working days of the viewer's today; one query, none where their calendars were read."""
    calendars = calendars or calendars_of([viewer, other])
    local = at.astimezone(viewer.tz)
    start = datetime.combine(local.date(), time(), viewer.tz).astimezone(UTC)
    end = datetime.combine(local.date() + timedelta(days=1), time(), viewer.tz).astimezone(UTC)
    theirs = calendars[other.pk]
    is_working = working_time.is_working(at, theirs)
    return Clocks(
        other=other,
        mine=_spans(calendars[viewer.pk], start, end),
        theirs=_spans(theirs, start, end),
        now=min(int((at - start).total_seconds() // 60), 1440),
        is_working=is_working,
        next_start=None if is_working else _next_start(at, theirs),
    )


def _next_start(at: datetime, calendar: Calendar) -> datetime | None:
    try:
        return working_time.next_start(at, calendar)
    except (working_time.EmptyCalendar, working_time.OutOfRange):
        return None
