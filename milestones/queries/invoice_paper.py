"""An invoice as blocks of core.pdf, from its canonical facts alone."""

from datetime import UTC, date, datetime
from typing import Any

from babel.dates import format_date
from django.utils.translation import gettext as _

from core.money import Money, format_money
from core.zones import country_name
from milestones.states import InvoiceKind

Block = dict[str, Any]


def document_of(facts: dict[str, Any], *, sha256: str, at: datetime) -> dict[str, Any]:
    """The document for `core.pdf.typeset`. `facts` are read back from the invoice's JSON, whose hash `sha256` stands on
    every page; `at` is when it was issued."""
    kind = InvoiceKind(facts["kind"])
    title = f"{kind.label} {facts['number']}"
    made = at.astimezone(UTC)
    author = facts["buyer"]["legal_name"]
    return {
        "title": title,
        "author": author,
        "lang": "en",
        "made": [made.year, made.month, made.day, made.hour, made.minute, made.second],
        "footer": f"{facts['number']} · SHA-256 {sha256}",
        "blocks": [
            {"k": "h", "level": 1, "t": title},
            _p(_("Issued on %(day)s.") % {"day": _day(facts["issued_on"])}),
            *_about(facts),
            {
                "k": "pair",
                "left": _party(_("Supplier") if _is_invoice(kind) else _("Paid to"), facts["seller"]),
                "right": _party(_("Customer") if _is_invoice(kind) else _("Paid by"), facts["buyer"]),
            },
            _line(facts),
            _sums(facts),
            *_notes(facts, kind),
        ],
        "files": [],
    }


def _is_invoice(kind: str) -> bool:
    return kind in (InvoiceKind.INVOICE, InvoiceKind.CREDIT_NOTE)


def _p(text: str) -> Block:
    return {"k": "p", "runs": [{"t": text}]}


def _small(text: str) -> Block:
    return {"k": "small", "runs": [{"t": text}]}


def _day(text: str) -> str:
    return str(format_date(date.fromisoformat(text), "d MMMM y", locale="en"))


def _amount(facts: dict[str, Any]) -> str:
    return format_money(Money(facts["amount"]["minor"], facts["amount"]["currency"]), ledger=True)


def _about(facts: dict[str, Any]) -> list[Block]:
    """What a credit note takes back, and why."""
    if "corrects" not in facts:
        return []
    seen = {"number": facts["corrects"]["number"], "day": _day(facts["corrects"]["issued_on"])}
    return [
        _p(_("It takes back what is said below of %(number)s of %(day)s.") % seen),
        _p(_("Reason: %(reason)s") % {"reason": facts["reason"]}),
    ]


def _party(label: str, party: dict[str, str]) -> list[Block]:
    numbers = (
        (_("VAT number"), party["vat_id"]),
        (_("Tax number"), party["tax_number"]),
        (_("Company registration"), party["registration"]),
        (_("Our number"), party["id"]),
    )
    lines = [
        party["legal_name"],
        party["street"],
        " ".join(part for part in (party["postcode"], party["town"]) if part),
        country_name(party["country"]),
        *(f"{name}: {value}" for name, value in numbers if value),
    ]
    runs: list[dict[str, Any]] = [{"t": label, "b": True}]
    for line in filter(None, lines):
        runs += [{"br": True}, {"t": line}]
    return [{"k": "p", "runs": runs}]


def _line(facts: dict[str, Any]) -> Block:
    line = facts["line"]
    return {
        "k": "table",
        "head": [_("Work"), _("Contract"), _("Delivered"), _("Amount")],
        "widths": [5, 1, 2, 2],
        "right": [3],
        "rows": [
            [
                f"{line['title']}\n{line['engagement']}",
                line["contract"],
                _day(line["delivered_on"]) if line["delivered_on"] else "–",
                _amount(facts),
            ]
        ],
    }


def _sums(facts: dict[str, Any]) -> Block:
    """Net, tax, total, and what is due. A receipt says the sum alone."""
    amount = _amount(facts)
    money = Money(facts["amount"]["minor"], facts["amount"]["currency"])
    nothing = format_money(Money(0, money.currency), ledger=True)
    kind = facts["kind"]
    paid = ""
    if facts["paid_on"]:
        paid = _("Paid on %(day)s, %(reference)s") % {"day": _day(facts["paid_on"]), "reference": facts["reference"]}
    rows = {
        InvoiceKind.INVOICE: [
            [_("Net"), amount],
            [_("Tax"), nothing],
            [_("Total"), amount],
            [paid, amount],
            [_("Still due"), nothing],
        ],
        InvoiceKind.CREDIT_NOTE: [[_("Net"), amount], [_("Tax"), nothing], [_("Taken back"), amount]],
        InvoiceKind.RECEIPT: [[paid, amount]],
        InvoiceKind.CORRECTION: [[_("Taken back"), amount]],
    }[InvoiceKind(kind)]
    return {"k": "sums", "rows": rows}


def _notes(facts: dict[str, Any], kind: InvoiceKind) -> list[Block]:
    if not _is_invoice(kind):
        return [_small(_("This paper says what was paid. It is no invoice and says nothing about tax."))]
    blocks = [_p(facts["tax"]["note"])]
    said = {
        "buyer": facts["buyer"]["legal_name"],
        "seller": facts["seller"]["legal_name"],
        "day": _day(facts["self_billing"]["agreed_on"]),
    }
    blocks.append(
        _p(
            _("Self-billing: written by %(buyer)s in the name and for the account of %(seller)s, as agreed on %(day)s.")
            % said
        )
    )
    if facts["is_electronic"]:
        blocks.append(_small(_("The same invoice for programs is inside this file: factur-x.xml, EN 16931.")))
    else:
        blocks.append(
            _small(
                _("This file has no electronic invoice inside: EN 16931 knows two decimals, and this amount has more.")
            )
        )
    return blocks
