"""Every posting, newest first, what stood where on any day, and the proof that it sums to zero."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from milestones import queries
from milestones.forms.budget import LedgerForm
from milestones.models import Budget
from milestones.permissions import can_see_payouts
from milestones.queries.ledger_page import Offered
from milestones.views.posting_rows import ledger_filter, posting_rows, total_rows

A_PAGE = 25


def _number(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Http404
    return int(text)


@require_safe
def ledger(request: HttpRequest) -> HttpResponse:
    viewer: Any = request.user
    if not can_see_payouts(viewer):
        raise Http404
    budget, engagement = _number(request.GET.get("budget", "")), _number(request.GET.get("engagement", ""))
    facts = queries.ledger_facts(viewer)
    if budget is not None and not _is_seen(budget, facts.budgets, viewer):
        raise Http404
    # Whoever reads the ledger reads all of it: the postings name the engagements anyway.
    title = queries.title_of_engagement(engagement) if engagement is not None else None
    if engagement is not None and title is None:
        raise Http404
    form = LedgerForm(request.GET)
    is_understood = form.is_valid()
    kind = form.cleaned_data.get("kind", "")
    then = form.ends_at()
    chosen = queries.Chosen(budget, engagement, kind, form.starts_at(), then)
    totals = queries.totals_of(facts.sums) if then is None else queries.totals(then)
    page = queries.postings(chosen, request.GET, A_PAGE)
    context = {
        "page": page,
        "rows": posting_rows(page.object_list, has_links=True),
        "totals": totals,
        "total_rows": total_rows(totals),
        "then": form.cleaned_data.get("on"),
        "balanced": not any(line.sum for line in totals),
        "filter": ledger_filter(form, facts, chosen, title),
        "form": form,
    }
    return render(request, "milestones/ledger.html", context, status=200 if is_understood else 422)


def _is_seen(budget: int, offered: list[Offered], viewer: Any) -> bool:
    """The first of them are offered: whoever sees more finds the others by their address."""
    return any(each.pk == budget for each in offered) or Budget.objects.visible_to(viewer).filter(pk=budget).exists()
