"""Handing in."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import DomainError
from core.numbers import parse_number
from core.transitions import move
from core.use_case import use_case
from engagements.models import Goal
from engagements.models.template import DONE, NOT_DONE
from engagements.services.contacts import record_contact
from engagements.states import ContactKind, EngagementStatus, Side
from milestones import notifications
from milestones.models import Evidence, Milestone, Submission
from milestones.states import AT_WORK, MilestoneStatus


@use_case
def submit_milestone(
    milestone: Milestone,
    *,
    note: str,
    link: str = "",
    evidence: Mapping[Goal, tuple[str, str]],
    by: User,
    at: datetime,
) -> Submission:
    """Hand in the work with one measured value (a number in the goal's unit) and a note for each goal.

    Raises DomainError when a goal has no value, a value is no number, the link is no web address, or the milestone
    is not at work.
    """
    milestone = Milestone.objects.lock(milestone)
    engagement = milestone.engagement
    if engagement.status != EngagementStatus.ACTIVE:
        raise DomainError(
            _("“%(what)s” is %(state)s, so nothing can be handed in.")
            % {"what": engagement, "state": engagement.get_status_display().lower()}
        )
    if milestone.status not in AT_WORK:  # the table also knows disputed → submitted, which settles a dispute
        raise DomainError(
            _("“%(what)s” is %(state)s, so it can’t be handed in now. Reload to see where it stands.")
            % {"what": milestone, "state": milestone.get_status_display().lower()}
        )
    if link and urlsplit(link).scheme not in ("http", "https"):
        raise DomainError(_("Give a link that starts with https:// or http://."))
    values = {}
    for goal in milestone.goals.all():
        if goal not in evidence:
            raise DomainError(_("Give a measured value for “%(goal)s”.") % {"goal": goal.metric})
        try:
            values[goal] = parse_number(evidence[goal][0])
        except ValueError as error:
            raise DomainError(f"“{goal.metric}”: {error}") from error
        if goal.is_binary and values[goal] not in (DONE, NOT_DONE):
            raise DomainError(_("Say whether “%(goal)s” is done or not.") % {"goal": goal.metric})
    number = milestone.submissions.count() + 1
    move(milestone, to=MilestoneStatus.SUBMITTED, by=by, at=at, submitted_at=at)
    submission = Submission.objects.create(milestone=milestone, number=number, note=note, link=link, by=by, at=at)
    Evidence.objects.bulk_create(
        Evidence(submission=submission, goal=goal, value=value, note=evidence[goal][1])
        for goal, value in values.items()
    )
    record_contact(engagement, side=Side.THEIRS, kind=ContactKind.SUBMISSION, by=by, at=at)
    notifications.milestone_submitted(submission, at=at)
    return submission
