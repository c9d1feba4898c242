"""Standing still on purpose: no clock runs, and every open date moves along afterwards."""

from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.queries import calendar_of
from core import history, working_time
from core.errors import DomainError
from core.transitions import move
from core.use_case import use_case
from core.working_time import Calendar
from engagements import notifications
from engagements.models import Engagement, Goal, Pause
from engagements.queries.pauses import days_lost
from engagements.states import EngagementStatus
from milestones.models import Milestone


@use_case
def pause(engagement: Engagement, *, reason: str, by: User, at: datetime) -> Pause:
    """active → paused. Raises DomainError without a reason, and for work that does not run."""
    engagement = Engagement.objects.lock(engagement)
    if engagement.status != EngagementStatus.ACTIVE:
        raise DomainError(
            _("“%(what)s” is %(state)s. Only work that is active can be paused.")
            % {"what": engagement, "state": engagement.get_status_display().lower()}
        )
    if not reason.strip():
        raise DomainError(_("Say why the work is paused: %(who)s reads it.") % {"who": engagement.contractor})
    move(engagement, to=EngagementStatus.PAUSED, by=by, at=at, note=reason)
    made = Pause.objects.create(engagement=engagement, reason=reason, began_at=at, began_by=by)
    notifications.paused(made, engagement, at=at)
    return made


@use_case
def resume(engagement: Engagement, *, by: User, at: datetime) -> Engagement:
    """paused → active. A due date is the contractor's promise, so each open one moves by the contractor's own working
    days that the pause took; history keeps both dates."""
    engagement = Engagement.objects.lock(engagement)
    if engagement.status != EngagementStatus.PAUSED:
        raise DomainError(
            _("“%(what)s” is %(state)s, so there is nothing to resume.")
            % {"what": engagement, "state": engagement.get_status_display().lower()}
        )
    days = end_pause(engagement, by=by, at=at)
    move(engagement, to=EngagementStatus.ACTIVE, by=by, at=at)
    notifications.resumed(engagement, days=days, by=by, at=at)
    return engagement


def end_pause(engagement: Engagement, *, by: User | None, at: datetime) -> int:
    """Close the open pause of an engagement locked by the caller and move its open dates along. Returns the number of
    working days."""
    open_one = Pause.objects.select_for_update().get(engagement=engagement, ended_at=None)
    open_one.ended_at, open_one.ended_by = max(at, open_one.began_at), by
    open_one.save(update_fields=["ended_at", "ended_by"])
    calendar = calendar_of(engagement.contractor.user or engagement.lead, at.date())
    days = days_lost(calendar, [(open_one.began_at, open_one.ended_at)])
    if days:
        _move_dates(engagement, days, calendar, by=by, at=at)
    return days


def _move_dates(engagement: Engagement, days: int, calendar: Calendar, *, by: User | None, at: datetime) -> None:
    milestones = list(Milestone.objects.of(engagement).open().select_for_update(of=("self",)))
    for goal in Goal.objects.filter(milestones__in=milestones).distinct():
        Goal.objects.filter(pk=goal.pk).update(due_on=working_time.add_working_days(goal.due_on, days, calendar))
    for milestone in milestones:
        was, milestone.due_on = milestone.due_on, working_time.add_working_days(milestone.due_on, days, calendar)
        milestone.save(update_fields=["due_on"])
        facts = {"was": date_format(was, "j M Y"), "now": date_format(milestone.due_on, "j M Y"), "days": days}
        note = ngettext(
            "%(was)s → %(now)s: the pause took %(days)d working day",
            "%(was)s → %(now)s: the pause took %(days)d working days",
            days,
        )
        history.record(milestone, verb="rescheduled", by=by, at=at, note=note % facts)
