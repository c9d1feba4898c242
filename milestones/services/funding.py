"""Setting a milestone's money aside before the work."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.states import Role
from core.errors import DomainError
from core.transitions import move
from core.use_case import use_case
from engagements.queries.read_backs import is_understood
from engagements.states import RUNNING, EngagementStatus
from milestones import notifications
from milestones.models import Milestone
from milestones.permissions import is_over_the_limit
from milestones.services import ledger
from milestones.states import MilestoneStatus, PostingKind


@use_case
def fund_milestone(milestone: Milestone, *, by: User, at: datetime) -> Milestone:
    """Budget → held; the first funding makes the engagement active. Raises DomainError when the budget has too little
    left, for a lead when the amount is over what the budget lets a lead fund, while no read-back is accepted, or when
    engagement or milestone does not stand where it can be funded."""
    milestone = Milestone.objects.lock(milestone)
    engagement = milestone.engagement
    if engagement.status not in RUNNING:
        raise DomainError(
            _("“%(what)s” is %(state)s, so nothing can be funded in it.")
            % {"what": engagement, "state": engagement.get_status_display().lower()}
        )
    if engagement.status == EngagementStatus.AGREED and not is_understood(engagement):
        raise DomainError(
            _("The work starts once %(who)s’s read-back of the goals is accepted. Then fund the first milestone.")
            % {"who": engagement.contractor}
        )
    if by.role != Role.FINANCE and is_over_the_limit(milestone):
        budget = ledger.budget_of(engagement)
        raise DomainError(
            _("From “%(budget)s” a lead funds up to %(limit)s; finance funds this one.")
            % {"budget": budget, "limit": budget.limit}
        )
    move(milestone, to=MilestoneStatus.FUNDED, by=by, at=at, funded_at=at, funded_by=by)
    ledger.move_milestone(milestone, PostingKind.FUND, by=by, at=at)
    if engagement.status == EngagementStatus.AGREED:
        move(engagement, to=EngagementStatus.ACTIVE, by=by, at=at)
    notifications.milestone_funded(milestone, by=by, at=at)
    return milestone
