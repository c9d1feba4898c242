"""The contractor's own delivery record, and what is said about its rows."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contractors.models import Contractor
from core.errors import DomainError
from core.idempotency import once
from core.permissions import require
from milestones.forms.record import AnswerForm, AppealForm
from milestones.models import DeliveryRow, RecordAppeal
from milestones.permissions import can_answer_appeal, can_appeal, can_have_record
from milestones.queries.record import page_of, record_row, record_sums
from milestones.services import delivery as services
from milestones.views.record_rows import own_rows, rests_on, verdict

ROWS_A_PAGE = 12


def _page(
    request: HttpRequest, *, status: int = 200, bound: tuple[DeliveryRow, AppealForm] | None = None
) -> HttpResponse:
    viewer: Any = request.user
    record = record_sums(viewer)
    if not record.size:
        get_object_or_404(Contractor, user=viewer)
    # A form that comes back is on the page that is shown.
    page = page_of(record, request.GET, ROWS_A_PAGE, row=bound[0] if bound else None)
    returned = {bound[0].pk: bound[1]} if bound else {}
    rows = own_rows(page.object_list, returned, csrf=get_token(request))
    context = {"record": record, "page": page, "rows": rows}
    return render(request, "milestones/record.html", context, status=status)


@require_safe
def record(request: HttpRequest) -> HttpResponse:
    if not can_have_record(request.user):  # type: ignore[arg-type]
        raise Http404
    return _page(request)


@require_POST
def appeal(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(DeliveryRow.objects.visible_to(request.user).for_list(), pk=pk)
    require(can_appeal(request.user, row), _("Only the contractor appeals the own record."))
    form = AppealForm(request.POST, auto_id=f"appeal{pk}_%s")
    if not form.is_valid():
        return _page(request, status=422, bound=(row, form))
    now = timezone.now()

    def act() -> str:
        services.appeal_row(row, reason=form.cleaned_data["reason"], by=request.user, at=now)
        messages.success(request, _("Sent. You get a mail when it is answered."))
        return f"{reverse('milestones:record')}#row-{pk}"

    try:
        return redirect(once(request, act, at=now))
    except DomainError as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, status=409, bound=(row, form))


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Who was part of the work reads the appeal; who was not answers it."""
    found = get_object_or_404(RecordAppeal.objects.visible_to(request.user).for_page(), pk=pk)
    if request.method != "POST":
        return _answer_page(request, found, AnswerForm(appeal=found), 200)
    require(can_answer_appeal(request.user, found), _("Somebody who was not part of this engagement answers."))  # type: ignore[arg-type]
    form = AnswerForm(request.POST, appeal=found)
    if not form.is_valid():
        return _answer_page(request, found, form, 422)
    try:
        services.answer_appeal(found, **form.cleaned_data, by=request.user, at=timezone.now())
    except DomainError as refusal:
        form.add_error(None, refusal.sentence)
        return _answer_page(request, RecordAppeal.objects.for_page().get(pk=pk), form, 409)
    messages.success(request, _("Answered. The record counts anew."))
    return redirect("milestones:appeal_answer", pk)


def _answer_page(request: HttpRequest, appeal: RecordAppeal, form: AnswerForm, status: int) -> HttpResponse:
    viewer: Any = request.user
    row = record_row(appeal)
    context = {
        "appeal": appeal,
        "row": row,
        "verdict": verdict(row),
        "rests_on": rests_on(row),
        "form": form if can_answer_appeal(viewer, appeal) and not hasattr(appeal, "answer") else None,
        "is_contractor": can_appeal(viewer, appeal.row),
    }
    return render(request, "milestones/appeal.html", context, status=status)
