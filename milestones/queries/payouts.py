"""Payouts as finance works through them, and a contractor’s own money."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import Coalesce

from accounts.models import User
from accounts.states import Role
from core.money import Money
from engagements.models import Engagement
from milestones.models import (
    Account,
    BankDetail,
    Milestone,
    Payout,
    PayoutBatch,
)
from milestones.queries.banks import bank_of
from milestones.queries.checks import CHECKS, Problem, problems_of
from milestones.states import AccountKind, BatchStatus, MilestoneStatus, PayoutStatus

# The tabs of the page: name in the address → the state of payouts that it lists; batches are listed by themselves.
TABS: dict[str, PayoutStatus | None] = {
    "due": PayoutStatus.DUE,
    "batches": None,
    "paid": PayoutStatus.PAID,
}


def payout_counts() -> dict[str, int | None]:
    """Tab → how many wait there; None for what is paid, which only grows and would be counted anew by every page."""
    unsettled = (BatchStatus.OPEN, BatchStatus.CONFIRMED, BatchStatus.EXPORTED)
    return {
        "due": Payout.objects.in_state(PayoutStatus.DUE).count(),
        "batches": PayoutBatch.objects.filter(status__in=unsettled).count(),
        "paid": None,
    }


@dataclass(frozen=True)
class PayoutRow:
    """`problems` are what the checks found, blocking ones first; `may_tick` says whether this viewer can approve it,
    `is_ready` whether it is ticked without being asked."""

    payout: Payout
    problems: Sequence[Problem]
    bank: BankDetail | None
    may_tick: bool

    @property
    def is_ready(self) -> bool:
        return self.may_tick and not self.problems

    @property
    def is_aside(self) -> bool:
        return any(not problem.may_go for problem in self.problems)

    @property
    def passed(self) -> int:
        return CHECKS - len(self.problems)


Refusal = Callable[[User, Payout], str]


def payout_rows(payouts: Sequence[Payout], viewer: User, *, at: datetime, approval_problem: Refusal) -> list[PayoutRow]:
    """In a fixed number of queries, however many (they come `for_list`); `approval_problem` is that of permissions."""
    problems = problems_of([p for p in payouts if p.status == PayoutStatus.DUE], at=at)
    return [_row(payout, problems.get(payout.pk, []), approval_problem(viewer, payout)) for payout in payouts]


def _row(payout: Payout, problems: list[Problem], refusal: str) -> PayoutRow:
    problems = sorted(problems, key=lambda problem: problem.may_go)
    if refusal and payout.status == PayoutStatus.DUE:
        problems = [Problem(refusal, fix=""), *problems]
    may_tick = payout.status == PayoutStatus.DUE and all(problem.may_go for problem in problems)
    return PayoutRow(payout, problems, bank_of(payout.milestone.engagement.contractor), may_tick)


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
