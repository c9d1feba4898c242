"""The list of invoices and receipts, a page at a time."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db.models import QuerySet

from accounts.models import User
from accounts.states import Role
from core.kept_lists import KeptList
from core.keyset import Stretch
from core.money import Money
from core.prepared import Prepared
from milestones.models import Invoice, InvoiceCounter

OFFICE = (Role.ADMIN, Role.FINANCE)  # who sees all of them


class Shape(NamedTuple):
    """What is chosen; a person and a name, where there is one, follow as keys."""

    role: str
    year: int | None
    has_name: bool


class InvoiceRow(NamedTuple):
    """An invoice as the list shows it. `corrects` is the number of what it takes back, None for an invoice."""

    pk: int
    number: str
    kind: str
    corrects: str | None
    contractor: str
    milestone: str
    engagement: str
    issued_on: date
    amount: Money


def _row(*values: Any) -> InvoiceRow:
    *told, minor, currency = values
    return InvoiceRow._make([*told, Money(minor, currency)])


def _parts(shape: Shape, *keys: Any) -> Sequence[QuerySet[Invoice]]:
    viewer, *name = keys
    viewer.role = shape.role
    rows = Invoice.objects.visible_to(viewer).of_year(shape.year)
    return [rows.filter(contractor__name__icontains=name[0]) if shape.has_name else rows]


_list = KeptList(
    _parts,
    [
        "pk", "number", "kind", "corrects__number", "contractor__name", "payout__milestone__title",
        "payout__milestone__engagement__title", "issued_on", "amount_minor", "currency",
    ],
    _row,
)  # fmt: skip
_years = Prepared(lambda: InvoiceCounter.objects.order_by("-year").values_list("year").distinct())


def invoice_years() -> list[int]:
    """Years in which anything was issued, the newest first."""
    return [year for (year,) in _years.rows()]


def invoice_list(
    viewer: User, year: int | None, name: str, years: Sequence[int], asked: Mapping[str, str], size: int
) -> Stretch:
    """A page of `InvoiceRow`s, the newest number first; one statement. `years` are those of which there are any."""
    # How many a lead or a contractor has is a matter of the person, which a kept plan knows nothing of.
    is_kept = viewer.role in OFFICE and not name and (year is None or year in years)
    keys = [viewer.pk, *([name] if name else [])]
    return _list.stretch(asked, size, *keys, shape=Shape(viewer.role, year, bool(name)), is_kept=is_kept)
