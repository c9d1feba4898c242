"""Bank details: what is known of them without reading a digit."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from contractors.models import Contractor
from core import secrets
from core.models import Event
from milestones.models import BankDetail, BatchLine, PaymentSetup, Payout

BANK_HOLD = timedelta(hours=72)  # between a change of bank details and the first payment to the new account


def bank_of(contractor: Contractor) -> BankDetail | None:
    return getattr(contractor, "bank_detail", None)


def payment_setup() -> PaymentSetup | None:
    return PaymentSetup.objects.first()


def replaced_banks(details: Iterable[BankDetail], *, at: datetime) -> set[int]:
    """Those (by primary key) whose number was replaced, not first entered, within `BANK_HOLD`."""
    recent = [d.pk for d in details if d.changed_at > at - BANK_HOLD]
    if not recent:
        return set()
    changes = Event.objects.filter(
        root_type=BankDetail._meta.label_lower, root_id__in=recent, verb="changed", at__gt=at - BANK_HOLD
    )
    return set(changes.values_list("root_id", flat=True))


def seal_of(payout: Payout, held: BankDetail | BatchLine) -> str:
    """What an approval binds: payee, account, amount and currency. Raises ValueError when no key opens the details."""
    return secrets.fingerprint(
        "payout",
        str(payout.pk),
        held.holder,
        held.bank_country,
        held.account,
        held.code,
        str(payout.amount_minor),
        payout.currency,
    )
