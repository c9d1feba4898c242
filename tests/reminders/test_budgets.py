"""How many statements the pages and forms that people use most may take, however much there is on them. The session,
the person and, in tests, the organisation are counted too."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from engagements.models import Engagement
from engagements.services.conversation import send_message
from milestones.models import Budget, Posting
from milestones.services import funding
from milestones.states import MilestoneStatus
from tests.factories import NOW, make_budget, make_contractor, make_engagement, make_invoice, make_paid, make_user

pytestmark = pytest.mark.django_db
KEY = "{:032x}".format


def statements(ask: Callable[[], Any]) -> int:
    """Of a second time, when everything that a process keeps is warm; without savepoints."""
    ask()
    with CaptureQueriesContext(connection) as seen:
        ask()
    return sum(not re.match(r"(SAVEPOINT|RELEASE)", query["sql"]) for query in seen.captured_queries)


@pytest.fixture
def lead() -> User:
    return make_user("lead")


@pytest.fixture
def contractor() -> User:
    return make_user("contractor", zone="Asia/Ho_Chi_Minh")


@pytest.fixture
def engagement(lead: User, contractor: User) -> Engagement:
    states = (MilestoneStatus.ACCEPTED, *[MilestoneStatus.AGREED] * 19)
    budget = make_budget(minor=100_000_000)
    made = make_engagement(lead=lead, budget=budget, contractor=make_contractor(contractor), milestones=states)
    for _turn in range(20):
        send_message(made, body="Shall we look?", needs_answer=False, by=contractor, at=NOW)
    return made


@pytest.fixture
def reading(lead: User, engagement: Engagement, client: Client) -> Callable[[str], Callable[[], Any]]:
    client.force_login(lead)
    return lambda address: lambda: client.get(address)


def test_an_engagement(engagement: Engagement, reading: Any) -> None:
    assert statements(reading(f"/engagements/{engagement.pk}/")) <= 10


def test_a_milestone_before_and_at_work(engagement: Engagement, lead: User, reading: Any) -> None:
    milestone = engagement.milestones.filter(status=MilestoneStatus.AGREED).first()
    address = f"/milestones/{milestone.pk}/"

    before = statements(reading(address))
    funding.fund_milestone(milestone, by=lead, at=NOW)

    assert before <= 9
    assert statements(reading(address)) <= 13


def test_today(engagement: Engagement, lead: User, reading: Any) -> None:
    for _turn in range(3):
        make_engagement(lead=lead, milestones=(MilestoneStatus.AGREED,) * 2)

    assert statements(reading("/")) <= 10


def test_the_portal(engagement: Engagement, contractor: User, client: Client) -> None:
    client.force_login(contractor)

    assert statements(lambda: client.get("/")) <= 10


def test_a_message(engagement: Engagement, lead: User, client: Client) -> None:
    client.force_login(lead)
    numbers = iter(range(10))

    def send() -> None:
        data = {"form_key": KEY(next(numbers)), "body": "Shall we look?"}
        assert client.post(f"/engagements/{engagement.pk}/message", data).status_code == 302

    assert statements(send) <= 11


def test_funding_a_milestone(engagement: Engagement, lead: User, client: Client) -> None:
    client.force_login(lead)
    milestones = iter(engagement.milestones.filter(status=MilestoneStatus.AGREED).order_by("position"))

    def fund() -> None:
        milestone = next(milestones)
        answer = client.post(f"/milestones/{milestone.pk}/fund", {"form_key": KEY(milestone.pk)})
        assert answer.status_code == 302

    assert statements(fund) <= 16


@pytest.mark.parametrize(
    ("query", "most"), [("", 5), ("kind=fund", 5), ("budget={budget}", 5), ("engagement={engagement}", 6),
                        ("before={posting}", 5), ("after={posting}", 5), ("on=2026-11-24", 8)]
)  # fmt: skip
def test_the_ledger(engagement: Engagement, client: Client, query: str, most: int) -> None:
    for _turn in range(3):
        make_engagement(budget=engagement.funding.budget, milestones=(MilestoneStatus.PAID,) * 9)
    postings = Posting.objects.order_by("pk").values_list("pk", flat=True)
    numbers = {"budget": engagement.funding.budget_id, "engagement": engagement.pk, "posting": postings[40]}
    client.force_login(make_user("finance"))
    address = f"/ledger/?{query.format(**numbers)}"

    assert client.get(address).context["page"].object_list
    assert statements(lambda: client.get(address)) <= most


def test_budgets(engagement: Engagement, client: Client) -> None:
    for _turn in range(3):
        make_engagement(budget=make_budget())
    budget = engagement.funding.budget
    client.force_login(make_user("finance"))

    assert statements(lambda: client.get("/budgets/")) <= 6  # with the organisation once more, as in tests
    assert statements(lambda: client.get("/budgets/?page=2")) <= 8  # beyond the end
    assert statements(lambda: client.get(f"/budgets/{budget.pk}/")) <= 6
    Budget.objects.filter(pk=budget.pk).update(limit_minor=1)
    assert statements(lambda: client.get(f"/budgets/{budget.pk}/")) <= 7


@pytest.mark.parametrize("role", ["finance", "lead", "contractor"])
@pytest.mark.parametrize("query", ["", "year=2026", "name=a", "before=999999999"])
def test_invoices(engagement: Engagement, lead: User, contractor: User, client: Client, role: str, query: str) -> None:
    for _turn in range(3):
        make_invoice(make_paid(engagement))
    client.force_login({"lead": lead, "contractor": contractor}.get(role) or make_user("finance"))

    assert client.get(f"/invoices/?{query}").context["page"].count == 3
    assert statements(lambda: client.get(f"/invoices/?{query}")) <= 5
