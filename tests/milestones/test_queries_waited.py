"""The waiting ledger of real milestones: from their history, their people's hours and their pauses."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Leave
from engagements.models import Engagement
from milestones.models import Milestone
from milestones.queries.progress import progress
from milestones.queries.waited import clocks_of, shares_by_engagement
from milestones.queries.waiting import Shares
from milestones.services import pausing
from milestones.services.funding import fund_milestone
from tests.factories import make_contractor, make_engagement, make_user
from tests.milestones.conftest import accept, hand_in

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


def day(n: float) -> datetime:
    return MONDAY + timedelta(days=n)


@pytest.fixture
def work() -> Milestone:
    """Lead in Lisbon (9–17 UTC), contractor in Saigon (2–10 UTC): funded Monday, handed in Tuesday."""
    contractor = make_contractor(make_user("contractor", zone="Asia/Ho_Chi_Minh"))
    engagement = make_engagement(milestones=("agreed",), contractor=contractor)
    milestone = fund_milestone(engagement.milestones.get(), by=engagement.lead, at=day(0))
    hand_in(milestone, at=day(1))
    return Milestone.objects.for_page().get()


def shares_of(milestone: Milestone, at: datetime) -> Shares:
    return clocks_of([milestone], at)[milestone.pk].shares(at)


def test_it_is_counted_from_the_history_of_states(work: Milestone) -> None:
    assert shares_of(work, day(2)) == Shares(theirs=8 * HOUR, ours=8 * HOUR, no_overlap=14 * HOUR)


def test_what_is_accepted_waits_no_longer(work: Milestone) -> None:
    accept(work, at=day(2))

    assert shares_of(work, day(30)).total == 30 * HOUR


def test_a_day_of_leave_is_a_day_of_ours(work: Milestone) -> None:
    before = shares_of(work, day(2))
    Leave.objects.create(user=work.engagement.lead, starts_on=day(1).date(), ends_on=day(1).date())

    assert shares_of(work, day(2)) == before
    assert clocks_of([work], day(2))[work.pk].away(day(2)) == 8 * HOUR


def test_a_pause_is_cut_out(work: Milestone) -> None:
    engagement = work.engagement
    pausing.pause(engagement, reason="The test system is down.", by=engagement.lead, at=day(1.5))
    pausing.resume(engagement, by=engagement.lead, at=day(3))

    assert shares_of(work, day(3)) == Shares(theirs=8 * HOUR, ours=3 * HOUR, no_overlap=14 * HOUR)
    assert shares_by_engagement([work], day(1.75), day(3)) == {}


def test_what_was_never_funded_has_no_time() -> None:
    engagement = make_engagement(milestones=("agreed",))

    assert progress(list(engagement.milestones.all()), engagement.lead, day(2)) == {}


def test_a_week_starts_where_its_milestones_stood(work: Milestone) -> None:
    pk = work.engagement_id

    assert shares_by_engagement([work], day(0.5), day(2)) == {
        pk: Shares(theirs=0 * HOUR, ours=8 * HOUR, no_overlap=12 * HOUR)
    }
    assert shares_by_engagement([work], day(1.5), day(2)) == {pk: Shares(ours=5 * HOUR)}


@pytest.mark.parametrize("hours", [0, 5, 24, 30, 47])
def test_the_weeks_short_way_counts_what_the_whole_history_does(work: Milestone, hours: int) -> None:
    since = MONDAY + hours * HOUR
    whole, before = shares_of(work, day(3)), shares_of(work, since)

    found = shares_by_engagement([work], since, day(3)).get(work.engagement_id, Shares())

    assert found + before == whole


def test_three_milestones_cost_as_much_as_one(work: Milestone) -> None:
    def cost(rows: list[Milestone]) -> int:
        with CaptureQueriesContext(connection) as seen:
            clocks_of(rows, day(2))
            shares_by_engagement(rows, day(0.5), day(2))
        return len(seen)

    one = cost([work])
    make_engagement(lead=work.engagement.lead, milestones=("funded", "submitted"))

    assert cost(list(Milestone.objects.for_page())) == one


def test_the_pages_say_whose_time_it_was(work: Milestone, client: Client) -> None:
    engagement: Engagement = work.engagement
    for person, name in ((engagement.lead, engagement.contractor.user.first_name), (engagement.contractor.user, "you")):
        client.force_login(person)
        for address in (f"/milestones/{work.pk}/", f"/engagements/{engagement.pk}/"):
            page = client.get(address).content.decode()
            assert f'<dt class="theirs">{name}</dt>' in page
            assert 'class="dr-stacked"' in page
