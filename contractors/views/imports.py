"""Applications from a file: upload, look, correct the columns, confirm, watch."""

import csv
import io
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contractors.forms.imports import ColumnsForm, UploadForm
from contractors.models import ImportBatch, Opening
from contractors.permissions import can_edit_opening
from contractors.services import imports
from contractors.states import ImportStatus
from core.errors import DomainError
from core.permissions import require
from core.text import plain_cell

ROWS_A_PAGE = 50


def _batch(request: HttpRequest, pk: int) -> ImportBatch:
    openings = Opening.objects.visible_to(request.user)
    batches = ImportBatch.objects.of(openings).select_related("opening__lead", "by")
    batch = get_object_or_404(batches, pk=pk)
    require(can_edit_opening(request.user, batch.opening))
    return batch


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, pk: int) -> HttpResponse:
    """Upload a file for this opening."""
    opening = get_object_or_404(Opening.objects.visible_to(request.user), pk=pk)
    require(can_edit_opening(request.user, opening))
    form = UploadForm(request.POST or None, request.FILES or None, initial={"captured_on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            batch = imports.stage(
                opening,
                content=upload.read(),
                file_name=upload.name,
                source=form.cleaned_data["source"],
                captured_on=form.cleaned_data["captured_on"],
                by=request.user,
                at=timezone.now(),
            )
        except DomainError as error:
            form.add_error("file", error.sentence)
        else:
            return redirect("contractors:import", batch.pk)
    status = 422 if form.is_bound else 200
    return render(request, "contractors/import_new.html", {"form": form, "opening": opening}, status=status)


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The preview, the progress or the outcome of one file."""
    batch = _batch(request, pk)
    context: dict[str, Any] = {"batch": batch, "opening": batch.opening}
    if batch.status == ImportStatus.STAGED:
        return _preview(request, batch, None, 200)
    context["bad_rows"] = batch.bad_rows.all()[:ROWS_A_PAGE]
    return render(request, "contractors/import.html", context)


def _preview(request: HttpRequest, batch: ImportBatch, form: ColumnsForm | None, status: int) -> HttpResponse:
    table = imports.table_of(batch)
    rows, counts = imports.preview(batch)
    only = request.GET.get("only", "")
    shown = [row for row in rows if row.verdict == only] if only in counts else rows
    context = {
        "batch": batch,
        "opening": batch.opening,
        "columns": table.columns,
        "counts": counts,
        "only": only,
        "page": Paginator(shown, ROWS_A_PAGE).get_page(request.GET.get("page")),
        "form": form or ColumnsForm(columns=table.columns, mapping=batch.mapping),
        "nameless": sum(row.row is not None and not row.row.email for row in rows),
    }
    return render(request, "contractors/import_preview.html", context, status=status)


@require_POST
def columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct what the columns are."""
    batch = _batch(request, pk)
    if batch.status != ImportStatus.STAGED:
        raise DomainError(_("This file was already decided on."))
    form = ColumnsForm(request.POST, columns=imports.table_of(batch).columns, mapping=batch.mapping)
    if form.is_valid():
        try:
            imports.map_columns(batch, mapping=form.mapping())
        except DomainError as error:
            form.add_error(None, error.sentence)
        else:
            return redirect("contractors:import", batch.pk)
    return _preview(request, batch, form, 422)


@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    imports.confirm(_batch(request, pk), by=request.user, at=timezone.now())
    return redirect("contractors:import", pk)


@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    batch = imports.discard(_batch(request, pk), by=request.user, at=timezone.now())
    messages.success(request, _("“%(file)s” was forgotten; nothing of it was stored.") % {"file": batch.file_name})
    return redirect("contractors:opening", batch.opening_id)


@require_safe
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that renews itself while rows come in."""
    batch = _batch(request, pk)
    response = render(request, "contractors/_import_progress.html", {"batch": batch})
    if batch.status != ImportStatus.RUNNING:
        response["HX-Refresh"] = "true"
    return response


@require_safe
def bad_rows(request: HttpRequest, pk: int) -> HttpResponse:
    """The rows that could not be taken, with the reason, to correct and import again."""
    batch = _batch(request, pk)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*batch.mapping, "reason"])
    for row in batch.bad_rows.all():
        writer.writerow([plain_cell(str(cell)) for cell in [*row.cells, row.reason]])
    response = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="bad-rows-{batch.pk}.csv"'
    return response
