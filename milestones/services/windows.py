"""The end of a review window, by the clock: what the signed agreement says follows when nobody has decided."""

from collections.abc import Collection
from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.models import User
from core import history
from core.use_case import use_case
from engagements.models import Engagement
from engagements.services.delegations import is_on_leave
from engagements.states import EngagementStatus
from milestones import notifications
from milestones.models import Milestone
from milestones.queries.window import (
    Window,
    counted_from,
    counts_as_accepted,
    next_reviewer,
    own_window,
    review_window,
    reviewer_after,
)
from milestones.services.reviews import Judgement, conclude
from milestones.states import MilestoneStatus, Outcome


@use_case
def close_review_window(milestone_id: int, *, asked: Collection[int] = (), at: datetime) -> str:
    """Accept it where the signed agreement says so, else name who decides now and tell everybody. Whoever was named has
    a window of the same length; after it the next one is named, and nobody twice: `asked`, by id, have had theirs.

    Returns `accepted`, `escalated`, `on_leave` (it would be accepted, but today is marked as leave of the reviewer:
    look again tomorrow), or '' when there is nothing to do: somebody decided, the window is still open, the work is
    paused or over, or there is nobody else to name. What was held back is decided by no clock before its day: its
    window begins then (`queries.window.counted_from`)."""
    milestone: Milestone = Milestone.objects.lock(milestone_id)
    engagement = Engagement.objects.for_page().get(pk=milestone.engagement_id)
    milestone.engagement = engagement
    if milestone.status != MilestoneStatus.SUBMITTED or engagement.status != EngagementStatus.ACTIVE:
        return ""
    if milestone.escalated_at is not None:
        return _pass_on(milestone, milestone.escalated_at, asked, at=at)
    window = review_window(engagement, counted_from(milestone, engagement.lead, milestone.status_since))
    if window is None or at < window.ends_at:
        return ""
    if not counts_as_accepted(engagement):
        _escalate(milestone, window, next_reviewer(engagement, window.reviewer, at), at=at)
        return "escalated"
    if is_on_leave(window.reviewer, at) or is_on_leave(engagement.reviewer, at):
        return "on_leave"
    submission = milestone.submissions.order_by("-number")[0]
    submission.milestone = milestone
    note = _("Nobody decided by %(when)s. The agreement says that it counts as accepted then.") % {
        "when": _moment(window)
    }
    conclude(milestone, submission, outcome=Outcome.ACCEPTED, judged=Judgement({}), note=note, by=None, at=at)
    notifications.accepted_by_the_clock(milestone, window.reviewer, at=at)
    return "accepted"


def _pass_on(milestone: Milestone, since: datetime, asked: Collection[int], *, at: datetime) -> str:
    silent = milestone.reviewer
    window = own_window(milestone.engagement, silent, since)
    if window is None or at < window.ends_at:
        return ""
    person = reviewer_after(milestone.engagement, {*asked, silent.pk}, at)
    if person is None:
        return ""
    _escalate(milestone, window, person, at=at)
    return "escalated"


def _escalate(milestone: Milestone, window: Window, person: User, *, at: datetime) -> None:
    milestone.escalated_to, milestone.escalated_at = person, at
    Milestone.objects.filter(pk=milestone.pk).update(escalated_to=person, escalated_at=at)
    note = _("%(silent)s had until %(when)s. %(who)s decides now.") % {
        "silent": window.reviewer.name, "when": _moment(window), "who": person.name
    }  # fmt: skip
    history.record(milestone, verb="escalated", by=None, at=at, note=note)
    notifications.review_escalated(milestone, window.reviewer, at=at)


def _moment(window: Window) -> str:
    """In the reviewer's zone, which is named: history is read by both sides."""
    there = localtime(window.ends_at, window.reviewer.tz)
    return f"{date_format(there, 'D j M Y, H:i')} ({window.reviewer.zone})"
