"""The pages of invoices: list, download, one of them, its PDF, and taking it back."""

import csv
import io
import zipfile
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from milestones.models import Invoice, InvoicePaper
from milestones.services.invoice_papers import make_due_invoice_papers
from tests.factories import (
    make_contractor,
    make_engagement,
    make_invoice,
    make_invoice_setup,
    make_paid,
    make_tax_detail,
    make_user,
)

pytestmark = pytest.mark.django_db
PAGE = "/invoices/"


@pytest.fixture
def invoice() -> Invoice:
    payout = make_paid()
    make_invoice_setup()
    make_tax_detail(payout.milestone.engagement.contractor)
    return make_invoice(payout)


@pytest.fixture
def finance(client: Client) -> Any:
    """Signed in."""
    person = make_user("finance")
    client.force_login(person)
    return person


def bytes_of(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_the_list_names_number_contractor_and_amount(client: Client, invoice: Invoice, finance: Any) -> None:
    page = client.get(PAGE).content.decode()

    assert all(
        text in page for text in ("One invoice or receipt", "SB-2026-0001", str(invoice.contractor), "€2,000.00")
    )


def test_year_and_name_narrow_it_down(client: Client, invoice: Invoice, finance: Any) -> None:
    other = make_invoice(make_paid(make_engagement(milestones=(), contractor=make_contractor(name="Zoë Quist"))))

    def seen(**query: str) -> list[str]:
        page = client.get(PAGE, query).content.decode()
        return [row.number for row in (invoice, other) if f">{row.number}<" in page]

    assert seen() == seen(year="2026") == [invoice.number, other.number]
    assert (seen(name="quist"), seen(year="2025")) == ([other.number], [])
    assert seen(year="x", page="-3") == [invoice.number, other.number]


@pytest.mark.parametrize("role", ["member"])
def test_for_who_has_nothing_to_do_with_it_there_is_nothing_here(client: Client, invoice: Invoice, role: str) -> None:
    client.force_login(make_user(role))

    for path in (PAGE, f"{PAGE}download", f"{PAGE}{invoice.pk}/", f"{PAGE}{invoice.pk}/file"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("who", ["lead", "contractor"])
def test_other_peoples_invoices_are_hidden(client: Client, invoice: Invoice, who: str) -> None:
    client.force_login(make_user("lead") if who == "lead" else make_contractor(True).user)

    assert invoice.number not in client.get(PAGE).content.decode()
    assert invoice.number.encode() not in bytes_of(client.get(f"{PAGE}download?as=csv"))
    for path in (f"{PAGE}{invoice.pk}/", f"{PAGE}{invoice.pk}/file"):
        assert client.get(path).status_code == 404


def test_the_list_takes_as_many_queries_for_three_rows_as_for_one(
    client: Client, invoice: Invoice, finance: Any
) -> None:
    client.get(PAGE)
    with CaptureQueriesContext(connection) as one:
        client.get(PAGE)
    make_invoice()
    make_invoice()
    with CaptureQueriesContext(connection) as three:
        assert "3 invoices and receipts" in client.get(PAGE).content.decode()

    assert len(three) == len(one)


def test_the_download_takes_as_many_queries_for_three_as_for_one(
    client: Client, invoice: Invoice, finance: Any
) -> None:
    with CaptureQueriesContext(connection) as one:
        bytes_of(client.get(f"{PAGE}download"))
    make_invoice()
    make_invoice()
    with CaptureQueriesContext(connection) as three:
        bytes_of(client.get(f"{PAGE}download"))

    assert len(three) == len(one)


def test_the_list_for_the_accountant_holds_signed_amounts_and_no_formula(
    client: Client, invoice: Invoice, finance: Any
) -> None:
    path = f"{PAGE}{invoice.pk}/credit"
    client.post(path, {"amount": "12.50", "reason": "=HYPERLINK(1)"})

    response = client.get(f"{PAGE}download", {"as": "csv", "year": "2026"})

    rows = list(csv.DictReader(io.StringIO(bytes_of(response).decode())))
    assert response.streaming
    assert response["Content-Disposition"] == 'attachment; filename="invoices-2026.csv"'
    assert [(row["number"], row["amount"], row["takes_back"], row["reason"]) for row in rows] == [
        ("SB-2026-0001", "2000.00", "", ""), (rows[1]["number"], "-12.50", "SB-2026-0001", "'=HYPERLINK(1)"),
    ]  # fmt: skip
    assert rows[0]["supplier_vat_number"] == "DE136695976"


def test_the_archive_holds_each_pdf_by_its_bytes_and_the_list(client: Client, invoice: Invoice, finance: Any) -> None:
    make_due_invoice_papers(at=timezone.now())
    waiting = make_invoice()

    archive = zipfile.ZipFile(io.BytesIO(bytes_of(client.get(f"{PAGE}download"))))

    assert archive.namelist() == ["SB-2026-0001.pdf", "invoices.csv"]
    assert archive.testzip() is None
    assert archive.read("SB-2026-0001.pdf") == bytes(InvoicePaper.objects.get(invoice=invoice).pdf or b"")
    assert waiting.number in archive.read("invoices.csv").decode()


def test_the_pdf_is_sent_by_the_bytes_that_were_made(client: Client, invoice: Invoice, finance: Any) -> None:
    path = f"{PAGE}{invoice.pk}/file"
    early = client.get(path)
    make_due_invoice_papers(at=timezone.now())

    answers = [client.get(path) for _turn in range(2)]

    kept = bytes(InvoicePaper.objects.get().pdf or b"")
    assert early.status_code == 409
    assert [answer.content for answer in answers] == [kept, kept]
    assert answers[0]["Content-Disposition"] == 'attachment; filename="SB-2026-0001.pdf"'


@pytest.mark.parametrize("who", ["lead", "contractor", "admin"])
def test_whoever_it_concerns_reads_it_and_may_not_take_it_back(client: Client, invoice: Invoice, who: str) -> None:
    engagement = invoice.payout.milestone.engagement
    people = {"lead": engagement.lead, "contractor": engagement.contractor.user, "admin": make_user("admin")}
    client.force_login(people[who])

    page = client.get(f"{PAGE}{invoice.pk}/").content.decode()
    answer = client.post(f"{PAGE}{invoice.pk}/credit", {"amount": "1", "reason": "x"})

    assert "DE136695976" in page
    assert "Write the credit note" not in page
    assert answer.status_code == 403
    assert Invoice.objects.count() == 1


def test_finance_takes_it_back_in_part_and_a_second_click_changes_nothing(
    client: Client, invoice: Invoice, finance: Any
) -> None:
    typed = {"amount": "500", "reason": "Half of it came back.", "form_key": "c" * 32}

    answers = [client.post(f"{PAGE}{invoice.pk}/credit", typed) for _turn in range(2)]

    note = Invoice.objects.get(corrects=invoice)
    assert [answer["Location"] for answer in answers] == [f"{PAGE}{note.pk}/"] * 2
    assert (note.amount_minor, note.by) == (50_000, finance)
    assert "€1,500 of it stands" in client.get(f"{PAGE}{invoice.pk}/").content.decode()
    assert "Half of it came back." in client.get(f"{PAGE}{note.pk}/").content.decode()


def test_more_than_is_left_is_refused_and_stays_in_the_field(client: Client, invoice: Invoice, finance: Any) -> None:
    answer = client.post(f"{PAGE}{invoice.pk}/credit", {"amount": "2000.01", "reason": "All of it"})

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Only €2,000 of SB-2026-0001 is left to take back." in page
    assert 'value="2000.01"' in page
    assert 'value="All of it"' in page


@pytest.mark.parametrize("typed", [{"amount": ""}, {"amount": "x"}, {"reason": ""}, {"reason": "x" * 301}])
def test_what_can_not_be_read_comes_back(client: Client, invoice: Invoice, finance: Any, typed: dict[str, str]) -> None:
    answer = client.post(f"{PAGE}{invoice.pk}/credit", {"amount": "1", "reason": "x", **typed})

    assert answer.status_code == 422
    assert Invoice.objects.count() == 1


def test_taking_back_is_no_get_and_hidden_from_strangers(client: Client, invoice: Invoice, finance: Any) -> None:
    path = f"{PAGE}{invoice.pk}/credit"
    assert client.get(path).status_code == 405
    client.force_login(make_user("lead"))

    assert client.post(path, {"amount": "1", "reason": "x"}).status_code == 404


def test_the_milestone_and_the_contractors_money_lead_to_it(client: Client, invoice: Invoice) -> None:
    client.force_login(invoice.payout.milestone.engagement.contractor.user)  # type: ignore[arg-type]

    milestone = client.get(f"/milestones/{invoice.payout.milestone_id}/").content.decode()
    money, home = client.get("/money/").content.decode(), client.get("/").content.decode()

    assert f'href="{PAGE}{invoice.pk}/"' in milestone
    assert f'href="{PAGE}"' in money
    assert f'href="{PAGE}"' in home
