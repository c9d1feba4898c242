"""An offer leaves once each of its goals can fail and serves an objective; or with a reason that stays."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.states import Role
from engagements.models import Engagement, GateOverride, Objective
from engagements.queries.gate import lacks_of_goal, lacks_of_offer
from engagements.services import goals as services
from engagements.states import Direction, EngagementStatus, GoalKind, Measurer
from milestones.services import offers
from milestones.services.submissions import submit_milestone
from tests import factories as make
from tests.milestones.test_offer_path import draft

pytestmark = pytest.mark.django_db
VAGUE, PLAIN = "The handover is good.", "A developer who joined this month deploys from a clean clone in 30 minutes."


@pytest.fixture
def lead():
    make.make_organisation()
    return make.make_user(Role.LEAD)


@pytest.fixture
def engagement(lead) -> Engagement:
    return draft(lead, make.make_contractor(True))


def change(engagement: Engagement, **facts: Any) -> None:
    engagement.goals.filter(position=1).update(**facts)


BINARY = {"kind": GoalKind.BINARY, "unit": "", "baseline": "", "target": "", "method": ""}


@pytest.mark.parametrize(
    ("facts", "lacks"),
    [
        ({}, []),
        ({"direction": Direction.EXACTLY, "target": "2400"}, []),
        ({"direction": Direction.BETWEEN, "target_high": "1300"}, []),
        ({"direction": Direction.BETWEEN, "target_high": "1200"}, ["give it two targets, the lower one first"]),
        ({"direction": Direction.BETWEEN}, ["give it two targets, the lower one first"]),
        ({"baseline": ""}, ["say where it stands today, or who measures that first and when"]),
        ({"baseline": "", "baseline_by": Measurer.TEAM, "baseline_due_on": make.TODAY}, []),
        ({**BINARY, "criterion": ""}, ["say what anybody can see once it is done"]),
        (
            {**BINARY, "criterion": VAGUE},
            ["name a number, a test that passes, or a thing that can be seen: this can’t be checked yet"],
        ),
        ({**BINARY, "criterion": PLAIN}, []),
        ({"metric": " ", "unit": "", "method": " "}, ["say what it is", "give it a unit", "say how it is measured"]),
    ],
)
def test_a_goal_says_what_it_needs_to_be_able_to_fail(engagement, facts, lacks):
    change(engagement, **facts)

    assert lacks_of_goal(engagement.goals.get(position=1)) == lacks


def test_an_orphan_goal_holds_the_offer_back_and_nothing_is_stored(engagement, lead, mailoutbox):
    change(engagement, objective=None)

    with pytest.raises(services.NotReadyError, match="choose the objective it serves"):
        offers.send_offer(engagement, by=lead, at=timezone.now())

    engagement.refresh_from_db()
    assert (engagement.status, engagement.links.count(), engagement.overrides.count()) == (EngagementStatus.DRAFT, 0, 0)


def test_a_reason_sends_it_and_stays_for_good(engagement, lead):
    change(engagement, objective=None, method="")

    offers.send_offer(engagement, override_reason="The board meets tomorrow.", by=lead, at=timezone.now())

    override = engagement.overrides.get()
    assert (override.reason, override.by) == ("The board meets tomorrow.", lead)
    assert override.lacks == ["goal “p95 of the payment page”: say how it is measured, choose the objective it serves"]
    for write in (lambda: GateOverride.objects.update(reason="None"), lambda: GateOverride.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            write()


def test_the_override_is_on_the_page_and_in_the_history(client, engagement, lead):
    change(engagement, objective=None)
    client.force_login(lead)
    url = reverse("milestones:send_offer", args=[engagement.pk])

    assert client.post(url).status_code == 409
    assert client.post(url, {"override_reason": "Known\u202e and accepted"}).status_code == 302

    page = client.get(reverse("engagements:engagement", args=[engagement.pk])).text
    assert "Known and accepted" in page
    assert page.count("Sent although it was not ready") == 2


def test_the_contractor_reads_nothing_of_an_override(client, engagement, lead):
    change(engagement, objective=None)
    offers.send_offer(engagement, override_reason="Between us.", by=lead, at=timezone.now())
    client.force_login(engagement.contractor.user)

    for name in ("engagements:engagement", "engagements:engagement_history"):
        assert "Between us." not in client.get(reverse(name, args=[engagement.pk])).text


def posted(engagement: Engagement, **facts: Any) -> dict[str, Any]:
    """The goals page as it was shown, with changes to the first goal."""
    data = {}
    for goal in engagement.goals.all():
        prefix = f"goal-{goal.pk}"
        names = ("kind", "metric", "criterion", "unit", "baseline", "target", "direction", "method", "measured_by")
        data |= {f"{prefix}-{name}": getattr(goal, name) for name in names}
        data |= {f"{prefix}-objective_id": goal.objective_id or "", f"{prefix}-due_on": str(goal.due_on)}
        data |= {f"{prefix}-{name}": value for name, value in facts.items() if goal.position == 1}
    return data


def test_the_goals_of_a_draft_are_written_on_one_page(client, engagement, lead):
    change(engagement, objective=None)
    objective = make.make_objective(lead)
    client.force_login(lead)
    url = reverse("engagements:engagement_goals", args=[engagement.pk])
    given = posted(engagement, objective_id=objective.pk, kind="binary", criterion=PLAIN)

    page, answer = client.get(url), client.post(url, given)

    assert "choose the objective it serves" in page.text.lower()
    assert (answer.status_code, lacks_of_offer(engagement)) == (302, [])
    goal = engagement.goals.get(position=1)
    assert (goal.objective, goal.criterion, goal.unit, goal.target) == (objective, PLAIN, "", "")
    assert str(goal) == f"p95 of the payment page: {PLAIN}"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"due_on": "2001-01-01"}, "Choose today or a later day."),
        ({"target": "much"}, "Give a plain number"),
        ({"kind": "guess"}, "Select a valid choice"),
        ({"objective_id": "987654321"}, "Select a valid choice"),
        ({"criterion": "x" * 2001}, "at most 2000 characters"),
    ],
)
def test_a_wrong_answer_is_said_beside_it_and_nothing_is_lost(client, engagement, lead, wrong, sentence):
    client.force_login(lead)
    given = posted(engagement, metric="Typed with care", **wrong)

    answer = client.post(reverse("engagements:engagement_goals", args=[engagement.pk]), given)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert "Typed with care" in answer.text


def test_what_a_kind_of_goal_has_none_of_does_not_stand_in_its_way(client, engagement, lead):
    client.force_login(lead)
    given = posted(engagement, kind="binary", criterion=PLAIN, target="much")

    assert client.post(reverse("engagements:engagement_goals", args=[engagement.pk]), given).status_code == 302


def test_once_offered_the_goals_stand(client, engagement, lead):
    given = posted(engagement, metric="Something else")
    offers.send_offer(engagement, by=lead, at=timezone.now())
    client.force_login(lead)
    url = reverse("engagements:engagement_goals", args=[engagement.pk])

    assert client.get(url).status_code == 302
    assert client.post(url, given).status_code == 409
    assert engagement.goals.get(position=1).metric != "Something else"


def test_a_new_offer_that_is_held_back_keeps_what_was_typed_and_leaves_with_a_reason(client, lead):
    contractor, version = make.make_contractor(True), make.make_version(lead, published=False)
    version.goals.update(objective=None)
    type(version).objects.filter(pk=version.pk).update(status="published", published_at=make.NOW, published_by=lead)
    budget = make.make_budget(lead)
    client.force_login(lead)
    given = {
        "version": version.pk, "title": "Payment page, faster", "contractor": contractor.pk, "price": "4000",
        "budget": budget.pk, "starts_on": str(timezone.localdate()), "comms_owner": lead.pk, "days": "7", "send": "1",
    }  # fmt: skip
    url = reverse("milestones:engagement_new")

    held = client.post(url, given)
    stored = Engagement.objects.count()
    sent = client.post(url, given | {"override_reason": "Agreed by phone."})

    assert (held.status_code, stored, sent.status_code) == (409, 0, 302)
    assert "Payment page, faster" in held.text
    assert "override_reason" in held.text
    assert Engagement.objects.get().overrides.get().reason == "Agreed by phone."


@pytest.mark.parametrize(("value", "is_reached"), [("1", True), ("0", False)])
def test_a_goal_that_is_done_or_not_done_is_handed_in_as_that(client, value, is_reached):
    engagement = make.make_engagement()
    milestone = engagement.milestones.get(position=1)
    goal = milestone.goals.get()
    type(goal).objects.filter(pk=goal.pk).update(**BINARY | {"criterion": PLAIN, "method": "Watched"})
    client.force_login(engagement.contractor.user)

    page = client.get(reverse("milestones:milestone", args=[milestone.pk])).text
    answer = client.post(
        reverse("milestones:submit", args=[milestone.pk]), {"note": "Here.", f"value_{goal.pk}": value}
    )

    assert "Is it done?" in page
    assert answer.status_code == 302
    goal.refresh_from_db()
    evidence = milestone.submissions.get().evidence.get()
    assert goal.is_reached_by(evidence.value) is is_reached
    client.force_login(engagement.lead)
    shown = client.get(reverse("milestones:milestone", args=[milestone.pk])).text
    assert (">not done<" in shown) is not is_reached


@pytest.mark.parametrize("value", ["2", "-1", "0.5"])
def test_done_is_no_number(value):
    engagement = make.make_engagement()
    milestone = engagement.milestones.get(position=1)
    goal = milestone.goals.get()
    type(goal).objects.filter(pk=goal.pk).update(**BINARY | {"criterion": PLAIN})
    user = engagement.contractor.user
    goal.refresh_from_db()

    with pytest.raises(Exception, match="Say whether"):
        submit_milestone(milestone, note="Here.", evidence={goal: (value, "")}, by=user, at=timezone.now())


@pytest.mark.parametrize(
    ("direction", "value", "is_reached"),
    [
        (Direction.AT_LEAST, "3", True), (Direction.AT_LEAST, "2.99", False), (Direction.AT_MOST, "3", True),
        (Direction.AT_MOST, "3.01", False), (Direction.EXACTLY, "3", True), (Direction.EXACTLY, "3.01", False),
        (Direction.BETWEEN, "3", True), (Direction.BETWEEN, "5", True), (Direction.BETWEEN, "5.1", False),
    ],
)  # fmt: skip
def test_a_value_reaches_its_target_or_not(engagement, direction, value, is_reached):
    goal = engagement.goals.first()
    goal.direction, goal.target, goal.target_high = direction, "3.0", "5"

    assert goal.is_reached_by(value) is is_reached


class TestObjectives:
    def test_one_is_added_and_retired(self, client, lead):
        client.force_login(lead)
        url = reverse("engagements:objectives")
        given = {"title": "Nobody waits", "measure": "p95 under 1 s", "owner": lead.pk}

        assert client.post(url, given).status_code == 302
        again = client.post(url, given | {"measure": "Typed again"})
        assert (again.status_code, "Typed again" in again.text) == (409, True)
        assert client.post(url, given | {"title": ""}).status_code == 422

        objective = Objective.objects.get(title="Nobody waits")
        assert client.post(reverse("engagements:objective_retire", args=[objective.pk])).status_code == 302
        assert client.post(reverse("engagements:objective_retire", args=[objective.pk])).status_code == 302
        assert client.post(url, given).status_code == 302  # the title is free again

    def test_the_page_lists_orphans_and_counts_what_serves(self, client, engagement, lead):
        change(engagement, objective=None, metric="Left alone")
        client.force_login(lead)

        page = client.get(reverse("engagements:objectives")).text

        assert "Left alone" in page
        assert reverse("engagements:engagement_goals", args=[engagement.pk]) in page

    def test_its_queries_do_not_grow(self, client, lead, django_assert_max_num_queries):
        for number in range(12):
            make.make_objective(lead, f"Objective {number}")
            make.make_version(lead)
        client.force_login(lead)

        with django_assert_max_num_queries(12):
            client.get(reverse("engagements:objectives"))


class TestClarity:
    def ask(self, client, text: str, **more: str) -> str:
        given = {"field": "goals-0-criterion", "goals-0-criterion": text, **more}
        answer = client.post(reverse("engagements:clarity"), given)
        assert answer.status_code == 200
        return answer.text

    def test_it_points_at_words_with_offsets_and_a_rewrite_of_the_goals_fields(self, client, lead):
        client.force_login(lead)

        said = self.ask(client, "😀 The page is fast.", **{"goals-0-target": "1200", "goals-0-unit": "ms"})

        assert 'data-start="14" data-end="18" data-text="fast"' in said
        assert "1200" in said
        assert "can’t be checked yet" in said

    def test_a_promise_that_can_be_checked_is_said_to_be_one(self, client, lead):
        client.force_login(lead)

        assert "This can be checked." in self.ask(client, PLAIN)

    @pytest.mark.parametrize("text", ["", " ", "\x00", "<script>fast</script>", "fast " * 20_000, "\ud7ff" * 10])
    def test_whatever_is_typed_gets_an_answer(self, client, lead, text):
        client.force_login(lead)

        assert "<script>" not in self.ask(client, text)

    def test_a_field_that_is_not_there_is_an_empty_one(self, client, lead):
        client.force_login(lead)

        assert client.post(reverse("engagements:clarity"), {"field": "nothing"}).text.strip() == ""
