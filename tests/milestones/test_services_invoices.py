"""Invoices: which kind a payment gets, numbers without gaps, and taking back."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Organisation
from accounts.queries import forget_organisation
from core import history
from core.errors import DomainError
from core.models import Event, OutboxMail
from core.money import Money
from milestones.models import Invoice, InvoiceCounter, InvoicePaper
from milestones.queries.invoices import left_of
from milestones.services import batches, payouts, tax
from milestones.services.invoices import issue_credit_note
from milestones.states import InvoiceKind, PayoutStatus, TaxMode
from tests.factories import (
    NOW,
    make_contractor,
    make_engagement,
    make_invoice,
    make_invoice_setup,
    make_paid,
    make_tax_detail,
    make_user,
)
from tests.milestones.conftest import bring

pytestmark = pytest.mark.django_db
EURO = Money(200_000, "EUR")


@pytest.fixture
def both() -> Any:
    """A paid payout whose two sides have all that an invoice needs."""
    payout = make_paid()
    make_invoice_setup()
    make_tax_detail(payout.milestone.engagement.contractor)
    return payout


@pytest.fixture
def invoice(both: Any) -> Invoice:
    return make_invoice(both)


def take_back(invoice: Invoice, minor: int = 200_000, **facts: Any) -> Invoice:
    said = {"amount": Money(minor, invoice.currency), "reason": "The bank sent it back.", "at": NOW, **facts}
    return issue_credit_note(invoice, **{"by": make_user("finance"), **said})


def test_with_both_sides_details_and_consent_it_is_a_self_billed_invoice(both: Any) -> None:
    invoice = make_invoice(both)

    facts = json.loads(invoice.canonical)
    assert (invoice.kind, invoice.number, invoice.amount, invoice.issued_on) == (
        InvoiceKind.INVOICE, "SB-2026-0001", EURO, NOW.date(),
    )  # fmt: skip
    assert facts["tax"] == {"mode": "reverse_charge", "note": "Reverse charge: the customer accounts for the tax."}
    assert facts["self_billing"] == {"agreed_on": "2026-11-23"}
    assert InvoicePaper.objects.due().get().invoice == invoice


def test_paying_a_payout_writes_it(due: Any, finance: Any, other_finance: Any) -> None:
    paid = bring(due, PayoutStatus.PAID, finance, other_finance)

    invoice = Invoice.objects.get(payout=paid)
    assert (invoice.kind, invoice.amount, invoice.by) == (InvoiceKind.RECEIPT, paid.amount, other_finance)
    assert json.loads(invoice.canonical)["paid_on"] == "2026-11-23"


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (None, {}),
        ({}, None),
        ({"self_bills": False}, {}),
        ({}, {"mode": TaxMode.OWN_INVOICES, "consent": "", "agreed_by": None, "agreed_at": None}),
        ({}, {"consent": "", "agreed_by": None, "agreed_at": None}),
        ({"vat_id": "", "registration": ""}, {}),
        ({}, {"vat_id": ""}),
        ({}, {"mode": TaxMode.SMALL_BUSINESS, "vat_id": ""}),
        ({}, {"mode": TaxMode.NO_TAX}),
    ],
    ids=["no setup", "no tax details", "we don’t", "writes own", "no consent", "our number lacks", "their number lacks",
         "small business without a number", "no tax, but a VAT number"],
)  # fmt: skip
def test_where_anything_lacks_it_is_a_receipt(ours: Any, theirs: Any) -> None:
    payout = make_paid()
    if ours is not None:
        make_invoice_setup(**ours)
    if theirs is not None:
        make_tax_detail(payout.milestone.engagement.contractor, **theirs)

    invoice = make_invoice(payout)

    assert (invoice.kind, invoice.number) == (InvoiceKind.RECEIPT, "PR-2026-0001")
    assert "tax" not in json.loads(invoice.canonical)


def test_where_no_tax_applies_neither_sides_vat_number_stands_on_it() -> None:
    payout = make_paid()
    make_invoice_setup()
    make_tax_detail(payout.milestone.engagement.contractor, mode=TaxMode.NO_TAX, vat_id="")

    facts = json.loads(make_invoice(payout).canonical)

    assert (facts["kind"], facts["seller"]["vat_id"], facts["buyer"]["vat_id"]) == ("invoice", "", "")


def test_a_payment_is_invoiced_once(both: Any) -> None:
    make_invoice(both)

    with pytest.raises(DomainError, match="SB-2026-0001 stands for this payment already"):
        make_invoice(both)


def test_what_came_back_whole_and_is_paid_again_gets_another(both: Any) -> None:
    take_back(make_invoice(both))

    again = make_invoice(both)

    assert (again.number, again.turn) == ("SB-2026-0002", 2)


def test_what_the_bank_sends_back_is_taken_back_by_itself(due: Any, finance: Any, other_finance: Any) -> None:
    paid = bring(due, PayoutStatus.PAID, finance, other_finance)

    back = payouts.mark_returned(paid, problem="Account closed", by=finance, at=NOW)
    line = batches.approve(back, by=finance, at=NOW, knowing=True)
    batches.confirm(line.batch, by=other_finance, at=NOW)
    batches.export(line.batch, by=other_finance, at=NOW + timedelta(minutes=1))
    payouts.confirm_paid(back, by=finance, at=NOW)

    rows = Invoice.objects.order_by("pk").values_list("number", "turn", "reason", "amount_minor")
    first, note, second = rows
    assert (first, second) == (("PR-2026-0001", 1, "", 200_000), ("PR-2026-0002", 2, "", 200_000))
    assert note == ("PC-2026-0001", 1, "Account closed", 200_000)
    assert not OutboxMail.objects.filter(subject__contains="takes back").exists()  # the mail about the bank says it


def test_each_series_counts_for_itself_and_begins_anew_each_year(both: Any) -> None:
    first = make_invoice(both)
    receipt = make_invoice(make_paid())
    note = take_back(first, 1)
    later = make_invoice(make_paid(), at=NOW + timedelta(days=60))

    assert [row.number for row in (first, receipt, note, later)] == [
        "SB-2026-0001", "PR-2026-0001", "SC-2026-0001", "PR-2027-0001",
    ]  # fmt: skip


@pytest.mark.parametrize(("zone", "year"), [("Asia/Tokyo", 2027), ("America/New_York", 2026)])
def test_the_year_is_the_organisations(zone: str, year: int) -> None:
    payout = make_paid()
    Organisation.objects.update(zone=zone)
    forget_organisation()

    invoice = make_invoice(payout, at=datetime(2026, 12, 31, 23, 30, tzinfo=UTC))

    forget_organisation()
    assert (invoice.year, invoice.issued_on.year, invoice.number) == (year, year, f"PR-{year}-0001")


def test_a_transaction_that_fails_leaves_no_gap() -> None:
    first, second = make_paid(), make_paid()
    make_invoice(first)

    with transaction.atomic():
        lost = make_invoice(second)
        transaction.set_rollback(True)

    assert lost.number == "PR-2026-0002"

    assert make_invoice(second).number == "PR-2026-0002"
    assert InvoiceCounter.objects.get().last == 2


def test_the_database_refuses_a_gap_a_change_and_a_deletion(invoice: Invoice) -> None:
    fields = {f.attname: getattr(invoice, f.attname) for f in Invoice._meta.fields if f.attname != "id"}
    for act in (
        lambda: Invoice.objects.create(**{**fields, "turn": 2, "place": 3, "number": "SB-2026-0003"}),
        lambda: Invoice.objects.update(amount_minor=1),
        lambda: Invoice.objects.update(reason="x"),
        lambda: Invoice.objects.all()._raw_delete(Invoice.objects.db),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_the_database_refuses_to_take_back_more_than_there_was(invoice: Invoice) -> None:
    note = take_back(invoice, 150_000)
    fields = {f.attname: getattr(note, f.attname) for f in Invoice._meta.fields if f.attname != "id"}

    with pytest.raises(DatabaseError), transaction.atomic():
        Invoice.objects.create(**{**fields, "place": 2, "number": "SC-2026-0002", "amount_minor": 50_001})
    assert Invoice.objects.create(**{**fields, "place": 2, "number": "SC-2026-0002", "amount_minor": 50_000}).pk


def test_a_credit_note_names_the_invoice_and_the_reason_and_is_told(invoice: Invoice) -> None:
    note = take_back(invoice, 50_000)

    facts, original = json.loads(note.canonical), json.loads(invoice.canonical)
    assert (note.kind, note.corrects, left_of(invoice)) == (InvoiceKind.CREDIT_NOTE, invoice, Money(150_000, "EUR"))
    assert facts["corrects"] == {"number": "SB-2026-0001", "issued_on": "2026-11-23"}
    assert (facts["seller"], facts["buyer"], facts["tax"]) == (original["seller"], original["buyer"], original["tax"])
    if invoice.contractor.user:
        assert "The bank sent it back." in OutboxMail.objects.get(subject__contains="takes back").text


def test_a_receipt_is_corrected_not_credited() -> None:
    note = take_back(make_invoice(), 1)

    assert (note.kind, note.number) == (InvoiceKind.CORRECTION, "PC-2026-0001")


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"reason": "  "}, "Say why"),
        ({"minor": 0}, "more than nothing"),
        ({"minor": 200_001}, "Only €2,000 of SB-2026-0001 is left"),
        ({"amount": Money(1, "USD")}, "in EUR"),
    ],
)
def test_a_credit_note_that_makes_no_sense_is_refused_and_draws_no_number(
    invoice: Invoice, facts: dict[str, Any], why: str
) -> None:
    with pytest.raises(DomainError, match=why):
        take_back(invoice, **facts)

    assert not InvoiceCounter.objects.filter(series="SC").exists()


def test_nothing_is_left_after_all_is_taken_back(invoice: Invoice) -> None:
    note = take_back(invoice)

    with pytest.raises(DomainError, match="All of SB-2026-0001 is taken back already"):
        take_back(invoice, 1)
    with pytest.raises(DomainError, match="takes something back itself"):
        take_back(note, 1)


def test_the_history_of_the_engagement_has_both(invoice: Invoice) -> None:
    take_back(invoice, 5)
    engagement = invoice.payout.milestone.engagement

    lines = Event.objects.of(engagement).filter(verb="issued").order_by("seq")
    assert list(lines.values_list("subject_label", "note")) == [
        ("SB-2026-0001", ""), ("SC-2026-0001", "The bank sent it back."),
    ]  # fmt: skip
    assert history.verify(engagement) == ""


@pytest.mark.parametrize(("currency", "minor"), [("JPY", 10**12), ("BHD", 1_234), ("EUR", 1)])
def test_every_currency_keeps_its_minor_units(currency: str, minor: int) -> None:
    payout = make_paid(currency=currency, amount_minor=minor)
    make_invoice_setup()
    make_tax_detail(payout.milestone.engagement.contractor)

    invoice = make_invoice(payout)

    assert json.loads(invoice.canonical)["amount"] == {"currency": currency, "minor": minor}
    assert left_of(invoice) == Money(minor, currency)


@given(parts=st.lists(st.integers(1, 90), min_size=1, max_size=6))
@settings(max_examples=15, deadline=None)
def test_however_it_is_taken_back_never_more_than_there_was(parts: list[int]) -> None:
    with transaction.atomic():
        invoice = make_invoice(make_paid(amount_minor=100))
        for part in parts:
            before = left_of(invoice).minor
            try:
                take_back(invoice, part)
                assert part <= before
            except DomainError:
                assert part > before
        assert 0 <= left_of(invoice).minor <= 100
        transaction.set_rollback(True)


FORM = {
    "legal_name": "Ana Silva",
    "street": "Lange Gasse 3",
    "postcode": "",
    "town": "Berlin",
    "country": "DE",
    "mode": TaxMode.REVERSE_CHARGE,
    "vat_id": "de 136 695 976",
    "tax_number": "",
    "registration": "",
    "agrees": True,
}


def test_consent_keeps_its_sentence_and_its_first_day_until_it_is_taken_away() -> None:
    contractor = make_contractor(True)

    first = tax.save_tax_detail(contractor, **FORM, by=contractor.user, at=NOW)
    again = tax.save_tax_detail(contractor, **{**FORM, "town": "Kiel"}, by=contractor.user, at=NOW + timedelta(days=9))
    ended = tax.save_tax_detail(contractor, **{**FORM, "agrees": False}, by=contractor.user, at=NOW)

    assert (first.vat_id, first.agreed_at, again.agreed_at, ended.agreed_at) == ("DE136695976", NOW, NOW, None)
    assert "Mill Pond Software Lda writes the invoices" in first.consent
    notes = list(Event.objects.of(first).order_by("seq").values_list("note", flat=True))
    assert notes == [first.consent, "", "Self-billing ended."]


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"vat_id": "DE136695970"}, "check digits"),
        ({"vat_id": "PT501964843"}, "begins with the two letters"),
        ({"vat_id": "136695976"}, "begins with the two letters"),
        ({"vat_id": ""}, "needs your VAT number"),
        ({"mode": TaxMode.NO_TAX}, "carries no VAT number"),
        ({"mode": TaxMode.OWN_INVOICES}, "Either you write the invoices or we do"),
        ({"country": "GR"}, "here EL"),
    ],
)
def test_tax_details_from_which_no_invoice_could_be_written_are_refused(facts: dict[str, Any], why: str) -> None:
    contractor = make_contractor(True)

    with pytest.raises(DomainError, match=why):
        tax.save_tax_detail(contractor, **{**FORM, **facts}, by=contractor.user, at=NOW)


def test_what_is_changed_later_changes_no_invoice(invoice: Invoice) -> None:
    make_invoice_setup(legal_name="Other Ltd")

    invoice.refresh_from_db()
    assert "Other Ltd" not in invoice.canonical


def test_the_lead_finance_and_whom_it_pays_see_it_and_nobody_else(invoice: Invoice) -> None:
    engagement = invoice.payout.milestone.engagement
    person = make_contractor(True)
    own = make_invoice(make_paid(make_engagement(milestones=(), contractor=person)))

    def seen(user: Any) -> set[str]:
        return set(Invoice.objects.visible_to(user).values_list("number", flat=True))

    assert seen(make_user("finance")) == seen(make_user("admin")) == {invoice.number, own.number}
    assert (seen(engagement.lead), seen(person.user)) == ({invoice.number}, {own.number})
    assert seen(engagement.comms_owner) == seen(make_user("lead")) == seen(make_contractor(True).user) == set()
