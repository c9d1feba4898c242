"""The PDF of an invoice and the XML in it: valid, by the rules of EN 16931 that we use, made once, never changed."""

import hashlib
import io
import json
import xml.etree.ElementTree as ET
from decimal import Decimal
from typing import Any

import pypdf
import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from core.money import Money
from milestones.models import Invoice, InvoicePaper, TaxDetail
from milestones.queries.einvoice import SPACES, xml_of
from milestones.queries.invoice_paper import document_of
from milestones.services import invoice_papers
from milestones.services.invoice_papers import check_xml, keep_invoice_paper, make_due_invoice_papers
from milestones.services.invoices import issue_credit_note
from milestones.states import TaxMode
from reminders.services import sweep
from tests.factories import NOW, make_invoice, make_invoice_setup, make_paid, make_tax_detail

pytestmark = pytest.mark.django_db


def bill(currency: str = "EUR", minor: int = 200_000, **theirs: Any) -> Invoice:
    payout = make_paid(currency=currency, amount_minor=minor)
    make_invoice_setup()
    make_tax_detail(payout.milestone.engagement.contractor, **theirs)
    return make_invoice(payout)


def take_back(invoice: Invoice, minor: int) -> Invoice:
    amount = Money(minor, invoice.currency)
    lead = invoice.payout.milestone.engagement.lead
    return issue_credit_note(invoice, amount=amount, reason="The bank sent it back.", by=lead, at=NOW)


def paper_of(invoice: Invoice) -> InvoicePaper:
    make_due_invoice_papers(at=timezone.now())
    paper: InvoicePaper = InvoicePaper.objects.get(invoice=invoice)
    assert paper.made_at
    return paper


class Electronic:
    """An XML invoice as business terms."""

    def __init__(self, xml: bytes) -> None:
        check_xml(xml)
        self.root = ET.fromstring(xml)

    def all(self, path: str) -> list[str]:
        return [node.text or "" for node in self.root.findall(f".//{path}", SPACES)]

    def one(self, path: str) -> str:
        [text] = self.all(path)
        return text

    def sum(self, name: str) -> Decimal:
        path = f"ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:{name}"
        return Decimal(self.one(path)) if self.all(path) else Decimal(0)

    def numbers(self, side: str) -> list[str]:
        return self.all(f"ram:{side}TradeParty/ram:SpecifiedTaxRegistration/ram:ID")


HEAD = "ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax/"
LINE = "ram:SpecifiedLineTradeSettlement/ram:ApplicableTradeTax/"


def broken_rules(xml: bytes) -> list[str]:
    """The rules of EN 16931 that our invoices have to do with, and do not keep."""
    e = Electronic(xml)
    category, lines = e.one(HEAD + "ram:CategoryCode"), e.all("ram:LineTotalAmount")[:-1]
    basis, tax = Decimal(e.one(HEAD + "ram:BasisAmount")), Decimal(e.one(HEAD + "ram:CalculatedAmount"))
    amounts = [node.text or "" for node in e.root.iter() if node.tag.endswith("Amount")]
    seller, buyer = e.numbers("Seller"), e.numbers("Buyer")
    buyer_registration = e.all("ram:BuyerTradeParty/ram:SpecifiedLegalOrganization/ram:ID")
    rates = e.all(HEAD + "ram:RateApplicablePercent"), e.all(LINE + "ram:RateApplicablePercent")
    due = e.sum("DuePayableAmount")
    rules = {
        "BR-1 profile": e.one("ram:GuidelineSpecifiedDocumentContextParameter/ram:ID") == "urn:cen.eu:en16931:2017",
        "BR-2 number": bool(e.one("rsm:ExchangedDocument/ram:ID")),
        "BR-3 day": len(e.one("ram:IssueDateTime/udt:DateTimeString")) == 8,
        "BR-4 type": e.one("rsm:ExchangedDocument/ram:TypeCode") in ("389", "261"),
        "BR-6 BR-7 names": all(e.all(f"ram:{side}TradeParty/ram:Name") for side in ("Seller", "Buyer")),
        "BR-9 BR-11 countries": all(
            e.all(f"ram:{side}TradeParty/ram:PostalTradeAddress/ram:CountryID") for side in ("Seller", "Buyer")
        ),
        "BR-CO-4 line has a category": e.one(LINE + "ram:CategoryCode") == category,
        "BR-CO-9 prefixes": all(n[:2].isalpha() for n in e.all("ram:ID[@schemeID='VA']")),
        "BR-CO-10 lines": e.sum("LineTotalAmount") == sum(map(Decimal, lines)),
        "BR-CO-13 net": e.sum("TaxBasisTotalAmount") == e.sum("LineTotalAmount"),
        "BR-CO-14 tax": e.sum("TaxTotalAmount") == tax,
        "BR-CO-15 total": e.sum("GrandTotalAmount") == e.sum("TaxBasisTotalAmount") + e.sum("TaxTotalAmount"),
        "BR-CO-16 due": due == e.sum("GrandTotalAmount") - e.sum("TotalPrepaidAmount"),
        "BR-CO-25 terms": due <= 0 or bool(e.all("ram:SpecifiedTradePaymentTerms/ram:Description")),
        "BR-CO-26 seller is known": bool(e.all("ram:SellerTradeParty/ram:ID")),
        "BR-DEC two decimals": all(-int(Decimal(a).as_tuple().exponent) <= 2 for a in amounts),
        "BR-AE/E/O-8 basis": basis == sum(map(Decimal, lines)),
        "BR-AE/E/O-9 no tax": tax == 0,
        "BR-AE/E/O-10 reason": bool(e.one(HEAD + "ram:ExemptionReason")),
        "BR-AE/E-5 rate": category == "O" or rates == (["0"], ["0"]),
        "BR-AE-2": category != "AE" or bool(seller and (buyer or buyer_registration)),
        "BR-E-2": category != "E" or bool(seller),
        "BR-O-2 no VAT numbers": category != "O" or not e.all("ram:ID[@schemeID='VA']"),
        "BR-O-5 no rate": category != "O" or rates == ([], []),
        "BR-55 preceding": "261" not in e.all("rsm:ExchangedDocument/ram:TypeCode")
        or bool(e.one("ram:InvoiceReferencedDocument/ram:IssuerAssignedID")),
    }
    return [rule for rule, is_kept in rules.items() if not is_kept]


