"""Writing invoices: one when a payout is paid, and credit notes for what comes back. Numbers have no gaps."""

import json
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from core import history
from core.errors import DomainError
from core.money import Money
from core.use_case import use_case
from engagements.services.agreements import canonical, sha256_of
from milestones.models import Invoice, InvoiceCounter, InvoicePaper, Payout
from milestones.notifications.invoices import credit_note_issued
from milestones.queries.invoices import credit_facts, house_day, invoice_facts, left_of
from milestones.queries.tax import setup_of, tax_detail_of, why_no_invoice
from milestones.states import CREDITS, SERIES, InvoiceKind


@use_case
def issue_invoice(payout: Payout, *, by: User | None, at: datetime) -> Invoice:
    """The invoice of a payout that has just been paid, in the caller's transaction, who holds the payout locked: a
    self-billed one where both sides' tax details allow it and the contractor agreed, else a payment receipt. Paid
    again after it came back whole, it gets another. Raises DomainError while an earlier one still stands."""
    contractor = payout.milestone.engagement.contractor
    earlier = list(Invoice.objects.filter(payout=payout).originals().order_by("turn"))
    if any(left_of(invoice) for invoice in earlier):
        raise DomainError(_("%(number)s stands for this payment already.") % {"number": earlier[-1]})
    setup, detail = setup_of(), tax_detail_of(contractor)
    kind = InvoiceKind.RECEIPT if why_no_invoice(setup, detail, contractor) else InvoiceKind.INVOICE
    place, number = _draw(kind, at)
    facts = invoice_facts(payout, kind=kind, number=number, setup=setup, detail=detail, at=at)
    return _write(payout, facts, place, turn=len(earlier) + 1, amount=payout.amount, by=by, at=at)


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
    note = _take_back(invoice, payout, amount=amount, reason=reason.strip(), by=by, at=at)
    credit_note_issued(note, at=at)
    return note


@use_case
def take_back_rest(payout: Payout, *, reason: str, by: User, at: datetime) -> Invoice | None:
    """The bank sent a payment back (the caller holds it locked and tells the contractor): what is left of its invoice
    or receipt is taken back, so that the next payment can have its own. None where nothing stands."""
    standing = Invoice.objects.filter(payout=payout).originals().order_by("turn").last()
    left = left_of(standing) if standing else None
    if not (standing and left):
        return None
    said = reason.strip() or _("The bank sent the payment back.")
    return _take_back(standing, payout, amount=left, reason=said, by=by, at=at)


def _take_back(invoice: Invoice, payout: Payout, *, amount: Money, reason: str, by: User, at: datetime) -> Invoice:
    kind = CREDITS[invoice.kind]
    place, number = _draw(kind, at)
    original = json.loads(invoice.canonical)
    facts = credit_facts(original, kind=kind, number=number, amount=amount, reason=reason, at=at)
    return _write(payout, facts, place, turn=invoice.turn, amount=amount, by=by, at=at, corrects=invoice)


def _draw(kind: str, at: datetime) -> tuple[int, str]:
    """The next place of the series in the organisation's year, and the number that says it. Whoever else wants one
    waits until this transaction has ended."""
    series, year = SERIES[kind], house_day(at).year
    InvoiceCounter.objects.get_or_create(series=series, year=year)
    counter = InvoiceCounter.objects.select_for_update(no_key=True).get(series=series, year=year)
    counter.last += 1
    counter.save(update_fields=["last"])
    return counter.last, f"{series}-{year}-{counter.last:04d}"


def _write(
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
    text = canonical(facts)
    invoice = Invoice.objects.create(
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
    InvoicePaper.objects.create(invoice=invoice, ordered_at=at)  # the sweep makes it
    history.record(invoice, verb="issued", by=by, at=at, note=facts.get("reason", ""))
    return invoice
