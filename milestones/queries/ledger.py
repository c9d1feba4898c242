"""Budgets and the ledger."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet, Sum

from core.money import Money
from milestones.models import (
    Account,
    Budget,
    Milestone,
    Posting,
)
from milestones.states import AccountKind


def budget_rest(budget: Budget) -> Money:
    found = Account.objects.filter(budget=budget).values_list("balance_minor", flat=True).first()
    return Money(found or 0, budget.currency)


def committed_minor(budget: Budget) -> int:
    """Minor units that offers and agreements out there promise from it and that are not funded yet."""
    promised = Milestone.objects.promised().filter(engagement__funding__budget=budget)
    return promised.aggregate(minor=Sum("amount_minor"))["minor"] or 0


@dataclass(frozen=True)
class BudgetLine:
    """A budget with what is left in it and where the rest of it went."""

    budget: Budget
    rest: Money
    promised: Money  # by offers and agreements out there, and not set aside yet
    held: Money
    owed: Money
    paid: Money

    @property
    def is_short(self) -> bool:
        """Whether what was promised is more than what is left."""
        return self.promised > self.rest


def budget_lines(budgets: Sequence[Budget]) -> list[BudgetLine]:
    """In three queries, however many."""
    rests = dict(Account.objects.filter(budget__in=budgets).values_list("budget", "balance_minor"))
    sums: dict[tuple[int, str], int] = defaultdict(int)
    accounts = Account.objects.filter(engagement__funding__budget__in=budgets)
    for budget, kind, minor in accounts.values_list("engagement__funding__budget", "kind", "balance_minor"):
        sums[budget, kind] += minor
    agreed = (
        Milestone.objects.promised()
        .filter(engagement__funding__budget__in=budgets)
        .values_list("engagement__funding__budget")
        .annotate(minor=Sum("amount_minor"))
    )
    promised = dict(agreed)

    def money(budget: Budget, minor: int) -> Money:
        return Money(minor, budget.currency)

    return [
        BudgetLine(
            budget,
            money(budget, rests.get(budget.pk, 0)),
            money(budget, promised.get(budget.pk, 0)),
            *(money(budget, sums[budget.pk, k]) for k in (AccountKind.HELD, AccountKind.OWED, AccountKind.PAID)),
        )
        for budget in budgets
    ]


def postings(*, budget: int | None = None, engagement: int | None = None) -> QuerySet[Posting]:
    """Newest first; of one budget (what came in and what its milestones moved) or of one engagement."""
    found = Posting.objects.select_related(
        "by", "milestone", "from_account__budget", "from_account__engagement", "to_account__budget",
        "to_account__engagement",
    ).order_by("-id")  # fmt: skip
    if budget is not None:
        found = found.filter(to_account__budget=budget) | found.filter(from_account__budget=budget)
    if engagement is not None:
        found = found.filter(milestone__engagement=engagement)
    return found


@dataclass(frozen=True)
class Totals:
    """What stands where in one currency. `outside` is negative by construction, so that the row sums to zero."""

    currency: str
    outside: Money
    budget: Money
    held: Money
    owed: Money
    paid: Money

    @property
    def sum(self) -> Money:
        return self.outside + self.budget + self.held + self.owed + self.paid


def totals() -> list[Totals]:
    sums: dict[str, dict[str, int]] = defaultdict(dict)
    for currency, kind, minor in (
        Account.objects.order_by("currency").values_list("currency", "kind").annotate(minor=Sum("balance_minor"))
    ):
        sums[currency][kind] = minor
    return [
        Totals(currency, *(Money(by.get(kind, 0), currency) for kind in AccountKind.values))
        for currency, by in sums.items()
    ]
