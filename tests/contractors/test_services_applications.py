from datetime import timedelta

import pytest

from accounts.states import Role
from contractors import queries
from contractors.models import Application, Contractor
from contractors.services import applications, decisions, openings, scorecards
from contractors.states import ApplicationStatus, Decision, PricePer
from core import history
from core.errors import DomainError
from core.models import OutboxMail
from core.money import Money
from core.transitions import move
from tests.factories import NOW, make_application, make_contractor, make_opening, make_user

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=3)


def apply(opening, **changes):
    question = opening.questions.get()
    given = {
        "name": "Kwame Boateng",
        "email": "Kwame@Example.net",
        "price": Money(360_000, "EUR"),
        "answers": {question: "A payment page, from 4 s to 0.9 s."},
        "at": NOW,
        **changes,
    }
    return applications.apply(opening, **given)


def mails(kind="application"):
    return list(OutboxMail.objects.filter(kind=kind).order_by("id"))


def test_applying_makes_a_contractor_an_application_and_its_answers():
    opening = make_opening()

    application = apply(opening, per=PricePer.HOUR)

    assert application.status == ApplicationStatus.RECEIVED
    assert application.contractor.email == "kwame@example.net"
    assert application.asked_price == Money(360_000, "EUR")
    assert application.asked_per == PricePer.HOUR
    assert [a.text for a in application.answers.all()] == ["A payment page, from 4 s to 0.9 s."]
    assert [line.text for line in queries.history_of(application)] == ["Applied"]
    assert history.verify(application) == ""


def test_the_applicant_is_thanked_and_the_lead_and_reviewers_are_told_once_each():
    lead = make_user()
    other = make_user(Role.MEMBER)
    opening = make_opening(lead, reviewers=[lead, other])

    apply(opening)

    assert [m.address for m in mails()] == ["kwame@example.net"]
    assert "Kwame" not in mails()[0].text  # what a stranger typed is not mailed to anybody's address
    assert sorted(m.address for m in mails("review")) == sorted([lead.email, other.email])


def test_applying_again_changes_nothing_and_tells_the_owner_of_the_address_once_a_day():
    opening = make_opening()
    first = apply(opening)

    for _turn in range(3):
        again = apply(opening, email="kwame@example.NET ", name="Somebody else", price=Money(1, "EUR"), at=LATER)

    assert again == first
    assert Application.objects.count() == 1
    first.refresh_from_db()
    assert first.asked_minor == 360_000
    assert first.contractor.name == "Kwame Boateng"
    assert [m.subject.split(" ")[1] for m in mails()] == ["have", "already"]


def test_a_known_contractor_is_found_by_e_mail_and_not_changed():
    known = make_contractor(name="Ama Serwaa", email="ama@example.net")

    application = apply(make_opening(), email="AMA@example.net", name="Not Ama")

    assert application.contractor == known
    known.refresh_from_db()
    assert known.name == "Ama Serwaa"
    assert Contractor.objects.count() == 1


@pytest.mark.parametrize("price", [Money(0, "EUR"), Money(100, "USD")])
def test_a_price_of_nothing_or_in_another_currency_is_refused(price):
    with pytest.raises(DomainError, match="price"):
        apply(make_opening(), price=price)


def test_a_needed_question_left_out_is_refused():
    with pytest.raises(DomainError, match="Answer"):
        apply(make_opening(), answers={})


def test_an_answer_to_another_opening_s_question_is_not_taken():
    opening, other = make_opening(), make_opening()
    foreign = other.questions.get()

    application = apply(opening, answers={opening.questions.get(): "Yes", foreign: "Smuggled"})

    assert [a.text for a in application.answers.all()] == ["Yes"]


def test_unpublished_and_closed_openings_take_nothing():
    lead = make_user()
    with pytest.raises(DomainError, match="closed"):
        apply(make_opening(lead, published=False))
    closed = make_opening(lead)
    openings.close_opening(closed, by=lead, at=NOW)
    with pytest.raises(DomainError, match="closed"):
        apply(closed)


def test_only_a_decided_hire_becomes_hired():
    lead = make_user()
    offered = make_application(make_opening(lead), status=ApplicationStatus.OFFERED)
    declined = make_application(make_opening(lead), status=ApplicationStatus.DECLINED)

    assert applications.mark_hired(offered, by=lead, at=NOW).status == ApplicationStatus.HIRED
    assert applications.mark_hired(offered, by=lead, at=NOW).status == ApplicationStatus.HIRED
    assert applications.mark_hired(declined, by=lead, at=NOW).status == ApplicationStatus.DECLINED


