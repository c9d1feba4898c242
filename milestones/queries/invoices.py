"""What stands on an invoice, as data; and lists of them."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import F, QuerySet, Sum
from django.db.models.functions import Coalesce

from accounts.models import Organisation, User
from accounts.queries import organisation
from contractors.models import Contractor
from core.money import Money, exponent
from core.prepared import among
from core.zones import country_name
from milestones.models import Invoice, InvoicePaper, InvoiceSetup, Milestone, Payout, TaxDetail
from milestones.models.invoice import PartyFields
from milestones.states import InvoiceKind, TaxMode

FORMAT = 1
EN_DECIMALS = 2  # EN 16931, BR-DEC-*: amounts have at most two decimals
# By tax mode: the VAT category (UNTDID 5305), and the code of why no VAT is charged (VATEX), where there is one.
CATEGORY = {TaxMode.REVERSE_CHARGE: "AE", TaxMode.SMALL_BUSINESS: "E", TaxMode.NO_TAX: "O"}
EXEMPTION_CODE = {TaxMode.REVERSE_CHARGE: "VATEX-EU-AE", TaxMode.NO_TAX: "VATEX-EU-O"}
A_CHUNK = 50


def house_day(at: datetime) -> date:
    """The organisation's local day."""
    house = organisation()
    return at.astimezone(ZoneInfo(house.zone if house else "UTC")).date()


def can_be_electronic(amount: Money) -> bool:
    """Whether EN 16931 can say this amount: it knows two decimals, so of a dinar's three the last has to be nought.
    Money is never rounded to fit a format."""
    spare = max(exponent(amount.currency) - EN_DECIMALS, 0)
    return amount.minor % 10**spare == 0


def _party(facts: PartyFields, **more: str) -> dict[str, str]:
    names = ("legal_name", "street", "postcode", "town", "country", "vat_id", "registration")
    return {**{name: getattr(facts, name) for name in names}, "tax_number": "", "id": "", **more}


def _ours(setup: InvoiceSetup | None, house: Organisation | None) -> dict[str, str]:
    """As far as it is known: a receipt may be written before the details are entered."""
    if setup:
        return _party(setup)
    empty = dict.fromkeys(("postcode", "town", "vat_id", "registration", "tax_number", "id"), "")
    lines = ", ".join(house.address.split("\n")) if house else ""
    return {
        **empty,
        "legal_name": house.legal_name if house else "",
        "street": lines,
        "country": house.country if house else "",
    }


def _theirs(detail: TaxDetail | None, contractor: Contractor) -> dict[str, str]:
    """`id` is the number that we know the contractor by (EN 16931, BT-29)."""
    known_as = f"C-{contractor.pk}"
    if detail:
        return _party(detail, tax_number=detail.tax_number, id=known_as)
    empty = dict.fromkeys(("street", "postcode", "town", "vat_id", "registration", "tax_number"), "")
    return {**empty, "legal_name": str(contractor), "country": contractor.country, "id": known_as}


def invoice_facts(
    payout: Payout, *, kind: str, number: str, setup: InvoiceSetup | None, detail: TaxDetail | None, at: datetime
) -> dict[str, Any]:
    """All that stands on the invoice or receipt of a paid payout, for `engagements.services.agreements.canonical`."""
    milestone = payout.milestone
    engagement = milestone.engagement
    facts: dict[str, Any] = {
        "format": FORMAT,
        "kind": kind,
        "number": number,
        "issued_on": house_day(at),
        "seller": _theirs(detail, engagement.contractor),
        "buyer": _ours(setup, organisation()),
        "line": {
            "title": milestone.title,
            "engagement": engagement.title,
            "contract": f"E-{engagement.pk}",
            "delivered_on": house_day(milestone.accepted_at) if milestone.accepted_at else None,
        },
        "amount": payout.amount,
        "paid_on": house_day(payout.paid_at) if payout.paid_at else None,
        "reference": payout.end_to_end,
        "is_electronic": kind == InvoiceKind.INVOICE and can_be_electronic(payout.amount),
    }
    if kind == InvoiceKind.INVOICE and setup and detail and detail.agreed_at:
        if detail.mode == TaxMode.NO_TAX:  # EN 16931, BR-O-02: then neither side's VAT number stands on it
            for side in ("seller", "buyer"):
                facts[side]["vat_id"] = ""
        facts["tax"] = {"mode": detail.mode, "note": setup.note_of(detail.mode)}
        facts["self_billing"] = {"agreed_on": house_day(detail.agreed_at)}
    return facts


