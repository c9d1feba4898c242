import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from engagements.models import Engagement
from engagements.states import EngagementStatus
from milestones.models import Account, Milestone, Review, Submission
from milestones.services import funding
from milestones.states import MilestoneStatus
from tests.factories import NOW, make_budget, make_engagement, make_milestone, make_paid, make_user
from tests.milestones.conftest import accept, hand_in

pytestmark = pytest.mark.django_db


def url(name, milestone):
    return reverse(f"milestones:{name}", args=[milestone.pk])


def typed_submission(milestone, **more):
    goal = milestone.goals.get()
    return {"note": "It is fast.", "link": "https://example.org/pr/4", f"value_{goal.pk}": "1100", **more}


def typed_review(milestone, decision="accepted", view="met", **more):
    goal = milestone.goals.get()
    return {"decision": decision, "note": "Cold too.", "submission_number": "1", f"view_{goal.pk}": view, **more}


# --- seeing ---------------------------------------------------------------------------
@pytest.mark.parametrize("status", MilestoneStatus)
@pytest.mark.parametrize("who", ["lead", "contractor", "admin"])
@pytest.mark.usefixtures("breaks_the_books")
def test_the_page_shows_in_every_state_to_everybody_who_sees_it(client, status, who):
    engagement = make_engagement(milestones=(status,))
    milestone = engagement.milestones.get()
    people = {"lead": engagement.lead, "contractor": engagement.contractor.user, "admin": make_user("admin")}
    client.force_login(people[who])

    response = client.get(url("milestone", milestone))

    assert response.status_code == 200
    assert "€2,000" in response.content.decode()
    assert "dr-waits" in response.content.decode()


def test_finance_sees_it_once_it_is_accepted(client, submitted, finance):
    client.force_login(finance)
    before = client.get(url("milestone", submitted)).status_code
    accept(submitted)

    assert (before, client.get(url("milestone", submitted)).status_code) == (404, 200)


@pytest.mark.parametrize("role", ["lead", "member", "contractor", "finance"])
def test_the_page_is_hidden_from_strangers(client, funded, role):
    client.force_login(make_user(role))

    assert client.get(url("milestone", funded)).status_code == 404


def test_a_visitor_is_asked_to_sign_in(client, funded):
    assert client.get(url("milestone", funded)).status_code == 302


def test_the_sentence_is_about_this_milestone_not_about_its_neighbours(client, engagement, submitted, lead, contractor):
    make_milestone(engagement, MilestoneStatus.FUNDED)
    paid = make_milestone(engagement, MilestoneStatus.PAID)
    client.force_login(lead)

    assert "Waiting for you to review “Step 1”" in client.get(url("milestone", submitted)).content.decode()
    assert "Paid on Mon 23 Nov 2026; nothing waits." in client.get(url("milestone", paid)).content.decode()


@pytest.mark.parametrize("pk", [0, 10**10, 10**30])
def test_a_number_that_is_nobodys_is_not_found(client, lead, pk):
    client.force_login(lead)

    assert client.get(f"/milestones/{pk}/").status_code == 404


def test_the_page_takes_as_many_queries_for_three_goals_as_for_one(client, submitted, lead):
    client.force_login(lead)
    client.get(url("milestone", submitted))
    with CaptureQueriesContext(
        connection,
    ) as one:
        client.get(url("milestone", submitted))
    for position in (7, 8):
        other = make_milestone(submitted.engagement, MilestoneStatus.AGREED, position=position)
        submitted.goals.add(other.goals.get())
    with CaptureQueriesContext(connection) as three:
        client.get(url("milestone", submitted))

    assert len(three) == len(one)


def test_a_paid_milestone_that_was_never_handed_in_takes_seven_queries(client, admin):
    milestone = make_paid().milestone
    client.force_login(admin)
    page = client.get(url("milestone", milestone)).content.decode()
    with CaptureQueriesContext(connection) as seen:
        client.get(url("milestone", milestone))

    assert "Where the money is" in page
    # Session, person, milestone, its people, its plan, the page and its payout; the organisation is remembered.
    assert sum("accounts_organisation" not in q["sql"] for q in seen) == 7


def test_what_is_left_in_the_budget_stands_beside_the_amount(client, lead):
    budget = make_budget(minor=250_000)
    engagement = make_engagement(lead=lead, budget=budget, milestones=(MilestoneStatus.AGREED,))
    client.force_login(lead)

    page = client.get(url("milestone", engagement.milestones.get())).content.decode()

    assert "€2,500" in page
    assert "Fund €2,000" in page


@pytest.mark.usefixtures("breaks_the_books")  # promised more than it holds, as no offer could
def test_a_budget_that_is_too_small_offers_no_button(client, lead):
    engagement = make_engagement(lead=lead, budget=make_budget(minor=10_000), milestones=(MilestoneStatus.AGREED,))
    client.force_login(lead)

    page = client.get(url("milestone", engagement.milestones.get())).content.decode()

    assert "Fund €2,000" not in page
    assert "€100 is left, €2,000 is needed" in page


