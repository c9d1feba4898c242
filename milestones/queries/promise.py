"""The day by which money is promised."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils.dates import WEEKDAYS as WEEKDAY_NAMES
from django.utils.translation import ngettext

from accounts.queries import organisation
from milestones.models import PaymentSetup
from milestones.queries.banks import payment_setup

WEEKDAYS = (4,)  # a batch each Friday, unless finance says otherwise
BANK_DAYS = 2


@lru_cache(maxsize=16)
def _bank_holidays(year: int) -> frozenset[date]:
    """Days on which TARGET, the settlement system of the euro, is closed."""
    import holidays

    return frozenset(holidays.financial_holidays("ECB", years=year))


def _is_bank_day(day: date) -> bool:
    return day.weekday() < 5 and day not in _bank_holidays(day.year)


def batch_day(after: date, weekdays: Sequence[int] = WEEKDAYS) -> date:
    """The next day later than `after` on which a batch leaves: one of `weekdays`, moved on while banks are closed."""
    day = after + timedelta(days=1)
    while day.weekday() not in weekdays:
        day += timedelta(days=1)
    return bank_day(day)


def bank_day(day: date) -> date:
    """The day itself when banks are open, else the next on which they are."""
    while not _is_bank_day(day):
        day += timedelta(days=1)
    return day


def rhythm_of(setup: PaymentSetup | None) -> str:
    """“Payouts leave on Friday; banks take 2 working days.” None while there is no payment setup."""
    return rhythm(setup.weekdays, setup.bank_days) if setup else rhythm(None, None)


def rhythm(weekdays: Sequence[int] | None, bank_days: int | None) -> str:
    """The same of what a payment setup says."""
    weekdays, days = (WEEKDAYS, BANK_DAYS) if weekdays is None or bank_days is None else (weekdays, bank_days)
    names = ", ".join(str(WEEKDAY_NAMES[day]) for day in weekdays)
    return ngettext(
        "Payouts leave on %(days)s; banks take %(n)d working day.",
        "Payouts leave on %(days)s; banks take %(n)d working days.",
        days,
    ) % {"days": names, "n": days}


def next_batch_on(now: datetime, weekdays: Sequence[int] | None) -> date:
    """Today counts, if batches leave today. `weekdays` are those of the payment setup, None while there is none."""
    house = organisation()
    today = now.astimezone(ZoneInfo(house.zone if house else "UTC")).date()
    return batch_day(today - timedelta(days=1), WEEKDAYS if weekdays is None else weekdays)


def pay_by(accepted_at: datetime) -> date:
    """The day promised to the contractor, on the organisation's calendar: the next batch day after acceptance, then
    the bank's working days. A batch day on which banks are closed moves to the next on which they are open."""
    return pay_by_with(payment_setup(), accepted_at)


def pay_by_with(setup: PaymentSetup | None, accepted_at: datetime) -> date:
    """The same with a payment setup that was read; None while there is none."""
    house = organisation()
    weekdays, left = (setup.weekdays, setup.bank_days) if setup else (WEEKDAYS, BANK_DAYS)
    day = batch_day(accepted_at.astimezone(ZoneInfo(house.zone if house else "UTC")).date(), weekdays)
    while left:
        day += timedelta(days=1)
        left -= _is_bank_day(day)
    return day
