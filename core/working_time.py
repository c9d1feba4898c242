"""Working time: elapsed time inside a person's own working hours, exact over daylight saving.

A calendar has a zone, a weekly pattern, holidays and leave. A span belongs to the local day on which it begins and may
run over midnight; a holiday or a day of leave takes all spans that begin on it. Spans that overlap count once. Time is
elapsed UTC time, so a span over a change of clocks lasts as long as it really does. A local start or end that does not
exist (the clock jumps over it) is the first instant that does; one that exists twice is the first of the two. So both
are the first instant at which the local clock has reached that reading, and spans that touch never overlap.

How it stays fast: a calendar's spans are laid out as UTC microseconds once a year with running sums; `between` is then
a few binary searches and one difference of sums, whatever the length of the period or the number of holidays.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY = EPOCH.toordinal()
MICRO = timedelta(microseconds=1)
MINUTE = 60_000_000
FIRST_YEAR, LAST_YEAR = 1901, 2299
# Looking for working time further ahead than this means that there is none.
HORIZON_YEARS = 20


class EmptyCalendar(ValueError):
    """There is no working time in this calendar, so nothing can be counted or added in it."""


class OutOfRange(ValueError):
    """A day or an instant outside the years that calendars cover."""


class Span(NamedTuple):
    """Weekday (0 = Monday) and minutes of its local day; the end may lie up to a day behind the start."""

    weekday: int
    start_minute: int
    end_minute: int


Spans = tuple[tuple[int, int, int], ...]
Leave = tuple[tuple[date, date], ...]

OFFICE_HOURS = tuple(Span(day, 9 * 60, 17 * 60) for day in range(5))


class _Block(NamedTuple):
    """The spans that begin in one local year, in order, in microseconds since 1970; `sums[i]` precedes span i."""

    starts: "array[int]"
    ends: "array[int]"
    sums: "array[int]"
    total: int


@dataclass(frozen=True)
class Calendar:
    """When somebody works. `leave` holds first and last days, both included. Monday to Friday, 9 to 17, unless told.

    Raises ValueError for a span that is no span: weekday 0–6, start 0–1439, end 1–1440 minutes behind the start.
    """

    zone: str
    spans: Spans = OFFICE_HOURS
    holidays: frozenset[date] = frozenset()
    leave: Leave = ()
    # What this object has seen of the shared cache, so that a warm call hashes nothing. At most one entry a year.
    _blocks: dict[int, _Block] = field(default_factory=dict, init=False, repr=False, compare=False)
    _sums: dict[int, int] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for weekday, start, end in self.spans:
            if not (0 <= weekday <= 6 and 0 <= start < 1440 and start < end <= start + 1440):
                raise ValueError(f"Not a span of a week: {(weekday, start, end)}.")

    def is_off(self, day: date) -> bool:
        """A holiday or a day of leave."""
        return day in self.holidays or any(first <= day <= last for first, last in self.leave)

    def _block(self, year: int) -> _Block:
        found = self._blocks.get(year)
        if found is None:
            found = self._blocks[year] = _block(self.zone, self.spans, self.holidays, self.leave, year)
        return found

    def _sum_before(self, year: int) -> int:
        """Working time of the years before this one, counted from whichever year was asked for first."""
        found = self._sums.get(year)
        if found is None:
            # Key 0 is that first year. Every entry follows from it alone, so threads can only write the same again.
            anchor = self._sums.setdefault(0, year)
            found = 0
            for y in range(anchor, year):
                found += self._block(y).total
            for y in range(year, anchor):
                found -= self._block(y).total
            self._sums[year] = found
        return found


def _in_range(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise OutOfRange(f"Calendars cover {FIRST_YEAR} to {LAST_YEAR}, not {year}.")


def _place(at: datetime) -> tuple[int, int]:
    """Microseconds since 1970, and the year in whose block or the next one's the instant lies.

    A span ends at most two days after its own begins, and the years of two zones differ by a day at most: so in the
    first days of January last year's block still counts, and after them only this year's and (UTC) the next one's.
    """
    if at.tzinfo is None:
        raise ValueError("An instant needs a time zone.")
    year = at.year
    _in_range(year)
    return (at - EPOCH) // MICRO, year - 1 if at.month == 1 and at.day < 6 else year


def _instant(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)


def _first_instant(local: datetime, zone: ZoneInfo) -> int:
    """Microseconds of a local reading (aware, fold 0): the first of two, or the first instant after a gap."""
    early = local.utcoffset() or timedelta()
    late = local.replace(fold=1).utcoffset() or timedelta()
    plain = (local - EPOCH) // MICRO
    if late <= early:  # an ordinary time, or one that exists twice
        return plain
    # In a gap: the change lies between the two readings; the offset tells on which side a second is.
    high = plain // 1_000_000
    low = high - (late - early) // timedelta(seconds=1)
    while high - low > 1:
        middle = (low + high) // 2
        if (EPOCH + timedelta(seconds=middle)).astimezone(zone).utcoffset() == early:
            low = middle
        else:
            high = middle
    return high * 1_000_000


def _spans_beginning(spans: Spans, day: date, zone: ZoneInfo) -> Iterator[tuple[int, int]]:
    midnight = datetime.combine(day, time(), zone)
    for weekday, start, end in spans:
        if weekday == day.weekday():
            begins = _first_instant(midnight + timedelta(minutes=start), zone)
            finishes = _first_instant(midnight + timedelta(minutes=end), zone)
            if finishes > begins:  # nothing is left of a span that the clock jumps over
                yield begins, finishes


@lru_cache(maxsize=1024)
def _steady_offsets(zone: str, year: int) -> list[int | None]:
    """For each day from two before the year to its last: the offset in microseconds, None near a change of clocks.

    Looks once a day, which sees every change: no two in the zone database are less than 3.9 days apart. A day's spans
    lie, with any offset, between the midnight (UTC) of the day before and that of three days later.
    """
    info = ZoneInfo(zone)
    first = datetime(year, 1, 1, tzinfo=UTC) - timedelta(days=3)
    count = (datetime(year + 1, 1, 1, tzinfo=UTC) - first).days + 3
    seen = [((first + timedelta(days=n)).astimezone(info).utcoffset() or timedelta()) // MICRO for n in range(count)]
    return [
        here if before == here == after == second == third else None
        for before, here, after, second, third in zip(seen, seen[1:], seen[2:], seen[3:], seen[4:], strict=False)
    ]


@lru_cache(maxsize=512)
def _pattern(zone: str, spans: Spans, year: int) -> tuple["array[int]", "array[int]", "array[int]"]:
    """Day numbers, starts and ends of a year as nobody's leave has touched it, the last two days of the year before
    included. Kept apart from the blocks because colleagues share hours and zone, but not leave."""
    info = ZoneInfo(zone)
    by_weekday: list[list[tuple[int, int]]] = [[] for _ in range(7)]
    for weekday, start, end in spans:
        by_weekday[weekday].append((start * MINUTE, end * MINUTE))
    found: list[tuple[int, int, int]] = []
    for day, offset in enumerate(_steady_offsets(zone, year), start=date(year, 1, 1).toordinal() - 2):
        todays = by_weekday[(day + 6) % 7]
        if not todays:
            continue
        if offset is None:
            found += [(*span, day) for span in _spans_beginning(spans, date.fromordinal(day), info)]
        else:
            midnight = (day - EPOCH_DAY) * 1440 * MINUTE - offset
            found += [(midnight + start, midnight + end, day) for start, end in todays]
    begins, finishes, days = zip(*sorted(found), strict=True) if found else ((), (), ())
    return array("q", days), array("q", begins), array("q", finishes)


@lru_cache(maxsize=2048)  # about 7 kB each
def _block(zone: str, spans: Spans, holidays: frozenset[date], leave: Leave, year: int) -> _Block:
    off = {day.toordinal() for day in holidays}
    new_year, next_year = date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()
    for first, last in leave:
        off.update(range(max(first.toordinal(), new_year - 2), min(last.toordinal() + 1, next_year)))
    block = _Block(array("q"), array("q"), array("q"), 0)
    total = 0
    covered = -(2**62)
    for day, begins, finishes in zip(*_pattern(zone, spans, year), strict=True):
        if day in off:
            continue
        start = max(begins, covered)
        if finishes <= start:
            continue
        covered = finishes
        if day < new_year:  # last year's, but what it covers of this year is not counted again
            continue
        if block.ends and block.ends[-1] == start:
            block.ends[-1] = finishes
        else:
            block.starts.append(start)
            block.ends.append(finishes)
            block.sums.append(total)
        total += finishes - start
    return block._replace(total=total)


def _worked_before(calendar: Calendar, micros: int, year: int) -> int:
    """Working time from the start of `year`'s block up to the instant, which lies in that block or the next."""
    total = 0
    for block in (calendar._block(year), calendar._block(year + 1)):
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
    first, first_year = _place(a)
    last, last_year = _place(b)
    worked = _worked_before(calendar, last, last_year) - _worked_before(calendar, first, first_year)
    if first_year != last_year:
        worked += calendar._sum_before(last_year) - calendar._sum_before(first_year)
    return timedelta(microseconds=worked)


