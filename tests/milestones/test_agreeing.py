"""What stands between an offer and the start of the work: policies accepted, consent kept, goals said back."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.states import Role
from contractors.models import Contractor
from core.errors import DomainError, NotAllowed
from core.models import OutboxMail
from engagements.models import Agreement, Engagement, PolicyAcceptance, ReadBack, ReadBackReply, Signature
from engagements.queries.consent import consent_of, policy_digest, policy_text
from engagements.services import read_backs
from engagements.states import EngagementStatus, Side
from milestones.services import estimates, funding, offers, signing
from milestones.states import MilestoneStatus
from reminders.queries import sentence_for, waiting
from tests.factories import NOW, make_contractor, make_engagement, make_read_back, make_user, make_version
from tests.milestones.test_offer_path import draft, numbers, offered, sign_form, signed

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(db: None) -> User:
    return make_user(Role.LEAD, name="Tess Okafor")


@pytest.fixture
def contractor(lead: User) -> Contractor:
    return make_contractor(True)


@pytest.fixture
def ana(contractor: Contractor) -> User:
    assert contractor.user is not None
    return contractor.user


@pytest.fixture
def strict(lead: User, contractor: Contractor) -> Engagement:
    """An offer with a delivery policy and a clause."""
    version = make_version(lead, repository="git.example/pay", merged_by="the lead", clauses="Keys stay with **us**.")
    return offers.send_offer(draft(lead, contractor, version=version), by=lead, at=timezone.now())


@pytest.fixture
def agreed(lead: User, contractor: Contractor) -> Engagement:
    return make_engagement(
        "agreed", lead=lead, contractor=contractor, milestones=(MilestoneStatus.AGREED,), understood=False
    )


def sign(engagement: Engagement, by: User, **facts: Any) -> Agreement:
    facts = {"estimates": numbers(engagement), "typed_name": by.name, "ip": "192.0.2.7", "at": timezone.now(), **facts}
    return estimates.estimate_and_sign(engagement, by=by, **facts)


# --- policies ----------------------------------------------------------------------------
def test_the_policy_is_accepted_by_its_hash_before_the_signature(strict: Engagement, ana: User) -> None:
    text = policy_text(strict)

    sign(strict, ana, policy_sha256=policy_digest(text))

    kept = PolicyAcceptance.objects.get()
    assert (kept.text, kept.sha256, kept.by, kept.ip) == (text, policy_digest(text), ana, "192.0.2.7")
    assert "git.example/pay" in text
    assert "Keys stay with **us**." in text


@pytest.mark.parametrize(("sha256", "sentence"), [("", "tick that you accept"), ("0" * 64, "changed since")])
def test_without_the_policy_nothing_is_signed(strict: Engagement, ana: User, sha256: str, sentence: str) -> None:
    with pytest.raises(DomainError, match=sentence):
        sign(strict, ana, policy_sha256=sha256)

    assert not Signature.objects.exists()
    assert not PolicyAcceptance.objects.exists()


def test_the_page_asks_for_the_policy_once(strict: Engagement, ana: User, client: Client) -> None:
    client.force_login(ana)
    url = reverse("milestones:estimate_and_sign", args=[strict.pk])
    form = sign_form(strict, ana.name)

    page = client.get(url).content.decode()
    unticked = client.post(url, form)
    ticked = client.post(url, {**form, "policy": policy_digest(policy_text(strict))})
    again = client.get(url).content.decode()

    assert f'value="{policy_digest(policy_text(strict))}"' in page
    assert unticked.status_code == 422
    assert ticked.status_code == 302
    assert 'name="policy"' not in again


def test_only_the_contractor_writes_the_estimate(lead: User, contractor: Contractor, ana: User) -> None:
    engagement = offered(lead, contractor)

    with pytest.raises(NotAllowed):
        sign(engagement, lead)


# --- consent -------------------------------------------------------------------------------
def test_a_signature_keeps_the_sentence_that_stood_above_it(
    lead: User, contractor: Contractor, ana: User, client: Client
) -> None:
    engagement = offered(lead, contractor)
    client.force_login(ana)
    shown = client.get(reverse("milestones:estimate_and_sign", args=[engagement.pk])).content.decode()
    agreement = sign(engagement, ana)
    signing.agree_and_sign(
        engagement, sha256=agreement.sha256, typed_name=lead.name, ip=None, by=lead, at=timezone.now()
    )

    theirs, ours = (agreement.signatures.get(side=side) for side in (Side.THEIRS, Side.OURS))
    assert theirs.consent == consent_of(Side.THEIRS, engagement)
    assert theirs.consent in shown
    assert "Mill Pond Software Lda" in ours.consent


def test_what_changed_since_the_first_signature_is_not_countersigned(lead: User, contractor: Contractor) -> None:
    engagement, agreement = signed(lead, contractor)
    engagement.goals.filter(position=1).update(target="900")

    with pytest.raises(DomainError, match="changed since"):
        signing.agree_and_sign(
            engagement, sha256=agreement.sha256, typed_name=lead.name, ip=None, by=lead, at=timezone.now()
        )


# --- the read-back -----------------------------------------------------------------------------
def say(engagement: Engagement, by: User, text: str = "Pay within a second.", **facts: Any) -> ReadBack:
    return read_backs.say_back(engagement, text=text, by=by, **{"at": NOW, **facts})


def test_work_starts_only_when_the_read_back_is_accepted(agreed: Engagement, lead: User, ana: User) -> None:
    milestone = agreed.milestones.get()
    with pytest.raises(DomainError, match="read-back"):
        funding.fund_milestone(milestone, by=lead, at=NOW)

    say(agreed, ana)
    with pytest.raises(DomainError, match="read-back"):
        funding.fund_milestone(milestone, by=lead, at=NOW)
    read_backs.accept_read_back(agreed, number=1, by=lead, at=NOW)
    funding.fund_milestone(milestone, by=lead, at=NOW)

    agreed.refresh_from_db()
    assert agreed.status == EngagementStatus.ACTIVE


def test_a_signature_never_waits_for_it_and_may_bring_it(
    lead: User, contractor: Contractor, ana: User, client: Client
) -> None:
    engagement = offered(lead, contractor)
    client.force_login(ana)
    url = reverse("milestones:estimate_and_sign", args=[engagement.pk])

    assert client.post(url, sign_form(engagement, ana.name)).status_code == 302
    assert not ReadBack.objects.exists()
    with_it = {**sign_form(engagement, ana.name), "read_back": "Pay within a second.", "open_questions": "On phones?"}
    assert client.post(url, with_it).status_code == 302

    assert (ReadBack.objects.get().text, ReadBack.objects.get().questions) == ("Pay within a second.", "On phones?")


def test_asked_again_the_contractor_says_it_once_more(agreed: Engagement, lead: User, ana: User) -> None:
    say(agreed, ana)
    read_backs.ask_again(agreed, number=1, note="Also on a phone.", by=lead, at=NOW)
    say(agreed, ana, "Also on a phone.")

    assert list(agreed.read_backs.values_list("number", flat=True)) == [2, 1]
    assert OutboxMail.objects.filter(recipient=ana, text__contains="Also on a phone.").exists()
    assert OutboxMail.objects.filter(recipient=lead, kind="review").count() == 2
    with pytest.raises(DomainError, match="newer"):
        read_backs.accept_read_back(agreed, number=1, by=lead, at=NOW)


@pytest.mark.parametrize(
    "act", ["nothing said", "accepted already", "running", "nothing to answer", "twice", "no words"]
)
def test_what_makes_no_sense_is_refused(agreed: Engagement, lead: User, ana: User, act: str) -> None:
    running = make_engagement(lead=lead, contractor=agreed.contractor)
    acts = {
        "nothing said": lambda: say(agreed, ana, "  "),
        "accepted already": lambda: (make_read_back(agreed, is_accepted=True), say(agreed, ana)),
        "running": lambda: say(running, ana),
        "nothing to answer": lambda: read_backs.accept_read_back(agreed, number=1, by=lead, at=NOW),
        "twice": lambda: (
            make_read_back(agreed, is_accepted=False),
            read_backs.accept_read_back(agreed, number=1, by=lead, at=NOW),
        ),
        "no words": lambda: (
            make_read_back(agreed),
            read_backs.ask_again(agreed, number=1, note=" ", by=lead, at=NOW),
        ),
    }

    with pytest.raises(DomainError):
        acts[act]()


def test_each_side_does_its_own_part_only(agreed: Engagement, lead: User, ana: User) -> None:
    with pytest.raises(NotAllowed):
        say(agreed, lead)
    say(agreed, ana)
    for somebody in (ana, make_user(Role.MEMBER)):
        with pytest.raises(NotAllowed):
            read_backs.accept_read_back(agreed, number=1, by=somebody, at=NOW)


def test_the_sentence_says_whose_turn_it_is(agreed: Engagement, lead: User, ana: User) -> None:
    def kinds() -> list[tuple[str, str]]:
        return [(o.kind, o.side) for o in waiting([agreed])[agreed.pk].obligations]

    before = kinds(), sentence_for(agreed, ana, NOW)
    say(agreed, ana)
    said = kinds(), sentence_for(agreed, lead, NOW)
    read_backs.accept_read_back(agreed, number=1, by=lead, at=NOW)

    assert before[0] == [("say_back", "theirs")]
    assert "Waiting for you to say the goals back" in before[1]
    assert said[0] == [("hear_back", "ours")]
    assert "Waiting for you to accept the read-back" in said[1]
    assert kinds() == [("fund", "ours")]


def test_both_sides_walk_it_on_one_page(agreed: Engagement, lead: User, ana: User, client: Client) -> None:
    page, home = reverse("engagements:read_back", args=[agreed.pk]), reverse("home")
    client.force_login(ana)
    assert page in client.get(home).content.decode()
    assert client.post(page, {"read_back": ""}).status_code == 422
    assert client.post(page, {"read_back": "Pay within a second."}).status_code == 302
    client.force_login(lead)
    assert page in client.get(home).content.decode()
    assert "Yes, that is it" in client.get(page).content.decode()
    assert client.post(f"{page}/ask-again", {"number": 1, "note": ""}).status_code == 422
    assert client.post(f"{page}/ask-again", {"number": 1, "note": "On phones."}).status_code == 302
    assert client.post(f"{page}/accept", {"number": 1}).status_code == 409
    assert client.post(f"{page}/accept", {}).status_code == 409
    client.force_login(ana)
    assert "On phones." in client.get(page).content.decode()
    assert client.post(page, {"read_back": "Also on phones."}).status_code == 302
    client.force_login(lead)
    assert client.post(f"{page}/accept", {"number": 2}).status_code == 302
    assert client.post(page, {"read_back": "x"}).status_code == 403
    assert client.get(f"{page}/accept").status_code == 405
    client.force_login(make_user(Role.LEAD))
    assert client.get(page).status_code == client.post(f"{page}/accept").status_code == 404


def test_a_milestone_that_waits_for_it_says_so(agreed: Engagement, lead: User, client: Client) -> None:
    client.force_login(lead)

    page = client.get(reverse("milestones:milestone", args=[agreed.milestones.get().pk])).content.decode()

    assert "The work starts once the read-back of" in page
    assert not re.search(r"<button[^>]*>\s*Fund ", page)


def test_the_database_keeps_what_was_said_and_accepted(strict: Engagement, ana: User) -> None:
    sign(strict, ana, policy_sha256=policy_digest(policy_text(strict)))
    make_read_back(strict, is_accepted=False)

    for model, change in (
        (Signature, {"consent": "x"}),
        (PolicyAcceptance, {"text": "x"}),
        (ReadBack, {"text": "x"}),
        (ReadBackReply, {"is_accepted": True}),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            model.objects.all().update(**change)
        with pytest.raises(DatabaseError), transaction.atomic():
            model.objects.all()._raw_delete(model.objects.db)


def test_reading_it_costs_the_same_with_one_version_and_with_three(
    agreed: Engagement, lead: User, client: Client, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    make_read_back(agreed, is_accepted=False)
    client.force_login(lead)
    page = reverse("engagements:read_back", args=[agreed.pk])
    client.get(page)
    with CaptureQueriesContext(connection) as one:
        client.get(page)
    for _turn in range(2):
        make_read_back(agreed, is_accepted=False, at=NOW + timedelta(days=1))

    with django_assert_num_queries(len(one)):
        client.get(page)
