from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.states import Role
from contractors import queries
from contractors.models import Mark, Scorecard
from contractors.services import scorecards
from contractors.states import ApplicationStatus
from core.errors import DomainError
from core.models import Event, OutboxMail
from tests.factories import NOW, make_application, make_opening, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead():
    return make_user(name="Ana Duarte")


@pytest.fixture
def jonas():
    return make_user(Role.MEMBER, name="Jonas Brandt")


@pytest.fixture
def mia():
    return make_user(Role.MEMBER, name="Mia Lund")


@pytest.fixture
def application(lead, jonas, mia):
    return make_application(make_opening(lead, reviewers=[jonas, mia]))


def submit(application, reviewer, *points, evidence="Read the answers.", at=NOW):
    criteria = application.opening.criteria.all()
    marks = {c.pk: n for c, n in zip(criteria, points, strict=True)}
    return scorecards.submit(application, reviewer=reviewer, marks=marks, evidence=evidence, at=at)


def test_the_first_scorecard_starts_screening_and_the_last_one_review(application, jonas, mia):
    submit(application, jonas, 4, 5)
    application.refresh_from_db()
    assert application.status == ApplicationStatus.SCREENING

    submit(application, mia, 2, 3)
    application.refresh_from_db()
    assert application.status == ApplicationStatus.REVIEW


def test_the_lead_is_told_when_the_last_one_is_in_and_not_before(application, lead, jonas, mia):
    submit(application, jonas, 4, 5)
    assert not OutboxMail.objects.filter(recipient=lead).exists()
    submit(application, mia, 2, 3)
    assert OutboxMail.objects.get(recipient=lead).subject.startswith("All scorecards")


def test_marks_are_sealed_for_everybody_until_the_last_named_reviewer_is_in(application, lead, jonas, mia):
    card = submit(application, jonas, 4, 5)
    where = queries.standing(application)
    admin = make_user(Role.ADMIN)

    for viewer in (mia, lead, admin):
        assert queries.revealed_scorecards(where, viewer) == []
    assert queries.revealed_scorecards(where, jonas) == [card]

    second = submit(application, mia, 2, 3)
    where = queries.standing(application)
    for viewer in (jonas, mia, lead, admin):
        assert queries.revealed_scorecards(where, viewer) == [card, second]


def test_the_history_says_who_marked_but_not_what(application, jonas):
    submit(application, jonas, 4, 5, evidence="Weak on caching")
    events = Event.objects.of(application)
    assert [e.verb for e in events.order_by("seq")] == ["scored", "moved"]
    assert not any(e.note for e in events)


def test_the_mean_is_weighted_by_criterion(application, jonas, mia):
    cards = [submit(application, jonas, 5, 2), submit(application, mia, 4, 1)]  # weights 2 and 1

    board = queries.board(application.opening, cards)

    assert board.mean == Decimal("3.5")  # (2·5 + 2 + 2·4 + 1) ÷ 6
    assert board.marks == 4
    assert [row.points for row in board.rows] == [[5, 4], [2, 1]]
    assert [row.gap for row in board.rows] == [1, 1]


def test_no_marks_have_no_mean(application):
    assert queries.board(application.opening, []).mean is None


def test_a_scorecard_is_handed_in_once(application, jonas):
    submit(application, jonas, 4, 5)
    with pytest.raises(DomainError, match="already"):
        submit(application, jonas, 1, 1)
    assert Mark.objects.count() == 2


def test_only_named_reviewers_mark(application, lead):
    with pytest.raises(DomainError, match="named"):
        submit(application, lead, 4, 5)
    assert not Scorecard.objects.exists()


def test_a_decided_application_takes_no_scorecard(lead, jonas):
    declined = make_application(make_opening(lead, reviewers=[jonas]), status=ApplicationStatus.DECLINED)
    with pytest.raises(DomainError, match="decided"):
        submit(declined, jonas, 4, 5)


@pytest.mark.parametrize("points", [(0, 3), (6, 3)])
def test_marks_run_from_1_to_5(application, jonas, points):
    with pytest.raises(DomainError, match="1 to 5"):
        submit(application, jonas, *points)


def test_every_criterion_is_marked_and_no_foreign_one(application, jonas):
    first = application.opening.criteria.first()
    foreign = make_opening().criteria.first()
    for marks in ({first.pk: 3}, {first.pk: 3, foreign.pk: 3}):
        with pytest.raises(DomainError, match="every criterion"):
            scorecards.submit(application, reviewer=jonas, marks=marks, evidence="Seen", at=NOW)


def test_marks_rest_on_something(application, jonas):
    with pytest.raises(DomainError, match="rest on"):
        submit(application, jonas, 4, 5, evidence="  ")


# --- the sentence -----------------------------------------------------------------


def test_the_sentence_names_whose_scorecards_are_missing(application, lead):
    assert queries.sentence(application, lead, NOW) == (
        "Waiting for Jonas’s and Mia’s scorecards since Mon 09:00 (your time); no reminder is planned."
    )


def test_the_sentence_says_your_to_the_person_it_waits_for(application, jonas, mia):
    submit(application, mia, 3, 3)
    assert queries.sentence(application, jonas, NOW).startswith("Waiting for your scorecard since")


def test_the_sentence_turns_to_the_lead_when_all_are_in(application, lead, jonas, mia):
    submit(application, jonas, 3, 3)
    submit(application, mia, 3, 3, at=NOW + timedelta(hours=1))

    assert "Waiting for Ana’s decision since Mon 10:00" in queries.sentence(application, jonas, NOW)
    assert "Waiting for your decision" in queries.sentence(application, lead, NOW)


@pytest.mark.parametrize("status", ApplicationStatus.values)
def test_the_sentence_is_never_blank(lead, status):
    application = make_application(make_opening(lead), status=status)
    assert queries.sentence(application, lead, NOW + timedelta(days=400)).endswith(".")


def test_the_sentences_of_a_list_cost_three_queries(django_assert_num_queries, application, lead, jonas, mia):
    others = [make_application(make_opening(lead, reviewers=[jonas, mia])) for _n in range(3)]
    rows = list(
        type(application).objects.filter(pk__in=[o.pk for o in others]).select_related("contractor", "opening__lead")
    )
    with django_assert_num_queries(3):
        queries.sentences(rows, lead, NOW)
