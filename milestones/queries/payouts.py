"""Payouts as finance works through them, and a contractor’s own money."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.states import Role
from core.money import Money
from engagements.models import Engagement
from milestones.models import (
    Account,
    BankDetail,
    Milestone,
    Payout,
)
from milestones.queries.banks import bank_of, bank_problem, replaced_banks
from milestones.states import AccountKind, MilestoneStatus, PayoutStatus

# The tabs of the page: name in the address → the state that it lists.
TABS: dict[str, PayoutStatus] = {
    "due": PayoutStatus.DUE,
    "approved": PayoutStatus.APPROVED,
    "sent": PayoutStatus.EXPORTED,
    "paid": PayoutStatus.PAID,
    "aside": PayoutStatus.FAILED,
}


def payout_counts() -> dict[str, int]:
    """Tab → how many."""
    found = dict(Payout.objects.order_by().values_list("status").annotate(n=Count("pk")))
    return {tab: found.get(status, 0) for tab, status in TABS.items()}


@dataclass(frozen=True)
class PayoutRow:
    """`block` says why this viewer can't act on it now; '' when he or she can. `is_aside`: nobody can, because the
    money has nowhere to go."""

    payout: Payout
    block: str
    is_aside: bool
    bank: BankDetail | None


Refusal = Callable[[User, Payout], str]


def payout_rows(payouts: Sequence[Payout], viewer: User, *, at: datetime, approval_problem: Refusal) -> list[PayoutRow]:
    """In one query, however many (they come `for_list`). `approval_problem` is the one of permissions."""
    banks = [bank for p in payouts if (bank := bank_of(p.milestone.engagement.contractor))]
    replaced = replaced_banks(banks, at=at)
    return [_row(payout, viewer, at, replaced, approval_problem) for payout in payouts]


def _row(payout: Payout, viewer: User, at: datetime, replaced: set[int], approval_problem: Refusal) -> PayoutRow:
    contractor, problem, block = payout.milestone.engagement.contractor, "", ""
    if payout.status in (PayoutStatus.DUE, PayoutStatus.APPROVED):
        problem = bank_problem(contractor, at=at, replaced=replaced)
        if payout.status == PayoutStatus.DUE:
            block = approval_problem(viewer, payout)
        elif payout.milestone.accepted_by_id == viewer.pk:
            block = _("You accepted this work, so somebody else pays it.")
        elif payout.approved_by_id == viewer.pk:
            block = _("You approved this one, so somebody else of finance sends it.")
    return PayoutRow(payout, problem or block, bool(problem), bank_of(contractor))


def payout_sums(payouts: QuerySet[Payout]) -> list[tuple[Money, int]]:
    """Sum and number of each currency."""
    rows = payouts.order_by("currency").values_list("currency").annotate(minor=Sum("amount_minor"), n=Count("pk"))
    return [(Money(minor, currency), n) for currency, minor, n in rows]


def other_finance_people(viewer: User) -> list[User]:
    """Who else can be the second pair of eyes."""
    return list(User.objects.active().with_role(Role.FINANCE).exclude(pk=viewer.pk).order_by("name")[:5])


@dataclass(frozen=True)
class OwnMoney:
    """Sums of one currency, as the contractor sees them."""

    currency: str
    held: Money
    owed: Money
    paid: Money


def own_money(user: User) -> list[OwnMoney]:
    sums: dict[str, dict[str, int]] = defaultdict(dict)
    accounts = (
        Account.objects.filter(engagement__in=Engagement.objects.visible_to(user))
        .order_by("currency")
        .values_list("currency", "kind")
        .annotate(minor=Coalesce(Sum("balance_minor"), 0))
    )
    for currency, kind, minor in accounts:
        sums[currency][kind] = minor
    kinds = (AccountKind.HELD, AccountKind.OWED, AccountKind.PAID)
    return [OwnMoney(c, *(Money(by.get(kind, 0), c) for kind in kinds)) for c, by in sums.items()]


def money_rows(user: User) -> QuerySet[Milestone]:
    """The contractor's milestones in which money moved, newest first, each with its payout."""
    moved = (
        MilestoneStatus.FUNDED,
        MilestoneStatus.SUBMITTED,
        MilestoneStatus.CHANGES_REQUESTED,
        MilestoneStatus.DISPUTED,
        MilestoneStatus.ACCEPTED,
        MilestoneStatus.PAID,
    )
    return (
        Milestone.objects.visible_to(user)
        .filter(status__in=moved)
        .select_related("engagement")
        .prefetch_related("payouts")
        .order_by("-status_since", "-pk")
    )
