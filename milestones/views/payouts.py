"""The payouts page: tabs by state, ticked rows, one button."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from core.permissions import require
from milestones import queries
from milestones.forms.payout import ExportForm, FailForm, TickedForm
from milestones.models import Milestone, Payout
from milestones.permissions import approval_problem, can_pay, can_see_payouts
from milestones.services import payouts as services
from milestones.states import PayoutStatus

A_PAGE = 25
REASONS_SHOWN = 10
WAITING_SHOWN = 5


def _rows(request: HttpRequest, tab: str) -> Any:
    status = queries.TABS[tab]
    rows = Payout.objects.visible_to(request.user).in_state(status).for_list()
    return rows.order_by("-paid_at", "-pk") if status == PayoutStatus.PAID else rows


def _page(request: HttpRequest, tab: str, status: int = 200, **more: Any) -> HttpResponse:
    now = timezone.now()
    viewer: Any = request.user
    rows = _rows(request, tab)
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    counts = queries.payout_counts()
    others = queries.other_finance_people(viewer)
    # An admin only reads: nothing is blocked for who could not act anyway.
    problem = approval_problem if can_pay(viewer) else lambda _user, _payout: ""
    listed = queries.payout_rows(page.object_list, viewer, at=now, approval_problem=problem)
    labels = {
        "due": _("To approve"),
        "approved": _("Approved"),
        "sent": _("In the bank"),
        "paid": _("Paid"),
        "aside": _("Set aside"),
    }
    context = {
        "tab": tab,
        "tabs": [(name, label, counts[name]) for name, label in labels.items()],
        "page": page,
        "rows": listed,
        "free": sum(not row.block for row in listed),
        "sums": queries.payout_sums(rows),
        "may_act": can_pay(viewer) and tab != "paid",
        "others": others,
        "today": timezone.localdate(now, viewer.tz),
        "export_form": ExportForm(payouts=rows),
        "fail_form": FailForm(payouts=rows),
        "oldest": Milestone.objects.oldest_unpaid(),
        "waiting": Milestone.objects.over_the_limit().for_list()[:WAITING_SHOWN],
        **more,
    }
    return render(request, "milestones/payouts.html", context, status=status)


def _guard(request: HttpRequest) -> None:
    """For everybody but finance and admins there is nothing here; an admin only reads."""
    if not can_see_payouts(request.user):  # type: ignore[arg-type]
        raise Http404
    if request.method == "POST":
        require(can_pay(request.user))  # type: ignore[arg-type]


@require_safe
def payouts(request: HttpRequest) -> HttpResponse:
    _guard(request)
    tab = request.GET.get("state", "due")
    if tab not in queries.TABS:
        raise Http404
    return _page(request, tab)


def _act(
    request: HttpRequest,
    tab: str,
    form: TickedForm,
    name: str,
    act: Callable[[Payout], Payout],
    said: Callable[[int], str],
) -> HttpResponse:
    """Carry `act` out on each ticked row; those that can't be are set aside with the reason."""
    if not form.is_valid():
        return _page(request, tab, 422, **{name: form, "form": form})
    outcome = services.each(form.rows, act)
    reasons = [f"{payout.milestone.engagement.contractor}, {payout.milestone}: {why}" for payout, why in outcome.aside]
    if not outcome.done:
        return _page(request, tab, 409, **{name: form, "form": form, "reasons": reasons})
    messages.success(request, said(len(outcome.done)))
    for reason in reasons[:REASONS_SHOWN]:
        messages.warning(request, _("Set aside: %(reason)s") % {"reason": reason})
    if len(reasons) > REASONS_SHOWN:
        messages.warning(request, _("%(n)d more were set aside.") % {"n": len(reasons) - REASONS_SHOWN})
    return redirect(f"{reverse('milestones:payouts')}?state={tab}")


@require_POST
def approve(request: HttpRequest) -> HttpResponse:
    _guard(request)
    now = timezone.now()
    return _act(
        request,
        "due",
        TickedForm(request.POST, payouts=_rows(request, "due")),
        "ticked_form",
        lambda payout: services.approve(payout, by=request.user, at=now),
        lambda n: ngettext("%(n)d payout approved.", "%(n)d payouts approved.", n) % {"n": n},
    )


@require_POST
def export(request: HttpRequest) -> HttpResponse:
    _guard(request)
    now = timezone.now()
    form = ExportForm(request.POST, payouts=_rows(request, "approved"))
    return _act(
        request,
        "approved",
        form,
        "export_form",
        lambda payout: services.export(
            payout, bank_reference=form.cleaned_data["bank_reference"], by=request.user, at=now
        ),
        lambda n: ngettext("%(n)d payout is with the bank.", "%(n)d payouts are with the bank.", n) % {"n": n},
    )


@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    _guard(request)
    now = timezone.now()
    return _act(
        request,
        "sent",
        TickedForm(request.POST, payouts=_rows(request, "sent")),
        "ticked_form",
        lambda payout: services.confirm_paid(payout, by=request.user, at=now),
        lambda n: (
            ngettext(
                "%(n)d payout is paid, and its contractor knows.",
                "%(n)d payouts are paid, and the contractors know.",
                n,
            )
            % {"n": n}
        ),
    )


@require_POST
def fail(request: HttpRequest) -> HttpResponse:
    _guard(request)
    now = timezone.now()
    form = FailForm(request.POST, payouts=_rows(request, "sent"))
    return _act(
        request,
        "sent",
        form,
        "fail_form",
        lambda payout: services.mark_failed(payout, problem=form.cleaned_data["problem"], by=request.user, at=now),
        lambda n: (
            ngettext("%(n)d payout set aside; it stays owed.", "%(n)d payouts set aside; they stay owed.", n) % {"n": n}
        ),
    )


@require_POST
def requeue(request: HttpRequest) -> HttpResponse:
    _guard(request)
    now = timezone.now()
    return _act(
        request,
        "aside",
        TickedForm(request.POST, payouts=_rows(request, "aside")),
        "ticked_form",
        lambda payout: services.requeue(payout, by=request.user, at=now),
        lambda n: (
            ngettext("%(n)d payout waits for approval again.", "%(n)d payouts wait for approval again.", n) % {"n": n}
        ),
    )
