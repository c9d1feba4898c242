"""Writing invoices: one when a payout is paid, and credit notes for what comes back. Numbers have no gaps."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from core import history
from core.errors import DomainError
from core.inserting import insert_many
from core.money import Money
from core.prepared import among
from core.use_case import use_case
from engagements.services.agreements import canonical, sha256_of
from milestones.models import Invoice, InvoiceCounter, InvoicePaper, Payout
from milestones.notifications.invoices import credit_note_issued
from milestones.queries.invoices import (
    Payment,
    credit_facts,
    house_day,
    invoice_facts,
    left_of,
    payments_of,
    standing_invoices,
)
from milestones.queries.tax import setup_of, tax_details_of, why_no_invoice
from milestones.states import CREDITS, SERIES, InvoiceKind


@use_case
def issue_invoice(payout: Payout, *, by: User | None, at: datetime) -> Invoice:
    """The invoice of a payout that has just been paid, in the caller's transaction, who holds the payout locked: a
    self-billed one where both sides' tax details allow it and the contractor agreed, else a payment receipt. Paid
    again after it came back whole, it gets another. Raises DomainError while an earlier one still stands."""
    return issue_invoices([payout], by=by, at=at)[0]


@use_case
def issue_invoices(payouts: Sequence[Payout], *, by: User | None, at: datetime) -> list[Invoice]:
    """The same for many, in a number of statements that doesn't grow with them: all or none. Their numbers follow one
    another; from here on whoever else wants one waits for this transaction, so it is the last that is done in it."""
    earlier: dict[int, list[Payment]] = defaultdict(list)
    for payment in payments_of(payouts):
        if payment.left:
            raise DomainError(_("%(number)s stands for this payment already.") % {"number": payment.number})
        earlier[payment.payout].append(payment)
    setup, details = setup_of(), tax_details_of(payout.milestone.engagement.contractor_id for payout in payouts)
    kinds = []
    for payout in payouts:
        contractor = payout.milestone.engagement.contractor
        is_receipt = why_no_invoice(setup, details.get(contractor.pk), contractor)
        kinds.append(InvoiceKind.RECEIPT if is_receipt else InvoiceKind.INVOICE)
    draw = _draw(Counter(kinds), at)
    written = []
    for payout, kind in zip(payouts, kinds, strict=True):
        place, number = next(draw[kind])
        detail = details.get(payout.milestone.engagement.contractor_id)
        facts = invoice_facts(payout, kind=kind, number=number, setup=setup, detail=detail, at=at)
        turn = len(earlier[payout.pk]) + 1
        written.append(_invoice(payout, facts, place, turn=turn, amount=payout.amount, by=by, at=at))
    return _write(written, by=by, at=at)


@use_case
def issue_credit_note(invoice: Invoice, *, amount: Money, reason: str, by: User, at: datetime) -> Invoice:
    """Take back `amount` of an invoice (a credit note) or of a receipt (a correction), which stays as it is. Moves no
    money. Raises DomainError without a reason, for more than is left, and for what takes something back itself."""
    payout = Payout.objects.lock(invoice.payout_id)
    invoice = Invoice.objects.get(pk=invoice.pk)
    if invoice.is_credit:
        raise DomainError(_("%(number)s takes something back itself. Credit the invoice.") % {"number": invoice})
    if not reason.strip():
        raise DomainError(_("Say why it is taken back."))
    if amount.currency != invoice.currency or amount.minor <= 0:
        raise DomainError(_("Give an amount in %(code)s that is more than nothing.") % {"code": invoice.currency})
    left = left_of(invoice)
    if amount > left:
        if not left:
            raise DomainError(_("All of %(number)s is taken back already.") % {"number": invoice})
        raise DomainError(_("Only %(left)s of %(number)s is left to take back.") % {"left": left, "number": invoice})
    [note] = _take_back([(invoice, payout, amount, reason.strip())], by=by, at=at)
    credit_note_issued(note, at=at)
    return note


@use_case
def take_back_rests(payouts: Sequence[Payout], *, by: User, at: datetime) -> list[Invoice]:
    """The bank sent these payments back, for the reason that is kept as each payout's `problem` (the caller holds them
    locked and tells the contractors): what is left of their invoices or receipts is taken back, so that the next
    payments can have their own. Nothing where nothing stands; a number of statements that doesn't grow with them."""
    standing = standing_invoices(payouts)
    rows = [(payout, *standing[payout.pk]) for payout in payouts if payout.pk in standing]
    taken = [(invoice, payout, left, payout.problem.strip() or _came_back()) for payout, invoice, left in rows]
    return _take_back(taken, by=by, at=at)


