"""Delivery records: on time against the own promise, net of the time that our side held things up.

*The promise* is the date of the estimate that both signed. *Delivered* is the submission that was accepted. The promise
moves by (1) our working time before it was funded, from when it could have started: the agreed start, the signature and
the end of the milestones before it; (2) our working time in our own court between funding and delivery; (3) the
contractor's working time that pauses took since the signature. It moves in the contractor's working time, day by day
(`waiting.moved_due_date`). Late is what was delivered on a later day of the contractor's. Our working time is as in
`waiting`: of whoever held the review, and with our leave left in, so nobody is late by an absence of ours.

Rows are reckoned once, when a milestone is accepted, and kept (models.DeliveryRow): hours and leave may change later,
what was promised and done may not. What was never estimated (a bonus, what was split off or held back) makes no row.
A record (milestones.queries.record) is a count over rows.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.working_time import between
from milestones.models import Milestone
from milestones.queries.times import Promise, times_of
from milestones.queries.waited import Clock, clocks_of
from milestones.queries.waiting import NONE, Shares, moved_due_date, paused
from milestones.states import MilestoneStatus


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
    """The lead's working time, with leave left in, from when it could have been funded. Nothing while an earlier one
    was still worked on."""
    milestone, ours = clock.milestone, clock.ours.lead.whole
    start = datetime.combine(milestone.engagement.starts_on, time(), ZoneInfo(ours.zone))
    ready = max(start, milestone.agreed_at or start)
    for earlier in plan:
        if earlier.position < milestone.position:
            ended = earlier.status_since if earlier.status == MilestoneStatus.CANCELLED else earlier.accepted_at
            if ended is None or ended >= started_at:
                return NONE
            ready = max(ready, ended)
    if ready >= started_at:
        return NONE
    return between(ready, started_at, ours) - paused(clock.pauses, ready, started_at, ours)
