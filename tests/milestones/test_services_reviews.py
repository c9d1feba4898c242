from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError, transaction

from accounts.models import Organisation
from core.errors import DomainError
from core.models import OutboxMail
from engagements.models import Contact
from milestones.models import GoalVerdict, Payout, Review
from milestones.queries import pay_by
from milestones.services.reviews import request_changes
from milestones.states import MilestoneStatus, Outcome, PayoutStatus
from tests.factories import NOW
from tests.milestones.conftest import accept, give_bank, hand_in, verdicts_for

pytestmark = pytest.mark.django_db


def send_back(milestone, **facts):
    facts = {
        "verdicts": verdicts_for(milestone, is_met=False),
        "note": "Cold cache as well.",
        "submission_number": milestone.submissions.count(),
        "by": milestone.engagement.lead,
        "at": NOW,
        **facts,
    }
    return request_changes(milestone, **facts)


def test_accepting_records_who_and_when_and_makes_a_payout(submitted, lead):
    milestone = accept(submitted)

    assert (milestone.status, milestone.accepted_by, milestone.accepted_at) == (MilestoneStatus.ACCEPTED, lead, NOW)
    payout = Payout.objects.get(milestone=milestone)
    assert (payout.status, payout.amount, payout.due_on) == (PayoutStatus.DUE, milestone.amount, date(2026, 12, 1))
    assert Review.objects.get().outcome == Outcome.ACCEPTED


def test_the_promised_day_is_counted_on_the_organisations_calendar(db):
    Organisation.objects.all().delete()
    late = datetime(2026, 11, 26, 23, 30, tzinfo=UTC)  # a Thursday; Friday there
    in_utc = pay_by(late)
    Organisation.objects.create(
        name="M", legal_name="M", address="x", country="NZ", home_currency="NZD", zone="Pacific/Auckland",
        created_at=NOW,
    )  # fmt: skip

    assert (in_utc, pay_by(late)) == (date(2026, 12, 1), date(2026, 12, 8))


def test_the_contractor_is_told_the_day_of_payment(submitted):
    give_bank(submitted.engagement)
    OutboxMail.objects.all()

    accept(submitted)

    mail = OutboxMail.objects.get(subject__contains="is accepted")
    assert "paid by Tue 1 Dec 2026" in mail.text
    assert "bank details" not in mail.text


def test_a_contractor_without_bank_details_is_asked_for_them(submitted):
    accept(submitted)

    assert "/money/bank/" in OutboxMail.objects.get(subject__contains="is accepted").text


def test_a_goal_judged_not_met_refuses_acceptance(submitted):
    with pytest.raises(DomainError, match="is judged not met"):
        accept(submitted, verdicts=verdicts_for(submitted, is_met=False))

    submitted.refresh_from_db()
    assert submitted.status == MilestoneStatus.SUBMITTED


def test_every_goal_is_judged(submitted):
    with pytest.raises(DomainError, match="Say whether"):
        accept(submitted, verdicts={})


def test_a_review_of_an_older_submission_is_refused(submitted):
    send_back(submitted)
    hand_in(submitted, note="Now with a cold cache.")

    with pytest.raises(DomainError, match="Something newer"):
        accept(submitted, submission_number=1)


def test_asking_for_changes_says_what_is_missing(submitted):
    milestone = send_back(submitted)

    assert milestone.status == MilestoneStatus.CHANGES_REQUESTED
    assert not Payout.objects.exists()
    mail = OutboxMail.objects.get(subject__contains="needs changes")
    assert "Cold cache as well." in mail.text
    assert "Not met yet: p95 of the payment page" in mail.text


def test_asking_for_changes_needs_words(submitted):
    with pytest.raises(DomainError, match="Say what is missing"):
        send_back(submitted, note="  ")


def test_an_answer_is_a_sign_of_life_of_ours(submitted, lead):
    send_back(submitted)

    contact = Contact.objects.get(kind="review")
    assert (contact.side, contact.by) == ("ours", lead)


def test_handed_in_again_it_can_be_accepted(submitted):
    send_back(submitted)
    hand_in(submitted)

    assert accept(submitted).status == MilestoneStatus.ACCEPTED


@pytest.mark.parametrize("model", [Review, GoalVerdict])
def test_a_review_never_changes(accepted, model):
    with pytest.raises(DatabaseError), transaction.atomic():
        model.objects.update(note="other words")
