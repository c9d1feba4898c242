"""An invoice as EN 16931 says it, in the syntax of UN/CEFACT Cross Industry Invoice (Factur-X, profile EN 16931).

Business terms (BT) and rules (BR) are those of EN 16931-1:2017. Nothing is computed here but the sums of one line and
a tax of nought: Duckrow pays what was agreed and adds no tax.
"""

import xml.etree.ElementTree as ET
from datetime import date
from decimal import Decimal
from typing import Any

from core.money import Money
from core.text import CONTROL
from milestones.queries.invoices import CATEGORY, EN_DECIMALS, EXEMPTION_CODE
from milestones.states import InvoiceKind, TaxMode

SPACES = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
}
PROFILE = "urn:cen.eu:en16931:2017"
# UNTDID 1001: self-billed invoice, self-billed credit note.
TYPE_CODE = {InvoiceKind.INVOICE: "389", InvoiceKind.CREDIT_NOTE: "261"}
ONE = "C62"  # UN/ECE Recommendation 20: one piece

Child = tuple[str, Any]


def _node(parent: ET.Element, path: str, content: Any, **attributes: str) -> None:
    """A child, or a chain of children (`a/b`), with a text or with children of its own; '' and None leave it out."""
    if content in ("", None, []):
        return
    for step in path.split("/"):
        space, name = step.split(":")
        parent = ET.SubElement(parent, f"{{{SPACES[space]}}}{name}")
    if isinstance(content, str):
        parent.text = CONTROL.sub("", content)
        parent.attrib.update(attributes)
        return
    for child in content:
        name, inner, *more = child
        _node(parent, name, inner, **(more[0] if more else {}))


def _number(amount: Money) -> str:
    """Whole units with as many decimals as the currency has, at most two (BR-DEC-*)."""
    value = amount.decimal
    spare = -int(value.as_tuple().exponent) - EN_DECIMALS
    return str(value.quantize(Decimal(1).scaleb(-EN_DECIMALS)) if spare > 0 else value)


def _day(text: str | None) -> str:
    """Format 102: CCYYMMDD."""
    return date.fromisoformat(text).strftime("%Y%m%d") if text else ""


DAY = {"format": "102"}


def _party(party: dict[str, str], *, is_seller: bool, with_vat_id: bool) -> list[Any]:
    """BG-4 and BG-7 with their addresses and numbers."""
    return [
        ("ram:ID", party["id"]),
        ("ram:Name", party["legal_name"]),
        ("ram:SpecifiedLegalOrganization/ram:ID", party["registration"]),
        (
            "ram:PostalTradeAddress",
            [
                ("ram:PostcodeCode", party["postcode"]),
                ("ram:LineOne", party["street"]),
                ("ram:CityName", party["town"]),
                ("ram:CountryID", party["country"]),
            ],
        ),
        ("ram:SpecifiedTaxRegistration/ram:ID", party["vat_id"] if with_vat_id else "", {"schemeID": "VA"}),
        ("ram:SpecifiedTaxRegistration/ram:ID", party["tax_number"] if is_seller else "", {"schemeID": "FC"}),
    ]


