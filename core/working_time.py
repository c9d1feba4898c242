"""Working time: elapsed time inside a person's own working hours, exact over daylight saving.

A calendar has a zone, a weekly pattern, holidays and leave. A span belongs to the local day on which it begins and may
run over midnight; a holiday or a day of leave takes all spans that begin on it. Spans that overlap count once. Time is
elapsed UTC time, so a span over a change of clocks lasts as long as it really does. A local start or end that does not
exist (the clock jumps over it) is the first instant that does; one that exists twice is the first of the two.

How it stays fast: a calendar's spans are laid out as UTC microseconds once a year with running sums; `between` is then
two binary searches and the sums of the years between, whatever the length of the period or the number of holidays.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICRO = timedelta(microseconds=1)
DAY = 86_400_000_000
FIRST_YEAR, LAST_YEAR = 1900, 2300
# Looking for working time further ahead than this means that there is none.
HORIZON_YEARS = 20


class EmptyCalendar(ValueError):
    """There is no working time in this calendar, so nothing can be counted or added in it."""


class OutOfRange(ValueError):
    """An instant outside the years that calendars cover."""


class Span(NamedTuple):
    """Weekday (0 = Monday) and minutes of its local day; the end may lie up to a day behind the start."""

    weekday: int
    start_minute: int
    end_minute: int


OFFICE_HOURS = tuple(Span(day, 9 * 60, 17 * 60) for day in range(5))


@dataclass(frozen=True)
class Calendar:
    """When somebody works. `leave` holds first and last days, both included. Monday to Friday, 9 to 17, unless told."""

    zone: str
    spans: tuple[tuple[int, int, int], ...] = OFFICE_HOURS
    holidays: frozenset[date] = frozenset()
    leave: tuple[tuple[date, date], ...] = ()
    _blocks: dict[int, "_Block"] = field(default_factory=dict, init=False, repr=False, compare=False)

    def block(self, year: int) -> "_Block":
        found = self._blocks.get(year)
        if found is None:
            found = self._blocks[year] = _block(self, year)
        return found

    def is_off(self, day: date) -> bool:
        """A holiday or a day of leave."""
        return day in self.holidays or any(first <= day <= last for first, last in self.leave)


class _Block(NamedTuple):
    """The spans that begin in one local year, in order, as microseconds since 1970; `sums[i]` is the time before span i."""

    starts: list[int]
    ends: list[int]
    sums: list[int]
    total: int


def _micros(at: datetime) -> int:
    if at.tzinfo is None:
        raise ValueError("An instant needs a time zone.")
    if not FIRST_YEAR < at.year < LAST_YEAR:
        raise OutOfRange(f"Calendars cover {FIRST_YEAR + 1} to {LAST_YEAR - 1}, not {at.year}.")
    return (at - EPOCH) // MICRO


def _instant(micros: int) -> datetime:
    return EPOCH + micros * MICRO


def _to_utc(local: datetime, zone: ZoneInfo) -> int:
    """Microseconds of a naive local time: the first of two, or the first instant after a gap."""
    aware = local.replace(tzinfo=zone)
    early = aware.utcoffset() or timedelta()
    late = aware.replace(fold=1).utcoffset() or timedelta()
    if late <= early:  # an ordinary time, or one that exists twice
        return (local.replace(tzinfo=UTC) - early - EPOCH) // MICRO
    # In a gap: the change lies between the two readings; the offset tells on which side a second is.
    low = (local.replace(tzinfo=UTC) - late - EPOCH) // MICRO // 1_000_000
    high = (local.replace(tzinfo=UTC) - early - EPOCH) // MICRO // 1_000_000
    while high - low > 1:
        middle = (low + high) // 2
        if (EPOCH + timedelta(seconds=middle)).astimezone(zone).utcoffset() == early:
            low = middle
        else:
            high = middle
    return high * 1_000_000


def _spans_beginning(calendar: Calendar, day: date, zone: ZoneInfo) -> Iterator[tuple[int, int]]:
    if calendar.is_off(day):
        return
    midnight = datetime.combine(day, time())
    for weekday, start, end in calendar.spans:
        if weekday == day.weekday():
            begins = _to_utc(midnight + timedelta(minutes=start), zone)
            finishes = _to_utc(midnight + timedelta(minutes=end), zone)
            if finishes > begins:
                yield begins, finishes


@lru_cache(maxsize=4096)
def _block(calendar: Calendar, year: int) -> _Block:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise OutOfRange(f"Calendars cover {FIRST_YEAR + 1} to {LAST_YEAR - 1}, not {year}.")
    zone = ZoneInfo(calendar.zone)
    first = date(year, 1, 1)
    # Spans of the last days of the year before may reach into this one: what they cover is theirs.
    covered = max(
        (end for back in (1, 2) for _start, end in _spans_beginning(calendar, first - timedelta(days=back), zone)),
        default=-(10**18),
    )
    spans = sorted(
        span
        for offset in range((date(year + 1, 1, 1) - first).days)
        for span in _spans_beginning(calendar, first + timedelta(days=offset), zone)
    )
    block = _Block([], [], [], 0)
    total = 0
    for start, end in spans:
        start = max(start, covered)
        if end <= start:
            continue
        covered = end
        if block.ends and block.ends[-1] == start:
            block.ends[-1] = end
        else:
            block.starts.append(start)
            block.ends.append(end)
            block.sums.append(total)
        total += end - start
    return block._replace(total=total)


def _year_of(micros: int) -> int:
    """A year whose block, or the next one's, may hold this instant: the local year differs by a day at most."""
    return _instant(micros - 2 * DAY).year


