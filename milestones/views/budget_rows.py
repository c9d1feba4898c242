"""How the rows of the list of budgets are drawn."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core.money import Money
from core.rows import joined, link, row
from core.templatetags.duckrow import day, money
from milestones.queries import BudgetLine, about


class Shape(NamedTuple):
    is_short: bool
    serves: bool
    about: bool


def about_text(amount: Money, rates: Mapping[str, Any]) -> str:
    """`≈ €920 at 0.92 of 20 Nov`; '' where nobody typed a rate."""
    found = about(amount, rates)
    if found is None:
        return ""
    return _("≈ %(amount)s at %(rate)s of %(day)s") % {
        "amount": money(found.money),
        "rate": found.rate.rate,
        "day": day(found.rate.on),
    }


def budget_rows(lines: Iterable[BudgetLine], rates: Mapping[str, Any]) -> SafeString:
    """Of `Listed` budgets."""
    return joined(_row(line, rates) for line in lines)


def _row(line: BudgetLine, rates: Mapping[str, Any]) -> SafeString:
    budget: Any = line.budget
    free, rest = line.free, about_text(line.free, rates)
    serves = ", ".join(part for part in (budget.team, budget.objective) if part)
    return row(
        "milestones/_budget_row.html",
        Shape(line.is_short, bool(serves), bool(rest)),
        url=link("milestones:budget", budget.pk),
        name=budget.name,
        serves=serves,
        free=money(free, "ledger"),
        about=rest,
        promised=money(line.promised, "ledger"),
        held=money(line.held, "ledger"),
        owed=money(line.owed, "ledger"),
        paid=money(line.paid, "ledger"),
    )