def add(a: datetime, duration: timedelta, calendar: Calendar) -> datetime:
    """The earliest instant (UTC) by which `duration` of working time has passed since `a`; `a` itself for none.

    Raises EmptyCalendar when twenty years go by without working time, OutOfRange when it would be reached after 2299,
    ValueError for a negative duration.
    """
    _refuse_empty(calendar)
    if duration < timedelta():
        raise ValueError("Working time is added forwards only.")
    micros, year = _place(a)
    if not duration:
        return a.astimezone(UTC)
    wanted = _worked_before(calendar, micros, year) + duration // MICRO
    idle = 0
    while year <= LAST_YEAR:
        block = calendar._block(year)
        if wanted <= block.total:
            place = bisect_left(block.sums, wanted) - 1
            reached = _instant(block.starts[place] + wanted - block.sums[place])
            _in_range(reached.year)
            return reached
        idle = 0 if block.total else idle + 1
        if idle > HORIZON_YEARS:
            raise EmptyCalendar("This calendar has no working time in the years ahead.")
        wanted -= block.total
        year += 1
    raise OutOfRange(f"So much working time has not passed before the end of {LAST_YEAR}.")


def spans_between(a: datetime, b: datetime, calendar: Calendar) -> Iterator[tuple[int, int]]:
    """Working time from `a` to `b` in microseconds since 1970: clipped to them, in order, none overlapping."""
    (first, year), (last, _year) = _place(a), _place(b)
    for block in map(calendar._block, range(year, b.year + 2)):
        for place in range(bisect_right(block.ends, first), len(block.starts)):
            if block.starts[place] >= last:
                return
            yield max(block.starts[place], first), min(block.ends[place], last)


