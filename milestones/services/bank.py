"""Where a contractor is paid. The number is stored encrypted, shown by its last four characters, and never logged."""

from datetime import datetime

from django.utils.translation import gettext as _
from stdnum import iban as ibans
from stdnum.exceptions import ValidationError

from accounts.models import User
from contractors.models import Contractor
from core import history, secrets
from core.errors import DomainError
from core.use_case import use_case
from milestones import notifications
from milestones.models import BankDetail


def iban_of(text: str) -> str:
    """The number without spaces, in capitals. Raises DomainError when its check digits don't fit."""
    try:
        return str(ibans.validate(text))
    except ValidationError as error:
        raise DomainError(
            _("This IBAN can’t be right: its check digits don’t fit. Compare it with your bank’s paper.")
        ) from error


@use_case
def save_bank_detail(contractor: Contractor, *, holder: str, iban: str, by: User, at: datetime) -> BankDetail:
    """Enter or replace them. Raises DomainError when the IBAN's check digits don't fit.

    A replaced number is told by mail and can't be paid for three days (`queries.bank_problem`), so that whoever took
    over an account has no time to be paid.
    """
    Contractor.objects.select_for_update().get(pk=contractor.pk)
    number = iban_of(iban)
    facts = {
        "holder_cipher": secrets.encrypt(holder),
        "iban_cipher": secrets.encrypt(number),
        "last4": number[-4:],
        "changed_by": by,
        "changed_at": at,
    }
    before = BankDetail.objects.filter(contractor=contractor).first()
    if before and (before.iban, before.holder) == (number, holder):
        return before
    detail, is_new = BankDetail.objects.update_or_create(contractor=contractor, defaults=facts)
    history.record(detail, verb="created" if is_new else "changed", by=by, at=at)
    notifications.bank_detail_changed(detail, is_new=is_new, at=at)
    return detail
