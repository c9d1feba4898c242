"""Budgets: what is left in each, and what moved."""

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
from milestones.forms.budget import BudgetForm, TopUpForm
from milestones.models import Budget, Posting
from milestones.permissions import can_keep_budgets, can_see_budgets, can_see_payouts
from milestones.services import budgets as services

A_PAGE = 25


def _list(request: HttpRequest, form: BudgetForm | None = None, status: int = 200) -> HttpResponse:
    page = Paginator(Budget.objects.visible_to(request.user).for_list(), A_PAGE).get_page(request.GET.get("page"))
    house = organisation()
    context = {
        "page": page,
        "lines": queries.budget_lines(list(page.object_list)),
        "may_keep": can_keep_budgets(request.user),  # type: ignore[arg-type]
        "form": form or BudgetForm(initial={"currency": house.home_currency if house else "EUR"}),
    }
    return render(request, "milestones/budgets.html", context, status=status)


def _one(request: HttpRequest, budget: Budget, form: TopUpForm | None = None, status: int = 200) -> HttpResponse:
    # A lead sees what is left, not what other people's engagements are called.
    may_see_ledger = can_see_payouts(request.user)  # type: ignore[arg-type]
    rows = queries.postings(budget=budget.pk) if may_see_ledger else Posting.objects.none()
    context = {
        "budget": budget,
        "line": queries.budget_lines([budget])[0],
        "page": Paginator(rows, A_PAGE).get_page(request.GET.get("page")),
        "may_keep": can_keep_budgets(request.user),  # type: ignore[arg-type]
        "may_see_ledger": may_see_ledger,
        "form": form or TopUpForm(budget=budget),
    }
    return render(request, "milestones/budget.html", context, status=status)


@require_safe
def budgets(request: HttpRequest) -> HttpResponse:
    if not can_see_budgets(request.user):  # type: ignore[arg-type]
        raise Http404
    return _list(request)


@require_POST
def create(request: HttpRequest) -> HttpResponse:
    if not can_see_budgets(request.user):  # type: ignore[arg-type]
        raise Http404
    require(can_keep_budgets(request.user))  # type: ignore[arg-type]
    form = BudgetForm(request.POST)
    if not form.is_valid():
        return _list(request, form, 422)
    now = timezone.now()
    given = form.cleaned_data

    def act() -> str:
        made = services.create_budget(given["name"], currency=given["currency"], by=request.user, at=now)  # type: ignore[arg-type]
        return reverse("milestones:budget", args=[made.pk])

    return _carry_out(request, act, now, form, lambda: _list(request, form, 409))


def _carry_out(request: HttpRequest, act: Any, now: Any, form: Any, again: Any) -> HttpResponse:
    try:
        return redirect(idempotency.once(request, act, at=now))
    except DomainError as refusal:
        form.add_error(None, refusal.sentence)
        refused: HttpResponse = again()
        return refused


@require_safe
def budget(request: HttpRequest, pk: int) -> HttpResponse:
    return _one(request, get_object_or_404(Budget.objects.visible_to(request.user), pk=pk))


@require_POST
def top_up(request: HttpRequest, pk: int) -> HttpResponse:
    budget = get_object_or_404(Budget.objects.visible_to(request.user), pk=pk)
    require(can_keep_budgets(request.user))  # type: ignore[arg-type]
    form = TopUpForm(request.POST, budget=budget)
    if not form.is_valid():
        return _one(request, budget, form, 422)
    now = timezone.now()
    given = form.cleaned_data

    def act() -> str:
        services.top_up(budget, amount=given["amount"], cause=given["cause"], by=request.user, at=now)  # type: ignore[arg-type]
        messages.success(
            request, _("%(amount)s is in “%(budget)s” now.") % {"amount": given["amount"], "budget": budget}
        )
        return reverse("milestones:budget", args=[pk])

    return _carry_out(request, act, now, form, lambda: _one(request, budget, form, 409))
