import pytest
from django.db import DatabaseError, transaction

from core.errors import DomainError
from core.models import OutboxMail
from engagements.models import Contact, Engagement
from engagements.states import EngagementStatus
from milestones.models import Evidence, Submission
from milestones.states import MilestoneStatus
from tests.factories import NOW, make_user
from tests.milestones.conftest import evidence_for, hand_in

pytestmark = pytest.mark.django_db


def test_handing_in_keeps_the_measured_value_of_each_goal(funded):
    submission = hand_in(funded, evidence=evidence_for(funded, "1100.50"))

    funded.refresh_from_db()
    assert (funded.status, funded.submitted_at) == (MilestoneStatus.SUBMITTED, NOW)
    assert [(e.value, e.note) for e in submission.evidence.all()] == [("1100.5", "run 8812")]


def test_handing_in_is_a_sign_of_life(funded, contractor):
    hand_in(funded)

    contact = Contact.objects.get()
    assert (contact.side, contact.kind, contact.by) == ("theirs", "submission", contractor)


def test_the_lead_and_the_comms_owner_hear_of_it(funded, lead):
    comms = make_user("member")
    Engagement.objects.filter(pk=funded.engagement_id).update(comms_owner=comms)

    hand_in(funded)

    assert {m.recipient for m in OutboxMail.objects.all()} == {lead, comms}


def test_one_person_in_both_parts_hears_of_it_once(funded, lead):
    hand_in(funded)

    assert OutboxMail.objects.get().recipient == lead


def test_a_goal_without_a_value_is_named(funded):
    with pytest.raises(DomainError, match="p95 of the payment page"):
        hand_in(funded, evidence={})


@pytest.mark.parametrize("value", ["", "fast", "NaN", "Infinity", "1e9", "9" * 40])
def test_a_value_that_is_no_number_is_refused(funded, value):
    with pytest.raises(DomainError):
        hand_in(funded, evidence=evidence_for(funded, value))


@pytest.mark.parametrize("link", ["javascript:alert(1)", "ftp://example.org/x", "data:text/html,x", "/etc/passwd"])
def test_a_link_leads_to_the_web_or_nowhere(funded, link):
    with pytest.raises(DomainError):
        hand_in(funded, link=link)


def test_nothing_is_handed_in_while_the_engagement_is_paused(funded):
    Engagement.objects.filter(pk=funded.engagement_id).update(status=EngagementStatus.PAUSED)

    with pytest.raises(DomainError):
        hand_in(funded)


def test_a_measured_value_never_changes(submitted):
    with pytest.raises(DatabaseError), transaction.atomic():
        Evidence.objects.update(value="1")


def test_a_submission_never_changes(submitted):
    with pytest.raises(DatabaseError), transaction.atomic():
        Submission.objects.update(note="other words")
