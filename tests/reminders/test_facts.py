"""What is open beside the milestones is read at once, whatever there is of it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.states import Role
from engagements.models import (
    Agreement,
    Amendment,
    AmendmentText,
    Goal,
    Message,
    OfferAnswer,
    OfferQuestion,
    ReadBack,
    ReadBackReply,
    Signature,
    Termination,
)
from engagements.states import EngagementStatus, Measurer, Side
from reminders.facts import Asked, Facts, Proposal, Question, SaidBack, Unmeasured, facts
from reminders.models import PlannedNotice, Presence, QuietFlag
from reminders.states import Rule
from tests.factories import NOW, make_engagement, make_user, save

pytestmark = pytest.mark.django_db
LATER, LAST = NOW + timedelta(hours=1), NOW + timedelta(days=9)


@pytest.fixture
def lead() -> User:
    return make_user(Role.LEAD)


def test_everything_that_is_open_about_running_work_is_one_statement(lead: User) -> None:
    e = make_engagement(EngagementStatus.ACTIVE, lead=lead)
    save(Message, engagement=e, author=lead, side=Side.OURS, body="?", needs_answer=True, at=LATER)
    save(Message, engagement=e, author=lead, side=Side.THEIRS, body="?", needs_answer=True, at=NOW)
    save(Message, engagement=e, author=lead, side=Side.THEIRS, body="?", needs_answer=True, at=NOW, answered_at=NOW)
    save(Message, engagement=e, author=lead, side=Side.THEIRS, body="No question.", at=NOW)
    notice = save(
        Termination,
        engagement=e,
        side=Side.OURS,
        reason="r",
        last_on=LAST.date(),
        ends_at=LAST,
        given_by=lead,
        given_at=LATER,
    )
    goal = e.goals.first()
    assert goal is not None
    Goal.objects.filter(pk=goal.pk).update(
        baseline="", baseline_by=Measurer.CONTRACTOR, baseline_due_on=LAST.date(), metric="p95"
    )
    save(QuietFlag, engagement=e, side=Side.THEIRS, silent_since=NOW, raised_at=NOW, told=lead)
    save(QuietFlag, engagement=e, side=Side.OURS, silent_since=NOW, raised_at=NOW, told=lead, cleared_at=NOW)
    for number, at in enumerate((LAST, LATER, NOW)):
        save(
            PlannedNotice,
            rule=Rule.REVIEW_END if at == NOW else Rule.DUE_SOON,
            engagement=e,
            subject_id=number,
            recipient=lead,
            about_on=LAST.date(),
            fire_at=at,
        )
    save(Presence, engagement=e, side=Side.THEIRS, status_since=NOW, quiet_at=LAST)
    save(Presence, engagement=e, side=Side.OURS, status_since=NOW)
    facts({0: e.status})  # its text is written
    with CaptureQueriesContext(connection) as seen:
        found, _people = facts({e.pk: e.status})

    assert found[e.pk] == Facts(
        questions=[Question(Side.THEIRS, NOW), Question(Side.OURS, LATER)],
        proposals=[Proposal("end", notice.pk, Side.OURS, LATER, ends_on=LAST.date())],
        unmeasured=[Unmeasured(goal.pk, "p95", Measurer.CONTRACTOR, LAST.date())],
        quiet_sides=[Side.THEIRS],
        next_notice={lead.pk: LATER},
        quiet_at={Side.THEIRS: LAST},
    )
    assert len(seen) == 1


def test_an_offer_has_its_signature_and_its_questions_and_only_while_it_is_one(lead: User) -> None:
    for status in (EngagementStatus.OFFERED, EngagementStatus.ACTIVE):
        e = make_engagement(status, lead=lead)
        voided = save(Agreement, engagement=e, number=8, canonical="{}", html="", created_at=NOW, voided_at=NOW)
        stands = save(Agreement, engagement=e, number=9, canonical="{}", html="", created_at=NOW)
        for agreement, at in ((voided, NOW), (stands, LATER)):
            for side in Side.values:
                save(Signature, agreement=agreement, side=side, by=lead, typed_name="T", sha256="0", at=at)
        answered = save(OfferQuestion, engagement=e, about="whole", text="?", by=lead, at=NOW)
        save(OfferAnswer, question=answered, text="!", by=lead, at=LATER)
        save(OfferQuestion, engagement=e, about="whole", text="?", by=lead, at=LATER)

        found = facts({e.pk: e.status})[0][e.pk]

        of_offer = Facts(signed_at=LATER, asked=[Asked(NOW, LATER), Asked(LATER, None)])
        assert found == (of_offer if status == EngagementStatus.OFFERED else Facts())


def test_the_latest_read_back_counts_with_what_was_replied(lead: User) -> None:
    e = make_engagement(EngagementStatus.AGREED, lead=lead, understood=False)
    first = save(ReadBack, engagement=e, number=1, text="t", by=lead, at=NOW)
    save(ReadBackReply, read_back=first, is_accepted=False, note="n", by=lead, at=NOW)
    second = save(ReadBack, engagement=e, number=2, text="t", by=lead, at=LATER)
    waiting = facts({e.pk: e.status})[0][e.pk].said_back
    save(ReadBackReply, read_back=second, is_accepted=True, by=lead, at=LAST)

    assert waiting == SaidBack(2, LATER, None, False)
    assert facts({e.pk: e.status})[0][e.pk].said_back == SaidBack(2, LATER, LAST, True)


def test_an_amendment_waits_for_them_until_they_sign_and_then_for_us(lead: User) -> None:
    e = make_engagement(EngagementStatus.ACTIVE, lead=lead)
    amendment = save(
        Amendment,
        engagement=e,
        number=1,
        reason="r",
        changes=[],
        status_since=NOW,
        proposed_by=lead,
        proposed_at=NOW,
        expires_at=LAST,
    )
    unsigned = facts({e.pk: e.status})[0][e.pk].proposals
    save(AmendmentText, amendment=amendment, canonical="{}", html="", sha256="0", previous_sha256="0", at=LATER)

    assert unsigned == [Proposal("amendment", amendment.pk, Side.OURS, NOW, expires_at=LAST)]
    assert facts({e.pk: e.status})[0][e.pk].proposals == [Proposal("amendment", amendment.pk, Side.THEIRS, LATER)]


def test_people_come_with_what_a_sentence_says_of_them(lead: User) -> None:
    gone = make_user(Role.MEMBER, is_active=False, deactivated_at=NOW, pronoun="hers", zone="Asia/Tokyo")
    with CaptureQueriesContext(connection) as seen:
        _found, people = facts({}, [lead.pk, gone.pk])
        said = [(p.name, p.email, p.zone, p.pronoun, p.is_active) for p in (people[lead.pk], people[gone.pk])]

    assert said == [(p.name, p.email, p.zone, p.pronoun, p.is_active) for p in (lead, gone)]
    assert len(seen) == 1
    assert people[gone.pk].role == Role.MEMBER  # the rest is read when it is asked for


def test_no_engagement_and_nobody_is_no_statement() -> None:
    with CaptureQueriesContext(connection) as seen:
        assert not any(facts({0: EngagementStatus.COMPLETED}))

    assert not len(seen)
