"""What is measured in a submission and in a review stands with the goal's other values."""

import pytest
from django.urls import reverse

from engagements.models import Measurement
from engagements.queries.measurements import trends
from milestones.models import Milestone
from milestones.queries.completion import results
from milestones.services.submissions import Measured
from tests.factories import make_measurement
from tests.milestones.conftest import accept, hand_in

pytestmark = pytest.mark.django_db


def told():
    return list(Measurement.objects.order_by("pk").values_list("value", "source", "side", "evidence"))


def test_a_submission_records_what_it_measured(funded):
    hand_in(funded)

    assert told() == [("1100", "handed_in", "theirs", "run 8812")]


def test_what_was_not_measured_is_no_value(funded):
    hand_in(funded, evidence={funded.goals.get(): Measured("", "The rig is away.", is_missing=True)})

    assert told() == []


def test_what_the_reviewer_measured_stands_beside_it_and_is_the_latest(funded, engagement):
    hand_in(funded)
    goal = funded.goals.get()
    accept(Milestone.objects.get(pk=funded.pk), verdicts={goal: (True, "my own run", "1 150")})

    assert told() == [("1100", "handed_in", "theirs", "run 8812"), ("1150", "reviewed", "ours", "my own run")]
    assert [(r["value"], r["is_met"]) for r in results(engagement)] == [("1150 ms", True), ("", None)]


def test_a_goal_is_completed_by_the_value_that_nobody_corrected(funded, engagement):
    hand_in(funded)
    goal = funded.goals.get()
    make_measurement(goal, value="1300", supersedes=Measurement.objects.get(), reason="The page was cached.")

    assert results(engagement)[0]["is_met"] is False


def test_the_review_shows_the_trend_and_leads_to_all_values(client, funded, lead):
    goal = funded.goals.get()
    make_measurement(goal, value="1800")
    hand_in(funded)
    client.force_login(lead)

    page = client.get(reverse("milestones:milestone", args=[funded.pk])).content.decode()

    assert trends([goal])[0].words in page
    assert "All 2 values" in page
