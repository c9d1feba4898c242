"""What finance knows of where a contractor is paid: never the number, but what is wrong with it and who said so."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from contractors.models import Contractor
from core.errors import DomainError
from milestones import queries
from milestones.permissions import can_pay
from milestones.services import bank as services
from milestones.views.payouts import guard


def _contractor(request: HttpRequest, pk: int) -> Contractor:
    """Whoever was ever owed something."""
    guard(request)
    found: Contractor = get_object_or_404(queries.payees(), pk=pk)
    return found


def _page(request: HttpRequest, contractor: Contractor, status: int = 200, **more: Any) -> HttpResponse:
    payee = queries.payee_page(contractor, at=timezone.now())
    context = {
        "contractor": contractor,
        "payee": payee,
        "may_pay": can_pay(request.user),  # type: ignore[arg-type]
        **more,
    }
    return render(request, "milestones/payee.html", context, status=status)


@require_safe
def payee(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _contractor(request, pk))


@require_POST
def vouch(request: HttpRequest, pk: int) -> HttpResponse:
    contractor = _contractor(request, pk)
    detail = queries.bank_of(contractor)
    try:
        if detail is None:
            raise DomainError(_("There are no bank details to check yet."))
        services.vouch_for_holder(detail, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    except DomainError as refusal:
        return _page(request, contractor, 409, refusal=refusal.sentence)
    messages.success(request, _("Noted. The account counts as %(who)s’s until it changes.") % {"who": contractor})
    return redirect("milestones:payee", contractor.pk)


@require_POST
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    contractor = _contractor(request, pk)
    now = timezone.now()
    problems = queries.payee_page(contractor, at=now).problems
    try:
        if not problems:
            raise DomainError(_("Nothing is wrong with these details, so there is nothing to ask."))
        services.ask_for_bank_detail(contractor, problem=problems[0].text, by=request.user, at=now)  # type: ignore[arg-type]
    except DomainError as refusal:
        return _page(request, contractor, 409, refusal=refusal.sentence)
    messages.success(
        request, _("%(who)s gets a mail that says what is wrong and where to put it right.") % {"who": contractor}
    )
    return redirect("milestones:payee", contractor.pk)
