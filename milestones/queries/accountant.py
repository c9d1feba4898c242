"""Invoices as rows of a table for whoever keeps the books."""

import json

from core.text import plain_cell
from milestones.models import Invoice

COLUMNS = (
    "number", "kind", "issued_on", "supplier", "supplier_country", "supplier_vat_number", "supplier_tax_number",
    "engagement", "milestone", "amount", "currency", "tax", "paid_on", "takes_back", "reason", "sha256",
)  # fmt: skip


def cells(invoice: Invoice) -> tuple[str, ...]:
    """In the order of COLUMNS. What takes back has a minus before its amount."""
    facts = json.loads(invoice.canonical)
    seller, line, tax = facts["seller"], facts["line"], facts.get("tax", {})
    amount = -invoice.amount.decimal if invoice.is_credit else invoice.amount.decimal
    typed = (
        invoice.number,
        invoice.kind,
        facts["issued_on"],
        seller["legal_name"],
        seller["country"],
        seller["vat_id"],
        seller["tax_number"],
        line["engagement"],
        line["title"],
    )
    more = (
        tax.get("mode", ""),
        facts["paid_on"] or "",
        facts.get("corrects", {}).get("number", ""),
        facts.get("reason", ""),
        invoice.sha256,
    )
    return (*map(plain_cell, typed), str(amount), invoice.currency, *map(plain_cell, more))
