"""Likely dates: what an estimate has meant so far, by the person's own history.

For every finished milestone that counts in the delivery record, ratio = working time that it spent in the contractor's
court ÷ estimated time. An estimate times a quantile of these ratios, added to the start in the person's own working
time (pauses left out), gives the day by which half, and by which 8 of 10 of such work was done.

Quantiles are the empirical ones at (n + 1)·p (Weibull; type 6 of Hyndman and Fan, “Sample Quantiles in Statistical
Packages”, The American Statistician 50 (1996), 361–365): the next ratio lies below the k-th of n with probability
k ÷ (n + 1), which is what a forecast asks. Under six finished milestones nothing is said.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from core.working_time import Calendar, EmptyCalendar, OutOfRange
from engagements.queries.pauses import add
from milestones.queries.record import DeliveryRecord, delivery_records
from milestones.queries.waiting import Pauses

KNOWN_FROM = 6
HALF, MOST = 0.5, 0.8


def quantile(ordered: Sequence[float], share: float) -> float:
    """Of an ordered sample, between its ends. Raises ValueError for an empty one."""
    if not ordered:
        raise ValueError("An empty sample has no quantiles.")
    place = min(max((len(ordered) + 1) * share, 1), len(ordered))
    low = int(place) - 1
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - 1 - low)


@dataclass(frozen=True)
class Pace:
    """The ratios of actual to estimated working time, in order."""

    ratios: tuple[float, ...] = ()

    @property
    def n(self) -> int:
        return len(self.ratios)

    @property
    def is_known(self) -> bool:
        return self.n >= KNOWN_FROM


@dataclass(frozen=True)
class Likely:
    """The days by which half and 8 of 10 of such work was done, on the person's calendar; None: unknown."""

    half_by: date | None
    most_by: date | None
    n: int  # finished milestones that it rests on
    start_on: date


def pace_of(record: DeliveryRecord) -> Pace:
    rows = [row.row for row in record.rows if row.counts]
    return Pace(tuple(sorted(row.theirs / timedelta(minutes=row.estimated_minutes) for row in rows)))


def paces(contractors: Iterable[int]) -> Mapping[int, Pace]:
    """By contractor id; two queries for however many."""
    return {pk: pace_of(record) for pk, record in delivery_records(contractors).items()}


def likely(minutes: int, start: datetime, pace: Pace, calendar: Calendar, pauses: Pauses = ()) -> Likely:
    """For an estimate of so many minutes that is begun at `start`."""
    start_on = start.astimezone(ZoneInfo(calendar.zone)).date()
    if not pace.is_known:
        return Likely(None, None, pace.n, start_on)
    by = [
        _reached(start, timedelta(minutes=minutes * quantile(pace.ratios, share)), calendar, pauses)
        for share in (HALF, MOST)
    ]
    return Likely(by[0], by[1], pace.n, start_on)


def _reached(start: datetime, work: timedelta, calendar: Calendar, pauses: Pauses) -> date | None:
    try:
        end = add(start, work, calendar, pauses)
    except (EmptyCalendar, OutOfRange):
        return None
    # An end at midnight belongs to the day that it closes.
    return (end - timedelta(microseconds=bool(work))).astimezone(ZoneInfo(calendar.zone)).date()
