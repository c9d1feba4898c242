"""The page of a milestone with everything that there can be on it: what it costs, and that what it reads at once is
what each reads by itself."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from accounts.queries import fill_people
from engagements.models import Delegation, Goal, Measurement
from engagements.queries.delegations import open_delegation
from engagements.queries.measurements import trends
from milestones import queries
from milestones.models import Dispute, Milestone, PaymentSetup
from milestones.queries.disputes import decide_by
from milestones.queries.forecasts import paces
from milestones.queries.packed import packed, unpack
from milestones.queries.page_rows import page_rows
from milestones.queries.seen import milestone_seen_by
from milestones.queries.steps import whole_steps_of
from milestones.queries.times import everything
from milestones.queries.window import counts_as_accepted, next_reviewer, review_window
from milestones.states import AT_WORK, DONE, MilestoneStatus, Origin
from milestones.views.milestone import _waiting
from reminders.queries import waiting
from tests.milestones.full_page import World, full_page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("breaks_the_books")]
AT = datetime(2026, 11, 25, 10, 30, tzinfo=UTC)
# Session, person, milestone, its people, its plan, the page, what else its engagement waits for, and its money.
STATEMENTS = 8


@pytest.fixture(autouse=True)
def _one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    monkeypatch.setattr("accounts.middleware.time", SimpleNamespace(time=AT.timestamp))  # by which one is idle


def cost(person: User, milestone: Milestone) -> tuple[int, int]:
    """(status, statements); the organisation is remembered, but for tests."""
    client, address = Client(), reverse("milestones:milestone", args=[milestone.pk])
    client.force_login(person)
    client.get(address)
    with CaptureQueriesContext(connection) as seen:
        answer = client.get(address)
    return answer.status_code, sum("accounts_organisation" not in q["sql"] for q in seen)


@pytest.mark.parametrize("round_", [1, 2])
@pytest.mark.parametrize("status", MilestoneStatus)
def test_the_page_takes_eight_statements_in_any_state_whoever_looks(status: str, round_: int) -> None:
    world = full_page(status, round_=round_, now=AT)
    found = {who: cost(person, world.milestone) for who, person in world.people.items()}

    assert {who for who, (code, _n) in found.items() if code == 200} >= {"lead", "owner", "contractor", "admin"}
    assert {who: n for who, (code, n) in found.items() if code == 200 and n > STATEMENTS} == {}


@pytest.mark.parametrize("origin", Origin)
def test_where_it_came_from_costs_nothing(origin: str) -> None:
    world = full_page("accepted", origin=origin, now=AT)

    assert cost(world.people["lead"], world.milestone) == (200, STATEMENTS)


def read(world: World, who: str = "admin") -> Any:
    """(milestone, plan, page) as the view reads them."""
    person = world.people[who]
    milestone = milestone_seen_by(person, world.milestone.pk)
    assert milestone is not None
    fill_people([(milestone, milestone.PEOPLE), (milestone.engagement, milestone.engagement.PEOPLE)])
    plan = whole_steps_of([milestone.engagement_id])
    return milestone, plan, queries.milestone_page(milestone, plan, person, AT)


@pytest.mark.parametrize("round_", [1, 2])
@pytest.mark.parametrize("status", [s for s in MilestoneStatus if s not in DONE])
def test_what_it_waits_for_is_what_waits_everywhere(status: str, round_: int) -> None:
    world = full_page(status, round_=round_, now=AT)
    milestone, plan, page = read(world)
    found = _waiting(milestone.engagement, plan, page)
    everywhere = waiting([Milestone.objects.get(pk=milestone.pk).engagement])[milestone.engagement_id]

    assert [o.kind for o in found.obligations]
    assert [asdict_of(o) for o in found.obligations] == [asdict_of(o) for o in everywhere.obligations]
    assert (found.quiet_sides, found.next_notice, found.quiet_at, found.ends_on) == (
        everywhere.quiet_sides,
        everywhere.next_notice,
        everywhere.quiet_at,
        everywhere.ends_on,
    )


def asdict_of(obligation: Any) -> dict[str, Any]:
    told = {name: value for name, value in vars(obligation).items() if not isinstance(value, Model)}
    return {**told, **{name: value.pk for name, value in vars(obligation).items() if isinstance(value, Model)}}


@pytest.mark.parametrize("status", MilestoneStatus)
def test_what_is_read_at_once_is_what_each_is_by_itself(status: str) -> None:
    world = full_page(status, now=AT)
    milestone, plan, page = read(world)
    engagement = milestone.engagement
    rows = page_rows(milestone, plan, world.people["admin"], AT)

    since = milestone.status_since if status == "submitted" else AT
    window = review_window(engagement, since) if status == "submitted" or status in AT_WORK else None
    assert page.window == window
    assert page.counts_as_accepted == (window is not None and counts_as_accepted(engagement))
    assert page.next_reviewer == (window and next_reviewer(engagement, window.reviewer, window.ends_at))
    assert page.delegation == open_delegation(engagement)
    assert [goal.pk for goal in rows.goals] == [goal.pk for goal in milestone.goals.all()]
    alone = {t.goal.pk: [(p.pk, p.value) for p in t.points] for t in trends(list(milestone.goals.all()))}
    assert {row.goal.pk: [(p.pk, p.value) for p in row.trend.points] for row in page.goals} == alone
    if page.progress and page.progress.likely:
        assert rows.pace == paces([engagement.contractor_id])[engagement.contractor_id]
        assert rows.pace.n == 8  # without the one that an appeal took out
    if page.dispute:
        assert page.decide_by == decide_by(Dispute.objects.get(pk=page.dispute.pk), engagement)
    shown = Dispute.objects.filter(milestone=milestone).order_by("-at", "-pk")
    assert [asdict_of_dispute(d) for d in page.disputes] == [asdict_of_dispute(d) for d in shown]
    assert page.replaced_banks == ({engagement.contractor.bank_detail.pk} if status in ("accepted", "paid") else set())


def asdict_of_dispute(dispute: Dispute) -> dict[str, Any]:
    decision = getattr(dispute, "decision", None)
    return {
        "columns": {field.attname: getattr(dispute, field.attname) for field in Dispute._meta.concrete_fields},
        "people": [dispute.by.name, dispute.by.zone, dispute.decider.name, dispute.decider.is_active],
        "goals": {goal.metric for goal in dispute.goals.all()},
        "said": [
            (s.text, s.link, s.side, s.by.name, s.at, [(f.file.name, f.file.size) for f in s.files.all()])
            for s in dispute.statements.all()
        ],
        "decision": decision and (decision.outcome, decision.note, decision.by.name, decision.at),
    }


@pytest.mark.parametrize("model", [Goal, Measurement, Delegation, Dispute, Milestone, PaymentSetup, User])
def test_a_packed_record_is_the_record(model: type[Model]) -> None:
    full_page("disputed", now=AT)
    first, *_others = everything([], [])
    with_types = first.union(packed(model._default_manager.all(), "it"), all=True)  # type: ignore[attr-defined]

    made = {found[1]: unpack(model, found) for found in with_types if found[0] == "it"}
    kept = {row.pk: row for row in model._default_manager.all()}  # type: ignore[attr-defined]

    assert made.keys() == kept.keys()
    assert made
    for pk, row in kept.items():
        for field in model._meta.concrete_fields:
            mine, theirs = getattr(made[pk], field.attname), getattr(row, field.attname)
            assert (type(mine), mine) == (type(theirs), theirs), (model, field.attname)


def test_a_packed_record_knows_whom_it_names() -> None:
    world = full_page("disputed", now=AT)
    rows = packed(Dispute.objects.all(), "it", "id", "by_id", by=("id", "name"), decision=("id", "note"))

    found = {r[1]: unpack(Dispute, r) for r in rows}

    assert {dispute.by.name for dispute in found.values()} == {world.people["contractor"].name}
    assert sorted(hasattr(dispute, "decision") for dispute in found.values()) == [False, False, True]
