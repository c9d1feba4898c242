"""Budgets and the ledger."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _

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


def postings(
    *,
    budget: int | None = None,
    engagement: int | None = None,
    kind: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[Posting]:
    """Newest first; of one budget (what came in and what its milestones moved) or one engagement, of one kind, and
    between two instants (both included)."""
    found = Posting.objects.select_related(
        "by", "milestone", "from_account__budget", "from_account__engagement", "to_account__budget",
        "to_account__engagement",
    ).order_by("-id")  # fmt: skip
    if budget is not None:
        # By its account's number, so that the database takes the indexes of both ends.
        own = list(Account.objects.filter(budget=budget).values_list("pk", flat=True))
        found = found.filter(Q(to_account__in=own) | Q(from_account__in=own))
    if engagement is not None:
        found = found.filter(milestone__engagement=engagement)
    if kind:
        found = found.filter(kind=kind)
    if since is not None:
        found = found.filter(at__gte=since)
    return found if until is None else found.until(until)


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


def balances_at(at: datetime, *, budget: Budget | None = None) -> dict[tuple[str, str], int]:
    """(currency, kind of account) → minor units that stood there at that instant; of all accounts, or of one budget
    and the engagements that it pays. Three queries: what stands there now (the sum of all postings, law L5) without
    what moved after the instant, so that a day not long ago costs little."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    accounts = Account.objects.order_by()
    if budget is not None:
        accounts = accounts.filter(Q(budget=budget) | Q(engagement__funding__budget=budget))
    for currency, kind, minor in accounts.values_list("currency", "kind").annotate(minor=Sum("balance_minor")):
        found[currency, kind] = minor
    for end, sign in (("from_account", 1), ("to_account", -1)):
        rows = Posting.objects.after(at).order_by()
        if budget is not None:
            rows = rows.filter(**{f"{end}__in": accounts})
        for currency, kind, minor in rows.values_list("currency", f"{end}__kind").annotate(minor=Sum("amount_minor")):
            found[currency, kind] += sign * minor
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
    return Standing(at, *(Money(found[budget.currency, kind], budget.currency) for kind in kinds))


def totals(at: datetime | None = None) -> list[Totals]:
    """Now, or as they were at that instant."""
    sums: dict[str, dict[str, int]] = defaultdict(dict)
    if at is None:
        now = Account.objects.order_by("currency").values_list("currency", "kind")
        for currency, kind, minor in now.annotate(minor=Sum("balance_minor")):
            sums[currency][kind] = minor
    else:
        for (currency, kind), minor in sorted(balances_at(at).items()):
            sums[currency][kind] = minor
    return [
        Totals(currency, *(Money(by.get(kind, 0), currency) for kind in AccountKind.values))
        for currency, by in sums.items()
    ]
