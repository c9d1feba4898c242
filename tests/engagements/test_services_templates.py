"""Drafts are rewritten whole; what is published never changes, and the database sees to it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from core.errors import DomainError
from core.models import Event
from core.money import Money
from engagements.models import ContractTemplate, TemplateGoal, TemplateMilestone, TemplateVersion
from engagements.queries import draft_version, missing, ticks
from engagements.services import templates
from engagements.states import Direction, Measurer, VersionStatus
from tests.factories import NOW, make_engagement, make_objective, make_user, make_version

pytestmark = pytest.mark.django_db


def fields(**facts: Any) -> dict[str, Any]:
    return {
        "role": "Performance engineer",
        "brief": "Make it fast.",
        "clauses": "",
        "currency": "EUR",
        "price_minor": 400_000,
        "checkin_days": 5,
        "review_days": 3,
        **facts,
    }


def step(**facts: Any) -> Any:
    return {"title": "Step", "deliverable": "A pull request.", "share_bp": 10_000, "due_after_days": 14, **facts}


def goal(**facts: Any) -> Any:
    return {
        "metric": "p95",
        "unit": "ms",
        "baseline": "2400",
        "target": "1200",
        "direction": Direction.AT_MOST,
        "method": "200 loads",
        "measured_by": Measurer.TEAM,
        "milestone": 1,
        **facts,
    }


def write(version: TemplateVersion, lead: Any, **facts: Any) -> TemplateVersion:
    given = {"fields": fields(), "milestones": [step()], "goals": [goal()], **facts}
    return templates.save_draft(version, by=lead, at=NOW, **given)


@pytest.fixture
def lead():
    return make_user()


@pytest.fixture
def draft(lead):
    return templates.create_template("Speed", role="Engineer", price=Money(400_000, "EUR"), by=lead, at=NOW)


def test_a_new_template_starts_with_a_draft_of_version_1(draft, lead):
    assert (draft.number, draft.status, draft.template.lead) == (1, VersionStatus.DRAFT, lead)
    assert [e.verb for e in Event.objects.of(draft.template).order_by("seq")] == ["created", "created"]


def test_two_templates_of_one_name_are_refused(draft, lead):
    with pytest.raises(DomainError, match="of this name already"):
        templates.create_template("Speed", role="x", price=Money(1, "EUR"), by=lead, at=NOW)


def test_saving_a_draft_writes_plan_and_goals_in_the_order_given(draft, lead):
    version = write(
        draft,
        lead,
        milestones=[step(title="A", share_bp=4000), step(title="B", share_bp=6000)],
        goals=[goal(milestone=2), goal(metric="p50", milestone=1)],
    )

    assert list(version.milestones.values_list("position", "title")) == [(1, "A"), (2, "B")]
    assert list(version.goals.values_list("metric", "milestone__title")) == [("p95", "B"), ("p50", "A")]


def test_saving_again_replaces_everything(draft, lead):
    write(draft, lead)

    version = write(draft, lead, milestones=[step(title="Only")], goals=[])

    assert (version.milestones.get().title, version.goals.count()) == ("Only", 0)


def test_a_goal_of_a_milestone_that_is_not_there_is_refused(draft, lead):
    with pytest.raises(DomainError, match="Goal 1 needs a milestone"):
        write(draft, lead, goals=[goal(milestone=2)])


def test_a_page_that_another_tab_has_overtaken_is_refused(draft, lead):
    seen = draft_version(draft)
    write(draft, lead, seen=seen)

    with pytest.raises(DomainError, match="Somebody saved this draft"):
        write(draft, lead, seen=seen, fields=fields(role="Other"))

    draft.refresh_from_db()
    assert draft.role == "Performance engineer"


def test_a_complete_draft_is_published_with_who_and_when(draft, lead):
    version = templates.publish(write(draft, lead), by=lead, at=NOW + timedelta(hours=1))

    assert (version.status, version.published_by, version.published_at) == (
        VersionStatus.PUBLISHED,
        lead,
        NOW + timedelta(hours=1),
    )


def test_an_empty_draft_says_all_that_is_missing_in_one_sentence(draft, lead):
    with pytest.raises(DomainError) as refusal:
        templates.publish(draft, by=lead, at=NOW)

    assert refusal.value.sentence == (
        "Not published yet: say the role and what it is about; add a milestone; make the shares sum to 100 % "
        "(now 0 %); add a measurable goal."
    )


@pytest.mark.parametrize(
    ("facts", "lack"),
    [
        ({"fields": fields(brief=" ")}, "say the role and what it is about"),
        ({"milestones": [step(share_bp=9_999)]}, "make the shares sum to 100 % (now 99.99 %)"),
        ({"milestones": [step(title=" ")]}, "give milestone 1 a title and a deliverable"),
        ({"milestones": [step(deliverable="")]}, "give milestone 1 a title and a deliverable"),
        ({"goals": [goal(method="")]}, "goal 1: say how it is measured"),
        ({"goals": [goal(target="fast")]}, "goal 1: give it a target"),
        ({"goals": [goal(target="NaN")]}, "goal 1: give it a target"),
        ({"goals": [goal(baseline="Infinity")]}, "goal 1: give it numbers"),
        ({"goals": [goal(target="2400")]}, "goal 1: give it a target beyond today’s 2400 ms"),
        ({"goals": [goal(direction=Direction.AT_LEAST)]}, "goal 1: give it a target beyond today’s 2400 ms"),
        ({"goals": [goal(), goal(unit=""), goal(metric="")]}, "goal 2: give it a unit; goal 3: say what it is"),
        (
            {"fields": fields(price_minor=1), "milestones": [step(share_bp=5000), step(share_bp=5000)]},
            "raise the price, so that each milestone is paid something",
        ),
    ],
)
def test_each_gap_keeps_a_version_from_being_published(draft, lead, facts, lack):
    version = write(draft, lead, **facts)

    assert missing(version) == [lack]
    with pytest.raises(DomainError):
        templates.publish(version, by=lead, at=NOW)


def test_a_complete_draft_lacks_nothing(draft, lead):
    serves = goal(objective_id=make_objective(lead).pk)

    assert all(tick.is_ok for tick in ticks(write(draft, lead, goals=[serves])))


def test_a_published_version_is_neither_saved_nor_published_again(lead):
    version = make_version(lead)

    with pytest.raises(DomainError, match="never changes"):
        write(version, lead)
    with pytest.raises(DomainError, match="never changes"):
        templates.publish(version, by=lead, at=NOW)


def test_a_new_draft_copies_the_latest_version_with_its_plan_and_goals(lead):
    old = make_version(lead, shares=(3000, 7000))

    new = templates.new_draft(old.template, by=lead, at=NOW)

    assert (new.number, new.status, new.price) == (2, VersionStatus.DRAFT, old.price)
    assert list(new.milestones.values_list("title", "share_bp")) == [("Step 1", 3000), ("Step 2", 7000)]
    assert list(new.goals.values_list("target", "milestone__position")) == [("1200", 1), ("600", 2)]
    assert {goal.milestone.version_id for goal in new.goals.all()} == {new.pk}


def test_only_one_draft_is_open_at_a_time(lead):
    old = make_version(lead)
    templates.new_draft(old.template, by=lead, at=NOW)

    with pytest.raises(DomainError, match="open already"):
        templates.new_draft(old.template, by=lead, at=NOW)


def test_retiring_leaves_the_engagements_made_from_it_alone(lead):
    engagement = make_engagement(lead=lead)

    version = templates.retire(engagement.version, by=lead, at=NOW)

    assert version.status == VersionStatus.RETIRED
    engagement.refresh_from_db()
    assert engagement.version_id == version.pk


def test_a_draft_is_not_retired(draft, lead):
    with pytest.raises(DomainError):
        templates.retire(draft, by=lead, at=NOW)


# --- the database itself ---------------------------------------------------------------------------------------


def refused(act: Any) -> bool:
    try:
        with transaction.atomic():
            act()
    except DatabaseError as error:
        return "append-only" in str(error)
    return False


@pytest.mark.parametrize(
    "change",
    [{"role": "x"}, {"brief": "x"}, {"clauses": "x"}, {"price_minor": 1}, {"currency": "USD"}, {"number": 9}],
)
def test_the_database_refuses_to_change_a_published_version(change):
    version = make_version()

    assert refused(lambda: TemplateVersion.objects.filter(pk=version.pk).update(**change))


def test_the_database_refuses_to_change_plan_and_goals_of_a_published_version():
    version = make_version()

    assert refused(lambda: TemplateMilestone.objects.filter(version=version).update(share_bp=1))
    assert refused(lambda: TemplateGoal.objects.filter(version=version).update(target="1"))
    assert refused(lambda: TemplateGoal.objects.filter(version=version)._raw_delete("default"))
    assert refused(
        lambda: TemplateMilestone.objects.create(
            version=version, position=9, title="x", deliverable="x", share_bp=1, due_after_days=1
        )
    )


def test_the_database_lets_a_draft_change(draft):
    assert not refused(lambda: TemplateVersion.objects.filter(pk=draft.pk).update(role="x"))


def test_the_guards_stand_in_this_database():
    tables = ("engagements_templateversion", "engagements_templatemilestone", "engagements_templategoal")
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT DISTINCT tbl_name FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute("SELECT DISTINCT event_object_table FROM information_schema.triggers")
        guarded = {row[0] for row in cursor.fetchall()}

    assert set(tables) | {"engagements_agreement", "engagements_signature"} <= guarded


def test_the_list_knows_draft_live_version_and_uses(lead, django_assert_num_queries):
    engagement = make_engagement(lead=lead)
    templates.new_draft(engagement.version.template, by=lead, at=NOW)

    with django_assert_num_queries(1):
        (row,) = ContractTemplate.objects.visible_to(lead).for_list()
        assert (row.live_number, row.draft_number, row.uses, row.lead.name) == (1, 2, 1, lead.name)
