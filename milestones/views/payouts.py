"""The payouts page: what waits for approval, batches, what was paid."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from core.keyset import stretch
from core.paging import WidePaginator
from core.permissions import require
from milestones import queries
from milestones.forms.payout import TickedForm
from milestones.models import Milestone, Payout, PayoutBatch
from milestones.permissions import approval_problem, can_pay, can_see_payouts
from milestones.queries.timeline import late_timelines
from milestones.services import batches
from milestones.services import payouts as services

A_PAGE = 25
LINES_SHOWN = 8
REASONS_SHOWN = 10
WAITING_SHOWN = 5


def guard(request: HttpRequest) -> None:
    """For everybody but finance and admins there is nothing here; an admin only reads."""
    if not can_see_payouts(request.user):  # type: ignore[arg-type]
        raise Http404
    if request.method == "POST":
        require(can_pay(request.user))  # type: ignore[arg-type]


def _rows(request: HttpRequest, tab: str) -> Any:
    if tab == "batches":
        return PayoutBatch.objects.visible_to(request.user).for_list()
    return Payout.objects.visible_to(request.user).in_state(queries.TABS[tab]).for_list()  # type: ignore[arg-type]


def _listed(request: HttpRequest, tab: str, rows: Any) -> Any:
    """What is due has an end, and whoever approves it wants to know how much it is; the rest only grows."""
    if tab == "due":
        return WidePaginator(rows, A_PAGE).get_page(request.GET.get("page"))
    return stretch(rows, request.GET, A_PAGE, by=("paid_at", "pk") if tab == "paid" else ("pk",))


def _page(request: HttpRequest, tab: str, status: int = 200, **more: Any) -> HttpResponse:
    now = timezone.now()
    viewer: Any = request.user
    rows = _rows(request, tab)
    page = _listed(request, tab, rows)
    counts = queries.payout_counts()
    labels = {"due": _("To approve"), "batches": _("Batches"), "paid": _("Paid")}
    today = timezone.localdate(now, viewer.tz)
    is_batches = tab == "batches"
    # An admin only reads: nothing is blocked for who could not act anyway.
    problem = approval_problem if can_pay(viewer) else lambda _user, _payout: ""
    listed: list[Any] = (
        queries.batch_rows(list(page.object_list), viewer)
        if is_batches
        else queries.payout_rows(list(page.object_list), viewer, at=now, approval_problem=problem)
    )
    context = {
        "tab": tab,
        "tabs": [(name, label, counts[name]) for name, label in labels.items()],
        "page": page,
        "rows": listed,
        "free": 0 if is_batches else sum(row.may_tick for row in listed),
        "ready": 0 if is_batches else sum(row.is_ready for row in listed),
        "sums": queries.payout_sums(rows) if tab == "due" else [],
        "may_act": can_pay(viewer),
        "to_confirm": queries.batches_to_confirm(viewer, lines=LINES_SHOWN) if can_pay(viewer) else [],
        "others": queries.other_finance_people(viewer),
        "today": today,
        "late": late_timelines(viewer, at=now),
        "next_batch_on": queries.next_batch_on(now),
        "checks": queries.CHECKS,
        "oldest": Milestone.objects.oldest_unpaid(),
        "waiting": Milestone.objects.over_the_limit().for_list()[:WAITING_SHOWN],
        **more,
    }
    return render(request, "milestones/payouts.html", context, status=status)


@require_safe
def payouts(request: HttpRequest) -> HttpResponse:
    guard(request)
    tab = request.GET.get("state", "due")
    if tab not in queries.TABS:
        raise Http404
    return _page(request, tab)


def say_aside(request: HttpRequest, reasons: list[str]) -> None:
    for reason in reasons[:REASONS_SHOWN]:
        messages.warning(request, _("Set aside: %(reason)s") % {"reason": reason})
    if len(reasons) > REASONS_SHOWN:
        messages.warning(request, _("%(n)d more were set aside.") % {"n": len(reasons) - REASONS_SHOWN})


@require_POST
def approve(request: HttpRequest) -> HttpResponse:
    """Every ticked row goes into the person's batch; those that can't are set aside with the reason."""
    guard(request)
    now = timezone.now()
    form = TickedForm(request.POST, rows=_rows(request, "due"))
    if not form.is_valid():
        return _page(request, "due", 422, form=form)
    outcome = services.each(
        form.rows,
        lambda payout: batches.approve(payout, by=request.user, at=now, knowing=payout.pk in form.picked),
    )
    reasons = [f"{payout.milestone.engagement.contractor}, {payout.milestone}: {why}" for payout, why in outcome.aside]
    if not outcome.done:
        return _page(request, "due", 409, form=form, reasons=reasons)
    say_aside(request, reasons)
    n = len(outcome.done)
    messages.success(
        request,
        ngettext(
            "%(n)d payout approved. Somebody else confirms the batch.",
            "%(n)d payouts approved. Somebody else confirms the batch.",
            n,
        )
        % {"n": n},
    )
    return redirect("milestones:batch", queries.open_batch_of(request.user).pk)  # type: ignore[union-attr, arg-type]
