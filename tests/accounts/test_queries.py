from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import queries
from accounts.models import Leave, WorkingSpan
from core import working_time
from tests.factories import make_organisation, make_user

pytestmark = pytest.mark.django_db


def test_somebody_without_hours_works_monday_to_friday_nine_to_five():
    calendar = queries.calendar_of(make_user(hours=False, zone="Europe/Lisbon"))

    monday, saturday = datetime(2026, 11, 23, 9, 0, tzinfo=UTC), datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
    assert working_time.is_working(monday, calendar)
    assert not working_time.is_working(saturday, calendar)


def test_a_calendar_holds_own_hours_leave_and_the_holidays_of_country_and_region():
    user = make_user(hours=False, zone="Europe/Berlin", country="DE", region="BY")
    WorkingSpan.objects.create(user=user, weekday=0, start_minute=1320, end_minute=1800)
    Leave.objects.create(user=user, starts_on=date(2026, 12, 1), ends_on=date(2026, 12, 4))

    calendar = queries.calendar_of(user, date(2026, 11, 23))

    assert calendar.spans == ((0, 1320, 1800),)
    assert calendar.leave == ((date(2026, 12, 1), date(2026, 12, 4)),)
    assert date(2027, 1, 6) in calendar.holidays  # Epiphany, in Bavaria and not in all of Germany
    assert date(2027, 1, 6) not in queries.holidays_of("DE", "", 2027)


@pytest.mark.parametrize(("country", "region"), [("", ""), ("XX", ""), ("QZ", "NOWHERE")])
def test_a_country_without_known_holidays_has_none(country, region):
    assert queries.holidays_of(country, region, 2026) == frozenset()


def test_an_unknown_region_has_the_holidays_of_the_whole_country():
    assert queries.holidays_of("DE", "??", 2026) == queries.holidays_of("DE", "", 2026)


def test_every_region_we_offer_has_holidays_and_fits_the_column():
    for country, regions in queries.countries_with_holidays().items():
        assert {code for code, _name in queries.region_choices(country)} == set(regions)
        assert all(len(region) <= 12 for region in regions)


def test_calendars_of_many_cost_one_query():
    people = [make_user() for _n in range(5)]
    with CaptureQueriesContext(connection) as asked:
        found = queries.calendars_of(people)

    assert len(asked) == 1
    assert found == {person.pk: queries.calendar_of(person) for person in people}


def test_the_organisation_is_none_before_first_run_and_found_after():
    assert queries.organisation() is None
    made = make_organisation()
    assert queries.organisation() == made


def test_the_version_of_settings_changes_with_hours():
    user = make_user()
    before = queries.settings_version(user)
    assert queries.settings_version(user) == before

    user.spans.first().delete()

    assert queries.settings_version(user) != before
