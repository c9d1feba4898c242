"""Who may do what with milestones and money. Seeing is a queryset (milestones.querysets); this is doing."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.states import Role
from engagements.models import Engagement
from engagements.permissions import can_speak, is_its_contractor
from milestones.models import (
    Budget,
    DeliveryRow,
    Dispute,
    EngagementBudget,
    Milestone,
    Payout,
    PayoutBatch,
    RecordAppeal,
)
from milestones.states import BatchStatus


def budget_behind(engagement: Engagement) -> Budget | None:
    """The budget that pays, where one is named; read once an engagement."""
    relation: Any = EngagementBudget._meta.get_field("engagement").remote_field
    if not relation.is_cached(engagement):
        link = EngagementBudget.objects.select_related("budget").filter(engagement=engagement).first()
        relation.set_cached_value(engagement, link)
    link = relation.get_cached_value(engagement)
    return link.budget if link else None


def is_over_the_limit(milestone: Milestone) -> bool:
    """Whether it is more than the lead may fund from its budget."""
    budget = budget_behind(milestone.engagement)
    return budget is not None and budget.limit_minor is not None and milestone.amount_minor > budget.limit_minor


def can_fund(user: User, milestone: Milestone) -> bool:
    """The lead answers for the engagement's money up to the budget's limit, finance for what is over it."""
    if is_over_the_limit(milestone):
        return user.role == Role.FINANCE
    return milestone.engagement.lead_id == user.pk


def can_answer_for_us(user: User, milestone: Milestone) -> bool:
    """Says whether our side is happy to continue: the lead, and who stands in for the lead."""
    return user.pk in (milestone.engagement.lead_id, milestone.engagement.delegate_id)


def can_give_bonus(user: User, milestone: Milestone) -> bool:
    """The lead, whatever the milestone was worth; the budget's limit is asked about the bonus itself, when it is given
    (`services.bonus`)."""
    return milestone.engagement.lead_id == user.pk


def party_problem(user: User, payout: Payout) -> str:
    """Why this person is no second pair of eyes about this payout, '' where he or she is: whoever accepted the work,
    whatever the amount, or set its money aside."""
    if payout.milestone.accepted_by_id == user.pk:
        return _("You accepted this work, so somebody else pays it.")
    if payout.milestone.funded_by_id == user.pk:
        return _("You set this money aside, so somebody else approves that it is paid.")
    return ""


def approval_problem(user: User, payout: Payout) -> str:
    """Why this person can't approve this payout; '' when he or she can.

    Only finance approves; never whoever accepted the work (whatever the amount) or set its money aside, and where the
    budget names its approvers, only those. Costs no query for payouts `with_approvers`.
    """
    milestone = payout.milestone
    budget = budget_behind(milestone.engagement)
    named = list(budget.approvers.all()) if budget else []
    problem = party_problem(user, payout)
    if problem and (user.role == Role.FINANCE or milestone.accepted_by_id == user.pk):
        return problem
    if user.role != Role.FINANCE:
        return _("Finance approves payouts.")
    if named and user not in named:
        who = " or ".join(person.name for person in named[:3])
        return _("%(who)s approves what “%(budget)s” pays.") % {"who": who, "budget": budget}
    return ""


def can_approve(user: User, payout: Payout) -> bool:
    """Whether this person may approve this payout (see `approval_problem`)."""
    return not approval_problem(user, payout)


def can_review(user: User, milestone: Milestone) -> bool:
    """The lead; who reviews in the lead's place; and who decides since nobody did in time."""
    engagement = milestone.engagement
    return user.pk in (engagement.lead_id, engagement.delegate_id, milestone.escalated_to_id)


def can_submit(user: User, milestone: Milestone) -> bool:
    return milestone.engagement.contractor.user_id == user.pk


def can_dispute(user: User, milestone: Milestone) -> bool:
    """The two who disagree: the contractor and the lead."""
    return user.pk in (milestone.engagement.lead_id, milestone.engagement.contractor.user_id)


def can_state(user: User, dispute: Dispute) -> bool:
    """Add something to a dispute: whoever speaks for a side, and who decides."""
    return user.pk == dispute.decider_id or can_speak(user, dispute.milestone.engagement)


def can_take_back(user: User, dispute: Dispute) -> bool:
    """The side that opened it: the contractor, or who leads now."""
    engagement = dispute.milestone.engagement
    return can_dispute(user, dispute.milestone) and engagement.side_of(user) == dispute.side


def can_decide(user: User, dispute: Dispute) -> bool:
    """Who was named; never the lead, whose own review it is about."""
    return user.pk == dispute.decider_id != dispute.milestone.engagement.lead_id


def can_see_payouts(user: User) -> bool:
    """Also the ledger, with everybody's money in it."""
    return user.role in (Role.FINANCE, Role.ADMIN)


def can_pay(user: User) -> bool:
    """Approve, send and confirm payouts. An admin only reads them."""
    return user.role == Role.FINANCE


def can_confirm_batch(user: User, batch: PayoutBatch) -> bool:
    """The second person: anybody of finance but whoever made it."""
    return can_pay(user) and batch.status == BatchStatus.OPEN and batch.created_by_id != user.pk


def can_set_up_payment(user: User) -> bool:
    """Our own account and the days on which payouts leave."""
    return user.role in (Role.FINANCE, Role.ADMIN)


def can_see_budgets(user: User) -> bool:
    return user.role in (Role.FINANCE, Role.ADMIN, Role.LEAD)


def can_keep_budgets(user: User) -> bool:
    """Make them and top them up."""
    return user.role == Role.FINANCE


def can_see_invoices(user: User) -> bool:
    """Has a list of them; which ones are in it is a queryset."""
    return user.role in (Role.FINANCE, Role.ADMIN, Role.LEAD, Role.CONTRACTOR)


def can_set_up_invoices(user: User) -> bool:
    """Our side of every invoice."""
    return user.role in (Role.FINANCE, Role.ADMIN)


def can_credit(user: User) -> bool:
    """Take an invoice back, whole or in part."""
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


def can_end(user: User, engagement: Engagement) -> bool:
    """Give notice: either side, ours by its lead."""
    return can_steer(user, engagement) or is_its_contractor(user, engagement)


def can_agree(user: User, engagement: Engagement) -> bool:
    """Only the lead binds our side."""
    return engagement.lead_id == user.pk


def can_appeal(user: User, row: DeliveryRow) -> bool:
    """Only whose record it is."""
    return row.contractor.user_id == user.pk


def can_answer_appeal(user: User, appeal: RecordAppeal) -> bool:
    """A lead or an admin who was not part of the engagement."""
    milestone = appeal.row.milestone
    engagement = milestone.engagement
    part_of_it = (engagement.lead_id, engagement.comms_owner_id, engagement.cover_id, milestone.accepted_by_id)
    return user.role in (Role.LEAD, Role.ADMIN) and user.pk not in part_of_it


def answerers(appeal: RecordAppeal, people: Iterable[User]) -> list[User]:
    """Who of these is asked to answer: the admins who may; where none may, the leads who may."""
    may = [person for person in people if can_answer_appeal(person, appeal)]
    return [person for person in may if person.role == Role.ADMIN] or may


def can_have_record(user: User) -> bool:
    """Has a page of the own delivery record."""
    return user.role == Role.CONTRACTOR
