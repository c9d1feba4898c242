"""Who may do what with milestones and money. Seeing is a queryset (milestones.querysets); this is doing."""

from accounts.models import User
from accounts.states import Role
from engagements.models import Engagement
from milestones.models import Milestone


def can_fund(user: User, milestone: Milestone) -> bool:
    """The lead answers for the engagement's money."""
    return milestone.engagement.lead_id == user.pk


def can_review(user: User, milestone: Milestone) -> bool:
    return milestone.engagement.lead_id == user.pk


def can_submit(user: User, milestone: Milestone) -> bool:
    return milestone.engagement.contractor.user_id == user.pk


def can_see_payouts(user: User) -> bool:
    """Also the ledger, with everybody's money in it."""
    return user.role in (Role.FINANCE, Role.ADMIN)


def can_pay(user: User) -> bool:
    """Approve, send and confirm payouts. An admin only reads them."""
    return user.role == Role.FINANCE


def can_see_budgets(user: User) -> bool:
    return user.role in (Role.FINANCE, Role.ADMIN, Role.LEAD)


def can_keep_budgets(user: User) -> bool:
    """Make them and top them up."""
    return user.role == Role.FINANCE


def can_have_money(user: User) -> bool:
    """Has a page of own money, and a bank to be paid at."""
    return user.role == Role.CONTRACTOR


def can_create_engagement(user: User) -> bool:
    return user.role == Role.LEAD


def can_offer(user: User, engagement: Engagement) -> bool:
    """Send the offer, and take it back."""
    return engagement.lead_id == user.pk


def can_steer(user: User, engagement: Engagement) -> bool:
    """Pause it, resume it, bring it to its end."""
    return engagement.lead_id == user.pk


def can_agree(user: User, engagement: Engagement) -> bool:
    """Only the lead binds our side."""
    return engagement.lead_id == user.pk