# --- funding --------------------------------------------------------------------------
def test_the_lead_funds(client, agreed, lead):
    client.force_login(lead)

    response = client.post(url("fund", agreed))

    assert (response.status_code, response.url) == (302, url("milestone", agreed))
    assert Milestone.objects.get(pk=agreed.pk).status == MilestoneStatus.FUNDED


def test_funding_twice_is_refused(client, funded, lead):
    client.force_login(lead)

    response = client.post(url("fund", funded))

    assert response.status_code == 409
    assert "can’t be done any more" in response.content.decode()


@pytest.mark.parametrize("who", ["contractor", "admin"])
def test_funding_is_forbidden_to_all_but_the_lead(client, agreed, contractor, admin, who):
    client.force_login({"contractor": contractor, "admin": admin}[who])

    assert client.post(url("fund", agreed)).status_code == 403


def test_funding_is_hidden_from_strangers(client, agreed, finance):
    client.force_login(finance)

    assert client.post(url("fund", agreed)).status_code == 404


def test_funding_is_no_get(client, agreed, lead):
    client.force_login(lead)

    assert client.get(url("fund", agreed)).status_code == 405


def test_a_double_click_funds_once(client, agreed, lead):
    client.force_login(lead)
    key = "a" * 32

    answers = [client.post(url("fund", agreed), {"form_key": key}) for _ in range(2)]

    assert [(a.status_code, a.url) for a in answers] == [(302, url("milestone", agreed))] * 2
    assert agreed.postings.count() == 1


def test_two_windows_fund_once(client, agreed, lead):
    client.force_login(lead)

    answers = [client.post(url("fund", agreed), {"form_key": key * 32}) for key in "ab"]

    assert [a.status_code for a in answers] == [302, 409]
    assert agreed.postings.count() == 1


# --- handing in -----------------------------------------------------------------------
def test_the_contractor_hands_in(client, funded, contractor):
    client.force_login(contractor)

    response = client.post(url("submit", funded), typed_submission(funded))

    assert (response.status_code, response.url) == (302, url("milestone", funded))
    assert Submission.objects.get().evidence.get().value == "1100"


def test_handing_in_what_is_not_at_work_is_refused_and_keeps_what_was_typed(client, submitted, contractor):
    client.force_login(contractor)

    response = client.post(url("submit", submitted), typed_submission(submitted, note="Typed for an hour."))

    assert response.status_code == 409
    assert "Typed for an hour." in response.content.decode()
    assert Submission.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"note": ""},
        {"link": "javascript:alert(1)"},
        {"link": "https://[half"},
        {"link": "ftp://example.org/a"},
        {"value": "fast"},
        {"value": ""},
        {"value": "1" * 300},
        {"value": "1e400"},
        {"note": "x" * 10_001},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_submission_that_says_too_little_comes_back_with_everything_typed(client, funded, contractor, wrong):
    client.force_login(contractor)
    goal = funded.goals.get()
    data = typed_submission(funded, **{f"how_{goal.pk}": "see run 8812"})
    data |= {f"value_{goal.pk}" if name == "value" else name: value for name, value in wrong.items()}

    response = client.post(url("submit", funded), data)

    assert response.status_code == 422
    assert "see run 8812" in response.content.decode()
    assert f"What should {funded.engagement.lead.first_name} know?" in response.content.decode()
    assert not Submission.objects.exists()


def test_handing_in_is_forbidden_to_the_lead(client, funded, lead):
    client.force_login(lead)

    assert client.post(url("submit", funded), typed_submission(funded)).status_code == 403


def test_handing_in_is_hidden_from_other_contractors(client, funded):
    client.force_login(make_user("contractor"))

    assert client.post(url("submit", funded), typed_submission(funded)).status_code == 404


def test_handing_in_is_no_get(client, funded, contractor):
    client.force_login(contractor)

    assert client.get(url("submit", funded)).status_code == 405


def test_a_double_click_hands_in_once(client, funded, contractor):
    client.force_login(contractor)

    data = typed_submission(funded, form_key="b" * 32)
    answers = [client.post(url("submit", funded), data) for _ in range(2)]

    assert [a.status_code for a in answers] == [302, 302]
    assert Submission.objects.count() == 1


def test_the_form_starts_with_what_was_handed_in_last(client, submitted, lead, contractor):
    client.force_login(lead)
    client.post(url("review", submitted), typed_review(submitted, "changes_requested", "not_met"))
    client.force_login(contractor)

    page = client.get(url("milestone", submitted)).content.decode()

    assert re.search(r'name="value_\d+" value="1100"', page)
    assert "Cold too." in page


def test_markup_in_a_note_is_shown_as_text(client, funded, contractor, lead):
    hand_in(funded, note="<script>alert(1)</script>")
    client.force_login(lead)

    assert "<script>alert(1)" not in client.get(url("milestone", funded)).content.decode()


