"""The account that we pay from, and the days on which we do."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from core import history, secrets
from core.errors import DomainError
from core.use_case import use_case
from milestones.models import PaymentSetup
from milestones.queries.accounts import read_bic, read_iban, refuse_misfit


@use_case
def save_payment_setup(
    *,
    name: str,
    iban: str,
    bic: str,
    street: str,
    postcode: str,
    town: str,
    country: str,
    weekdays: Sequence[int],
    bank_days: int,
    by: User,
    at: datetime,
) -> PaymentSetup:
    """As a whole. An empty `iban` and `bic` keep what is there. Raises WrongAccount, and DomainError without a day."""
    if not weekdays:
        raise DomainError(_("Choose at least one day on which payouts leave."))
    before = PaymentSetup.objects.select_for_update().first()
    facts = {
        "name": name,
        "street": street,
        "postcode": postcode,
        "town": town,
        "country": country,
        "weekdays": sorted(set(weekdays)),
        "bank_days": bank_days,
        "changed_by": by,
        "changed_at": at,
    }
    if iban or bic or before is None:
        number, code = read_iban(iban), read_bic(bic)
        refuse_misfit(code, number)
        facts |= {
            "iban_cipher": secrets.encrypt(number),
            "bic_cipher": secrets.encrypt(code),
            "last4": number[-4:],
        }
    setup, is_new = PaymentSetup.objects.update_or_create(pk=1, defaults=facts)
    history.record(setup, verb="created" if is_new else "changed", by=by, at=at)
    return setup