def xml_of(facts: dict[str, Any]) -> bytes:
    """The invoice or credit note whose canonical facts these are (read back from JSON), as UTF-8 bytes."""
    amount = Money(facts["amount"]["minor"], facts["amount"]["currency"])
    nothing = _number(Money(0, amount.currency))
    mode = TaxMode(facts["tax"]["mode"])
    category = CATEGORY[mode]
    rate = "" if category == "O" else "0"  # BR-O-05: no rate at all
    with_vat_id = category != "O"  # BR-O-02
    is_invoice = facts["kind"] == InvoiceKind.INVOICE
    total, line, corrects = _number(amount), facts["line"], facts.get("corrects")
    for prefix, space in SPACES.items():
        ET.register_namespace(prefix, space)
    root = ET.Element(f"{{{SPACES['rsm']}}}CrossIndustryInvoice")
    _node(root, "rsm:ExchangedDocumentContext/ram:GuidelineSpecifiedDocumentContextParameter/ram:ID", PROFILE)
    _node(
        root,
        "rsm:ExchangedDocument",
        [
            ("ram:ID", facts["number"]),
            ("ram:TypeCode", TYPE_CODE[facts["kind"]]),
            ("ram:IssueDateTime/udt:DateTimeString", _day(facts["issued_on"]), DAY),
            ("ram:IncludedNote/ram:Content", "Self-billing"),
            ("ram:IncludedNote/ram:Content", facts["tax"]["note"]),
            ("ram:IncludedNote/ram:Content", facts.get("reason", "")),
        ],
    )
    _node(
        root,
        "rsm:SupplyChainTradeTransaction",
        [
            (
                "ram:IncludedSupplyChainTradeLineItem",
                [
                    ("ram:AssociatedDocumentLineDocument/ram:LineID", "1"),
                    (
                        "ram:SpecifiedTradeProduct",
                        [("ram:Name", line["title"]), ("ram:Description", line["engagement"])],
                    ),
                    ("ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice/ram:ChargeAmount", total),
                    ("ram:SpecifiedLineTradeDelivery/ram:BilledQuantity", "1", {"unitCode": ONE}),
                    (
                        "ram:SpecifiedLineTradeSettlement",
                        [
                            (
                                "ram:ApplicableTradeTax",
                                [
                                    ("ram:TypeCode", "VAT"),
                                    ("ram:CategoryCode", category),
                                    ("ram:RateApplicablePercent", rate),
                                ],
                            ),
                            ("ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount", total),
                        ],
                    ),
                ],
            ),
            (
                "ram:ApplicableHeaderTradeAgreement",
                [
                    ("ram:SellerTradeParty", _party(facts["seller"], is_seller=True, with_vat_id=with_vat_id)),
                    ("ram:BuyerTradeParty", _party(facts["buyer"], is_seller=False, with_vat_id=with_vat_id)),
                    ("ram:ContractReferencedDocument/ram:IssuerAssignedID", line["contract"]),
                ],
            ),
            (
                "ram:ApplicableHeaderTradeDelivery",
                [
                    (
                        "ram:ActualDeliverySupplyChainEvent/ram:OccurrenceDateTime/udt:DateTimeString",
                        _day(line["delivered_on"] or facts["issued_on"]),
                        DAY,
                    )
                ],
            ),
            (
                "ram:ApplicableHeaderTradeSettlement",
                [
                    ("ram:PaymentReference", facts["reference"]),
                    ("ram:InvoiceCurrencyCode", amount.currency),
                    (
                        "ram:ApplicableTradeTax",
                        [
                            ("ram:CalculatedAmount", nothing),
                            ("ram:TypeCode", "VAT"),
                            ("ram:ExemptionReason", facts["tax"]["note"]),
                            ("ram:BasisAmount", total),
                            ("ram:CategoryCode", category),
                            ("ram:ExemptionReasonCode", EXEMPTION_CODE.get(mode, "")),
                            ("ram:RateApplicablePercent", rate),
                        ],
                    ),
                    # BR-CO-25: what is not paid yet says by when or on what terms.
                    ("ram:SpecifiedTradePaymentTerms/ram:Description", "" if is_invoice else facts["reason"]),
                    (
                        "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
                        [
                            ("ram:LineTotalAmount", total),
                            ("ram:TaxBasisTotalAmount", total),
                            ("ram:TaxTotalAmount", nothing, {"currencyID": amount.currency}),
                            ("ram:GrandTotalAmount", total),
                            # Invoices are written when the money has arrived: paid, and nothing is due.
                            ("ram:TotalPrepaidAmount", total if is_invoice else ""),
                            ("ram:DuePayableAmount", nothing if is_invoice else total),
                        ],
                    ),
                    (
                        "ram:InvoiceReferencedDocument",
                        [
                            ("ram:IssuerAssignedID", corrects["number"]),
                            (
                                "ram:FormattedIssueDateTime/qdt:DateTimeString",
                                _day(corrects["issued_on"]),
                                DAY,
                            ),
                        ]
                        if corrects
                        else [],
                    ),
                ],
            ),
        ],
    )
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="utf-8")
