"""ISO 20022 payment status reports (pain.002): read without trusting them.

A file from outside is text first: it has to be UTF-8, and whatever declares a document type or an entity is turned
away before a parser sees it. The parser then resolves nothing, loads nothing and reaches no network. What is left has
to fit pain002.xsd beside this module: the structure that we understand.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from core.errors import DomainError
from core.text import one_line

# Versions that answer pain.001.001.03 and .09 to .12; what we read is written alike in all of them.
VERSIONS = ("03", "09", "10", "11", "12", "13", "14")
ROOT = re.compile(r"\{urn:iso:std:iso:20022:tech:xsd:pain\.002\.001\.(\d\d)\}Document")
FORBIDDEN = re.compile(r"<!\s*(DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)", re.IGNORECASE)
DECLARATION = re.compile(r"<\?xml[^<>]{,200}\?>")


@dataclass(frozen=True)
class Said:
    """What one entry of an answer says. `reference` '' means every payment of the message that is not named by
    itself. `status` is a code of ISO 20022 (ACSC, RJCT, …); `code` and `text` are the reason."""

    message: str
    reference: str
    status: str
    code: str = ""
    text: str = ""
    amount: Decimal | None = None
    currency: str = ""
    row: int = 0  # of a list, as a spreadsheet counts


def looks_like_xml(text: str) -> bool:
    return text.lstrip("\ufeff \t\r\n").startswith("<")


def read_report(text: str) -> list[Said]:
    """What a report says, in its order. Raises DomainError with a sentence for anything that is not one."""
    report = _parse(text)
    group = report.find("OrgnlGrpInfAndSts")
    message = _text(group, "OrgnlMsgId")
    found = []
    if status := _text(group, "GrpSts"):
        found.append(Said(message, "", status, *_reason(group)))
    for payment in report.findall("OrgnlPmtInfAndSts"):
        if status := _text(payment, "PmtInfSts"):
            found.append(Said(message, "", status, *_reason(payment)))
        for entry in payment.findall("TxInfAndSts"):
            reference = _text(entry, "OrgnlEndToEndId") or _text(entry, "OrgnlInstrId")
            # A transaction without a status of its own has that of what it stands in.
            status = _text(entry, "TxSts") or _text(payment, "PmtInfSts") or _text(group, "GrpSts")
            if not reference or not status:
                raise DomainError(
                    _("A payment in this report has no reference or no status, so nobody can tell what became of it.")
                )
            found.append(Said(message, reference, status, *_reason(entry), *_amount(entry)))
    return found


def _parse(text: str) -> Any:
    """The report, its namespace taken off."""
    from lxml import etree

    if FORBIDDEN.search(text):
        raise DomainError(_("This file declares a document type or entities. No bank’s report does, so it isn’t read."))
    bare = text.lstrip("\ufeff \t\r\n")
    if declared := DECLARATION.match(bare):  # whatever encoding it claims, this is text already
        bare = bare[declared.end() :]
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(bare.encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise DomainError(_("This is not a whole XML file. Download it from your bank again.")) from error
    version = ROOT.fullmatch(root.tag)
    if version is None or version[1] not in VERSIONS:
        raise DomainError(_("This is XML, but no payment status report (pain.002) of a version that is known here."))
    space = f"{{{etree.QName(root).namespace}}}"
    for element in root.iter():
        if isinstance(element.tag, str) and element.tag.startswith(space):
            element.tag = element.tag.removeprefix(space)
    etree.cleanup_namespaces(root)
    if not structure().validate(root):
        fault = structure().error_log.last_error
        raise DomainError(
            _("This report isn’t built as pain.002 says (line %(line)d: %(why)s).")
            % {"line": fault.line, "why": fault.message[:160]}
        )
    return root.find("CstmrPmtStsRpt")


@cache
def structure() -> Any:
    """pain002.xsd, compiled."""
    from lxml import etree

    return etree.XMLSchema(etree.parse(Path(__file__).with_name("pain002.xsd")))


def _text(element: Any, name: str) -> str:
    return (element.findtext(name) or "").strip()


def _reason(element: Any) -> tuple[str, str]:
    """(code, words) of all reasons given: the first code, every further word."""
    reasons = element.findall("StsRsnInf")
    codes = [_text(reason, "Rsn/Cd") or _text(reason, "Rsn/Prtry") for reason in reasons]
    words = [(more.text or "").strip() for reason in reasons for more in reason.findall("AddtlInf")]
    return next(filter(None, codes), ""), " ".join(filter(None, words))


def _amount(entry: Any) -> tuple[Decimal | None, str]:
    """What the bank says was instructed, where it says so."""
    found = entry.find("OrgnlTxRef/Amt/InstdAmt")
    if found is None or not (found.text or "").strip():
        return None, ""
    text = found.text.strip()
    return read_amount(text), str(found.get("Ccy", ""))[:3]


def read_amount(text: str) -> Decimal:
    """Raises DomainError for what is no number, and for what only a computer calls one."""
    if not re.fullmatch(r"\d{1,18}(\.\d{1,5})?", text, re.ASCII):
        raise DomainError(_("An amount in this answer is no number: “%(text)s”.") % {"text": one_line(text, 40)})
    return Decimal(text)
