"""The files that go to the bank: pain.001.001.09 for euro to SEPA accounts, one list a currency for everything else.

Libraries that only this needs are loaded when a file is made: workers and web processes stay small."""

import csv
import hashlib
import io
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files as files_of
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from accounts.queries import organisation
from core import secrets
from core.errors import DomainError
from core.text import plain_cell
from milestones.models import BatchFile, BatchLine, PaymentSetup, PayoutBatch
from milestones.queries.accounts import goes_by_sepa
from milestones.queries.checks import bank_latin
from milestones.queries.promise import bank_day
from milestones.states import FileKind

SCHEMA = "pain.001.001.09"
NAMESPACE = {"p": f"urn:iso:std:iso:20022:tech:xsd:{SCHEMA}"}
NAME, TEXT, ID, TOWN = 70, 140, 35, 35  # lengths of ISO 20022
COLUMNS = (
    "file", "reference", "holder", "town", "country", "amount", "currency", "bank_country", "account_form", "iban",
    "swift", "routing_number", "bank_code", "account_number", "account_type", "text",
)  # fmt: skip


def make(
    batch: PayoutBatch, *, lines: Sequence[BatchLine], setup: PaymentSetup | None, at: datetime
) -> list[BatchFile]:
    """The files of a batch, not stored yet. Raises DomainError when our own account isn't entered."""
    by_sepa: list[BatchLine] = []
    by_list: dict[str, list[BatchLine]] = defaultdict(list)
    for line in lines:
        is_sepa = goes_by_sepa(line.form, line.bank_country, line.currency)
        (by_sepa if is_sepa else by_list[line.currency]).append(line)
    made = []
    if by_sepa:
        if setup is None:
            raise DomainError(_("Our own account isn’t entered yet, so no bank file can be made."))
        message_id = f"DUCK-{batch.pk}-SEPA-{at:%Y%m%d%H%M%S}"
        xml = pain001(by_sepa, message_id=message_id, setup=setup, at=at, on=bank_day(_today(at)))
        made.append(_file(batch, FileKind.PAIN, message_id, xml, by_sepa, at))
    for currency, rows in sorted(by_list.items()):
        message_id = f"DUCK-{batch.pk}-{currency}-{at:%Y%m%d%H%M%S}"
        made.append(_file(batch, FileKind.CSV, message_id, payment_list(message_id, rows), rows, at))
    return made


def _file(
    batch: PayoutBatch, kind: str, message_id: str, content: bytes, lines: Sequence[BatchLine], at: datetime
) -> BatchFile:
    return BatchFile(
        batch=batch,
        kind=kind,
        message_id=message_id,
        name=f"{message_id}.{'xml' if kind == FileKind.PAIN else 'csv'}",
        content_cipher=secrets.encrypt(content.decode()),
        sha256=hashlib.sha256(content).hexdigest(),
        payments=len(lines),
        sum_minor=sum(line.amount_minor for line in lines),
        currency=lines[0].currency,
        made_at=at,
    )


@cache
def schema() -> Any:
    """The XSD that comes with sepaxml, compiled."""
    from lxml import etree

    with files_of("sepaxml").joinpath(f"schemas/{SCHEMA}.xsd").open("rb") as source:
        return etree.XMLSchema(etree.parse(source))


def _today(at: datetime) -> date:
    house = organisation()
    return at.astimezone(ZoneInfo(house.zone if house else "UTC")).date()


def remittance(line: BatchLine) -> str:
    """What the payee reads on the statement."""
    milestone = line.payout.milestone
    return f"{line.payout.end_to_end} {milestone.engagement}, {milestone}"


def pain001(lines: Sequence[BatchLine], *, message_id: str, setup: PaymentSetup, at: datetime, on: date) -> bytes:
    """ISO 20022 customer credit transfer, to be executed `on` a day on which banks are open; checked against its XSD
    before anybody gets it."""
    from lxml import etree
    from sepaxml import SepaTransfer

    transfer = SepaTransfer(
        {
            "name": bank_latin(setup.name, NAME),
            "IBAN": setup.iban,
            "BIC": setup.bic,
            "batch": True,
            "currency": "EUR",
            "address": _address(setup.street, setup.postcode, setup.town, setup.country),
        },
        schema=SCHEMA,
        clean=False,
    )
    for line in lines:
        payment = {
            "name": bank_latin(line.holder, NAME),
            "IBAN": line.account,
            "amount": line.amount_minor,
            "execution_date": on,
            "description": bank_latin(remittance(line), TEXT),
            "endtoend_id": line.payout.end_to_end,
            "address": _address("", "", line.town, line.country),
        }
        if line.code:
            payment["BIC"] = line.code
        transfer.add_payment(payment)
    tree = etree.fromstring(transfer.export(validate=False))
    # The library makes up ids and reads the clock; ours are stored and known.
    for path, text in (
        ("p:CstmrCdtTrfInitn/p:GrpHdr/p:MsgId", message_id),
        ("p:CstmrCdtTrfInitn/p:GrpHdr/p:CreDtTm", at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")),
        ("p:CstmrCdtTrfInitn/p:PmtInf/p:PmtInfId", message_id),
    ):
        tree.find(path, NAMESPACE).text = text
    if not schema().validate(tree):
        raise DomainError(
            _("The bank file would not be valid (%(why)s), so it wasn’t made. Void the batch and tell an admin.")
            % {"why": schema().error_log.last_error.message[:200]}
        )
    return bytes(etree.tostring(tree, xml_declaration=True, encoding="UTF-8"))


def _address(street: str, postcode: str, town: str, country: str) -> dict[str, str]:
    """Structured, as banks want it from November 2026: town and country at least."""
    found = {
        "street_name": bank_latin(street, 70),
        "postcode": bank_latin(postcode, 16),
        "town": bank_latin(town, TOWN),
        "country": country,
    }
    return {key: value for key, value in found.items() if value}


def payment_list(message_id: str, lines: Sequence[BatchLine]) -> bytes:
    """A CSV for a payment service: account and routing fields by country, nothing that a spreadsheet would work out."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for line in lines:
        writer.writerow([plain_cell(cell) for cell in (message_id, *_cells(line))])
    return out.getvalue().encode("utf-8")


def _cells(line: BatchLine) -> list[str]:
    form, code = line.form, line.code
    is_bic = len(code) in (8, 11) and not code.isdigit()
    return [
        line.payout.end_to_end,
        line.holder,
        line.town,
        line.country,
        str(line.amount.decimal),
        line.currency,
        line.bank_country,
        form,
        line.account if form == "iban" else "",
        code if is_bic else "",
        code if form == "us" else "",
        code if form == "vn" and not is_bic else "",
        line.account if form != "iban" else "",
        line.account_type,
        remittance(line),
    ]
