from datetime import timedelta

import pytest

from accounts.states import Role
from contractors import queries
from contractors.services import openings
from core import history
from core.errors import DomainError
from core.models import Event
from tests.factories import NOW, make_application, make_opening, make_user

pytestmark = pytest.mark.django_db


def facts(lead, **changes):
    return {
        "title": "Payment page, faster",
        "brief": "Make it answer within a second.",
        "currency": "EUR",
        "criteria": [("Has done it before", 2), ("Writes clearly", 1)],
        "questions": [("What did you speed up last?", True), ("When can you start?", False)],
        "reviewers": [make_user(Role.MEMBER), make_user(Role.MEMBER)],
        "lead": lead,
        "by": lead,
        "at": NOW,
        **changes,
    }


def test_an_opening_keeps_what_was_written_and_is_not_public_yet():
    lead = make_user()

    opening = openings.create_opening(**facts(lead))

    assert [(c.name, c.weight) for c in opening.criteria.all()] == [("Has done it before", 2), ("Writes clearly", 1)]
    assert [q.is_required for q in opening.questions.all()] == [True, False]
    assert opening.reviewers.count() == 2
    assert not opening.is_public
    assert len(opening.token) >= 22
    assert [line.text for line in queries.history_of(opening)] == ["Made"]


@pytest.mark.parametrize(
    "change",
    [
        {"title": " "},
        {"currency": "XXX"},
        {"criteria": []},
        {"criteria": [("", 1)]},
        {"criteria": [("Same", 1), ("same ", 2)]},
        {"criteria": [("Too heavy", 11)]},
        {"questions": [("Why?", True)] * 21},
        {"reviewers": []},
    ],
)
def test_an_opening_that_can_not_be_marked_is_refused(change):
    with pytest.raises(DomainError):
        openings.create_opening(**facts(make_user(), **change))


def test_a_contractor_can_not_review_others():
    with pytest.raises(DomainError, match="can’t review"):
        openings.create_opening(**facts(make_user(), reviewers=[make_user(Role.CONTRACTOR)]))


def test_an_unpublished_opening_can_be_edited_as_a_whole():
    lead = make_user()
    opening = openings.create_opening(**facts(lead))
    change = facts(lead, title="Checkout, faster", criteria=[("Knows Django", 3)], questions=[])
    change.pop("lead")

    opening = openings.edit_opening(opening, **change)

    assert opening.title == "Checkout, faster"
    assert [c.name for c in opening.criteria.all()] == ["Knows Django"]
    assert opening.questions.count() == 0


def test_a_stale_tab_does_not_overwrite_what_somebody_else_wrote():
    lead = make_user()
    opening = openings.create_opening(**facts(lead))
    seen = queries.draft_version(opening)
    change = facts(lead, title="Mine")
    change.pop("lead")
    openings.edit_opening(opening, **change, seen=seen)

    with pytest.raises(DomainError, match="meanwhile"):
        openings.edit_opening(opening, **{**change, "title": "Theirs"}, seen=seen)

    opening.refresh_from_db()
    assert opening.title == "Mine"


def test_a_published_opening_is_not_edited_any_more():
    lead = make_user()
    opening = openings.create_opening(**facts(lead))
    openings.publish_opening(opening, by=lead, at=NOW)
    change = facts(lead)
    change.pop("lead")

    with pytest.raises(DomainError, match="published"):
        openings.edit_opening(opening, **change)


def test_publishing_and_closing_are_dated_facts_with_a_history():
    lead = make_user()
    opening = openings.create_opening(**facts(lead))

    opening = openings.publish_opening(opening, by=lead, at=NOW)
    assert opening.is_public
    opening = openings.close_opening(opening, by=lead, at=NOW + timedelta(days=1))

    assert (opening.published_at, opening.closed_at) == (NOW, NOW + timedelta(days=1))
    assert [(x.text, x.by) for x in queries.history_of(opening)] == [
        ("Closed", lead),
        ("Published", lead),
        ("Made", lead),
    ]
    assert history.verify(opening) == ""


def test_publishing_twice_and_closing_twice_are_refused():
    lead = make_user()
    opening = make_opening(lead, reviewers=[lead])
    with pytest.raises(DomainError, match="already"):
        openings.publish_opening(opening, by=lead, at=NOW)
    openings.close_opening(opening, by=lead, at=NOW)
    with pytest.raises(DomainError, match="only once"):
        openings.close_opening(opening, by=lead, at=NOW)


def test_an_opening_without_reviewers_is_not_published():
    opening = make_opening(published=False)
    with pytest.raises(DomainError, match="reviewer"):
        openings.publish_opening(opening, by=opening.lead, at=NOW)


def test_criteria_stay_once_somebody_applied_even_before_it_is_published():
    lead = make_user()
    opening = make_opening(lead, published=False, reviewers=[lead])
    make_application(opening)
    change = facts(lead)
    change.pop("lead")
    with pytest.raises(DomainError, match="Applications hang"):
        openings.edit_opening(opening, **change)


def test_handing_over_gives_every_opening_a_new_lead():
    old, new, admin = make_user(), make_user(), make_user(Role.ADMIN)
    opening = make_opening(old)
    other = make_opening()

    assert openings.hand_over_openings(old, to=new, by=admin, at=NOW) == 1

    opening.refresh_from_db()
    other.refresh_from_db()
    assert opening.lead == new
    assert other.lead != new
    assert Event.objects.of(opening).get().verb == "handed_over"


def test_openings_are_not_handed_to_somebody_who_can_not_lead_them():
    with pytest.raises(DomainError):
        openings.hand_over_openings(make_user(), to=make_user(Role.MEMBER), by=make_user(Role.ADMIN), at=NOW)
