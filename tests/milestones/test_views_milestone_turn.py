"""What stands above a milestone for whoever it waits for: the right words in each state, for each viewer."""

import re
from itertools import product
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.states import Role
from milestones.models import Milestone, Payout
from milestones.states import ACCOUNTED, PROMISING, MilestoneStatus, PayoutStatus
from tests.factories import NOW, make_dispute, make_engagement, make_user, save

pytestmark = pytest.mark.django_db
S = MilestoneStatus
VIEWERS = ("contractor", "lead", "decider", "finance")
# Whose turn it is, and the words; nobody else reads any.
TURNS: dict[str, tuple[str, str] | None] = {
    S.PLANNED: None,  # the offer waits, not one step of it
    S.ESTIMATED: None,
    S.AGREED: ("lead", "Yours: fund"),
    S.FUNDED: ("contractor", "Yours: hand in"),
    S.SUBMITTED: ("lead", "Yours: review"),
    S.CHANGES_REQUESTED: ("contractor", "Yours: hand in"),
    S.DISPUTED: ("decider", "Yours: decide"),
    S.ACCEPTED: ("contractor", "Yours: bank details"),  # none are given; else finance pays
    S.PAID: None,
    S.CANCELLED: None,
}


def milestone_in(status: str, people: dict[str, User]) -> Milestone:
    stage = PROMISING[0] if status in (S.PLANNED, S.ESTIMATED) else "active"
    milestone: Milestone = make_engagement(stage, lead=people["lead"], milestones=(status,)).milestones.get()
    if status == S.DISPUTED:
        make_dispute(milestone, people["decider"])
    if status in ACCOUNTED:
        is_paid = status == S.PAID
        save(
            Payout, milestone=milestone, round=1, amount_minor=milestone.amount_minor, currency="EUR",
            due_on=NOW.date(), status=PayoutStatus.PAID if is_paid else PayoutStatus.DUE, status_since=NOW,
            paid_at=NOW if is_paid else None,
        )  # fmt: skip
    return milestone


@pytest.mark.parametrize(("status", "viewer"), product(S, VIEWERS), ids=str)
def test_who_reads_what_is_theirs_to_do(client: Client, status: str, viewer: str) -> None:
    people: dict[str, Any] = {
        "lead": make_user(Role.LEAD), "decider": make_user(Role.ADMIN), "finance": make_user(Role.FINANCE)
    }  # fmt: skip
    milestone = milestone_in(status, people)
    people["contractor"] = milestone.engagement.contractor.user
    turn = TURNS[status]
    client.force_login(people[viewer])

    answer = client.get(f"/milestones/{milestone.pk}/")

    if answer.status_code == 404:  # finance sees what is accepted
        assert (viewer, status in ACCOUNTED) == ("finance", False)
        return
    said = re.findall(r"Yours: [^<]+", answer.text.split("</h1>")[1].split("</p>")[0])
    assert said == ([turn[1]] if turn and turn[0] == viewer else [])