MODES: list[tuple[str, dict[str, Any], str]] = [
    (TaxMode.REVERSE_CHARGE, {}, "AE"),
    (TaxMode.SMALL_BUSINESS, {"vat_id": "", "tax_number": "29/815/08150"}, "E"),
    (TaxMode.NO_TAX, {"vat_id": "", "country": "VN", "town": "Huế"}, "O"),
]


@pytest.mark.parametrize(("mode", "theirs", "category"), MODES, ids=[m[0] for m in MODES])
@pytest.mark.parametrize(
    ("currency", "minor", "text"),
    [
        ("EUR", 200_000, "2000.00"),
        ("JPY", 480_000, "480000"),
        ("BHD", 1_230, "1.23"),
        ("EUR", 10**12, "10000000000.00"),
    ],
)
def test_every_mode_and_currency_gives_an_invoice_that_keeps_the_rules(
    mode: str, theirs: dict[str, Any], category: str, currency: str, minor: int, text: str
) -> None:
    invoice = bill(currency, minor, mode=mode, **theirs)
    facts, back = (json.loads(row.canonical) for row in (invoice, take_back(invoice, minor)))

    xml, credit = xml_of(facts), xml_of(back)

    assert (broken_rules(xml), broken_rules(credit)) == ([], [])
    seen, taken = Electronic(xml), Electronic(credit)
    type_code = "rsm:ExchangedDocument/ram:TypeCode"
    assert (seen.one(type_code), taken.one(type_code)) == ("389", "261")
    assert seen.one(HEAD + "ram:CategoryCode") == category
    total = "ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:GrandTotalAmount"
    assert (seen.one(total), seen.one("ram:InvoiceCurrencyCode")) == (text, currency)
    assert (seen.sum("DuePayableAmount"), taken.sum("DuePayableAmount")) == (0, Decimal(text))
    assert seen.one("ram:IssueDateTime/udt:DateTimeString") == "20261123"


def test_a_rule_that_is_broken_is_seen() -> None:
    xml = xml_of(json.loads(bill().canonical)).decode()

    assert broken_rules(xml.replace("<ram:GrandTotalAmount>2000", "<ram:GrandTotalAmount>2001").encode())
    assert broken_rules(xml.replace(">389<", ">380<").encode()) == ["BR-4 type"]
    with pytest.raises(ValueError, match="Not a valid invoice"):
        check_xml(xml.replace("<ram:TypeCode>389</ram:TypeCode>", "").encode())


GOLDEN = """
Self-billed invoice SB-2026-0001
Issued on 23 November 2026.
Supplier Ana Silva e. K. Lange Gasse 3 10115 Berlin Germany VAT number: DE136695976 Our number: C-{contractor}
Customer Mill Pond Software Lda Rua do Lago 12 1200-109 Lisboa Portugal VAT number: PT501964843
Company registration: 501964843
Work Contract Delivered Amount Step 1 Payment page, faster E-{engagement} 23 November 2026 €2,000.00
Net €2,000.00 Tax €0.00 Total €2,000.00 Paid on 23 November 2026, {reference} €2,000.00 Still due €0.00
Reverse charge: the customer accounts for the tax.
Self-billing: written by Mill Pond Software Lda in the name and for the account of Ana Silva e. K., as agreed on
23 November 2026.
The same invoice for programs is inside this file: factur-x.xml, EN 16931.
SB-2026-0001 · SHA-256 {sha256} 1 / 1
"""


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).split())


def test_the_pdf_says_all_of_it_and_nothing_else() -> None:
    invoice = bill()
    engagement = invoice.payout.milestone.engagement

    text = text_of(bytes(paper_of(invoice).pdf or b""))

    reference = invoice.payout.end_to_end
    said = GOLDEN.format(
        reference=reference, contractor=invoice.contractor_id, engagement=engagement.pk, sha256=invoice.sha256
    )
    assert text == " ".join(said.split())


