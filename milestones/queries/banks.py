"""Bank details: what stands in the way of paying somebody."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from stdnum import iban as ibans

from contractors.models import Contractor
from core.models import Event
from milestones.models import (
    BankDetail,
)

BANK_HOLD = timedelta(days=3)  # between a change of bank details and the first payment to the new account


def bank_of(contractor: Contractor) -> BankDetail | None:
    return getattr(contractor, "bank_detail", None)


def replaced_banks(details: Iterable[BankDetail], *, at: datetime) -> set[int]:
    """Those (by primary key) whose number was replaced, not first entered, within `BANK_HOLD`."""
    recent = [d.pk for d in details if d.changed_at > at - BANK_HOLD]
    if not recent:
        return set()
    changes = Event.objects.filter(
        root_type=BankDetail._meta.label_lower, root_id__in=recent, verb="changed", at__gt=at - BANK_HOLD
    )
    return set(changes.values_list("root_id", flat=True))


def bank_problem(contractor: Contractor, *, at: datetime, replaced: set[int] | None = None) -> str:
    """Why nothing can be sent to this person now, as a sentence; '' when it can."""
    detail = bank_of(contractor)
    if detail is None:
        return _("No bank details yet: %(who)s enters them under Money.") % {"who": contractor}
    try:
        is_valid = ibans.is_valid(detail.iban)
    except ValueError:  # encrypted under a key that is gone
        is_valid = False
    if not is_valid:
        return _("The IBAN can’t be right: %(who)s has to enter it again.") % {"who": contractor}
    if detail.pk in (replaced_banks([detail], at=at) if replaced is None else replaced):
        return _("Bank details changed %(when)s. Call %(who)s; it can go out three days after the change.") % {
            "when": date_format(detail.changed_at, "D j M"),
            "who": contractor,
        }
    return ""
