"""Rates that people type, so that amounts of several currencies can be looked at side by side."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import DomainError
from core.numbers import parse_number
from core.use_case import use_case
from milestones.models import Rate

LONGEST = 30


@use_case
def type_rate(source: str, *, target: str, rate: str, on: date, by: User, at: datetime) -> Rate:
    """One `source` is worth `rate` `target` on that day. A newer row replaces an older one on screens; both stay."""
    if source == target:
        raise DomainError(_("Choose two different currencies."))
    try:
        number = parse_number(rate)
    except ValueError as error:
        raise DomainError(str(error)) from error
    if number.startswith("-") or not number.strip("0.") or len(number) > LONGEST:
        raise DomainError(_("Give a rate above zero, such as 1.08."))
    if on > at.date():
        raise DomainError(_("Choose today or an earlier day: nobody knows the rate of a day to come."))
    return Rate.objects.create(source=source, target=target, rate=number, on=on, by=by, at=at)
