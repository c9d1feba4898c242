"""Likely dates: what an estimate has meant so far, by the person's own history.

For each of the last 200 finished milestones that count in the delivery record, ratio = working time that it spent in
the contractor's court ÷ estimated time. An estimate times a quantile of these ratios, added to the start in the
person's own working time (pauses left out), gives the day by which half, and by which 8 of 10 of such work was done.

Quantiles are the empirical ones at (n + 1)·p (Weibull; type 6 of Hyndman and Fan, “Sample Quantiles in Statistical
Packages”, The American Statistician 50 (1996), 361–365): the next ratio lies below the k-th of n with probability
k ÷ (n + 1), which is what a forecast asks. Under six finished milestones nothing is said.

Older ones than the last 200 are left out: of the share of work that such a day holds true for, 200 say all but two or
three points (√(0.8 × 0.2 ÷ 200), a standard error), and people get faster or slower over the years. So what a forecast
costs does not grow with the history, either.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, OuterRef, QuerySet, Subquery, TextField

from contractors.models import Contractor
from core.prepared import Prepared
from core.working_time import Calendar, EmptyCalendar, OutOfRange
from engagements.queries.pauses import add
from milestones.models import DeliveryRow
from milestones.queries.times import Micros
from milestones.queries.waiting import Pauses

KNOWN_FROM = 6
LATEST = 200  # finished milestones that are looked at
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

    @property
    def is_of_latest(self) -> bool:
        """There may be more, which are left out."""
        return self.n == LATEST


class Pairs(Subquery):
    """The rows of a queryset of `actual` and `estimated` as JSON in one text."""

    output_field = TextField()
    template = "(SELECT json_group_array(json_array(actual, estimated)) FROM (%(subquery)s) pairs)"

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        text = "(SELECT json_agg(json_build_array(actual, estimated))::text FROM (%(subquery)s) pairs)"
        return self.as_sql(compiler, connection, template=text, **context)


def latest() -> Pairs:
    """What the pace of a contractor rests on, for a queryset of contractors; `pace_from` reads it."""
    rows = DeliveryRow.objects.filter(contractor=OuterRef("pk")).that_count().order_by("-at", "-pk")
    return Pairs(rows.values(actual=Micros("theirs"), estimated=F("estimated_minutes"))[:LATEST])


def pace_from(pairs: str | None) -> Pace:
    """Of microseconds and minutes."""
    return Pace(tuple(sorted(actual / (estimated * 60_000_000) for actual, estimated in json.loads(pairs or "[]"))))


def _latest(contractors: Any) -> QuerySet:
    return Contractor.objects.filter(pk__in=contractors).values_list("pk", latest())


_prepared = Prepared(_latest)


def paces(contractors: Iterable[int]) -> Mapping[int, Pace]:
    """By contractor id; one query for however many."""
    return {pk: pace_from(pairs) for pk, pairs in _prepared.rows(contractors)}


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
