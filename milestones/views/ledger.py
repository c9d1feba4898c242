"""Every posting, newest first, what stood where on any day, and the proof that it sums to zero."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from engagements.models import Engagement
from milestones import queries
from milestones.forms.budget import LedgerForm
from milestones.models import Budget
from milestones.permissions import can_see_payouts

A_PAGE = 25
BUDGETS_OFFERED = 200


def _number(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Http404
    return int(text)


@require_safe
def ledger(request: HttpRequest) -> HttpResponse:
    if not can_see_payouts(request.user):
        raise Http404
    wanted_budget, wanted = _number(request.GET.get("budget", "")), _number(request.GET.get("engagement", ""))
    budgets = Budget.objects.visible_to(request.user).for_list()
    budget = get_object_or_404(budgets, pk=wanted_budget) if wanted_budget is not None else None
    # Whoever reads the ledger reads all of it: the postings name the engagements anyway.
    engagement = get_object_or_404(Engagement, pk=wanted) if wanted is not None else None
    form = LedgerForm(request.GET)
    is_understood = form.is_valid()
    kind = form.cleaned_data.get("kind", "")
    then = form.ends_at()
    chosen = queries.Chosen(budget, wanted, kind, form.starts_at(), then)
    totals = queries.totals(then)
    context = {
        "page": queries.postings(chosen, request.GET, A_PAGE),
        "totals": totals,
        "then": form.cleaned_data.get("on"),
        "balanced": not any(line.sum for line in totals),
        "budgets": budgets[:BUDGETS_OFFERED],
        "budget": budget,
        "engagement": engagement,
        "form": form,
        "is_filtered": bool(chosen),
    }
    return render(request, "milestones/ledger.html", context, status=200 if is_understood else 422)
