"""Budgets: what is left in each, what moved, and the rates by which they are looked at side by side."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.queries import organisation
from core import idempotency
from core.errors import DomainError
from core.permissions import require
from milestones import queries
from milestones.forms.budget import BudgetForm, DayForm, PostingForm, RateForm, RulesForm
from milestones.models import Budget
from milestones.permissions import can_keep_budgets, can_see_budgets, can_see_payouts
from milestones.queries.budget_page import budget_facts, budget_list, budget_seen_by, waiting_in
from milestones.services import budgets as services
from milestones.services.rates import type_rate
from milestones.views.budget_forms import amount, drawn, new_budget, new_rate, rules
from milestones.views.budget_rows import about_text, budget_rows
from milestones.views.posting_rows import posting_rows

A_PAGE = 25


def _home_currency() -> str:
    house = organisation()
    return house.home_currency if house else "EUR"


def _list(
    request: HttpRequest, form: BudgetForm | None = None, rate_form: RateForm | None = None, status: int = 200
) -> HttpResponse:
    viewer: Any = request.user
    page, home = budget_list(viewer, request.GET.get("page"), A_PAGE), _home_currency()
    facts, may_keep = budget_facts(page.object_list), can_keep_budgets(viewer)
    context = {
        "page": page,
        "rows": budget_rows(facts.lines, facts.rates),
        "rates": facts.latest,
        "may_keep": may_keep,
    }
    if may_keep:
        context["form"] = drawn(form) if form else new_budget(home, facts)
        context["rate_form"] = drawn(rate_form) if rate_form else new_rate(home, timezone.localdate())
        context["types_rate"] = rate_form is not None
    return render(request, "milestones/budgets.html", context, status=status)


def _one(request: HttpRequest, budget: Budget, status: int = 200, **bound: Any) -> HttpResponse:
    # A lead sees what is left, not what other people's engagements are called.
    viewer: Any = request.user
    may_see_ledger, may_keep = can_see_payouts(viewer), can_keep_budgets(viewer)
    facts = budget_facts([budget])
    line = facts.lines[0]
    day_form = DayForm(request.GET if "on" in request.GET else None)
    then = day_form.ends_at() if day_form.is_bound else None
    chosen = queries.Chosen(budget.pk)
    page = queries.postings(chosen, request.GET, A_PAGE, is_counted=False) if may_see_ledger else None
    context = {
        "budget": budget,
        "line": line,
        "parts": line.parts if line.is_used else (),
        "about": about_text(line.rest, facts.rates),
        "page": page,
        "rows": posting_rows(page.object_list, has_links=False) if page else "",
        "approvers": ", ".join(name for _pk, name in facts.approvers),
        "may_keep": may_keep,
        "may_see_ledger": may_see_ledger,
        "waiting": waiting_in(budget) if may_see_ledger else [],
        "day_form": day_form,
        "then": queries.standing_at(budget, then) if then else None,
    }
    if may_keep:
        context |= {
            "top_up_form": amount(budget.currency, "in"),
            "return_form": amount(budget.currency, "out"),
            "rules_form": rules(budget, facts),
            **{name: drawn(form) for name, form in bound.items()},
            "typed": next(iter(bound), ""),
        }
    return render(request, "milestones/budget.html", context, status=status)


def _guard(request: HttpRequest) -> None:
    """Finance keeps budgets, leads and admins read them, nobody else knows of them."""
    if not can_see_budgets(request.user):
        raise Http404
    if request.method == "POST":
        require(can_keep_budgets(request.user))


def _carry_out(request: HttpRequest, act: Any, now: Any, form: Any, again: Any) -> HttpResponse:
    try:
        return redirect(idempotency.once(request, act, at=now))
    except DomainError as refusal:
        form.add_error(None, refusal.sentence)
        refused: HttpResponse = again()
        return refused


@require_safe
def budgets(request: HttpRequest) -> HttpResponse:
    _guard(request)
    return _list(request)


@require_POST
def create(request: HttpRequest) -> HttpResponse:
    _guard(request)
    form = BudgetForm(request.POST)
    if not form.is_valid():
        return _list(request, form, status=422)
    now = timezone.now()
    given = form.cleaned_data

    def act() -> str:
        made = services.create_budget(
            given["name"], currency=given["currency"], **form.rules(), by=request.user, at=now
        )
        return reverse("milestones:budget", args=[made.pk])

    return _carry_out(request, act, now, form, lambda: _list(request, form, status=409))


@require_POST
def add_rate(request: HttpRequest) -> HttpResponse:
    _guard(request)
    form = RateForm(request.POST)
    if not form.is_valid():
        return _list(request, rate_form=form, status=422)
    now = timezone.now()
    given = form.cleaned_data

    def act() -> str:
        rate = type_rate(
            given["source"], target=given["target"], rate=given["rate"], on=given["on"], by=request.user, at=now
        )
        messages.success(request, _("%(rate)s, for looking at. No amount in the ledger changes.") % {"rate": rate})
        return reverse("milestones:budgets")

    return _carry_out(request, act, now, form, lambda: _list(request, rate_form=form, status=409))


def _visible(request: HttpRequest, pk: int) -> Budget:
    viewer: Any = request.user
    budget = budget_seen_by(viewer, pk)
    if budget is None:
        raise Http404
    return budget


@require_safe
def budget(request: HttpRequest, pk: int) -> HttpResponse:
    return _one(request, _visible(request, pk))


@require_POST
def change(request: HttpRequest, pk: int) -> HttpResponse:
    budget = _visible(request, pk)
    require(can_keep_budgets(request.user))
    form = RulesForm(request.POST, budget=budget)
    if not form.is_valid():
        return _one(request, budget, 422, rules_form=form)
    now = timezone.now()

    def act() -> str:
        services.change_budget(budget, **form.rules(), by=request.user, at=now)
        messages.success(request, _("Saved. It holds from now on."))
        return reverse("milestones:budget", args=[pk])

    return _carry_out(request, act, now, form, lambda: _one(request, budget, 409, rules_form=form))


@require_POST
def top_up(request: HttpRequest, pk: int) -> HttpResponse:
    return _move(request, pk, "in", "top_up_form", services.top_up, _("%(amount)s is in “%(budget)s” now."))


@require_POST
def give_back(request: HttpRequest, pk: int) -> HttpResponse:
    return _move(request, pk, "out", "return_form", services.return_money, _("%(amount)s left “%(budget)s”."))


def _move(request: HttpRequest, pk: int, prefix: str, name: str, service: Any, said: str) -> HttpResponse:
    budget = _visible(request, pk)
    require(can_keep_budgets(request.user))
    form = PostingForm(request.POST, currency=budget.currency, prefix=prefix)
    if not form.is_valid():
        return _one(request, budget, 422, **{name: form})
    now = timezone.now()
    given = form.cleaned_data

    def act() -> str:
        key = idempotency.key_of(request)
        service(budget, amount=given["amount"], cause=given["cause"], key=key, by=request.user, at=now)
        messages.success(request, said % {"amount": given["amount"], "budget": budget})
        return reverse("milestones:budget", args=[pk])

    return _carry_out(request, act, now, form, lambda: _one(request, budget, 409, **{name: form}))
