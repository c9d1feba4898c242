"""One batch: its payouts, who did what, the next step, and its files."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.views.again import require_sure_for_money
from core.errors import DomainError
from core.permissions import require
from milestones import queries
from milestones.forms.answers import AnswerForm
from milestones.forms.payout import FailForm, ReasonForm, TickedForm, VoidForm
from milestones.models import BatchFile, BatchLine, PayoutBatch
from milestones.permissions import can_confirm_batch, can_pay
from milestones.services import batches as services
from milestones.services import payouts
from milestones.services.blocks import Outcome, in_blocks
from milestones.states import BatchStatus
from milestones.views.payouts import REASONS_SHOWN, guard, say_aside, say_left

A_PAGE = 50
TYPES = {"pain.001": "application/xml", "csv": "text/csv; charset=utf-8"}


def _batch(request: HttpRequest, pk: int) -> PayoutBatch:
    guard(request)
    found: PayoutBatch = get_object_or_404(PayoutBatch.objects.visible_to(request.user).for_list(), pk=pk)
    return found


def _page(request: HttpRequest, batch: PayoutBatch, status: int = 200, **more: Any) -> HttpResponse:
    viewer: Any = request.user
    lines = BatchLine.objects.of(batch).for_list()
    may_pay = can_pay(viewer)
    is_at_hand = batch.status in (BatchStatus.OPEN, BatchStatus.CONFIRMED)
    context = {
        "batch": batch,
        "row": queries.batch_row(batch, viewer),
        "page": Paginator(lines, A_PAGE).get_page(request.GET.get("page")),
        "may_pay": may_pay,
        "may_confirm": can_confirm_batch(viewer, batch),
        "may_export": may_pay and batch.status == BatchStatus.CONFIRMED,
        "may_tick": may_pay and (is_at_hand or batch.status == BatchStatus.EXPORTED),
        "is_at_hand": is_at_hand,
        "others": queries.other_finance_people(viewer),
        "out_form": ReasonForm(rows=lines),
        "fail_form": FailForm(rows=lines),
        "void_form": VoidForm(),
        "answer_form": AnswerForm(),
        **more,
    }
    return render(request, "milestones/batch.html", context, status=status)


def _do(request: HttpRequest, batch: PayoutBatch, act: Callable[[], str]) -> HttpResponse:
    """Carry `act` out, which returns what to say; a refusal comes back on the page."""
    try:
        messages.success(request, act())
    except DomainError as refusal:
        fresh = PayoutBatch.objects.for_list().get(pk=batch.pk)
        return _page(request, fresh, 409, reasons=[refusal.sentence])
    return redirect("milestones:batch", batch.pk)


@require_safe
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _batch(request, pk))


@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    require_sure_for_money(request)
    now = timezone.now()

    def act() -> str:
        confirmed = services.confirm(batch, by=request.user, at=now)
        if "and_make" not in request.POST:
            return _("Confirmed. Now the files can be made.")
        return _made(len(services.export(confirmed, by=request.user, at=now)))  # refused, it stays confirmed

    return _do(request, batch, act)


@require_POST
def export(request: HttpRequest, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    require_sure_for_money(request)
    now = timezone.now()

    def act() -> str:
        return _made(len(services.export(batch, by=request.user, at=now)))

    return _do(request, batch, act)


def _made(n: int) -> str:
    said = ngettext("%(n)d file is made. Take it to the bank.", "%(n)d files are made. Take them to the bank.", n)
    return said % {"n": n}


@require_POST
def void(request: HttpRequest, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    form = VoidForm(request.POST)
    if not form.is_valid():
        return _page(request, batch, 422, void_form=form)
    now = timezone.now()

    def act() -> str:
        services.void(batch, reason=form.cleaned_data["reason"], by=request.user, at=now)
        return _("Voided. Its payouts wait for approval again.")

    return _do(request, batch, act)


def _each(
    request: HttpRequest,
    batch: PayoutBatch,
    form: TickedForm,
    name: str,
    act: Callable[[Sequence[int]], Outcome],
    said: Callable[[int], str],
) -> HttpResponse:
    """Carry `act` out on the ticked lines; those that can't be are told with the reason."""
    if not form.is_valid():
        return _page(request, batch, 422, **{name: form, "form": form})
    outcome = in_blocks(form.keys, act)
    first = dict(outcome.aside[:REASONS_SHOWN])
    lines = BatchLine.objects.of(batch).in_bulk(first)
    reasons = [f"{lines[pk].payee}: {why}" if pk in lines else why for pk, why in first.items()]
    if not outcome.done:
        return _page(request, batch, 409, **{name: form, "form": form, "reasons": reasons})
    messages.success(request, said(len(outcome.done)))
    say_aside(request, reasons, len(outcome.aside))
    say_left(request, outcome.left)
    return redirect("milestones:batch", batch.pk)


def _of_payouts(act: Callable[[Sequence[int]], Outcome]) -> Callable[[Sequence[int]], Outcome]:
    """`act` on the payouts of lines, told by the lines again."""

    def run(lines: Sequence[int]) -> Outcome:
        by_payout = dict(BatchLine.objects.payouts_of(lines))
        outcome = act([*by_payout])
        done = [by_payout[pk] for pk in outcome.done]
        return Outcome(done, [(by_payout[pk], why) for pk, why in outcome.aside])

    return run


@require_POST
def take_out(request: HttpRequest, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    form = ReasonForm(request.POST, rows=BatchLine.objects.of(batch).live().in_order())
    now = timezone.now()
    return _each(
        request,
        batch,
        form,
        "out_form",
        lambda lines: services.take_out_each(
            batch, lines=lines, reason=form.cleaned_data["reason"], by=request.user, at=now
        ),
        lambda n: (
            ngettext("%(n)d payout waits for approval again.", "%(n)d payouts wait for approval again.", n) % {"n": n}
        ),
    )


@require_POST
def confirm_paid(request: HttpRequest, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    now = timezone.now()
    return _each(
        request,
        batch,
        TickedForm(request.POST, rows=BatchLine.objects.of(batch).live().in_order()),
        "paid_form",
        _of_payouts(lambda keys: payouts.confirm_each(keys, by=request.user, at=now)),
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
def mark_failed(request: HttpRequest, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    form = FailForm(request.POST, rows=BatchLine.objects.of(batch).live().in_order())
    now = timezone.now()
    return _each(
        request,
        batch,
        form,
        "fail_form",
        _of_payouts(
            lambda keys: payouts.fail_each(dict.fromkeys(keys, form.cleaned_data["reason"]), by=request.user, at=now)
        ),
        lambda n: (
            ngettext("%(n)d payout is due again; it stays owed.", "%(n)d payouts are due again; they stay owed.", n)
            % {"n": n}
        ),
    )


@require_safe
def batch_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The bytes as they were made. They hold whole account numbers: an admin, who only reads, doesn't get them."""
    guard(request)
    require(can_pay(request.user))  # type: ignore[arg-type]
    file = get_object_or_404(BatchFile.objects.visible_to(request.user), pk=pk)
    response = HttpResponse(file.content, content_type=TYPES[file.kind])
    response["Content-Disposition"] = f'attachment; filename="{file.name}"'
    return response
