"""More than was agreed, because it was worth more."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.states import Role
from core.errors import DomainError
from core.money import Money
from core.transitions import born, move
from core.use_case import use_case
from engagements.models import Engagement
from engagements.states import EngagementStatus
from milestones import notifications
from milestones.models import Milestone
from milestones.permissions import is_over_the_limit
from milestones.services import ledger
from milestones.services.commitments import require_uncommitted
from milestones.services.reviews import release
from milestones.services.splitting import next_place
from milestones.states import MilestoneStatus, Origin, PostingKind


@use_case
def give_bonus(engagement: Engagement, *, amount: Money, reason: str, by: User, at: datetime) -> Milestone:
    """A milestone of its own, funded and accepted in one act: budget → held → owed. Raises DomainError without a
    reason, for another currency than the engagement's, while it does not run, over what a lead may fund, and when its
    budget has promised too much to others."""
    engagement = Engagement.objects.lock(engagement)
    if engagement.status != EngagementStatus.ACTIVE:
        raise DomainError(
            _("“%(what)s” is %(state)s, so no bonus can be given in it.")
            % {"what": engagement, "state": engagement.get_status_display().lower()}
        )
    if amount.currency != engagement.currency or amount.minor <= 0:
        raise DomainError(_("Give an amount in %(currency)s.") % {"currency": engagement.currency})
    if not reason.strip():
        raise DomainError(_("Say what the bonus is for: it is the best part of it."))
    budget = ledger.budget_of(engagement)
    if by.role != Role.FINANCE and budget.limit is not None and amount > budget.limit:
        raise DomainError(
            _("From “%(budget)s” a lead gives up to %(limit)s at once.") % {"budget": budget, "limit": budget.limit}
        )
    require_uncommitted(budget, amount)
    milestone = Milestone.objects.create(
        engagement=engagement,
        position=next_place(engagement.pk),
        title=_("Bonus"),
        deliverable=reason[:2000],
        amount_minor=amount.minor,
        currency=amount.currency,
        due_on=at.astimezone(by.tz).date(),
        status=MilestoneStatus.AGREED,
        status_since=at,
        origin=Origin.BONUS,
        reason=reason[:2000],
        agreed_at=at,
    )
    born(milestone, by=by, at=at, note=reason)
    if is_over_the_limit(milestone):
        raise DomainError(
            _("That is over %(limit)s, which is what a lead may give from this budget.")
            % {"limit": ledger.budget_of(engagement).limit}
        )
    move(milestone, to=MilestoneStatus.FUNDED, by=by, at=at, funded_at=at, funded_by=by)
    ledger.move_milestone(milestone, PostingKind.FUND, by=by, at=at)
    move(milestone, to=MilestoneStatus.SUBMITTED, by=by, at=at, submitted_at=at)
    move(milestone, to=MilestoneStatus.ACCEPTED, by=by, at=at, accepted_at=at, accepted_by=by)
    payout = release(milestone, by=by, at=at)
    notifications.bonus_given(milestone, payout, at=at)
    return milestone
