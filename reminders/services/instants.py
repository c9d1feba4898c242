"""When a person's day begins."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from core import working_time
from core.working_time import Calendar


def local_midnight(day: date, calendar: Calendar) -> datetime:
    """The first instant of a local day, in UTC."""
    return datetime.combine(day, time(), ZoneInfo(calendar.zone)).astimezone(UTC)


def morning(day: date, calendar: Calendar) -> datetime:
    """When the person's work begins on `day`, or after it when that is no working day."""
    return working_time.next_start(local_midnight(day, calendar), calendar)
