"""The forms on the pages of budgets. Empty ones look the same each time: each is drawn once for what it offers, and
what stands in its fields is put in."""

from datetime import date
from functools import lru_cache
from typing import Any

from crispy_forms.templatetags.crispy_forms_filters import as_crispy_form
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from core.money import amount_text
from core.rows import filled
from milestones.forms.budget import BudgetForm, PostingForm, RateForm, RulesForm
from milestones.models import Budget
from milestones.queries.budget_page import BudgetFacts, Choice

kept = lru_cache(maxsize=64)


def drawn(form: Any) -> SafeString:
    """With what was typed, and what is wrong with it."""
    found: SafeString = as_crispy_form(form)
    return found


def new_budget(home: str, facts: BudgetFacts) -> SafeString:
    return _new_budget(home, facts.objectives, facts.people, get_language())


@kept
def _new_budget(
    home: str, objectives: tuple[Choice, ...], people: tuple[Choice, ...], _language: str | None
) -> SafeString:
    return drawn(BudgetForm(initial={"currency": home}, offers=(objectives, people)))


def new_rate(home: str, day: date) -> SafeString:
    return _new_rate(home, day, get_language())


@kept
def _new_rate(home: str, day: date, _language: str | None) -> SafeString:
    return drawn(RateForm(initial={"target": home, "on": day}))


def rules(budget: Budget, facts: BudgetFacts) -> SafeString:
    return filled(
        _rules(facts.objectives, facts.people, get_language()),
        team=budget.team,
        objective=budget.objective_id,
        approvers=[pk for pk, _name in facts.approvers],
        limit="" if budget.limit is None else amount_text(budget.limit),
    )


@kept
def _rules(objectives: tuple[Choice, ...], people: tuple[Choice, ...], _language: str | None) -> SafeString:
    return drawn(RulesForm(offers=(objectives, people)))


def amount(currency: str, prefix: str) -> SafeString:
    return _amount(currency, prefix, get_language())


@kept
def _amount(currency: str, prefix: str, _language: str | None) -> SafeString:
    return drawn(PostingForm(currency=currency, prefix=prefix))
