"""Budgets: what is left in each, what moved, and the rates by which they are looked at side by side."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.queries import organisation
from core import idempotency
from core.errors import DomainError
from core.permissions import require
from milestones import queries
from milestones.forms.budget import AmountForm, BudgetForm, DayForm, RateForm, RulesForm
from milestones.models import Budget, Milestone, Rate
from milestones.permissions import can_keep_budgets, can_see_budgets, can_see_payouts
from milestones.services import budgets as services
from milestones.services.rates import type_rate
from milestones.views.posting_rows import posting_rows

A_PAGE = 25
RATES_SHOWN = 5
WAITING_SHOWN = 10


def _home_currency() -> str:
    house = organisation()
    return house.home_currency if house else "EUR"


def _list(
    request: HttpRequest, form: BudgetForm | None = None, rate_form: RateForm | None = None, status: int = 200
) -> HttpResponse:
    page = Paginator(Budget.objects.visible_to(request.user).for_list(), A_PAGE).get_page(request.GET.get("page"))
    home = _home_currency()
    rates = Rate.objects.latest_to(home)
    lines = queries.budget_lines(list(page.object_list))
    context = {
        "page": page,
        "lines": [(line, queries.about(line.free, rates)) for line in lines],
        "rates": Rate.objects.for_list()[:RATES_SHOWN],
        "may_keep": can_keep_budgets(request.user),
        "form": form or BudgetForm(initial={"currency": home}),
        "rate_form": rate_form or RateForm(initial={"target": home, "on": timezone.localdate()}),
    }
    return render(request, "milestones/budgets.html", context, status=status)


def _one(request: HttpRequest, budget: Budget, status: int = 200, **bound: Any) -> HttpResponse:
    # A lead sees what is left, not what other people's engagements are called.
    may_see_ledger = can_see_payouts(request.user)
    line = queries.budget_lines([budget])[0]
    day_form = DayForm(request.GET if "on" in request.GET else None)
    then = day_form.ends_at() if day_form.is_bound else None
    page = (
        queries.postings(queries.Chosen(budget.pk), request.GET, A_PAGE, is_counted=False) if may_see_ledger else None
    )
    context = {
        "budget": budget,
        "line": line,
        "about": queries.about(line.rest, Rate.objects.latest_to(_home_currency())),
        "page": page,
        "rows": posting_rows(page.object_list, has_links=False) if page else "",
        "may_keep": can_keep_budgets(request.user),
        "may_see_ledger": may_see_ledger,
        "waiting": Milestone.objects.over_the_limit_of(budget).for_list()[:WAITING_SHOWN] if may_see_ledger else [],
        "day_form": day_form,
        "then": queries.standing_at(budget, then) if then else None,
        "top_up_form": AmountForm(budget=budget, prefix="in"),
        "return_form": AmountForm(budget=budget, prefix="out"),
        "rules_form": RulesForm(budget=budget),
        **bound,
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
    budget: Budget = get_object_or_404(Budget.objects.visible_to(request.user).for_page(), pk=pk)
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
    form = AmountForm(request.POST, budget=budget, prefix=prefix)
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