def test_the_xml_inside_is_the_one_that_is_kept() -> None:
    paper = paper_of(bill())

    reader = pypdf.PdfReader(io.BytesIO(bytes(paper.pdf or b"")))
    [inside] = reader.attachments["factur-x.xml"]

    assert inside == bytes(paper.xml or b"")
    assert broken_rules(inside) == []
    assert hashlib.sha256(bytes(paper.pdf or b"")).hexdigest() == paper.sha256


def test_it_is_a_pdf_for_archives_and_for_everybody_with_its_associated_file() -> None:
    reader = pypdf.PdfReader(io.BytesIO(bytes(paper_of(bill()).pdf or b"")))

    root: Any = reader.trailer["/Root"]
    metadata = root["/Metadata"].get_data().decode()
    [associated] = root["/AF"]
    assert "<pdfaid:part>3</pdfaid:part>" in metadata
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in metadata
    assert metadata.count(">pdfuaid</pdfaSchema:prefix>") == 1
    assert "pdfuaid:part" in metadata
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert "<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>" in metadata
    assert associated.get_object()["/AFRelationship"] == "/Alternative"
    assert {"/OutputIntents", "/StructTreeRoot", "/MarkInfo", "/Lang"} <= set(root)
    assert reader.trailer["/ID"]
    fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]  # type: ignore[index]
    assert fonts
    assert all("/FontFile" in str(font["/DescendantFonts"][0].get_object()["/FontDescriptor"]) for font in fonts)


@pytest.mark.parametrize("minor", [1_234, 1])
def test_an_amount_that_en_16931_can_not_say_is_never_rounded(minor: int) -> None:
    invoice = bill("BHD", minor)

    paper = paper_of(invoice)

    text = text_of(bytes(paper.pdf or b""))
    assert paper.xml is None
    assert f"{minor / 1000:.3f}" in text
    assert "EN 16931 knows two decimals" in text


def test_a_receipt_says_that_it_is_no_invoice_and_has_none_inside() -> None:
    receipt = make_invoice()
    correction = take_back(receipt, 1)

    papers = [paper_of(row) for row in (receipt, correction)]

    texts = [text_of(bytes(paper.pdf or b"")) for paper in papers]
    assert [paper.xml for paper in papers] == [None, None]
    assert all("It is no invoice and says nothing about tax." in text for text in texts)
    assert "Payment receipt PR-2026-0001" in texts[0]
    assert "It takes back what is said below of PR-2026-0001" in texts[1]
    assert "Reason: The bank sent it back." in texts[1]


HOSTILE = ['#let x = 1 $ [a](b) <x> & "', "Nguyễn Thị Ánh", "عمر الشريف", "山田花子", "x" * 160, "a\x0bb", "\u202eevil"]


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_people_are_called_a_paper_is_made(name: str) -> None:
    invoice = bill(legal_name=name, street=name[:140])

    paper = paper_of(invoice)

    assert broken_rules(bytes(paper.xml or b"")) == []


def test_it_is_made_by_the_sweep_and_once() -> None:
    bill()

    first = sweep(at=timezone.now())
    made = InvoicePaper.objects.get()
    second = sweep(at=timezone.now())
    keep_invoice_paper(made, pdf=b"another", xml=None, at=timezone.now())

    assert (first["invoices"], second.get("invoices", 0)) == (1, 0)
    assert InvoicePaper.objects.get().sha256 == made.sha256


def test_a_maker_that_dies_leaves_it_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    make_invoice()

    def die(*_args: Any, **_more: Any) -> None:
        raise MemoryError

    with monkeypatch.context() as dying:
        dying.setattr(invoice_papers, "keep_invoice_paper", die)
        assert make_due_invoice_papers(at=timezone.now()) == 0

    assert make_due_invoice_papers(at=timezone.now()) == 1


def test_what_is_not_valid_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    bill()

    with monkeypatch.context() as broken:
        broken.setattr(invoice_papers, "xml_of", lambda _facts: b"<x/>")
        assert make_due_invoice_papers(at=timezone.now()) == 0

    assert InvoicePaper.objects.due().count() == 1


def test_the_database_keeps_the_bytes() -> None:
    paper_of(bill())

    for change in ({"pdf": b"x"}, {"xml": b"x"}, {"sha256": "0" * 64}, {"made_at": None}):
        with pytest.raises(DatabaseError), transaction.atomic():
            InvoicePaper.objects.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        InvoicePaper.objects.all()._raw_delete(InvoicePaper.objects.db)


def test_the_paper_rests_on_the_canonical_text_alone() -> None:
    invoice = bill()
    before = document_of(json.loads(invoice.canonical), sha256=invoice.sha256, at=invoice.at)
    TaxDetail.objects.update(legal_name="Somebody else")

    after = document_of(json.loads(Invoice.objects.get().canonical), sha256=invoice.sha256, at=invoice.at)

    assert before == after