def _came_back() -> str:
    return _("The bank sent the payment back.")


def _take_back(rows: Sequence[tuple[Invoice, Payout, Money, str]], *, by: User, at: datetime) -> list[Invoice]:
    """Of each invoice this much, for this reason."""
    draw, notes = _draw(Counter(CREDITS[invoice.kind] for invoice, *_rest in rows), at), []
    for invoice, payout, amount, reason in rows:
        kind = CREDITS[invoice.kind]
        place, number = next(draw[kind])
        original = json.loads(invoice.canonical)
        facts = credit_facts(original, kind=kind, number=number, amount=amount, reason=reason, at=at)
        notes.append(_invoice(payout, facts, place, turn=invoice.turn, amount=amount, by=by, at=at, corrects=invoice))
    return _write(notes, by=by, at=at)


def _draw(wanted: Mapping[str, int], at: datetime) -> dict[str, Iterator[tuple[int, str]]]:
    """By kind the next places of its series in the organisation's year, and the numbers that say them. Whoever else
    wants one waits until this transaction has ended; of several series always in one order."""
    year, drawn = house_day(at).year, {}
    for series, kind in sorted((SERIES[kind], kind) for kind in wanted):
        InvoiceCounter.objects.get_or_create(series=series, year=year)
        counter = InvoiceCounter.objects.select_for_update(no_key=True).get(series=series, year=year)
        first = counter.last + 1
        counter.last += wanted[kind]
        counter.save(update_fields=["last"])
        drawn[kind] = _numbered(series, year, range(first, counter.last + 1))
    return drawn


def _numbered(series: str, year: int, places: Iterable[int]) -> Iterator[tuple[int, str]]:
    return ((place, f"{series}-{year}-{place:04d}") for place in places)


def _invoice(
    payout: Payout,
    facts: dict[str, Any],
    place: int,
    *,
    turn: int,
    amount: Money,
    by: User | None,
    at: datetime,
    corrects: Invoice | None = None,
) -> Invoice:
    """Not stored yet."""
    text = canonical(facts)
    return Invoice(
        kind=facts["kind"],
        number=facts["number"],
        series=SERIES[facts["kind"]],
        year=facts["issued_on"].year,
        place=place,
        payout=payout,
        contractor_id=payout.milestone.engagement.contractor_id,
        turn=turn,
        corrects=corrects,
        reason=facts.get("reason", ""),
        amount_minor=amount.minor,
        currency=amount.currency,
        issued_on=facts["issued_on"],
        canonical=text,
        sha256=sha256_of(text),
        by=by,
        at=at,
    )


def _write(invoices: list[Invoice], *, by: User | None, at: datetime) -> list[Invoice]:
    names = [field.attname for field in Invoice._meta.concrete_fields if not field.primary_key]
    insert_many(Invoice, names, [[getattr(invoice, name) for name in names] for invoice in invoices])
    numbers = [invoice.number for invoice in invoices]
    keys = dict(Invoice.objects.filter(number__in=among(numbers, "text")).values_list("number", "pk"))
    for invoice in invoices:
        invoice.pk, invoice._state.adding = keys[invoice.number], False
    # The sweep makes the papers.
    insert_many(InvoicePaper, ("invoice_id", "ordered_at", "sha256"), [(invoice.pk, at, "") for invoice in invoices])
    history.record_each([history.Entry(each, "issued", note=each.reason) for each in invoices], by=by, at=at)
    return invoices
