"""The bank's answer: choose the file, look at what it does, carry it out."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from core.errors import DomainError
from core.idempotency import once
from milestones import queries
from milestones.forms.answers import AnswerForm, TakeForm
from milestones.models import BankAnswer
from milestones.permissions import can_pay
from milestones.queries.answers import Answer
from milestones.services import answers as services
from milestones.states import AnswerEffect
from milestones.views.payouts import guard


def _page(request: HttpRequest, form: AnswerForm, status: int = 200, refusal: str = "") -> HttpResponse:
    context = {
        "form": form,
        "may_pay": can_pay(request.user),  # type: ignore[arg-type]
        "answers": queries.answers_read(),
        "refusal": refusal,
    }
    return render(request, "milestones/bank_answers.html", context, status=status)


def _preview(request: HttpRequest, answer: Answer, status: int = 200, refusal: str = "") -> HttpResponse:
    context = {
        "answer": answer,
        "aside": [row for row in answer.rows if row.effect == AnswerEffect.REFUSED],
        "rows": [row for row in answer.rows if row.effect != AnswerEffect.REFUSED],
        "paid": answer.counts[AnswerEffect.PAID],
        "back": answer.counts[AnswerEffect.FAILED] + answer.counts[AnswerEffect.RETURNED],
        "take_form": TakeForm.of(answer),
        "refusal": refusal,
    }
    return render(request, "milestones/bank_answer.html", context, status=status)


@require_safe
def answers(request: HttpRequest) -> HttpResponse:
    guard(request)
    return _page(request, AnswerForm())


@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """What the file would do, row by row; nothing is stored."""
    guard(request)
    form = AnswerForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, 422)
    return _preview(request, form.cleaned_data["answer"])


@require_POST
def take(request: HttpRequest) -> HttpResponse:
    guard(request)
    user: Any = request.user
    form = TakeForm(request.POST)
    if not form.is_valid():
        return _page(request, AnswerForm(), 422, refusal=str(form.non_field_errors()[0]))
    now, given = timezone.now(), form.cleaned_data

    def act() -> str:
        taken = services.take_answer(**given, by=user, at=now)
        _say(request, taken)
        return reverse("milestones:bank_answers")

    try:
        return redirect(once(request, act, at=now))
    except DomainError as refusal:
        return _again(request, given, refusal.sentence)


def _again(request: HttpRequest, given: dict[str, str], refusal: str) -> HttpResponse:
    """The preview as it is now, where the answer can still be read."""
    try:
        return _preview(request, queries.read_answer(given["name"], given["text"]), 409, refusal)
    except DomainError as error:
        return _page(request, AnswerForm(), 409, refusal=error.sentence)


def _say(request: HttpRequest, answer: BankAnswer) -> None:
    paid = ngettext("%(n)d payout is paid", "%(n)d payouts are paid", answer.paid) % {"n": answer.paid}
    back = ngettext("%(n)d is due again", "%(n)d are due again", answer.failed) % {"n": answer.failed}
    if not answer.paid:
        back = ngettext("%(n)d payout is due again", "%(n)d payouts are due again", answer.failed)
        back %= {"n": answer.failed}
        messages.success(request, _("%(back)s. The contractors know.") % {"back": back})
    elif not answer.failed:
        messages.success(request, _("%(paid)s. The contractors know.") % {"paid": paid})
    else:
        messages.success(request, _("%(paid)s, %(back)s. The contractors know.") % {"paid": paid, "back": back})
