"""What is known of an engagement's work when it is completed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from core.money import Money
from engagements.models import Engagement
from engagements.queries.measurements import trends
from engagements.states import EngagementStatus
from milestones.models import Completion, Estimate, Milestone
from milestones.queries.waited import clocks_of
from milestones.states import CLOSED, Origin


def unsettled(milestones: Sequence[Milestone]) -> list[Milestone]:
    return [m for m in milestones if m.status not in CLOSED]


def results(engagement: Engagement) -> list[dict[str, Any]]:
    """Each goal with the latest value that anybody measured and nobody corrected, in words; two queries."""
    return [
        {
            "goal": trend.goal.metric,
            "target": trend.goal.target_short,
            "value": trend.value,
            "is_met": trend.is_met,
        }
        for trend in trends(list(engagement.goals.order_by("position")))
    ]


def effort(milestones: Sequence[Milestone], at: datetime) -> tuple[int | None, int | None]:
    """Minutes that were estimated for these milestones, and minutes of the contractor's own working time that they
    took (the waiting ledger's *theirs*); None for what nobody knows. What was held back waits for its day and is no
    work, so its time is left out."""
    estimates = Estimate.objects.latest_of(milestones)
    estimate = sum(e.work_minutes for e in estimates.values()) or None
    clocks = [
        clock
        for clock in clocks_of([m for m in milestones if m.funded_at and m.origin != Origin.HOLD_BACK], at).values()
        if clock.started_at
    ]
    took = sum((clock.shares(at).theirs for clock in clocks), timedelta())
    return estimate, int(took.total_seconds() // 60) if clocks else None


def price_of(accepted: Sequence[Milestone], currency: str) -> Money:
    """What the work cost: bonuses with it, without what will never be paid."""
    return Money(sum(m.amount_minor for m in accepted if m.written_off_at is None), currency)


def completion_of(engagement: Engagement) -> Completion | None:
    """With its baseline row; no query unless the work is completed."""
    if engagement.status != EngagementStatus.COMPLETED:
        return None
    return Completion.objects.select_related("by", "engagement__baseline_row").filter(engagement=engagement).first()
