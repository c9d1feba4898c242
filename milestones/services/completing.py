"""Completing an engagement once its milestones are settled. What was accepted is paid as promised."""

from datetime import datetime

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from accounts.models import User
from contractors.services.bench import say_hire_again
from core.errors import DomainError
from core.transitions import move
from core.use_case import use_case
from engagements import notifications
from engagements.models import Engagement
from engagements.states import EngagementStatus
from milestones.models import BaselineRow, Completion, Milestone
from milestones.queries.completion import effort, price_of, results, unsettled
from milestones.services.ending import close_notice
from milestones.states import ACCOUNTED, size_of


@use_case
def complete(
    engagement: Engagement,
    *,
    went_well: str,
    otherwise: str,
    would_hire_again: bool,
    our_minutes: int | None = None,
    by: User,
    at: datetime,
) -> Completion:
    """active → completed, with the lesson, the goals as they were last measured and a baseline row. Raises DomainError
    while a milestone is neither accepted, paid nor cancelled, without any that was accepted, and without a lesson."""
    engagement = Engagement.objects.lock(engagement)
    if engagement.status != EngagementStatus.ACTIVE:
        raise DomainError(
            _("“%(what)s” is %(state)s. Only work that is active can be completed.")
            % {"what": engagement, "state": engagement.get_status_display().lower()}
        )
    milestones = list(
        Milestone.objects.of(engagement).select_related("engagement__contractor__user", "engagement__lead")
    )
    if open_ones := unsettled(milestones):
        raise DomainError(
            _("%(what)s is still open. Accept it, or end the contract with notice.")
            % {"what": get_text_list([f"“{m}”" for m in open_ones], _("and"))}
        )
    accepted = [m for m in milestones if m.status in ACCOUNTED]
    if not accepted:
        raise DomainError(_("Nothing was accepted in it. End the contract instead."))
    if not (went_well.strip() or otherwise.strip()):
        raise DomainError(_("Write one line of what you learnt: what went well, or what you would do otherwise."))
    estimate, actual = effort(accepted, at)
    notice = engagement.terminations.open().select_for_update().first()
    if notice is not None:
        close_notice(notice, by=by, at=at)  # it is done before its last day
    made = Completion.objects.create(
        engagement=engagement,
        went_well=went_well.strip(),
        otherwise=otherwise.strip(),
        would_hire_again=would_hire_again,
        results=results(engagement),
        by=by,
        at=at,
    )
    BaselineRow.objects.create(
        engagement=engagement,
        kind_of_work=engagement.version.template.name,
        skills=engagement.version.skills,
        size=size_of(estimate),
        estimate_minutes=estimate,
        actual_minutes=actual,
        our_minutes=our_minutes,
        price_minor=price_of(accepted, engagement.currency).minor,
        currency=engagement.currency,
        at=at,
    )
    move(engagement, to=EngagementStatus.COMPLETED, by=by, at=at, ended_at=at)
    say_hire_again(engagement.contractor, would=would_hire_again, about=engagement.title, by=by, at=at)
    notifications.engagement_completed(engagement, by=by, at=at)
    return made
