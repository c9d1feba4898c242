"""Working time of two people at once, exact: how long both worked, and how long at least one did.

Both walk the two calendars' spans side by side, so they cost as much as there are spans in the period (some forty a
month); `working_time.between` stays the way to count one person's time.
"""

from datetime import datetime, timedelta

from core.working_time import Calendar, between, spans_between


def together(a: datetime, b: datetime, one: Calendar, other: Calendar) -> timedelta:
    """Time from `a` to `b`, aware instants, in which both work; none when `b` comes first."""
    shared, theirs = 0, spans_between(a, b, other)
    start, end = next(theirs, (0, 0))
    for own_start, own_end in spans_between(a, b, one):
        while start < end <= own_start:
            start, end = next(theirs, (0, 0))
        while start < end and start < own_end:
            shared += min(end, own_end) - max(start, own_start)
            if end > own_end:  # it reaches into my next span
                break
            start, end = next(theirs, (0, 0))
        if start >= end:
            break
    return timedelta(microseconds=shared)


def either(a: datetime, b: datetime, one: Calendar, other: Calendar) -> timedelta:
    """Time from `a` to `b` in which at least one works: the union of both people's working time. None when `b` comes
    first. Raises EmptyCalendar without working hours and OutOfRange outside 1901–2299."""
    if b <= a:
        return timedelta()
    return between(a, b, one) + between(a, b, other) - together(a, b, one, other)