LEGAL = Application.MOVES


@pytest.mark.parametrize("was", ApplicationStatus.values)
@pytest.mark.parametrize("to", ApplicationStatus.values)
def test_every_move_is_either_in_the_table_or_refused(was, to):
    lead = make_user()
    application = make_application(make_opening(lead), status=was)
    if to in LEGAL[was]:
        assert move(application, to=to, by=lead, at=LATER).status == to
    else:
        with pytest.raises(DomainError):
            move(application, to=to, by=lead, at=LATER)


# --- decisions ------------------------------------------------------------------


def marked(opening, *reviewers, contractor=None):
    """An application whose named reviewers given here have handed in threes."""
    application = make_application(opening, contractor)
    for reviewer in reviewers:
        marks = {c.pk: 3 for c in opening.criteria.all()}
        scorecards.submit(application, reviewer=reviewer, marks=marks, evidence="Read it.", at=NOW)
    application.refresh_from_db()
    return application


def test_a_decision_before_all_scorecards_are_in_is_refused_and_says_who_is_missing():
    lead, jonas = make_user(), make_user(Role.MEMBER, name="Jonas Brandt")
    application = marked(make_opening(lead, reviewers=[lead, jonas]), lead)

    with pytest.raises(DomainError, match="Jonas Brandt"):
        decisions.decide(application, decision=Decision.HIRE, reason="Good", by=lead, at=LATER)

    assert not application.decisions.exists()


@pytest.mark.parametrize(
    ("decision", "status", "answers"),
    [
        (Decision.HIRE, ApplicationStatus.OFFERED, 0),
        (Decision.BENCH, ApplicationStatus.DECLINED, 1),
        (Decision.DECLINE, ApplicationStatus.DECLINED, 1),
    ],
)
def test_a_decision_moves_the_application_and_answers_the_applicant(decision, status, answers):
    lead = make_user()
    application = marked(make_opening(lead, reviewers=[lead]), lead)

    made = decisions.decide(application, decision=decision, reason="Knows it", by=lead, at=LATER)

    application.refresh_from_db()
    assert application.status == status
    assert (made.by, made.at, made.reason) == (lead, LATER, "Knows it")
    assert len(mails()) == answers
    assert Contractor.objects.on_bench().exists() == (decision == Decision.BENCH)
    assert queries.history_of(application)[0].text.startswith("Moved")
    assert history.verify(application) == ""


def test_somebody_without_an_e_mail_gets_no_mail():
    lead = make_user()
    application = marked(make_opening(lead, reviewers=[lead]), lead, contractor=make_contractor(email=""))

    decisions.decide(application, decision=Decision.DECLINE, reason="No", by=lead, at=LATER)

    assert mails() == []


def test_a_decided_application_is_not_decided_again_but_a_hire_may_come_to_nothing():
    lead = make_user()
    application = marked(make_opening(lead, reviewers=[lead]), lead)
    decisions.decide(application, decision=Decision.HIRE, reason="Good", by=lead, at=NOW)
    with pytest.raises(DomainError, match="offered"):
        decisions.decide(application, decision=Decision.HIRE, reason="Good", by=lead, at=LATER)

    decisions.decide(application, decision=Decision.BENCH, reason="Took other work", by=lead, at=LATER)

    application.refresh_from_db()
    assert application.status == ApplicationStatus.DECLINED
    assert [d.decision for d in application.decisions.all()] == [Decision.BENCH, Decision.HIRE]
    with pytest.raises(DomainError, match="declined"):
        decisions.decide(application, decision=Decision.DECLINE, reason="No", by=lead, at=LATER)


@pytest.mark.parametrize(("decision", "reason"), [("maybe", "Because"), (Decision.HIRE, "  ")])
def test_a_decision_needs_a_known_word_and_a_reason(decision, reason):
    lead = make_user()
    application = marked(make_opening(lead, reviewers=[lead]), lead)
    with pytest.raises(DomainError):
        decisions.decide(application, decision=decision, reason=reason, by=lead, at=LATER)


def test_a_deactivated_reviewer_is_not_waited_for():
    lead, gone = make_user(), make_user(Role.MEMBER)
    opening = make_opening(lead, reviewers=[lead, gone])
    application = marked(opening, lead)
    type(gone).objects.filter(pk=gone.pk).update(is_active=False, deactivated_at=NOW)

    decisions.decide(application, decision=Decision.HIRE, reason="Good", by=lead, at=LATER)

    application.refresh_from_db()
    assert application.status == ApplicationStatus.OFFERED
