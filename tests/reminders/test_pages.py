"""Landing pages by role, and search."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.states import Role
from milestones.models import Milestone
from milestones.states import MilestoneStatus
from tests.factories import (
    make_application,
    make_contractor,
    make_engagement,
    make_opening,
    make_organisation,
    make_user,
    make_version,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def organisation() -> None:
    make_organisation()


@pytest.mark.parametrize(
    ("role", "leads_to"), [(Role.ADMIN, "contractors:vetting"), (Role.FINANCE, "milestones:payouts")]
)
def test_admins_and_finance_land_on_their_work(client: Client, role: str, leads_to: str) -> None:
    make_engagement()
    client.force_login(make_user(role))

    assert client.get("/")["Location"] == reverse(leads_to)


def test_the_admin_of_a_house_without_engagements_sees_what_comes_first(client: Client) -> None:
    client.force_login(make_user(Role.ADMIN))

    assert "Next: your team" in client.get("/").content.decode()
    for role in (Role.LEAD, Role.FINANCE, Role.FINANCE):
        make_user(role)
    assert "Next: a template" in client.get("/").content.decode()
    make_version()
    assert "Next: the first offer" in client.get("/").content.decode()


def test_today_asks_first_for_what_waits_on_the_viewer(client: Client) -> None:
    lead = make_user(Role.LEAD)
    make_engagement(lead=lead, milestones=(MilestoneStatus.SUBMITTED,))
    make_application(make_opening(reviewers=[lead]))
    client.force_login(lead)

    page = client.get("/").content.decode()

    assert "2 things wait on you" in page
    assert "Review “Step 1”" in page
    assert "Mark Contractor" in page


def test_the_next_milestone_is_the_one_that_is_worked_on(client: Client) -> None:
    lead = make_user(Role.LEAD)
    make_engagement(lead=lead, milestones=(MilestoneStatus.ACCEPTED, MilestoneStatus.FUNDED))
    client.force_login(lead)

    assert "2 of 2 · Step 2" in re.sub(r"\s+", " ", client.get("/").content.decode())

    other = make_engagement(lead=lead, milestones=(MilestoneStatus.ACCEPTED,))
    client.force_login(other.contractor.user)
    assert "Accepted: the money is owed to you." in client.get("/").content.decode()


def test_a_date_that_has_passed_is_not_among_the_next_seven_days(client: Client) -> None:
    engagement = make_engagement(milestones=(MilestoneStatus.FUNDED, MilestoneStatus.FUNDED))
    for milestone, days in zip(engagement.milestones.order_by("position"), (-1, 3), strict=True):
        Milestone.objects.filter(pk=milestone.pk).update(due_on=timezone.localdate() + timedelta(days=days))
    client.force_login(engagement.lead)

    page = client.get("/").content.decode()
    overdue, ahead = page.index("Past its date"), page.index("Next seven days")

    assert overdue < page.index("Step 1", overdue) < ahead < page.index("Step 2", ahead)
    assert page.find("Step 2", overdue, ahead) == -1


def test_the_portal_shows_the_contractors_own_only(client: Client) -> None:
    mine = make_engagement(title="Mine alone")
    make_engagement(title="Somebody else’s")
    client.force_login(mine.contractor.user)

    page = client.get("/").content.decode()

    assert "Mine alone" in page
    assert "Somebody else’s" not in page


@pytest.mark.parametrize("who", ["lead", "contractor"])
def test_home_costs_the_same_for_three_as_for_one(client: Client, who: str) -> None:
    first = make_engagement()
    person = first.lead if who == "lead" else first.contractor.user
    client.force_login(person)

    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/").status_code == 200
        return len(seen)

    cost()
    one = cost()
    for _more in range(2):
        make_engagement(lead=first.lead, contractor=first.contractor)
    assert cost() == one


def test_an_empty_home_says_what_will_be_there(client: Client) -> None:
    client.force_login(make_user(Role.LEAD))

    assert "Nothing waits on you" in client.get("/").content.decode()


@pytest.mark.parametrize(
    ("role", "sees"), [(Role.LEAD, True), (Role.ADMIN, True), (Role.MEMBER, False), (Role.FINANCE, False)]
)
def test_search_finds_only_what_one_may_see(client: Client, role: str, sees: bool) -> None:
    engagement = make_engagement(title="Quicksilver checkout")
    person = engagement.lead if role == Role.LEAD else make_user(role)
    client.force_login(person)

    page = client.get("/search/", {"q": "quicksilver"}).content.decode()

    assert (f"/engagements/{engagement.pk}/" in page) is sees


def test_search_asks_once_for_all_kinds(client: Client, django_assert_max_num_queries: Any) -> None:
    lead, admin = make_user(Role.LEAD), make_user(Role.ADMIN, name="Heron Blue")
    unnamed = make_contractor(name="", headline="", profile_id="")
    for turn in range(10):
        make_engagement(title=f"Heron {turn}", lead=lead, contractor=unnamed, milestones=(MilestoneStatus.FUNDED,))

    for person in (lead, admin):
        client.force_login(person)
        client.get("/search/", {"q": "heron"})
        with django_assert_max_num_queries(4):  # session, person, house and the search
            page = client.get("/search/", {"q": "heron"}).content.decode()
        assert re.findall("Heron [0-9]", page) == [f"Heron {turn}" for turn in range(9, 1, -1)]
        assert "There are more" in page
        assert f"Profile {unnamed.pk} · Active" in page
    assert "Heron Blue" in page


@pytest.mark.parametrize("q", ["", "a", "%", "'; DROP TABLE", "x" * 5000, "\x00", "\u202e evil"])
def test_search_takes_any_words(client: Client, q: str) -> None:
    client.force_login(make_user(Role.LEAD))

    assert client.get("/search/", {"q": q}).status_code == 200