def is_working(at: datetime, calendar: Calendar) -> bool:
    """Whether the instant lies inside a span (its start counts, its end does not)."""
    micros, year = _place(at)
    for block in (calendar._block(year), calendar._block(year + 1)):
        place = bisect_right(block.starts, micros) - 1
        if place >= 0 and micros < block.ends[place]:
            return True
    return False


def next_start(at: datetime, calendar: Calendar) -> datetime:
    """`at` itself inside working hours, else the start of the next span, in UTC.

    Raises EmptyCalendar when the next twenty years hold none, OutOfRange outside 1901–2299.
    """
    _refuse_empty(calendar)
    if is_working(at, calendar):
        return at.astimezone(UTC)
    micros, year = _place(at)
    for ahead in range(year, min(year + HORIZON_YEARS + 1, LAST_YEAR) + 1):
        block = calendar._block(ahead)
        place = bisect_left(block.starts, micros)
        if place < len(block.starts):
            return _instant(block.starts[place])
    raise EmptyCalendar("This calendar has no working time in the years ahead.")


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _spans_on(day: date, calendar: Calendar) -> list[tuple[int, int]]:
    _in_range(day.year)
    if calendar.is_off(day):
        return []
    return _merged(list(_spans_beginning(calendar.spans, day, ZoneInfo(calendar.zone))))


def spans_on(day: date, calendar: Calendar) -> list[tuple[datetime, datetime]]:
    """The spans that begin on a local day, as UTC instants, merged where they overlap or touch."""
    return [(_instant(start), _instant(end)) for start, end in _spans_on(day, calendar)]


def overlap(day: date, mine: Calendar, theirs: Calendar) -> list[tuple[datetime, datetime]]:
    """When both work, during the spans that begin on my local day: UTC instants, in order, none touching another."""
    own = _spans_on(day, mine)
    # Zones lie up to 26 hours apart and a span ends up to two days after its day began: three days either side.
    around = [span for n in range(-3, 4) for span in _spans_on(day + timedelta(days=n), theirs)] if own else []
    shared = [
        (_instant(max(start, other_start)), _instant(min(end, other_end)))
        for start, end in own
        for other_start, other_end in _merged(around)
        if max(start, other_start) < min(end, other_end)
    ]
    return shared


def is_working_day(day: date, calendar: Calendar) -> bool:
    return not calendar.is_off(day) and any(weekday == day.weekday() for weekday, _start, _end in calendar.spans)


def add_working_days(day: date, days: int, calendar: Calendar) -> date:
    """The local day `days` working days after `day` (before it when negative); `day` itself for 0.

    Raises EmptyCalendar when twenty years go by without a working day, OutOfRange outside 1901–2299.
    """
    _refuse_empty(calendar)
    _in_range(day.year)
    step = timedelta(days=1 if days > 0 else -1)
    left, idle = abs(days), 0
    while left:
        day += step
        _in_range(day.year)
        if is_working_day(day, calendar):
            left, idle = left - 1, 0
        else:
            idle += 1
        if idle > HORIZON_YEARS * 366:
            raise EmptyCalendar("This calendar has no working days in the years ahead.")
    return day


def working_seconds_per_day(calendar: Calendar) -> float:
    """Mean length of a working day by the weekly pattern, in seconds. Raises EmptyCalendar without working hours."""
    _refuse_empty(calendar)
    return _mean_day(calendar.spans)


@lru_cache(maxsize=512)
def _mean_day(spans: Spans) -> float:
    week: set[int] = set()
    for weekday, start, end in spans:
        week.update(minute % 10_080 for minute in range(weekday * 1440 + start, weekday * 1440 + end))
    return len(week) * 60 / len({weekday for weekday, _start, _end in spans})
