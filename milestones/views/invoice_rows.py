"""How the rows of the list of invoices are drawn."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.utils.safestring import SafeString

from core.rows import joined, link, row
from core.templatetags.duckrow import avatar, day, money
from milestones.queries.invoice_list import InvoiceRow
from milestones.states import InvoiceKind


class Shape(NamedTuple):
    kind: str
    corrects: bool
    is_contractor: bool  # who reads it

    @property
    def kind_name(self) -> Any:
        return InvoiceKind(self.kind).label

    @property
    def is_credit(self) -> bool:
        return self.corrects


def invoice_rows(invoices: Iterable[InvoiceRow], *, is_contractor: bool) -> SafeString:
    return joined(_row(each, is_contractor) for each in invoices)


def _row(invoice: InvoiceRow, is_contractor: bool) -> SafeString:
    return row(
        "milestones/_invoice.html",
        Shape(invoice.kind, invoice.corrects is not None, is_contractor),
        url=link("milestones:invoice", invoice.pk),
        number=invoice.number,
        corrects=invoice.corrects,
        avatar=avatar(invoice.contractor),
        contractor=invoice.contractor,
        milestone=invoice.milestone,
        engagement=invoice.engagement,
        issued=day(invoice.issued_on),
        amount=money(invoice.amount, "ledger"),
    )
