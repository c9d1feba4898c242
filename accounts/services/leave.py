"""Leave is announced: it begins today at the earliest, and days that have passed stay what they were. Promises and
who waited for whom are reckoned from them."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Leave, User
from core.errors import DomainError

Stretch = tuple[date, date]  # first and last day
DAY = timedelta(days=1)


def today_of(person: User, at: datetime) -> date:
    return at.astimezone(person.tz).date()


def adds_past_days(wanted: Stretch, known: Collection[Stretch], today: date) -> bool:
    """Whether this leave has days before today that are none of the `known`."""
    day, last = wanted[0], min(wanted[1], today - DAY)
    while day <= last:
        until = max((end for first, end in known if first <= day <= end), default=None)
        if until is None:
            return True
        day = until + DAY
    return False


def too_late(today: date) -> str:
    """What is said to leave that would begin before today."""
    return _("Leave is announced, and days that have passed stay what they were: give a day from %(day)s on.") % {
        "day": date_format(today, "j M Y")
    }


def joined(wanted: Sequence[Stretch], known: Sequence[Stretch], today: date) -> list[Stretch]:
    """The leave of somebody who had `known` and wants `wanted`: the days before today as they were, the others as they
    are wanted. What goes over from the ones to the others stays in one piece. Raises DomainError for days before today
    that are none of the `known`."""
    if any(adds_past_days(stretch, known, today) for stretch in wanted):
        raise DomainError(too_late(today))
    past = {(first, min(last, today - DAY)) for first, last in known if first < today}
    ahead = {(max(first, today), last) for first, last in wanted if last >= today}
    over = [first for first, last in past if last == today - DAY]
    on = [last for first, last in ahead if first == today]
    if over and on:
        past = {stretch for stretch in past if stretch[1] != today - DAY}
        ahead = {stretch for stretch in ahead if stretch[0] != today} | {(min(over), max(on))}
    return sorted(past | ahead)


def set_leave(person: User, wanted: Sequence[Stretch], *, at: datetime) -> None:
    """A step of changing somebody's settings, who is locked. Raises DomainError as `joined` does."""
    known = list(person.leaves.values_list("starts_on", "ends_on"))
    kept = joined(wanted, known, today_of(person, at))
    person.leaves.all().delete()
    Leave.objects.bulk_create(Leave(user=person, starts_on=first, ends_on=last) for first, last in kept)
