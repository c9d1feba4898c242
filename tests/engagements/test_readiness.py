"""The row of ducks: each stands or says what is missing; and what it takes to say that an access stands."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.states import Role
from core import history
from core.errors import DomainError
from core.models import Event
from core.money import Money
from engagements.models import Engagement, Need
from engagements.queries.readiness import Subject, ducks, of_engagement, summary
from engagements.services import needs as services
from engagements.states import Duck, EngagementStatus, NeedKind
from milestones.queries.readiness import budget_duck, row_of, row_of_engagement
from milestones.states import MilestoneStatus
from tests.factories import (
    NOW,
    make_budget,
    make_contractor,
    make_engagement,
    make_need,
    make_user,
    make_version,
)

pytestmark = pytest.mark.django_db
READY = {
    "guides": [{"title": "Read me", "url": "https://example.org", "body": ""}],
    "branch_rule": "One branch a milestone",
    "version_rule": "Semantic",
    "merged_by": "The lead",
}


@pytest.fixture
def lead():
    return make_user(name="Tess Okafor")


@pytest.fixture
def owner():
    return make_user(Role.MEMBER, name="Priya Nair")


@pytest.fixture
def engagement(lead, owner) -> Engagement:
    version = make_version(lead, **READY)
    plan = (MilestoneStatus.PLANNED,)
    return make_engagement("draft", lead=lead, comms_owner=owner, version=version, milestones=plan)


def said(row: Any) -> dict[str, tuple[bool, str]]:
    return {each.duck.value: (each.stands, each.said) for each in row}


def row(engagement: Engagement) -> Any:
    found = engagement.funding.budget
    return row_of_engagement(
        engagement, goals=list(engagement.goals.all()), needs=list(engagement.needs.all()), budget=found
    )


# --- the row ----------------------------------------------------------------------------------------------------------


def test_all_eight_stand_in_order(engagement):
    make_need(engagement, stands_at=NOW, stands_by=engagement.lead)

    found = row(engagement)

    assert [each.duck for each in found] == list(Duck)
    assert summary(found) == "All in a row."
    assert said(found) == {
        "role": (True, "Performance engineer"),
        "goals": (True, "one, it can fail"),
        "docs": (True, "one guide to read"),
        "environment": (True, "none needed"),
        "access": (True, "it stands"),
        "policy": (True, "One branch a milestone"),
        "comms_owner": (True, "Priya, no cover yet"),
        "budget": (True, "€1,000,000 free"),
    }


def test_each_missing_one_says_what_to_do(engagement):
    engagement.goals.update(objective=None)
    version = engagement.version
    version.brief, version.guides, version.merged_by, version.version_rule = "", [], "", " "
    make_need(engagement)
    make_need(engagement, what="The logs", stands_at=NOW, stands_by=engagement.lead)
    make_need(engagement, NeedKind.ENVIRONMENT, "Two test phones")

    found = said(row_of(of_engagement(engagement, goals=engagement.goals.all(), needs=engagement.needs.all()),
                        budget=None, price=None))  # fmt: skip

    assert {key: text for key, (stands, text) in found.items() if not stands} == {
        "role": "say the role and what it is about",
        "goals": "1 of 1 is not ready",
        "docs": "nothing to read yet",
        "environment": "Two test phones",
        "access": "1 of 2 is missing",
        "policy": "say the version rule, who merges",
        "budget": "choose a budget",
    }


def test_without_a_template_it_is_asked_for(lead):
    found = ducks(Subject(None, [], [], None, None))

    assert [each.stands for each in found] == [False] * 7
    assert found[0].said == "choose a template"
    assert found[-1].said == "nobody is named"


def test_a_comms_owner_who_left_is_none(engagement, owner):
    owner.is_active = False

    found = ducks(of_engagement(engagement, goals=[], needs=[]))

    assert (found[-1].stands, found[-1].said) == (False, "Priya Nair is not here any more")


@pytest.mark.parametrize(
    ("price", "stands", "text"),
    [
        (Money(400_000, "EUR"), True, "€4,000 free"),
        (Money(400_001, "EUR"), False, "€0.01 short"),
        (Money(1, "JPY"), False, "kept in EUR, the price is in JPY"),
        (None, True, "€4,000 free"),
    ],
)
def test_the_budget_carries_what_was_promised_and_the_price_on_top(lead, price, stands, text):
    budget = make_budget(lead, minor=600_000)
    make_engagement(EngagementStatus.AGREED, lead=lead, budget=budget, milestones=(MilestoneStatus.AGREED,))

    found = budget_duck(budget, price)

    assert (found.stands, found.said) == (stands, text)


def test_what_is_agreed_is_not_counted_twice(lead):
    budget = make_budget(lead, minor=200_000)
    engagement = make_engagement(
        EngagementStatus.AGREED, lead=lead, budget=budget, milestones=(MilestoneStatus.AGREED,)
    )

    assert row(engagement)[-1].stands


# --- on the page ------------------------------------------------------------------------------------------------------


def page(client: Any, engagement: Engagement, person: Any) -> str:
    client.force_login(person)
    return client.get(reverse("engagements:engagement", args=[engagement.pk])).text


def test_the_page_shows_the_row_with_the_links_that_fix_it(client, engagement, lead):
    make_need(engagement)
    engagement.goals.update(objective=None)

    text = page(client, engagement, lead)

    assert "6 of 8 stand. Missing: goals, access." in text
    assert reverse("engagements:engagement_goals", args=[engagement.pk]) in text
    assert 'href="#needs"' in text


def test_a_member_reads_nothing_of_what_a_budget_holds(client, engagement, owner, lead):
    assert "€1,000,000 free" not in page(client, engagement, owner)
    assert "€1,000,000 free" in page(client, engagement, lead)


def test_at_work_the_row_is_there_only_while_something_is_missing(client, lead):
    engagement = make_engagement(lead=lead)

    assert "Ducks in a row" not in page(client, engagement, lead)
    make_need(engagement)
    assert "Ducks in a row" in page(client, engagement, lead)


def test_the_contractor_sees_no_ducks(client, lead):
    engagement = make_engagement("offered", lead=lead, contractor=make_contractor(True))
    make_need(engagement)

    assert "Ducks in a row" not in page(client, engagement, engagement.contractor.user)


def test_more_needs_ask_no_more_of_the_database(client, engagement, lead):
    make_need(engagement, stands_at=NOW, stands_by=lead)
    client.force_login(lead)
    url = reverse("engagements:engagement", args=[engagement.pk])
    client.get(url)

    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            client.get(url)
        return len(asked)

    first = cost()
    for turn in range(3):
        make_need(engagement, what=f"Thing {turn}", stands_at=NOW if turn else None, stands_by=lead if turn else None)

    assert cost() == first


# --- saying that it stands, and that it does not any more -------------------------------------------------------------

ACTS = ["need_stand", "need_fall"]


def need_for(act: str, engagement: Engagement) -> Need:
    is_standing = act == "need_fall"
    return make_need(
        engagement, stands_at=NOW if is_standing else None, stands_by=engagement.lead if is_standing else None
    )


@pytest.mark.parametrize("act", ACTS)
def test_the_people_named_say_it_and_it_is_remembered(client, engagement, owner, act):
    need = need_for(act, engagement)
    client.force_login(owner)

    answer = client.post(reverse(f"engagements:{act}", args=[need.pk]))

    need.refresh_from_db()
    stands = act == "need_stand"
    assert (answer.status_code, need.stands_by == owner, need.stands_at is not None) == (302, stands, stands)
    event = Event.objects.of(engagement).order_by("-seq")[0]
    assert (event.verb, event.by, event.subject_label) == ("stood" if stands else "fell", owner, "The repository")
    assert history.verify(engagement) == ""


@pytest.mark.parametrize("act", ACTS)
def test_it_is_said_once(client, engagement, lead, act):
    need = need_for(act, engagement)
    client.force_login(lead)
    url = reverse(f"engagements:{act}", args=[need.pk])
    client.post(url)

    answer = client.post(url)

    sentence = "stands already" if act == "need_stand" else "Nobody has said yet"
    assert (answer.status_code, sentence in answer.text) == (409, True)


@pytest.mark.parametrize("act", ACTS)
def test_others_who_see_it_may_not(client, lead, act):
    engagement = make_engagement(lead=lead)
    need = need_for(act, engagement)

    for person in (engagement.contractor.user, make_user(Role.ADMIN)):
        client.force_login(person)
        assert client.post(reverse(f"engagements:{act}", args=[need.pk])).status_code == 403


@pytest.mark.parametrize("act", ACTS)
def test_for_strangers_it_is_not_there(client, engagement, act):
    need = need_for(act, engagement)
    client.force_login(make_user(Role.LEAD))

    assert client.post(reverse(f"engagements:{act}", args=[need.pk])).status_code == 404


@pytest.mark.parametrize("act", ACTS)
def test_a_look_says_nothing(client, engagement, lead, act):
    need = need_for(act, engagement)
    client.force_login(lead)

    assert client.get(reverse(f"engagements:{act}", args=[need.pk])).status_code == 405


@pytest.mark.parametrize("serve", [services.say_it_stands, services.say_it_fell])
def test_nothing_stands_for_what_is_over(lead, serve):
    engagement = make_engagement(EngagementStatus.DECLINED, lead=lead)
    need = make_need(engagement)

    with pytest.raises(DomainError, match="is declined, so nothing has to stand for it any more"):
        serve(need, by=lead, at=NOW)