# --- reviewing ------------------------------------------------------------------------
def test_the_lead_accepts_goal_by_goal(client, submitted, lead):
    client.force_login(lead)

    response = client.post(url("review", submitted), typed_review(submitted))

    assert (response.status_code, response.url) == (302, url("milestone", submitted))
    assert Milestone.objects.get(pk=submitted.pk).status == MilestoneStatus.ACCEPTED


def test_the_lead_asks_for_changes(client, submitted, lead):
    client.force_login(lead)

    client.post(url("review", submitted), typed_review(submitted, "changes_requested", "not_met"))

    assert Milestone.objects.get(pk=submitted.pk).status == MilestoneStatus.CHANGES_REQUESTED


def test_accepting_with_a_goal_not_met_is_refused_and_keeps_what_was_typed(client, submitted, lead):
    client.force_login(lead)

    response = client.post(url("review", submitted), typed_review(submitted, view="not_met"))

    assert response.status_code == 409
    page = response.content.decode()
    assert "is judged not met" in page
    assert "Cold too." in page


def test_a_decision_on_an_older_submission_is_refused(client, submitted, lead):
    client.force_login(lead)

    response = client.post(url("review", submitted), typed_review(submitted, submission_number="7"))

    assert response.status_code == 409
    assert not Review.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"decision": "paid"},
        {"decision": ""},
        {"submission_number": "x"},
        {"submission_number": "99999999999999999999"},
        {"note": "x" * 10_001},
        {"view": "maybe"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_decision_that_can_not_be_read_comes_back(client, submitted, lead, wrong):
    client.force_login(lead)
    data = typed_review(submitted)
    goal = submitted.goals.get()
    data |= {f"view_{goal.pk}" if name == "view" else name: value for name, value in wrong.items()}

    response = client.post(url("review", submitted), data)

    assert response.status_code == 422
    assert not Review.objects.exists()


@pytest.mark.parametrize("who", ["contractor", "admin"])
def test_reviewing_is_forbidden_to_all_but_the_lead(client, submitted, contractor, admin, who):
    client.force_login({"contractor": contractor, "admin": admin}[who])

    assert client.post(url("review", submitted), typed_review(submitted)).status_code == 403


def test_a_comms_owner_who_is_not_the_lead_only_reads(client, submitted):
    comms = make_user("member")
    Engagement.objects.filter(pk=submitted.engagement_id).update(comms_owner=comms)
    client.force_login(comms)

    assert client.get(url("milestone", submitted)).status_code == 200
    assert client.post(url("review", submitted), typed_review(submitted)).status_code == 403


def test_reviewing_is_hidden_from_strangers(client, submitted):
    client.force_login(make_user("lead"))

    assert client.post(url("review", submitted), typed_review(submitted)).status_code == 404


def test_reviewing_is_no_get(client, submitted, lead):
    client.force_login(lead)

    assert client.get(url("review", submitted)).status_code == 405


def test_two_windows_accept_once(client, submitted, lead):
    client.force_login(lead)

    answers = [client.post(url("review", submitted), typed_review(submitted, form_key=k * 32)) for k in "ab"]

    assert [a.status_code for a in answers] == [302, 409]
    assert Account.objects.get(kind="owed").balance_minor == 200_000


# --- in a list --------------------------------------------------------------------------
def test_the_list_of_an_engagement_names_each_milestone_and_its_state(engagement):
    from engagements.views.page_rows import milestone_rows

    milestones = list(engagement.milestones.all())
    with CaptureQueriesContext(connection) as queries:
        html = "".join(milestone_rows(milestones, {}))

    assert len(queries) == 0
    assert [html.count(text) for text in ('data-status="funded"', 'data-status="agreed"', "€2,000")] == [2, 2, 2]


def test_an_active_engagement_came_from_the_first_funding(client, lead):
    engagement = make_engagement(EngagementStatus.AGREED, lead=lead, milestones=(MilestoneStatus.AGREED,))
    client.force_login(lead)

    client.post(url("fund", engagement.milestones.get()))

    assert Engagement.objects.get(pk=engagement.pk).status == EngagementStatus.ACTIVE


def test_jpy_and_bhd_amounts_are_shown_with_their_own_decimals(client):
    shown = {}
    for currency in ("JPY", "BHD"):
        engagement = make_engagement(currency=currency, milestones=(MilestoneStatus.AGREED,))
        milestone = engagement.milestones.get()
        funding.fund_milestone(milestone, by=engagement.lead, at=NOW)
        client.force_login(engagement.contractor.user)
        shown[currency] = client.get(url("milestone", milestone)).content.decode()

    assert "¥200,000" in shown["JPY"]
    assert "BHD\xa0200" in shown["BHD"]
    assert "BHD\xa0200.000" not in shown["BHD"]