def credit_facts(
    original: dict[str, Any], *, kind: str, number: str, amount: Money, reason: str, at: datetime
) -> dict[str, Any]:
    """The same of what takes an invoice back: both sides and the tax stay those of `original`, which it names."""
    return {
        **original,
        "kind": kind,
        "number": number,
        "issued_on": house_day(at),
        "amount": amount,
        "paid_on": None,
        "is_electronic": kind == InvoiceKind.CREDIT_NOTE and can_be_electronic(amount),
        "corrects": {"number": original["number"], "issued_on": original["issued_on"]},
        "reason": reason,
    }


def shown(invoice: Invoice) -> dict[str, Any]:
    """Its facts as they were written, with the names of the countries."""
    facts: dict[str, Any] = json.loads(invoice.canonical)
    for side in ("seller", "buyer"):
        facts[side]["country_name"] = country_name(facts[side]["country"])
    return facts


def left_of(invoice: Invoice) -> Money:
    """What of it was not taken back yet."""
    taken = invoice.credits.aggregate(minor=Coalesce(Sum("amount_minor"), 0))["minor"]
    return Money(invoice.amount_minor - taken, invoice.currency)


class Payment(NamedTuple):
    """What was written when a payout was paid, and how much of that stands, in minor units."""

    payout: int
    number: str
    left: int


def payments_of(payouts: Iterable[Payout]) -> list[Payment]:
    """All that was written about these so far but for what takes back, the earlier before the later; one statement."""
    rows = _with_left(payouts).values_list("payout_id", "number", "left")
    return [Payment(payout, number, int(left)) for payout, number, left in rows]


def standing_invoices(payouts: Iterable[Payout]) -> dict[int, tuple[Invoice, Money]]:
    """By payout what was written when it was paid last, and what of it was not taken back yet, where anything is left;
    one statement."""
    last = {invoice.payout_id: invoice for invoice in _with_left(payouts)}
    left = {pk: Money(int(invoice.left), invoice.currency) for pk, invoice in last.items()}
    return {pk: (invoice, left[pk]) for pk, invoice in last.items() if left[pk]}


def _with_left(payouts: Iterable[Payout]) -> Any:
    written = Invoice.objects.filter(payout__in=among(payout.pk for payout in payouts)).originals()
    left = F("amount_minor") - Coalesce(Sum("credits__amount_minor"), 0)
    return written.annotate(left=left).order_by("turn")


def invoices_of(milestone: Milestone, viewer: User) -> QuerySet[Invoice]:
    return Invoice.objects.visible_to(viewer).of_milestone(milestone)


def paper_of_invoice(invoice: Invoice) -> InvoicePaper | None:
    """Its PDF, once it is made."""
    found: InvoicePaper | None = InvoicePaper.objects.made().filter(invoice=invoice).first()
    return found


def has_paper(invoice: Invoice) -> bool:
    return InvoicePaper.objects.made().filter(invoice=invoice).exists()


@dataclass(frozen=True)
class Told:
    """One line of the list for the accountant, with the bytes of its PDF where they were asked for and are made."""

    invoice: Invoice
    pdf: bytes | None


def in_order(invoices: QuerySet[Invoice], *, with_pdf: bool) -> Iterator[Told]:
    """All of them, the oldest number first, a chunk of rows in memory at a time."""
    keys = list(invoices.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), A_CHUNK):
        chunk = keys[start : start + A_CHUNK]
        papers = _papers(chunk) if with_pdf else {}
        for invoice in Invoice.objects.filter(pk__in=chunk).for_list().order_by("pk"):
            yield Told(invoice, papers.get(invoice.pk))


def _papers(keys: Iterable[int]) -> dict[int, bytes]:
    rows = InvoicePaper.objects.made().filter(invoice__in=keys).values_list("invoice_id", "pdf")
    return {pk: bytes(pdf) for pk, pdf in rows}
