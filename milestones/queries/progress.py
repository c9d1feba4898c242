"""What pages say about the time of milestones: whose it was, estimate beside actual, likely dates, where the promise
stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from accounts.models import User
from engagements.models import Engagement
from milestones.models import Estimate, Milestone
from milestones.queries.delivery import plans_of, reckon
from milestones.queries.forecasts import Likely, Pace, likely, paces
from milestones.queries.times import Kept, Times, times_of
from milestones.queries.waited import Clock, Part, clocks_of, parts_of
from milestones.queries.waiting import NONE, Shares
from milestones.states import AT_WORK, MilestoneStatus

AHEAD = (MilestoneStatus.AGREED, *AT_WORK)


@dataclass(frozen=True)
class Progress:
    """The time of one milestone. Everything but the estimate is absent until it is funded. Of what is accepted the
    delivery record's row tells it, as long as there is one: so a page says what the record does."""

    estimated_minutes: int | None = None
    shares: Shares | None = None
    parts: Sequence[Part] = ()
    since: datetime | None = None
    is_running: bool = False
    likely: Likely | None = None  # while the work is still to be done
    promised_on: date | None = None
    moved_to: date | None = None
    away: timedelta = NONE  # how much of ours fell on leave of whoever held the review

    @property
    def actual(self) -> timedelta | None:
        """Working time in the contractor's court."""
        return self.shares.theirs if self.shares else None

    @property
    def has_moved(self) -> bool:
        return self.moved_to != self.promised_on


def progress(
    milestones: Sequence[Milestone],
    viewer: User,
    at: datetime,
    *,
    plan: Sequence[Milestone] | None = None,
    times: Times | None = None,
    known: Mapping[int, Pace] | None = None,
) -> dict[int, Progress]:
    """By milestone id, of those that were agreed; at most three queries for however many, none for none. They come
    with engagement__contractor__user and engagement__lead selected. `plan`: all milestones of their engagements, the
    `times` of these, and the `known` paces of their contractors, where they were read."""
    agreed = [m for m in milestones if m.agreed_at or m.funded_at]
    if not agreed:
        return {}
    times = times or times_of((m.engagement for m in agreed), at)
    clocks = clocks_of(agreed, at, times)
    promises = {m.pk: promise for m in agreed if (promise := times.agreed(m))}
    ahead = {m.engagement.contractor_id for m in agreed if m.status in AHEAD and m.pk in promises}
    if known is None:
        known = paces(ahead) if ahead else {}
    started = [m for m in agreed if m.pk in promises and clocks[m.pk].started_at and m.agreed_at]
    plans = plans_of(started, plan)
    found = {}
    for m in agreed:
        clock, promise = clocks[m.pk], promises.get(m.pk)
        facts: dict[str, object] = {"estimated_minutes": promise.work_minutes if promise else None}
        if clock.started_at is not None:
            kept = times.kept_of(m)
            shares, away = _time_of(clock, kept, at)
            facts |= {"shares": shares, "parts": parts_of(shares, m.engagement, viewer), "since": clock.started_at}
            facts |= {"is_running": clock.is_running, "away": away}
            if kept:
                facts |= {"promised_on": kept.promised_on, "moved_to": kept.judged_by}
            elif promise and m.agreed_at:
                reckoned = reckon(clock, promise, plans[m.engagement_id], at)
                facts |= {"promised_on": reckoned.promised_on, "moved_to": reckoned.moved_to}
        if promise and m.status in AHEAD:
            pace = known[m.engagement.contractor_id]
            facts["likely"] = likely(promise.work_minutes, start_of(clock, at), pace, clock.theirs, clock.pauses)
        found[m.pk] = Progress(**facts)  # type: ignore[arg-type]
    return found


def judged_by(milestones: Sequence[Milestone], plan: Sequence[Milestone], at: datetime) -> dict[int, date]:
    """The day by which each of these, whose work is under way, is judged now: as it was promised, moved by our delay.
    By milestone id, of those that were estimated; one query, none for none. They come as `progress` wants them; `plan`
    holds all milestones of their engagements."""
    if not milestones:
        return {}
    times = times_of((m.engagement for m in milestones), at)
    clocks, plans = clocks_of(milestones, at, times), plans_of(milestones, plan)
    promises = {m.pk: promise for m in milestones if m.agreed_at and (promise := times.agreed(m))}
    return {
        m.pk: reckon(clocks[m.pk], promises[m.pk], plans[m.engagement_id], at).moved_to
        for m in milestones
        if m.pk in promises and clocks[m.pk].started_at is not None
    }


def _time_of(clock: Clock, kept: Kept | None, at: datetime) -> tuple[Shares, timedelta]:
    """Whose it was, and how much of ours was leave. Of a row that doesn't follow from today's hours any more, or was
    written when leave still was nobody's, the latter is not known."""
    away = clock.away(at)
    if kept is None:
        return clock.shares(at), away
    return kept.shares, away if away and clock.shares(at) == kept.shares else NONE


def start_of(clock: Clock, at: datetime) -> datetime:
    """When the work began; before that, when it can begin at the earliest."""
    zone = ZoneInfo(clock.theirs.zone)
    return clock.started_at or max(at, datetime.combine(clock.milestone.engagement.starts_on, time(), zone))


def likely_dates(engagement: Engagement, estimates: Mapping[int, Estimate], at: datetime) -> dict[int, Likely]:
    """For estimates that are not agreed yet, by milestone id, each as if begun at the start; two queries."""
    theirs, _ours = times_of([engagement], at, with_moves=False).of(engagement)
    pace = paces([engagement.contractor_id])[engagement.contractor_id]
    start = max(at, datetime.combine(engagement.starts_on, time(), ZoneInfo(theirs.zone)))
    return {pk: likely(estimate.work_minutes, start, pace, theirs) for pk, estimate in estimates.items()}
