"""A payment service's answer: our own list (services/bank_files) with a column that says what became of each row."""

import csv
import io
import re

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.errors import DomainError
from core.text import clean_text
from milestones.queries.answers.pain002 import Said, read_amount

NEEDED = ("file", "reference", "status")
LONGEST_CELL = 10_000  # characters; said here, since the csv module's own limit is one for the whole process
# Words of a status column → the ISO code that means it. A code stands for itself.
WORDS = {
    "paid": "ACSC", "completed": "ACSC", "settled": "ACSC", "success": "ACSC", "successful": "ACSC", "sent": "ACSP",
    "processing": "ACSP", "pending": "PDNG", "accepted": "ACTC", "received": "RCVD", "failed": "RJCT",
    "rejected": "RJCT", "refused": "RJCT", "returned": "RJCT", "cancelled": "CANC", "canceled": "CANC",
}  # fmt: skip


def read_list(text: str) -> list[Said]:
    """Rows in their order. Separated by comma, semicolon or tab. Raises DomainError that names what is missing."""
    text = clean_text(text).replace("\r\n", "\n").replace("\r", "\n")
    first = text.lstrip("\n").split("\n", 1)[0]
    mark = max(",;\t", key=first.count)
    try:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=mark) if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise DomainError(_("This is no readable CSV file: %(why)s.") % {"why": error}) from error
    for number, row in enumerate(rows, start=1):
        if max(map(len, row)) > LONGEST_CELL:
            why = _("a cell of row %(n)d has more than %(most)d characters") % {"n": number, "most": LONGEST_CELL}
            raise DomainError(_("This is no readable CSV file: %(why)s.") % {"why": why})
    columns = [re.sub(r"[^a-z]", "", name.lower()) for name in rows[0]] if rows else []
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        raise DomainError(
            ngettext(
                "The column %(names)s is missing. Take the list that was made here, keep its columns, and add"
                " “status” (paid, pending or failed) and “reason”.",
                "The columns %(names)s are missing. Take the list that was made here, keep its columns, and add"
                " “status” (paid, pending or failed) and “reason”.",
                len(missing),
            )
            % {"names": ", ".join(f"“{name}”" for name in missing)}
        )
    return [_said(dict(zip(columns, row, strict=False)), number) for number, row in enumerate(rows[1:], start=2)]


def _said(cells: dict[str, str], number: int) -> Said:
    given = {name: text.strip().removeprefix("'") for name, text in cells.items()}
    status = given.get("status", "")
    try:
        amount = read_amount(given["amount"]) if given.get("amount") else None
    except DomainError as error:
        raise DomainError(_("Row %(n)d: %(why)s") % {"n": number, "why": error.sentence}) from error
    return Said(
        message=given.get("file", ""),
        reference=given.get("reference", "") or "-",
        status=WORDS.get(status.lower(), status.upper()),
        code=given.get("code", "").upper(),
        text=given.get("reason", ""),
        amount=amount,
        currency=given.get("currency", "").upper() if amount is not None else "",
        row=number,
    )
