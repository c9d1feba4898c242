"""Disputing, adding to it and deciding it, by page."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.states import Role
from core.models import StoredFile
from milestones.models import Dispute, DisputeStatement, Milestone
from milestones.states import MilestoneStatus
from tests.factories import make_contractor, make_dispute, make_engagement, make_user
from tests.milestones.conftest import hand_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def tess():
    return make_user(Role.LEAD, name="Tess Okafor", zone="UTC")


@pytest.fixture
def priya():
    return make_user(Role.MEMBER, name="Priya Raman", zone="UTC")


@pytest.fixture
def ana():
    return make_user(Role.CONTRACTOR, name="Ana Sousa", zone="UTC")


@pytest.fixture
def engagement(tess, priya, ana):
    return make_engagement(
        lead=tess, comms_owner=priya, contractor=make_contractor(ana), milestones=(MilestoneStatus.FUNDED,)
    )


@pytest.fixture
def submitted(engagement):
    milestone = engagement.milestones.get()
    hand_in(milestone)
    return milestone


@pytest.fixture
def dispute(submitted, priya):
    Milestone.objects.filter(pk=submitted.pk).update(status=MilestoneStatus.DISPUTED)
    return make_dispute(submitted, priya)


def page(milestone, act="milestone"):
    return reverse(f"milestones:{act}", args=[getattr(milestone, "milestone_id", milestone.pk)])


def words(answer):
    return " ".join(answer.content.decode().split())


def to_dispute(milestone, **facts):
    goal = milestone.goals.get()
    return {"about": [f"goal_{goal.pk}"], "reason": "It was a cold cache.", "number": 1, **facts}


def to_decide(dispute, **facts):
    goal = dispute.milestone.goals.get()
    facts = {
        "decision": "accepted",
        f"view_{goal.pk}": "met",
        "note": "The log shows it.",
        "submission_number": 1,
        **facts,
    }
    return facts


# --- opening -------------------------------------------------------------------------------
def test_the_contractor_disputes_it_on_the_milestones_page(client, submitted, ana, engagement):
    client.force_login(ana)
    assert "Let somebody else decide" in words(client.get(page(submitted)))

    answer = client.post(page(submitted, "dispute"), to_dispute(submitted), follow=True)

    seen = words(answer)
    assert "The money is frozen until Priya Raman decides." in seen
    assert "Waiting for Priya to decide the dispute about “Step 1”" in seen
    assert "€2,000 is frozen until then" in seen
    assert Dispute.objects.get().by == ana


def test_a_dispute_about_nothing_comes_back_with_what_was_typed(client, submitted, tess):
    client.force_login(tess)

    answer = client.post(page(submitted, "dispute"), to_dispute(submitted, about=[]))

    assert answer.status_code == 422
    assert "Choose the goals or parts that it is about." in words(answer)
    assert "It was a cold cache." in words(answer)


def test_what_is_disputed_already_is_refused_with_the_reason(client, dispute, ana):
    client.force_login(ana)

    answer = client.post(page(dispute, "dispute"), to_dispute(dispute.milestone))

    assert answer.status_code == 409
    assert "is disputed. What is handed in and not decided yet can be disputed." in words(answer)
    assert "It was a cold cache." in words(answer)


def test_one_dispute_sent_twice_is_one(client, submitted, ana):
    client.force_login(ana)
    form = to_dispute(submitted, form_key="a" * 32)

    for _turn in range(2):
        assert client.post(page(submitted, "dispute"), form).status_code == 302

    assert Dispute.objects.count() == 1


# --- taking it back ------------------------------------------------------------------------
def test_who_opened_it_takes_it_back_on_the_milestones_page(client, dispute, ana):
    client.force_login(ana)
    assert "Take the dispute back" in words(client.get(page(dispute)))

    sent = {"reason": "Tess showed me the log.", "form_key": "b" * 32}
    answer = client.post(page(dispute, "dispute_take_back"), sent, follow=True)
    again = client.post(page(dispute, "dispute_take_back"), sent, follow=True)

    seen = words(answer)
    assert "Taken back. It is reviewed as before." in seen
    assert "The dispute, taken back" in seen
    assert "Tess showed me the log." in seen
    assert "Waiting for Tess to review" in seen
    assert again.status_code == 200
    assert (Dispute.objects.get().is_taken_back, Milestone.objects.get().status) == (True, "submitted")


def test_it_is_taken_back_with_a_word(client, dispute, ana):
    client.force_login(ana)

    answer = client.post(page(dispute, "dispute_take_back"), {"reason": " "})

    assert answer.status_code == 422
    assert "Say why: the other side and who decides read it." in words(answer)
    assert Dispute.objects.get().is_open


def test_what_is_decided_is_not_taken_back(client, dispute, ana, priya):
    client.force_login(priya)
    client.post(page(dispute, "dispute_decide"), to_decide(dispute))
    client.force_login(ana)

    answer = client.post(page(dispute, "dispute_take_back"), {"reason": "So be it."})

    assert answer.status_code == 409
    assert "This dispute is decided." in words(answer)


def test_the_other_side_and_who_decides_are_offered_no_such_button(client, dispute, tess, priya):
    for person in (tess, priya):
        client.force_login(person)
        assert "Take the dispute back" not in words(client.get(page(dispute)))
        assert client.post(page(dispute, "dispute_take_back"), {"reason": "x"}).status_code == 403
        assert client.get(page(dispute, "dispute_take_back")).status_code == 405
    client.force_login(make_user(Role.LEAD))
    assert client.post(page(dispute, "dispute_take_back"), {"reason": "x"}).status_code == 404


# --- adding --------------------------------------------------------------------------------
def test_a_statement_with_a_link_and_a_file_is_read_by_both_sides(client, dispute, ana, tess):
    client.force_login(ana)
    shown = SimpleUploadedFile("log.csv", b"run,ms\n1,900\n")

    client.post(
        page(dispute, "dispute_state"), {"text": "See the log.", "link": "https://example.org/l", "files_all": [shown]}
    )

    client.force_login(tess)
    seen = words(client.get(page(dispute)))
    assert "See the log." in seen
    assert "https://example.org/l" in seen
    file = StoredFile.objects.get()
    assert b"".join(client.get(reverse("milestones:file", args=[file.pk])).streaming_content).startswith(b"run,ms")
    client.force_login(make_user(Role.LEAD))
    assert client.get(reverse("milestones:file", args=[file.pk])).status_code == 404


def test_a_statement_without_words_comes_back_with_its_file_kept(client, dispute, ana):
    client.force_login(ana)
    shown = SimpleUploadedFile("log.csv", b"run,ms\n1,900\n")

    answer = client.post(page(dispute, "dispute_state"), {"text": "", "files_all": [shown]})
    assert answer.status_code == 422
    kept = StoredFile.objects.get()
    assert f'name="kept_all" value="{kept.pk}"' in words(answer)
    client.post(page(dispute, "dispute_state"), {"text": "See the log.", "kept_all": [kept.pk]})

    assert DisputeStatement.objects.get().files.get().file == kept


def test_a_file_that_is_not_taken_is_told_by_name(client, dispute, ana):
    client.force_login(ana)

    answer = client.post(
        page(dispute, "dispute_state"), {"text": "See.", "files_all": [SimpleUploadedFile("x.svg", b"<svg/>")]}
    )

    assert answer.status_code == 422
    assert "x.svg" in words(answer)
    assert not DisputeStatement.objects.exists()


def test_nothing_is_added_to_what_is_decided(client, dispute, ana, priya):
    client.force_login(priya)
    client.post(page(dispute, "dispute_decide"), to_decide(dispute))
    client.force_login(ana)

    answer = client.post(page(dispute, "dispute_state"), {"text": "One more."})

    assert answer.status_code == 409
    assert "This dispute is decided." in words(answer)


# --- deciding ------------------------------------------------------------------------------
def test_who_decides_sees_everything_and_decides_on_the_same_page(client, dispute, priya, ana):
    client.force_login(priya)
    seen = words(client.get(page(dispute)))
    assert "Yours: decide" in seen
    assert "For the contractor: accept it" in seen
    assert 'name="happy"' not in seen

    answer = client.post(page(dispute, "dispute_decide"), to_decide(dispute), follow=True)

    assert "Decided. Both sides are told." in words(answer)
    client.force_login(ana)
    seen = words(client.get(page(dispute)))
    assert "For the contractor: accepted" in seen
    assert "The log shows it." in seen


def test_a_decision_without_a_reason_comes_back_with_what_was_chosen(client, dispute, priya):
    client.force_login(priya)

    answer = client.post(page(dispute, "dispute_decide"), to_decide(dispute, note=""))

    assert answer.status_code == 422
    assert "Say why: both sides read it." in words(answer)
    assert Dispute.objects.get().is_open


def test_a_decision_of_a_plain_review_is_none_here(client, dispute, priya):
    client.force_login(priya)

    answer = client.post(page(dispute, "dispute_decide"), to_decide(dispute, decision="hold_back"))

    assert answer.status_code == 422
    assert Dispute.objects.get().is_open


def test_a_decision_that_does_not_fit_is_refused_with_the_reason(client, dispute, priya):
    client.force_login(priya)
    goal = dispute.milestone.goals.get()

    answer = client.post(page(dispute, "dispute_decide"), to_decide(dispute, **{f"view_{goal.pk}": "not_met"}))

    assert answer.status_code == 409
    assert "is judged not met" in words(answer)
    assert "The log shows it." in words(answer)


def test_what_was_decided_meanwhile_is_refused(client, dispute, priya):
    client.force_login(priya)
    client.post(page(dispute, "dispute_decide"), to_decide(dispute))

    answer = client.post(page(dispute, "dispute_decide"), to_decide(dispute))

    assert answer.status_code == 409


def test_the_button_says_what_a_decision_does(client, dispute, priya, tess):
    client.force_login(priya)
    goal = dispute.milestone.goals.get()
    query = {"decision": "accepted", f"view_{goal.pk}": "met"}

    assert "Accept and release €2,000" in words(client.get(page(dispute, "weigh"), query))


# --- who may -------------------------------------------------------------------------------
@pytest.mark.parametrize(("act", "who"), [("dispute", "priya"), ("dispute_state", "admin"), ("dispute_decide", "tess")])
def test_who_sees_it_and_has_no_part_is_forbidden(client, dispute, act, who, request):
    client.force_login(make_user(Role.ADMIN) if who == "admin" else request.getfixturevalue(who))

    assert client.post(page(dispute, act)).status_code == 403


@pytest.mark.parametrize("act", ["dispute", "dispute_state", "dispute_decide"])
def test_to_others_it_does_not_exist(client, dispute, act):
    client.force_login(make_contractor(True).user)

    assert client.post(page(dispute, act)).status_code == 404


@pytest.mark.parametrize("act", ["dispute_state", "dispute_decide"])
def test_without_a_dispute_there_is_nothing_to_add_or_decide(client, submitted, tess, act):
    client.force_login(tess)

    assert client.post(page(submitted, act)).status_code == 404


@pytest.mark.parametrize("act", ["dispute", "dispute_state", "dispute_decide"])
def test_no_link_does_it(client, dispute, tess, act):
    client.force_login(tess)

    assert client.get(page(dispute, act)).status_code == 405


# --- where else it is seen -----------------------------------------------------------------
def test_it_stands_on_the_deciders_today_and_on_the_engagements_page(client, dispute, priya, ana, engagement):
    client.force_login(priya)
    assert "Decide the dispute about “Step 1”" in words(client.get("/"))

    client.force_login(ana)
    seen = words(client.get(reverse("engagements:engagement", args=[engagement.pk])))
    assert "Waiting for Priya to decide the dispute about “Step 1”" in seen
    assert "Disputed" in seen


def test_who_decides_and_has_no_part_finds_it_on_today(client, dispute):
    other = make_user(Role.LEAD, zone="UTC")
    Dispute.objects.update(decider=other)
    client.force_login(other)

    assert "Decide the dispute about “Step 1”" in words(client.get("/"))
    answer = client.get(page(dispute))
    assert "Yours: decide" in words(answer)
    assert reverse("engagements:engagement", args=[dispute.milestone.engagement_id]) not in answer.content.decode()


def test_a_page_needs_as_many_queries_for_three_statements_as_for_one(client, dispute, ana):
    client.force_login(ana)

    def count():
        with CaptureQueriesContext(
            connection,
        ) as seen:
            client.get(page(dispute))
        return len(seen)

    def state(n):
        for number in range(n):
            DisputeStatement.objects.create(
                dispute=dispute, side="theirs", text=f"No. {number}", by=ana, at=timezone.now() - timedelta(hours=1)
            )

    state(1)
    count()
    one = count()
    state(2)

    assert count() == one


def test_today_needs_as_many_queries_for_three_disputes_as_for_one(client, dispute, priya, tess, ana, engagement):
    client.force_login(priya)

    def count():
        with CaptureQueriesContext(connection) as seen:
            client.get("/")
        return len(seen)

    count()
    one = count()
    for _turn in range(2):
        more = make_engagement(
            lead=tess, comms_owner=priya, contractor=engagement.contractor, milestones=(MilestoneStatus.DISPUTED,)
        )
        make_dispute(more.milestones.get(), priya)

    assert count() == one