def _worked_before(calendar: Calendar, micros: int, year: int) -> int:
    """Working time from the start of `year`'s block up to the instant, which lies in that block or the next."""
    total = 0
    for block in (calendar.block(year), calendar.block(year + 1)):
        place = bisect_right(block.starts, micros) - 1
        if place >= 0:
            total += block.sums[place] + min(micros, block.ends[place]) - block.starts[place]
        if place < len(block.starts) - 1:
            break
    return total


def _refuse_empty(calendar: Calendar) -> None:
    if not calendar.spans:
        raise EmptyCalendar("This calendar has no working hours.")


def between(a: datetime, b: datetime, calendar: Calendar) -> timedelta:
    """Working time from `a` to `b`, aware instants; negative when `b` comes first.

    Raises EmptyCalendar without working hours and OutOfRange outside 1901–2299.
    """
    _refuse_empty(calendar)
    first, last = _micros(a), _micros(b)
    if last < first:
        return -between(b, a, calendar)
    year, end_year = _year_of(first), _year_of(last)
    worked = _worked_before(calendar, last, end_year) - _worked_before(calendar, first, year)
    worked += sum(calendar.block(y).total for y in range(year, end_year))
    return timedelta(microseconds=worked)


def add(a: datetime, duration: timedelta, calendar: Calendar) -> datetime:
    """The earliest instant (UTC) by which `duration` of working time has passed since `a`; `a` itself for none.

    Raises EmptyCalendar when the next twenty years hold too little working time, ValueError for a negative duration.
    """
    _refuse_empty(calendar)
    if duration < timedelta():
        raise ValueError("Working time is added forwards only.")
    start = _micros(a)
    if not duration:
        return a.astimezone(UTC)
    year = _year_of(start)
    wanted = _worked_before(calendar, start, year) + duration // MICRO
    limit = year + HORIZON_YEARS + duration.days // 300
    while year <= min(limit, LAST_YEAR):
        block = calendar.block(year)
        if wanted <= block.total:
            place = bisect_left(block.sums, wanted) - 1
            return _instant(block.starts[place] + wanted - block.sums[place])
        wanted -= block.total
        year += 1
    raise EmptyCalendar("This calendar has too little working time in the years ahead.")


def is_working(at: datetime, calendar: Calendar) -> bool:
    """Whether the instant lies inside a span (its start counts, its end does not)."""
    micros = _micros(at)
    year = _year_of(micros)
    for block in (calendar.block(year), calendar.block(year + 1)):
        place = bisect_right(block.starts, micros) - 1
        if place >= 0 and micros < block.ends[place]:
            return True
    return False


def next_start(at: datetime, calendar: Calendar) -> datetime:
    """`at` itself inside working hours, else the start of the next span, in UTC."""
    _refuse_empty(calendar)
    if is_working(at, calendar):
        return at.astimezone(UTC)
    micros = _micros(at)
    year = _year_of(micros)
    for ahead in range(year, min(year + HORIZON_YEARS, LAST_YEAR) + 1):
        block = calendar.block(ahead)
        place = bisect_left(block.starts, micros)
        if place < len(block.starts):
            return _instant(block.starts[place])
    raise EmptyCalendar("This calendar has no working time in the years ahead.")


def spans_on(day: date, calendar: Calendar) -> list[tuple[datetime, datetime]]:
    """The spans that begin on a local day, as UTC instants, merged where they overlap."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(_spans_beginning(calendar, day, ZoneInfo(calendar.zone))):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return [(_instant(start), _instant(end)) for start, end in found]


def overlap(day: date, mine: Calendar, theirs: Calendar) -> list[tuple[datetime, datetime]]:
    """When both work, during the spans that begin on my local day."""
    around = [day + timedelta(days=n) for n in (-2, -1, 0, 1, 2)]
    others = [span for d in around for span in spans_on(d, theirs)]
    shared = [
        (max(start, other_start), min(end, other_end))
        for start, end in spans_on(day, mine)
        for other_start, other_end in others
        if max(start, other_start) < min(end, other_end)
    ]
    return sorted(set(shared))


def is_working_day(day: date, calendar: Calendar) -> bool:
    return not calendar.is_off(day) and any(weekday == day.weekday() for weekday, _start, _end in calendar.spans)


def add_working_days(day: date, days: int, calendar: Calendar) -> date:
    """The local day `days` working days after `day` (before it when negative); `day` itself for 0."""
    _refuse_empty(calendar)
    step = timedelta(days=1 if days > 0 else -1)
    left, tries = abs(days), 0
    while left:
        day += step
        tries += 1
        if tries > HORIZON_YEARS * 366 + abs(days) * 8:
            raise EmptyCalendar("This calendar has too few working days.")
        left -= is_working_day(day, calendar)
    return day


def working_seconds_per_day(calendar: Calendar) -> float:
    """Mean length of a working day by the weekly pattern, in seconds."""
    _refuse_empty(calendar)
    week: set[int] = set()
    for weekday, start, end in calendar.spans:
        week.update(minute % 10_080 for minute in range(weekday * 1440 + start, weekday * 1440 + end))
    return len(week) * 60 / len({weekday for weekday, _start, _end in calendar.spans})
