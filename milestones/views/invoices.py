"""Invoices and receipts: the list, the accountant's download, one of them with its PDF, and taking it back."""

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.states import Role
from core import idempotency
from core.errors import DomainError
from core.money import amount_text
from core.permissions import require
from milestones.forms.invoices import CreditForm, InvoiceFilter
from milestones.models import Invoice
from milestones.permissions import can_credit, can_see_invoices, can_set_up_invoices
from milestones.queries.accountant import COLUMNS, cells
from milestones.queries.invoice_list import invoice_list, invoice_years
from milestones.queries.invoices import has_paper, in_order, left_of, paper_of_invoice, shown
from milestones.services import invoices as services
from milestones.views.invoice_rows import invoice_rows

A_PAGE = 25


def _chosen(request: HttpRequest) -> tuple[int | None, str]:
    """(year, name) of the filter."""
    if not can_see_invoices(request.user):
        raise Http404
    return InvoiceFilter(request.GET).chosen


@require_safe
def invoices(request: HttpRequest) -> HttpResponse:
    year, name = _chosen(request)
    viewer: Any = request.user
    years, is_contractor = invoice_years(), viewer.role == Role.CONTRACTOR
    page = invoice_list(viewer, year, name, years, request.GET, A_PAGE)
    context = {
        "page": page,
        "rows": invoice_rows(page.object_list, is_contractor=is_contractor),
        "years": years,
        "year": year,
        "name": name,
        "may_set_up": can_set_up_invoices(viewer),
        "is_contractor": is_contractor,
    }
    return render(request, "milestones/invoices.html", context)


class _Pipe(io.RawIOBase):
    """What a zip file is written into, taken out again as soon as it is there."""

    def __init__(self) -> None:
        self.waiting: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.waiting.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken, self.waiting = b"".join(self.waiting), []
        return taken


def _csv_row(row: tuple[str, ...]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(row)
    return out.getvalue()


def _as_csv(rows: Any) -> Iterator[bytes]:
    yield _csv_row(COLUMNS).encode()
    for told in in_order(rows, with_pdf=False):
        yield _csv_row(cells(told.invoice)).encode()


def _as_zip(rows: Any, at: datetime) -> Iterator[bytes]:
    """The list, and each PDF that is made; one of them in memory at a time."""
    pipe, table = _Pipe(), io.StringIO(_csv_row(COLUMNS))
    table.seek(0, io.SEEK_END)
    stamp = cast(tuple[int, int, int, int, int, int], at.timetuple()[:6])
    with zipfile.ZipFile(cast(Any, pipe), "w") as archive:
        for told in in_order(rows, with_pdf=True):
            table.write(_csv_row(cells(told.invoice)))
            if told.pdf is not None:
                archive.writestr(zipfile.ZipInfo(f"{told.invoice.number}.pdf", stamp), told.pdf)
                yield pipe.take()
        archive.writestr(zipfile.ZipInfo("invoices.csv", stamp), table.getvalue().encode())
    yield pipe.take()


@require_safe
def download(request: HttpRequest) -> HttpResponseBase:
    """`?as=csv`, else all PDFs and the list in one archive; streamed."""
    year, name = _chosen(request)
    rows = Invoice.objects.visible_to(request.user).of_year(year).of_name(name)
    is_list = request.GET.get("as") == "csv"
    content = _as_csv(rows) if is_list else _as_zip(rows, timezone.now())
    kind = "text/csv; charset=utf-8" if is_list else "application/zip"
    response = StreamingHttpResponse(content, content_type=kind)
    name = f"invoices-{year or 'all'}.{'csv' if is_list else 'zip'}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _visible(request: HttpRequest, pk: int) -> Invoice:
    invoice: Invoice = get_object_or_404(Invoice.objects.visible_to(request.user).for_page(), pk=pk)
    return invoice


def _page(request: HttpRequest, invoice: Invoice, form: CreditForm | None = None, status: int = 200) -> HttpResponse:
    viewer: Any = request.user
    left = left_of(invoice)
    may_credit = can_credit(viewer) and not invoice.is_credit and bool(left)
    initial = {"amount": amount_text(left)}
    context = {
        "invoice": invoice,
        "facts": shown(invoice),
        "milestone": invoice.payout.milestone,
        "credits": invoice.credits.for_list(),
        "left": left,
        "has_paper": has_paper(invoice),
        "form": form or (CreditForm(currency=invoice.currency, initial=initial) if may_credit else None),
        "is_contractor": viewer.role == Role.CONTRACTOR,
    }
    return render(request, "milestones/invoice.html", context, status=status)


@require_safe
def invoice(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _visible(request, pk))


@require_safe
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """The PDF, byte for byte as it was made."""
    invoice = _visible(request, pk)
    made = paper_of_invoice(invoice)
    if made is None:
        raise DomainError(_("The PDF is made within a minute of the payment. Try again then."))
    response = HttpResponse(bytes(made.pdf or b""), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{invoice.number}.pdf"'
    return response


@require_POST
def credit(request: HttpRequest, pk: int) -> HttpResponse:
    invoice = _visible(request, pk)
    require(can_credit(request.user))
    form = CreditForm(request.POST, currency=invoice.currency)
    if not form.is_valid():
        return _page(request, invoice, form, 422)
    now = timezone.now()

    def act() -> str:
        note = services.issue_credit_note(invoice, **form.cleaned_data, by=request.user, at=now)
        messages.success(request, _("%(number)s is written.") % {"number": note})
        return reverse("milestones:invoice", args=[note.pk])

    try:
        return redirect(idempotency.once(request, act, at=now))
    except DomainError as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, invoice, form, 409)
