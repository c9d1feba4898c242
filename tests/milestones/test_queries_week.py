"""Who waited for whom this week, on Today and on the portal."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from milestones.models import Milestone
from milestones.queries.waiting import Shares
from milestones.queries.week import Week, week_of
from milestones.services.funding import fund_milestone
from reminders.queries import obligations_for
from tests.factories import make_engagement, make_user
from tests.milestones.conftest import hand_in

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
WEDNESDAY = datetime(2026, 11, 25, 18, tzinfo=UTC)


@pytest.fixture
def work() -> Milestone:
    """Funded the Friday before, handed in on Tuesday at 09:00; both in Lisbon."""
    engagement = make_engagement(milestones=("agreed",))
    person = engagement.contractor.user
    type(person).objects.filter(pk=person.pk).update(zone="Europe/Lisbon")
    milestone = fund_milestone(engagement.milestones.get(), by=engagement.lead, at=WEDNESDAY - timedelta(days=5))
    hand_in(milestone, at=datetime(2026, 11, 24, 9, tzinfo=UTC))
    return Milestone.objects.for_page().get()


def week(person: User) -> Week | None:
    return week_of([m for w in obligations_for(person) for m in w.milestones], person, WEDNESDAY)


def test_a_week_begins_on_monday(work: Milestone) -> None:
    lead = work.engagement.lead

    found = week(lead)

    assert found is not None
    assert found.shares == Shares(theirs=8 * HOUR, ours=16 * HOUR)
    assert found.finding == "They waited longer for us"


def test_the_contractor_reads_it_in_own_words(work: Milestone) -> None:
    person = work.engagement.contractor.user

    found = week(person)

    assert found is not None
    assert found.finding == "You waited longer for the team"
    assert [name for _css, _length, name in found.parts] == ["you", "the team", "no overlap"]


def test_a_week_in_which_nobody_waits_says_nothing() -> None:
    lead = make_user()

    assert week(lead) is None


def test_a_week_of_many_costs_what_a_week_of_one_does(work: Milestone) -> None:
    lead = work.engagement.lead

    def cost() -> int:
        milestones = [m for w in obligations_for(lead) for m in w.milestones]
        with CaptureQueriesContext(connection) as seen:
            week_of(milestones, lead, WEDNESDAY)
        return len(seen)

    one = cost()
    for _more in range(2):
        make_engagement(lead=lead)

    assert cost() == one <= 4
