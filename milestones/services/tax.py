"""Tax details of both sides, each saved as a whole. Tax numbers stay out of the history and the logs."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.queries import organisation
from contractors.models import Contractor
from core import history
from core.errors import DomainError
from core.use_case import use_case
from milestones.models import InvoiceSetup, TaxDetail
from milestones.queries.tax import consent_sentence, mode_problem, read_vat_id, setup_of
from milestones.states import TaxMode


@use_case
def save_invoice_setup(
    *,
    legal_name: str,
    street: str,
    postcode: str,
    town: str,
    country: str,
    vat_id: str,
    registration: str,
    self_bills: bool,
    reverse_charge_note: str,
    small_business_note: str,
    no_tax_note: str,
    by: User,
    at: datetime,
) -> InvoiceSetup:
    """Our side of invoices. Those written before keep what they say. Raises DomainError for a VAT number that can't be
    one of `country`."""
    facts = {
        "legal_name": legal_name,
        "street": street,
        "postcode": postcode,
        "town": town,
        "country": country,
        "vat_id": read_vat_id(vat_id, country),
        "registration": registration,
        "self_bills": self_bills,
        "reverse_charge_note": reverse_charge_note,
        "small_business_note": small_business_note,
        "no_tax_note": no_tax_note,
        "changed_by": by,
        "changed_at": at,
    }
    InvoiceSetup.objects.select_for_update(no_key=True).first()
    setup, is_new = InvoiceSetup.objects.update_or_create(pk=1, defaults=facts)
    history.record(setup, verb="created" if is_new else "changed", by=by, at=at)
    return setup


@use_case
def save_tax_detail(
    contractor: Contractor,
    *,
    legal_name: str,
    street: str,
    postcode: str,
    town: str,
    country: str,
    mode: str,
    vat_id: str,
    tax_number: str,
    registration: str,
    agrees: bool,
    by: User,
    at: datetime,
) -> TaxDetail:
    """The contractor's side. `agrees`: that we write the invoices; a consent given before keeps its day. Raises
    DomainError for a VAT number that can't be one of `country`, for numbers that the mode lacks or forbids, and for
    agreeing while writing own invoices."""
    Contractor.objects.select_for_update(no_key=True).get(pk=contractor.pk)
    vat_id = read_vat_id(vat_id, country)
    if problem := mode_problem(mode, vat_id=vat_id, tax_number=tax_number):
        raise DomainError(problem)
    if agrees and mode == TaxMode.OWN_INVOICES:
        raise DomainError(_("Either you write the invoices or we do. Take the tick away, or choose another answer."))
    before = TaxDetail.objects.filter(contractor=contractor).first()
    house = organisation()
    consent = consent_sentence(setup_of(), house.legal_name if house else "")
    agreed: dict[str, object] = {"consent": "", "agreed_by": None, "agreed_at": None}
    if agrees and before and before.consent == consent:
        agreed = {"consent": consent, "agreed_by": before.agreed_by, "agreed_at": before.agreed_at}
    elif agrees:
        agreed = {"consent": consent, "agreed_by": by, "agreed_at": at}
    facts = {
        "legal_name": legal_name,
        "street": street,
        "postcode": postcode,
        "town": town,
        "country": country,
        "mode": mode,
        "vat_id": vat_id,
        "tax_number": tax_number,
        "registration": registration,
        "changed_by": by,
        "changed_at": at,
        **agreed,
    }
    detail, is_new = TaxDetail.objects.update_or_create(contractor=contractor, defaults=facts)
    history.record(detail, verb="created" if is_new else "changed", by=by, at=at, note=_consent_note(before, detail))
    return detail


def _consent_note(before: TaxDetail | None, after: TaxDetail) -> str:
    """What became of the consent to self-billing, for the history."""
    was, now = before.consent if before else "", after.consent
    if was == now:
        return ""
    return now or _("Self-billing ended.")
