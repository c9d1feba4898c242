"""What the clock itself does at a planned instant: close a review window, let the cover stand in, give the review back.

Like a notice, such an instant is a row, planned anew whenever the record or its people change. The use cases that are
called look again at everything under their own locks, so a row that is out of date, or two workers with one row, do
nothing twice."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.db.models import Subquery

from accounts.queries import calendar_of
from core import working_time
from core.use_case import use_case
from engagements.models import Engagement
from engagements.services.delegations import end_past_delegation, let_cover_stand_in
from engagements.states import EngagementStatus
from milestones.models import Milestone
from milestones.services.disputes import pass_dispute_on
from milestones.services.windows import close_review_window
from reminders.models import PlannedNotice
from reminders.services.instants import local_midnight
from reminders.states import ACTS, Rule


@use_case
def perform(notice_id: int, *, at: datetime) -> bool:
    """Do what is planned in one row, once. False when there was nothing to do (any more, or today)."""
    planned = PlannedNotice.objects.filter(pk=notice_id, rule__in=ACTS).first()
    if planned is None:
        return False
    # The engagement before the row: in this order everybody locks.
    engagement = Engagement.objects.lock(planned.engagement_id)
    planned = PlannedNotice.objects.select_for_update(of=("self",)).filter(pk=notice_id).first()
    if planned is None or planned.fired_at is not None or planned.fire_at > at:
        return False
    if engagement.status == EngagementStatus.PAUSED:  # not spent: the next replan takes it away
        return False
    done = DO[Rule(planned.rule)](planned, at)
    if done in ("on_leave", "nobody"):
        tomorrow = _day_of(planned, at) + timedelta(days=1)
        calendar = calendar_of(planned.recipient, tomorrow)
        PlannedNotice.objects.filter(pk=planned.pk).update(
            fire_at=working_time.next_start(local_midnight(tomorrow, calendar), calendar)
        )
        return False
    PlannedNotice.objects.filter(pk=planned.pk).update(fired_at=at)
    return bool(done)


def _day_of(planned: PlannedNotice, at: datetime) -> date:
    return at.astimezone(planned.recipient.tz).date()


def _close(planned: PlannedNotice, at: datetime) -> str:
    """Who was asked and let the own window pass, since the work was handed in, is asked no more."""
    ends = PlannedNotice.objects.filter(rule=Rule.REVIEW_END, subject_id=planned.subject_id)
    submitted_at = Milestone.objects.filter(pk=planned.subject_id).values("status_since")
    asked = ends.filter(fired_at__gte=Subquery(submitted_at)).values_list("recipient", flat=True)
    return close_review_window(planned.subject_id, asked=list(asked), at=at)


def _pass_on(planned: PlannedNotice, at: datetime) -> str:
    return pass_dispute_on(planned.subject_id, at=at)


def _stand_in(planned: PlannedNotice, at: datetime) -> str:
    return "stands in" if let_cover_stand_in(planned.subject_id, at=at) else ""


def _end_stand_in(planned: PlannedNotice, at: datetime) -> str:
    return "reviews again" if end_past_delegation(planned.subject_id, at=at) else ""


DO: dict[Rule, Callable[[PlannedNotice, datetime], str]] = {
    Rule.REVIEW_END: _close,
    Rule.DISPUTE_END: _pass_on,
    Rule.STAND_IN: _stand_in,
    Rule.STAND_IN_END: _end_stand_in,
}
