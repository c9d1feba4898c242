"""Tax details of both sides: what can be read from what is typed, and what an invoice lacks. No tax advice: whether a
mode is the right one is nowhere judged, only whether an invoice of that mode can be written at all."""

import re
from collections.abc import Iterable

from django.utils.translation import gettext as _
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError

from contractors.models import Contractor
from core.errors import DomainError
from core.prepared import among
from milestones.models import InvoiceSetup, TaxDetail
from milestones.states import TaxMode

VAT_ID = re.compile(r"[A-Z]{2}[A-Z0-9]{2,18}")
# ISO 3166 has GR and GB; VAT numbers of Greece begin with EL, those of Northern Ireland with XI (EN 16931, BR-CO-09).
PREFIXES = {"GR": ("EL",), "GB": ("GB", "XI")}


def read_vat_id(text: str, country: str) -> str:
    """In capitals without spaces, dots and hyphens; '' stays ''. Raises DomainError when it can't be one of `country`
    (ISO 3166, two letters): wrong letters before it, or, inside the EU, check digits that don't fit."""
    number = re.sub(r"[\s.\-]", "", text).upper()
    if not number:
        return ""
    prefixes = PREFIXES.get(country, (country,))
    if not VAT_ID.fullmatch(number) or number[:2] not in prefixes:
        raise DomainError(
            _("A VAT number begins with the two letters of its country, here %(letters)s: %(letters)s123456789.")
            % {"letters": prefixes[0]}
        )
    if number[:2].lower() in eu_vat.MEMBER_STATES or number.startswith("EL"):
        try:
            eu_vat.validate(number)
        except ValidationError as error:
            raise DomainError(
                _("This VAT number can’t be right: its check digits don’t fit. Compare it with a tax office’s letter.")
            ) from error
    return number


def mode_problem(mode: str, *, vat_id: str, tax_number: str) -> str:
    """Why no invoice of this mode could be written with these numbers of the contractor, as a sentence; '' when it
    could (EN 16931, BR-AE-02, BR-E-02, BR-O-02)."""
    if mode in (TaxMode.REVERSE_CHARGE, TaxMode.SMALL_BUSINESS) and not (vat_id or tax_number):
        return _("An invoice of this kind needs your VAT number or your tax number. Enter one of the two.")
    if mode == TaxMode.NO_TAX and vat_id:
        return _("An invoice to which no tax applies carries no VAT number. Leave the VAT number empty.")
    return ""


def setup_of() -> InvoiceSetup | None:
    return InvoiceSetup.objects.first()


def tax_detail_of(contractor: Contractor) -> TaxDetail | None:
    return TaxDetail.objects.filter(contractor=contractor).first()


def tax_details_of(contractors: Iterable[int]) -> dict[int, TaxDetail]:
    """By the contractor's number, of those who entered them; one statement."""
    found = TaxDetail.objects.filter(contractor__in=among(set(contractors)))
    return {detail.contractor_id: detail for detail in found}


def why_no_invoice(setup: InvoiceSetup | None, detail: TaxDetail | None, contractor: Contractor) -> str:
    """Why payments get a receipt and no invoice, as a sentence; '' when we write the invoice."""
    who = {"who": contractor}
    if setup is None:
        return _("Our own invoice details aren’t entered yet.")
    if not setup.self_bills:
        return _("We don’t write invoices for contractors.")
    if detail is None:
        return _("%(who)s hasn’t entered tax details yet.") % who
    if detail.mode == TaxMode.OWN_INVOICES:
        return _("%(who)s writes own invoices.") % who
    if detail.agreed_at is None:
        return _("%(who)s hasn’t agreed that we write the invoices.") % who
    if detail.mode == TaxMode.REVERSE_CHARGE and not (setup.vat_id or setup.registration):
        return _("For reverse charge our own VAT number or company registration is missing.")
    return mode_problem(detail.mode, vat_id=detail.vat_id, tax_number=detail.tax_number)


def consent_sentence(setup: InvoiceSetup | None, ours: str) -> str:
    """What a contractor ticks; kept with the tick. `ours` names us while our details aren't entered."""
    return _(
        "I agree that %(ours)s writes the invoices for what it pays me through Duckrow, in my name and for my account "
        "(self-billing), and I write none of my own for the same work. It holds until I choose otherwise here."
    ) % {"ours": setup.legal_name if setup else ours}
