"""The payouts page: what waits for approval, batches, what was paid."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.views.again import require_sure_for_money
from core.permissions import require
from milestones import queries
from milestones.forms.payout import TickedForm
from milestones.models import Payout
from milestones.permissions import approval_problem, can_pay, can_see_payouts
from milestones.queries.timeline import broken, house_day
from milestones.services import batches
from milestones.services.blocks import Outcome, in_blocks
from milestones.states import PayoutStatus
from milestones.views.payout_rows import batch_rows, due_rows, late_rows, line_rows, paid_rows

A_PAGE = 25
REASONS_SHOWN = 10


def guard(request: HttpRequest) -> None:
    """For everybody but finance and admins there is nothing here; an admin only reads."""
    if not can_see_payouts(request.user):  # type: ignore[arg-type]
        raise Http404
    if request.method == "POST":
        require(can_pay(request.user))  # type: ignore[arg-type]


def _page(request: HttpRequest, tab: str, status: int = 200, **more: Any) -> HttpResponse:
    now = timezone.now()
    viewer: Any = request.user
    may_act = can_pay(viewer)
    found = queries.payout_page(viewer, tab, request.GET, A_PAGE)
    keys, late_keys = [] if tab == "batches" else found.keys, found.late_on(house_day(now))
    payouts = {payout.pk: payout for payout in queries.payouts_of(sorted({*keys, *late_keys}))}
    listed, late = ([payouts[pk] for pk in each if pk in payouts] for each in (keys, late_keys))
    facts = queries.facts_of(listed if tab == "due" else [], at=now, also=late)
    batches = queries.batch_rows(found.listed, viewer, to_confirm=found.to_confirm)
    to_confirm = [(batch, line_rows(batch.first_lines)) for batch in batches[len(found.listed) :] if batch.payouts]
    labels = {"due": _("To approve"), "batches": _("Batches"), "paid": _("Paid")}
    context = {
        "tab": tab,
        "tabs": [(name, label, found.counts[name]) for name, label in labels.items()],
        "page": found.page,
        "sums": found.sums,
        "may_act": may_act,
        "to_confirm": to_confirm,
        "others": found.others,
        "late": late_rows(broken(late, viewer, at=now, replaced=facts.replaced)),
        "next_batch_on": queries.next_batch_on(now, found.weekdays),
        "oldest": found.oldest,
        "waiting": found.waiting,
        **more,
    }
    if tab == "batches":
        context["rows"] = batch_rows(batches[: len(found.listed)], may_act=may_act)
        return render(request, "milestones/payouts.html", context, status=status)
    rows = queries.payout_rows(
        listed,
        viewer,
        at=now,
        # An admin only reads: nothing is blocked for who could not act anyway.
        approval_problem=approval_problem if may_act else lambda _user, _payout: "",
        has_setup=found.weekdays is not None,
        facts=facts,
    )
    if tab == "paid":
        context["rows"] = paid_rows(rows)
        return render(request, "milestones/payouts.html", context, status=status)
    form = more.get("form")
    context |= {
        "rows": due_rows(
            rows, timezone.localdate(now, viewer.tz), may_act=may_act, picked=None if form is None else form.picked
        ),
        "free": sum(row.may_tick for row in rows),
        "ready": sum(row.is_ready for row in rows),
    }
    return render(request, "milestones/payouts.html", context, status=status)


@require_safe
def payouts(request: HttpRequest) -> HttpResponse:
    guard(request)
    tab = request.GET.get("state", "due")
    if tab not in queries.TABS:
        raise Http404
    return _page(request, tab)


def say_aside(request: HttpRequest, reasons: Sequence[str], count: int) -> None:
    """The first reasons, and how many of `count` rows have others."""
    for reason in reasons[:REASONS_SHOWN]:
        messages.warning(request, _("Set aside: %(reason)s") % {"reason": reason})
    if count > REASONS_SHOWN:
        messages.warning(request, _("%(n)d more were set aside.") % {"n": count - REASONS_SHOWN})


def say_left(request: HttpRequest, left: int) -> None:
    """What one request had no time for."""
    if left:
        messages.warning(
            request,
            ngettext(
                "%(n)d is left, since there were too many for one go. Press the button again to go on.",
                "%(n)d are left, since there were too many for one go. Press the button again to go on.",
                left,
            )
            % {"n": left},
        )


def _reasons(outcome: Outcome) -> list[str]:
    """Of the first that were set aside, with whose they are."""
    first = dict(outcome.aside[:REASONS_SHOWN])
    named = {payout.pk: payout for payout in queries.payouts_of([*first])}
    return [
        f"{payout.milestone.engagement.contractor}, {payout.milestone}: {why}" if (payout := named.get(pk)) else why
        for pk, why in first.items()
    ]


@require_POST
def approve(request: HttpRequest) -> HttpResponse:
    """Every ticked row goes into the person's batch; those that can't are set aside with the reason."""
    guard(request)
    require_sure_for_money(request)
    now = timezone.now()
    due = Payout.objects.visible_to(request.user).owed_longest().in_state(PayoutStatus.DUE)
    form = TickedForm(request.POST, rows=due)
    if not form.is_valid():
        return _page(request, "due", 422, form=form)
    outcome = in_blocks(
        form.keys, lambda block: batches.approve_each(block, by=request.user, at=now, knowing=form.picked)
    )
    reasons = _reasons(outcome)
    if not outcome.done:
        return _page(request, "due", 409, form=form, reasons=reasons)
    say_aside(request, reasons, len(outcome.aside))
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
    if outcome.left:
        say_left(request, outcome.left)
        return redirect("milestones:payouts")
    return redirect("milestones:batch", queries.open_batch_of(request.user).pk)  # type: ignore[union-attr, arg-type]
