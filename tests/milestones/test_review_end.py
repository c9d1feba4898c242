"""What happens at the end of a review window is said to both sides from the start, in the same words."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.states import Role
from engagements.files.reading import FileError
from engagements.files.templates import document_of, parse, write
from engagements.models import Engagement
from engagements.queries.differences import differences
from engagements.queries.templates import draft_version
from engagements.services.templates import save_draft
from milestones.models import Milestone
from milestones.queries.paper import paper_of
from milestones.states import MilestoneStatus
from tests.factories import make_agreement, make_contractor, make_engagement, make_user, make_version
from tests.milestones.conftest import hand_in
from tests.milestones.test_offer_path import draft, signed

pytestmark = pytest.mark.django_db
ACCEPTS = "counts as accepted and the money is owed"
ESCALATES = "somebody else decides; the money stays set aside"


@pytest.fixture
def lead():
    return make_user(Role.LEAD, name="Tess Okafor", zone="UTC")


def words(answer):
    return " ".join(answer.content.decode().split())


# --- the template --------------------------------------------------------------------------
def test_the_editor_offers_both_and_escalates_unless_told(client, lead):
    version = make_version(lead, published=False)
    client.force_login(lead)

    page = words(client.get(reverse("engagements:version_edit", args=[version.pk])))

    assert "And if nobody has decided by then?" in page
    assert 'value="escalate" class="btn-check" id="id_review_end_0" checked' in page or "checked" in page
    assert version.review_end == "escalate"


@pytest.mark.parametrize("end", ["accept", "escalate"])
def test_a_file_says_it_and_reads_it(lead, end):
    version = make_version(lead, review_end=end)

    text = write(version)

    assert ("review_end: accept" in text) == (end == "accept")
    assert parse(text).facts["fields"]["review_end"] == end


def test_a_file_with_another_word_is_refused_at_its_line(lead):
    text = write(make_version(lead, review_end="accept")).replace("review_end: accept", "review_end: perhaps")

    with pytest.raises(FileError, match="Line 11: review_end: 'perhaps' is not one of"):
        parse(text)


def test_it_is_a_difference_between_two_versions(lead):
    one, other = make_version(lead), make_version(lead, review_end="accept")

    found = [d for d in differences(document_of(one), document_of(other)) if d.where == "review end"]

    assert [(d.before, d.after) for d in found] == [("", "accept")]


def test_two_tabs_that_differ_in_it_differ(lead):
    version = make_version(lead, published=False)
    seen = draft_version(version)
    save_draft(version, fields={"review_end": "accept"}, milestones=[], goals=[], by=lead, at=timezone.now())
    version.refresh_from_db()

    assert version.review_end == "accept"
    assert draft_version(version) != seen


# --- the offer and the agreement -----------------------------------------------------------
@pytest.mark.parametrize(("end", "sentence"), [("accept", ACCEPTS), ("escalate", ESCALATES)])
def test_offer_and_agreement_say_it_in_the_same_words(client, lead, end, sentence):
    contractor = make_contractor(True)
    version = make_version(lead, review_end=end)
    engagement, agreement = signed(lead, contractor, version=version)

    assert engagement.review_end == end
    assert json.loads(agreement.canonical)["review_end"] == end
    assert sentence in " ".join(agreement.html.split())
    assert sentence in json.dumps(paper_of(agreement), ensure_ascii=False)
    client.force_login(contractor.user)
    assert sentence in words(client.get(reverse("milestones:estimate_and_sign", args=[engagement.pk])))


def test_an_older_agreement_says_nothing_of_it(lead):
    _engagement, agreement = signed(lead, make_contractor(True))
    older = {k: v for k, v in json.loads(agreement.canonical).items() if k != "review_end"}
    agreement.canonical = json.dumps(older)

    text = json.dumps(paper_of(agreement), ensure_ascii=False)

    assert ACCEPTS not in text
    assert ESCALATES not in text


def test_a_contract_takes_it_from_its_template(lead):
    engagement = draft(lead, make_contractor(True), version=make_version(lead, review_end="accept"))

    assert engagement.review_end == "accept"


# --- the page ------------------------------------------------------------------------------
@pytest.fixture
def milestone(lead):
    priya = make_user(Role.LEAD, name="Priya Raman", zone="UTC")
    contractor = make_contractor(make_user(Role.CONTRACTOR, name="Lan Tran", zone="Asia/Ho_Chi_Minh"))
    engagement = make_engagement(
        lead=lead, comms_owner=priya, contractor=contractor, milestones=(MilestoneStatus.FUNDED,)
    )
    milestone = engagement.milestones.get()
    hand_in(milestone)  # on Monday 23 November
    return milestone


def seen_by(client, person, milestone):
    client.force_login(person)
    return words(client.get(reverse("milestones:milestone", args=[milestone.pk])))


def test_each_reads_the_day_and_hour_on_the_own_clock_and_what_follows(client, milestone, lead):
    theirs = seen_by(client, milestone.engagement.contractor.user, milestone)
    assert "Tess decides by Fri 27 Nov, 00:00 your time. If nobody does, Priya decides then." in theirs

    assert "Decide by Thu 26 Nov, 17:00. If nobody does, Priya decides then." in seen_by(client, lead, milestone)
    priya = milestone.engagement.comms_owner
    assert "If nobody does, you decide then." in seen_by(client, priya, milestone)


def test_where_nobody_else_may_accept_it_goes_on_waiting(client, milestone, lead):
    User.objects.filter(pk=milestone.engagement.comms_owner_id).update(role=Role.MEMBER)

    assert "If nobody does, it goes on waiting for Tess." in seen_by(
        client, milestone.engagement.contractor.user, milestone
    )
    assert "If you don’t, it goes on waiting for you." in seen_by(client, lead, milestone)


def test_where_it_was_signed_both_read_that_silence_is_acceptance(client, milestone, lead):
    Engagement.objects.update(review_end="accept")
    make_agreement(milestone.engagement, review_end="accept")

    for person in (lead, milestone.engagement.contractor.user):
        assert "it counts as accepted then, as the agreement says" in seen_by(client, person, milestone)


def test_after_its_end_the_page_says_who_decides_now(client, milestone, lead):
    priya = milestone.engagement.comms_owner
    Milestone.objects.update(escalated_to=priya, escalated_at=timezone.now() - timedelta(hours=1))

    assert "so Priya Raman does now." in seen_by(client, milestone.engagement.contractor.user, milestone)
    page = seen_by(client, priya, milestone)
    assert "so you do." in page
    assert 'id="review"' in page
