"""Payouts as finance works through them, and a contractor’s own money."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import BigIntegerField, CharField, Count, QuerySet, Sum, Value, prefetch_related_objects
from django.db.models.functions import Cast, Coalesce

from accounts.models import User
from accounts.states import Role
from core.money import Money
from core.prepared import Prepared
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


def _totals() -> QuerySet:
    no_money = Cast(Value(0), BigIntegerField())
    unsettled = PayoutBatch.objects.filter(status__in=(BatchStatus.OPEN, BatchStatus.CONFIRMED, BatchStatus.EXPORTED))
    sums = Payout.objects.in_state(PayoutStatus.DUE).order_by().values_list("currency")
    return sums.annotate(minor=Cast(Sum("amount_minor"), BigIntegerField()), n=Count("pk")).union(
        unsettled.order_by().values_list(Value("", CharField())).annotate(minor=no_money, n=Count("pk")), all=True
    )


_prepared_totals = Prepared(_totals)


@dataclass(frozen=True)
class PayoutTotals:
    """What waits: sum and number of the payouts to approve in each currency, and the batches that are not settled."""

    sums: list[tuple[Money, int]]
    batches: int

    @property
    def due(self) -> int:
        return sum(n for _sum, n in self.sums)

    @property
    def counts(self) -> dict[str, int | None]:
        """By tab; None for what is paid, which only grows and would be counted anew by every page."""
        return {"due": self.due, "batches": self.batches, "paid": None}


def payout_totals() -> PayoutTotals:
    """In one statement."""
    rows = sorted(_prepared_totals.rows())
    return PayoutTotals(
        [(Money(int(minor), currency), n) for currency, minor, n in rows if currency],
        sum(n for currency, _minor, n in rows if not currency),
    )


_payouts = Prepared(lambda keys: Payout.objects.filter(pk__among=keys).for_list().order_by())


def payouts_of(keys: Sequence[int]) -> list[Payout]:
    """These, `for_list`, in this order; one statement, none for none."""
    found = {payout.pk: payout for payout in _payouts.records(keys)} if keys else {}
    return [found[pk] for pk in keys if pk in found]


def keys_of(*lists: QuerySet[Payout]) -> list[list[int]]:
    """The keys of each of these lists, which are cut to a page; in no order, in one statement."""
    arms = [
        Payout.objects.filter(pk__in=rows.select_related(None).values("pk")).order_by().values_list(Value(n), "pk")
        for n, rows in enumerate(lists)
    ]
    found: list[list[int]] = [[] for _rows in lists]
    for n, pk in arms[0].union(*arms[1:], all=True):
        found[n].append(pk)
    return found


def with_approvers(payouts: Sequence[Payout]) -> Sequence[Payout]:
    """With the people whom their budgets name to approve; one statement, none for none."""
    prefetch_related_objects(payouts, "milestone__engagement__funding__budget__approvers")
    return payouts


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


def payout_rows(
    payouts: Sequence[Payout],
    viewer: User,
    *,
    at: datetime,
    approval_problem: Refusal,
    has_setup: bool,
) -> list[PayoutRow]:
    """In a fixed number of queries, however many (they come `for_list`); `approval_problem` is that of permissions, and
    asked of those that are due."""
    due = [p for p in payouts if p.status == PayoutStatus.DUE]
    problems = problems_of(with_approvers(due), at=at, has_setup=has_setup)
    refusals = {p.pk: approval_problem(viewer, p) for p in due}
    return [_row(payout, problems.get(payout.pk, []), refusals.get(payout.pk, "")) for payout in payouts]


def _row(payout: Payout, problems: list[Problem], refusal: str) -> PayoutRow:
    problems = sorted(problems, key=lambda problem: problem.may_go)
    if refusal:
        problems = [Problem(refusal, fix=""), *problems]
    may_tick = payout.status == PayoutStatus.DUE and all(problem.may_go for problem in problems)
    return PayoutRow(payout, problems, bank_of(payout.milestone.engagement.contractor), may_tick)


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
