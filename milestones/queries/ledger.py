"""Budgets and the ledger."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum
from django.utils.translation import gettext as _

from core.money import Money
from milestones.models import Account, Budget, Milestone, Posting
from milestones.queries.sums import Sums, moved_in_budgets, moved_in_house, sums_of_budgets, sums_of_house
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

    @property
    def free(self) -> Money:
        """What can still be promised: below zero only where it was promised before anybody looked."""
        return self.rest - self.promised

    @property
    def is_used(self) -> bool:
        """Whether any money is or was in it, or promised."""
        return any(amount.minor for _css, amount, _name in self.parts)

    @property
    def shortfall(self) -> Money:
        """What has to come in before everything promised can be funded."""
        return Money(max(-self.free.minor, 0), self.budget.currency)

    @property
    def parts(self) -> list[tuple[str, Money, str]]:
        """Everything that was ever put in and is not returned, by where it is now: (css class, amount, name)."""
        free = self.free if not self.is_short else Money(0, self.budget.currency)
        return [
            ("paid", self.paid, _("Paid")),
            ("owed", self.owed, _("Owed")),
            ("held", self.held, _("Held for work")),
            ("committed", self.promised, _("Committed")),
            ("free", free, _("Left to promise")),
        ]


def budget_lines(budgets: Sequence[Budget]) -> list[BudgetLine]:
    """In three queries, however many."""
    sums = sums_of_budgets([budget.pk for budget in budgets])
    agreed = (
        Milestone.objects.promised()
        .filter(engagement__funding__budget__in=budgets)
        .values_list("engagement__funding__budget")
        .annotate(minor=Sum("amount_minor"))
    )
    promised = dict(agreed)

    def money(budget: Budget, kind: str) -> Money:
        return Money(sums[budget.pk, budget.currency, kind], budget.currency)

    return [
        BudgetLine(
            budget,
            money(budget, AccountKind.BUDGET),
            Money(promised.get(budget.pk, 0), budget.currency),
            *(money(budget, kind) for kind in (AccountKind.HELD, AccountKind.OWED, AccountKind.PAID)),
        )
        for budget in budgets
    ]


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


def balances_at(at: datetime, *, budget: Budget | None = None) -> Sums:
    """What stood there at that instant, of the whole house or of one budget: what stands there now without what moved
    after it, so that a day not long ago costs little. Three queries."""
    later = Posting.objects.after(at)
    found = sums_of_budgets([budget.pk]) if budget else sums_of_house()
    for key, minor in (moved_in_budgets(later, [budget.pk]) if budget else moved_in_house(later)).items():
        found[key] -= minor
    return found


@dataclass(frozen=True)
class Standing:
    """What a budget held and where its money was at an instant."""

    at: datetime
    rest: Money
    held: Money
    owed: Money
    paid: Money


def standing_at(budget: Budget, at: datetime) -> Standing:
    found = balances_at(at, budget=budget)
    kinds = (AccountKind.BUDGET, AccountKind.HELD, AccountKind.OWED, AccountKind.PAID)
    return Standing(at, *(Money(found[budget.pk, budget.currency, kind], budget.currency) for kind in kinds))


def totals(at: datetime | None = None) -> list[Totals]:
    """Now, or as they were at that instant."""
    return totals_of(sums_of_house() if at is None else balances_at(at))


def totals_of(house: Sums) -> list[Totals]:
    sums: dict[str, dict[str, int]] = defaultdict(dict)
    for (_house, currency, kind), minor in sorted(house.items()):
        sums[currency][kind] = minor
    return [
        Totals(currency, *(Money(by.get(kind, 0), currency) for kind in AccountKind.values))
        for currency, by in sums.items()
    ]
