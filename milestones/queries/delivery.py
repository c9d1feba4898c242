"""Delivery records: on time against the own promise, net of the time that our side held things up.

*The promise* is the date of the estimate that both signed. *Delivered* is the submission that was accepted. The promise
moves by (1) our working time before it was funded, from when it could have started: the agreed start, the signature and
the end of the milestones before it; (2) our working time in our own court between funding and delivery; (3) the
contractor's working time that pauses took since the signature. It moves in the contractor's working time, day by day
(`waiting.moved_due_date`). Late is what was delivered on a later day of the contractor's.

Rows are reckoned once, when a milestone is accepted, and kept (models.DeliveryRow): hours and leave may change later,
what was promised and done may not. A record is a plain count over rows, minus those that an appeal took out. What was
never estimated (a bonus, what was split off or held back) makes no row.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from contractors.models import Contractor
from core.prepared import among
from core.proportions import plausible_range
from core.working_time import between
from milestones.models import DeliveryRow, Milestone, RecordAppeal
from milestones.queries.times import Promise, times_of
from milestones.queries.waited import Clock, clocks_of
from milestones.queries.waiting import NONE, Shares, moved_due_date, paused
from milestones.states import AppealOutcome, MilestoneStatus

KNOWN_FROM = 3  # deliveries, before a share is said


# --- one milestone ------------------------------------------------------------------
@dataclass(frozen=True)
class Reckoning:
    """Where a milestone stands to its promise at the end of its time, or so far. Fields as in DeliveryRow."""

    promised_on: date
    delivered_at: datetime | None
    delivered_on: date | None
    funding_wait: timedelta
    our_share: timedelta
    paused: timedelta
    moved_to: date
    shares: Shares
    estimated_minutes: int

    @property
    def delay(self) -> timedelta:
        return self.funding_wait + self.our_share + self.paused


def reckonings(milestones: Sequence[Milestone], at: datetime) -> dict[int, Reckoning]:
    """By milestone id, of those that were funded on an agreed estimate; two queries for however many. They come with
    engagement__contractor__user and engagement__lead selected."""
    funded = [m for m in milestones if m.funded_at and m.agreed_at]
    times = times_of((m.engagement for m in funded), at)
    clocks = clocks_of(funded, at, times)
    promises = {m.pk: promise for m in funded if (promise := times.agreed(m))}
    plans = plans_of(funded)
    return {
        m.pk: reckon(clocks[m.pk], promises[m.pk], plans[m.engagement_id], at)
        for m in funded
        if m.pk in promises and clocks[m.pk].started_at is not None
    }


def plans_of(milestones: Sequence[Milestone], known: Iterable[Milestone] | None = None) -> dict[int, list[Milestone]]:
    """All milestones of the same engagements, by engagement id; no query where they are `known`, or for none."""
    found: dict[int, list[Milestone]] = defaultdict(list)
    if known is None:
        wanted = {m.engagement_id for m in milestones}
        known = Milestone.objects.filter(engagement__in=wanted) if wanted else ()
    for milestone in known:
        found[milestone.engagement_id].append(milestone)
    return found


def reckon(clock: Clock, promise: Promise, plan: Sequence[Milestone], at: datetime) -> Reckoning:
    """`plan` holds all milestones of the engagement. What is not accepted yet is reckoned up to `at`."""
    milestone, started_at = clock.milestone, clock.started_at
    assert started_at is not None
    assert milestone.agreed_at is not None
    delivered_at = None if clock.is_running else milestone.submitted_at
    until = delivered_at or at
    wait = _funding_wait(clock, plan, started_at)
    ours = clock.shares(until).ours
    stood_still = paused(clock.pauses, milestone.agreed_at, until, clock.theirs)
    return Reckoning(
        promised_on=promise.due_on,
        delivered_at=delivered_at,
        delivered_on=delivered_at.astimezone(ZoneInfo(clock.theirs.zone)).date() if delivered_at else None,
        funding_wait=wait,
        our_share=ours,
        paused=stood_still,
        moved_to=moved_due_date(promise.due_on, wait + ours + stood_still, clock.theirs),
        shares=clock.shares(at),
        estimated_minutes=promise.work_minutes,
    )


def _funding_wait(clock: Clock, plan: Sequence[Milestone], started_at: datetime) -> timedelta:
    """Our working time from when it could have been funded. Nothing while an earlier one was still worked on."""
    milestone = clock.milestone
    start = datetime.combine(milestone.engagement.starts_on, time(), ZoneInfo(clock.ours.zone))
    ready = max(start, milestone.agreed_at or start)
    for earlier in plan:
        if earlier.position < milestone.position:
            ended = earlier.status_since if earlier.status == MilestoneStatus.CANCELLED else earlier.accepted_at
            if ended is None or ended >= started_at:
                return NONE
            ready = max(ready, ended)
    if ready >= started_at:
        return NONE
    return between(ready, started_at, clock.ours) - paused(clock.pauses, ready, started_at, clock.ours)


# --- a record -----------------------------------------------------------------------
@dataclass(frozen=True)
class OnTime:
    """`count` of `of` deliveries on time. `low` and `high` are the 90 % Wilson interval (core.proportions), shares
    from 0 to 1; None, like `share`, under three deliveries: unknown."""

    count: int
    of: int

    @property
    def is_known(self) -> bool:
        return self.of >= KNOWN_FROM

    @property
    def share(self) -> float | None:
        return self.count / self.of if self.is_known else None

    @property
    def low(self) -> float | None:
        return plausible_range(self.count, self.of)[0] if self.is_known else None

    @property
    def high(self) -> float | None:
        return plausible_range(self.count, self.of)[1] if self.is_known else None


@dataclass(frozen=True)
class RecordRow:
    """A row with what was said against it: the newest appeal, answered or not."""

    row: DeliveryRow
    appeal: RecordAppeal | None = None

    @property
    def answer(self):  # type: ignore[no-untyped-def]
        return getattr(self.appeal, "answer", None)

    @property
    def is_appealed(self) -> bool:
        """An appeal waits for its answer."""
        return self.appeal is not None and self.answer is None

    @property
    def may_be_appealed(self) -> bool:
        """One that is left out has nothing to be corrected."""
        return not self.is_appealed and self.counts

    @property
    def counts(self) -> bool:
        return self.answer is None or self.answer.outcome != AppealOutcome.DOES_NOT_COUNT

    @property
    def moved_to(self) -> date:
        """The day by which it is judged."""
        corrected: date | None = self.answer.moved_to if self.answer else None
        return corrected or self.row.moved_to

    @property
    def is_on_time(self) -> bool:
        return self.row.delivered_on <= self.moved_to


@dataclass(frozen=True)
class DeliveryRecord:
    """Everything that counts for one contractor, the newest first, with the rows that don't. Its sums are counted once:
    a page asks for them in ten places."""

    rows: Sequence[RecordRow]

    @cached_property
    def on_time(self) -> OnTime:
        return counted(self.rows)

    @cached_property
    def by_kind(self) -> list[tuple[str, OnTime]]:
        """By kind of work: the template that the engagement was made from, by name."""
        kinds: dict[str, list[RecordRow]] = defaultdict(list)
        for row in self.rows:
            kinds[row.row.kind_of_work].append(row)  # type: ignore[attr-defined]
        return [(name, counted(rows)) for name, rows in sorted(kinds.items())]

    @cached_property
    def dropped(self) -> int:
        return sum(not row.counts for row in self.rows)


def counted(rows: Iterable[RecordRow]) -> OnTime:
    verdicts = [row.is_on_time for row in rows if row.counts]
    return OnTime(sum(verdicts), len(verdicts))


def delivery_records(contractors: Iterable[Contractor | int]) -> dict[int, DeliveryRecord]:
    """By contractor id; two queries of narrow rows for however many. `drawn` has what a page shows of some."""
    keys = [c if isinstance(c, int) else c.pk for c in contractors]
    rows = _with_appeals(list(DeliveryRow.objects.of(keys).with_kind_of_work()))
    return {pk: DeliveryRecord(rows[pk]) for pk in keys}


def drawn(rows: Sequence[RecordRow]) -> list[RecordRow]:
    """These rows with their milestones and people, in one query."""
    found = DeliveryRow.objects.for_list().in_bulk([row.row.pk for row in rows])
    return [RecordRow(found[row.row.pk], row.appeal) for row in rows]


def record_row(appeal: RecordAppeal) -> RecordRow:
    """The row of one appeal as that appeal leaves it."""
    return RecordRow(appeal.row, appeal)


def delivery_record(contractor: Contractor) -> DeliveryRecord:
    """Of one contractor, whose rows may be many: each with no more than what it counts by; two queries."""
    rows = DeliveryRow.objects.of([contractor]).with_kind_of_work().only("contractor", "delivered_on", "moved_to")
    return DeliveryRecord(_with_appeals(list(rows))[contractor.pk])


def on_time_of(contractors: Iterable[Contractor | int]) -> dict[int, OnTime]:
    """Only the counts, for lists: by contractor id, two queries of narrow rows."""
    keys = [c if isinstance(c, int) else c.pk for c in contractors]
    rows = _with_appeals(list(DeliveryRow.objects.of(keys)))
    return {pk: counted(rows[pk]) for pk in keys}


def late_of_last_three(contractor: Contractor) -> int:
    """How many of the last three deliveries that count were late, net of our delay: 0 to 3."""
    rows = _with_appeals(list(DeliveryRow.objects.of([contractor.pk])))[contractor.pk]
    return sum(not row.is_on_time for row in [row for row in rows if row.counts][:3])


def _with_appeals(rows: Sequence[DeliveryRow]) -> Mapping[int, list[RecordRow]]:
    """By contractor id, in the order given."""
    newest = {appeal.row_id: appeal for appeal in RecordAppeal.objects.of(among(r.pk for r in rows))} if rows else {}
    found: dict[int, list[RecordRow]] = defaultdict(list)
    for row in rows:
        found[row.contractor_id].append(RecordRow(row, newest.get(row.pk)))
    return found
