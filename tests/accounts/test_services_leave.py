"""Leave is announced: days that have passed stay what they were."""

from datetime import date

import pytest

from accounts.models import Leave
from accounts.services import people
from accounts.services.leave import adds_past_days, joined
from core.errors import DomainError
from tests.accounts.test_services_people import settings_of
from tests.factories import NOW, TODAY, make_user

TODAY_IS = 20


def november(*days):
    first, last = days
    return date(2026, 11, first), date(2026, 11, last)


@pytest.mark.parametrize(
    ("wanted", "known", "adds"),
    [
        ((20, 28), [], False),
        ((19, 28), [], True),
        ((1, 5), [], True),
        ((1, 5), [(1, 5)], False),
        ((10, 28), [(10, 24)], False),
        ((9, 24), [(10, 24)], True),
        ((10, 28), [(10, 12)], True),
        ((10, 28), [(10, 12), (13, 19)], False),
        ((2, 4), [(1, 5)], False),
    ],
)
def test_days_that_have_passed_are_not_added(wanted, known, adds):
    assert adds_past_days(november(*wanted), [november(*each) for each in known], date(2026, 11, TODAY_IS)) == adds


@pytest.mark.parametrize(
    ("wanted", "known", "kept"),
    [
        ([(20, 28)], [], [(20, 28)]),
        ([(24, 28)], [(1, 5)], [(1, 5), (24, 28)]),
        ([(10, 28)], [(10, 24)], [(10, 28)]),  # longer
        ([(10, 19)], [(10, 24)], [(10, 19)]),  # back at work
        ([], [(10, 24)], [(10, 19)]),  # taken back
        ([], [(24, 28)], []),
        ([], [(1, 5)], [(1, 5)]),
        ([(22, 24)], [(10, 24)], [(10, 19), (22, 24)]),
        ([(10, 12)], [(10, 24)], [(10, 19)]),
        ([(20, 24), (22, 28)], [(10, 24)], [(10, 24), (22, 28)]),
    ],
)
def test_what_has_passed_stays_and_what_lies_ahead_is_as_wanted(wanted, known, kept):
    found = joined([november(*w) for w in wanted], [november(*k) for k in known], date(2026, 11, TODAY_IS))

    assert found == [november(*each) for each in kept]


@pytest.mark.django_db
def test_leave_that_would_have_begun_is_refused_and_nothing_is_written():
    user = make_user(zone="Asia/Ho_Chi_Minh")
    Leave.objects.create(user=user, starts_on=TODAY, ends_on=TODAY)
    past = TODAY.replace(day=TODAY.day - 1)

    with pytest.raises(DomainError, match="days that have passed stay what they were"):
        people.change_settings(user, **settings_of(user, leave=[(past, TODAY)], name="Other"))

    user.refresh_from_db()
    assert (user.name != "Other", user.leaves.get().starts_on) == (True, TODAY)


@pytest.mark.django_db
def test_today_is_the_persons_own():
    user = make_user(zone="Pacific/Kiritimati")  # a day ahead for most of the day
    ahead = NOW.astimezone(user.tz).date()

    people.change_settings(user, **settings_of(user, leave=[(ahead, ahead)]))

    assert user.leaves.get().starts_on == ahead
