"""Today and the portal judge what is late as the delivery record does: after our delay moved the day."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from milestones.models import Milestone
from reminders.home import Home, home_of
from tests.factories import make_contractor, make_engagement, make_organisation, make_user
from tests.milestones.conftest import hand_in
from tests.milestones.test_our_absence import answered
from tests.milestones.test_queries_delivery import MONDAY, day, fund, promised

pytestmark = pytest.mark.django_db


@pytest.fixture
def milestone() -> Milestone:
    """Promised for Friday 6 November; in our court from Tuesday noon, and back with the contractor after a week."""
    make_organisation()
    engagement = make_engagement(
        milestones=(),
        lead=make_user("lead", zone="UTC"),
        contractor=make_contractor(make_user("contractor", zone="UTC")),
        starts_on=MONDAY.date(),
    )
    milestone: Milestone = fund(promised(engagement))
    hand_in(milestone, at=day(1))
    answered(milestone, 8, by=engagement.lead)
    return milestone


def people(milestone: Milestone) -> tuple[User, User]:
    return milestone.engagement.lead, milestone.engagement.contractor.user


def days_of(home: Home) -> tuple[list[date], list[date]]:
    return [due.on for due in home.overdue], [due.on for due in home.agenda]


def test_what_we_held_up_is_due_when_its_promise_moved_to(milestone: Milestone) -> None:
    for person in people(milestone):
        home = home_of(person, day(8.5))  # Tuesday 10 November

        assert days_of(home) == ([], [date(2026, 11, 13)])
        assert (home.rows[0].is_late, home.rows[0].due_on) == (False, date(2026, 11, 13))


def test_it_is_late_once_that_day_is_over(milestone: Milestone) -> None:
    for person in people(milestone):
        home = home_of(person, day(14))

        assert days_of(home) == ([date(2026, 11, 13)], [])
        assert home.rows[0].is_late


def test_judging_takes_one_statement_however_many_look_late(milestone: Milestone) -> None:
    lead, _contractor = people(milestone)
    ahead = Milestone.objects.filter(pk=milestone.pk)
    home_of(lead, day(14))

    def taken() -> int:
        with CaptureQueriesContext(connection) as seen:
            home_of(lead, day(14))
        return len(seen)

    many = taken()
    ahead.update(due_on=(day(14) + timedelta(days=3)).date())

    assert taken() == many - 1
