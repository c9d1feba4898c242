"""The payouts page: what waits for approval, batches, what was paid."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from core.keyset import stretch
from core.permissions import require
from milestones import queries
from milestones.forms.payout import TickedForm
from milestones.models import Milestone, Payout, PayoutBatch
from milestones.permissions import approval_problem, can_pay, can_see_payouts
from milestones.queries.timeline import SHOWN, Timeline, late_promises, late_timelines
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


def _listed(request: HttpRequest, tab: str, totals: queries.PayoutTotals, now: datetime) -> tuple[Any, list[Timeline]]:
    """The page of a tab, and the promises that are broken. What is due has an end, and whoever approves it wants to
    know how much it is; the rest only grows."""
    viewer: Any = request.user
    if tab != "due":
        by = ("paid_at", "pk") if tab == "paid" else ("pk",)
        return stretch(_rows(request, tab), request.GET, A_PAGE, by=by), late_timelines(viewer, at=now)
    page: Any = Paginator(range(totals.due), A_PAGE).get_page(request.GET.get("page"))
    first, late = max(page.start_index() - 1, 0), late_promises(viewer, at=now)
    keys, late_keys = queries.keys_of(_rows(request, tab)[first : first + A_PAGE], late[:SHOWN])
    found = {payout.pk: payout for payout in queries.payouts_of(sorted({*keys, *late_keys}))}
    page.object_list = in_order(found[pk] for pk in keys if pk in found)
    return page, late_timelines(viewer, at=now, payouts=in_order(found[pk] for pk in late_keys if pk in found))


def in_order(payouts: Iterable[Payout]) -> list[Payout]:
    return sorted(payouts, key=lambda payout: (payout.due_on, payout.pk))


def _page(request: HttpRequest, tab: str, status: int = 200, **more: Any) -> HttpResponse:
    now = timezone.now()
    viewer: Any = request.user
    totals, setup = queries.payout_totals(), queries.payment_setup()
    page, late = _listed(request, tab, totals, now)
    labels = {"due": _("To approve"), "batches": _("Batches"), "paid": _("Paid")}
    today = timezone.localdate(now, viewer.tz)
    is_batches = tab == "batches"
    may_act = can_pay(viewer)
    # An admin only reads: nothing is blocked for who could not act anyway.
    problem = approval_problem if may_act else lambda _user, _payout: ""
    listed: list[Any] = (
        queries.batch_rows(list(page.object_list), viewer)
        if is_batches
        else queries.payout_rows(
            list(page.object_list), viewer, at=now, approval_problem=problem, has_setup=setup is not None
        )
    )
    context = {
        "tab": tab,
        "tabs": [(name, label, totals.counts[name]) for name, label in labels.items()],
        "page": page,
        "rows": listed,
        "free": 0 if is_batches else sum(row.may_tick for row in listed),
        "ready": 0 if is_batches else sum(row.is_ready for row in listed),
        "sums": totals.sums,
        "may_act": may_act,
        "to_confirm": queries.batches_to_confirm(viewer, lines=LINES_SHOWN) if may_act and totals.batches else [],
        "others": queries.other_finance_people(viewer) if may_act and tab == "due" else [],
        "today": today,
        "late": late,
        "next_batch_on": queries.next_batch_on(now, setup),
        "checks": queries.CHECKS,
        "oldest": None if late else Milestone.objects.oldest_unpaid(),
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
