"""Questions about an offer: asked and answered in place, in our court until then; and the link they come by."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Invitation, User
from accounts.states import Role
from contractors.models import Contractor
from core.errors import DomainError, NotAllowed
from core.markdown import blocks
from core.models import OutboxMail, Tries
from engagements.models import Engagement, OfferAnswer, OfferLink, OfferQuestion
from engagements.queries import court_of_offer
from engagements.states import Court, EngagementStatus
from milestones.services import offers, questions
from milestones.services.questions import answer_question, ask_question
from milestones.views import offer as pages
from reminders.queries import sentence_for, waiting
from tests.factories import make_contractor, make_user, make_version
from tests.milestones.test_offer_edges import link
from tests.milestones.test_offer_path import draft, offered, signed

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(db: None) -> User:
    return make_user(Role.LEAD, name="Tess Okafor")


@pytest.fixture
def contractor(lead: User) -> Contractor:
    return make_contractor(True)


@pytest.fixture
def newcomer(lead: User) -> Contractor:
    return make_contractor(name="Ana Sousa", email="ana@example.net")


@pytest.fixture
def ana(contractor: Contractor) -> User:
    assert contractor.user is not None
    return contractor.user


@pytest.fixture
def engagement(lead: User, contractor: Contractor) -> Engagement:
    version = make_version(lead, clauses="# Keys\n\nKeys stay with us.\n\n- no copies\n- no lending\n\nLast.")
    return offers.send_offer(draft(lead, contractor, version=version), by=lead, at=timezone.now())


def ask(engagement: Engagement, by: User | None, anchor: str = "goal-2", text: str = "On phones?", **facts: Any) -> Any:
    return ask_question(engagement, anchor=anchor, text=text, by=by, **{"link": None, "at": timezone.now(), **facts})


# --- places ------------------------------------------------------------------------
def test_clauses_are_parts_that_stand_on_their_own() -> None:
    text = "# Keys\n\nKeys stay.\n\n- a\n- b\n\n```\nx\n\ny\n```\n\n> quoted\n\n## End"

    assert blocks(text) == ["# Keys\n\nKeys stay.", "- a\n- b", "```\nx\n\ny\n```", "> quoted", "## End"]
    assert blocks("") == []


@pytest.mark.parametrize(
    ("anchor", "label"),
    [
        ("whole", "Payment page, faster"),
        ("goal-2", "p95 of the payment page"),
        ("milestone-1", "Step 1"),
        ("clause-1", "# Keys Keys stay with us."),
        ("clause-2", "- no copies - no lending"),
    ],
)
def test_a_question_is_kept_with_its_place(engagement: Engagement, ana: User, anchor: str, label: str) -> None:
    question = ask(engagement, ana, anchor)

    assert (question.anchor, question.label, question.by, question.link) == (anchor, label, ana, None)


@pytest.mark.parametrize("anchor", ["goal-9", "clause-4", "milestone-0", "nothing", ""])
def test_a_place_that_is_not_there_is_refused(engagement: Engagement, ana: User, anchor: str) -> None:
    with pytest.raises(DomainError, match="not there any more"):
        ask(engagement, ana, anchor)


# --- whose turn ------------------------------------------------------------------------
def test_a_question_puts_the_offer_in_our_court_until_it_is_answered(
    engagement: Engagement, lead: User, ana: User
) -> None:
    comms = make_user(Role.MEMBER, name="Priya Raman")
    Engagement.objects.filter(pk=engagement.pk).update(comms_owner=comms)
    engagement.refresh_from_db()

    question = ask(engagement, ana)
    open_court = court_of_offer(engagement)
    owed = [(o.kind, o.side, o.person) for o in waiting([engagement])[engagement.pk].obligations]
    sentence = sentence_for(engagement, ana, timezone.now())
    answer_question(question, text="Yes, on phones.", by=comms, at=timezone.now())

    assert open_court == Court.OURS
    assert owed == [("answer", "ours", comms)]
    assert "Waiting for Priya to answer a question" in sentence
    assert court_of_offer(engagement) == Court.THEIRS
    assert [o.kind for o in waiting([engagement])[engagement.pk].obligations] == ["sign"]
    assert list(OutboxMail.objects.filter(kind="message").values_list("recipient", flat=True)) == [comms.pk, ana.pk]


def test_a_signed_offer_with_a_question_waits_for_both(lead: User, contractor: Contractor, ana: User) -> None:
    engagement, _agreement = signed(lead, contractor)
    ask(engagement, ana)

    assert {o.kind for o in waiting([engagement])[engagement.pk].obligations} == {"countersign", "answer"}


def test_an_offer_does_not_end_while_we_owe_an_answer(engagement: Engagement, lead: User, ana: User) -> None:
    question = ask(engagement, ana)
    later = timezone.now() + timedelta(days=30)

    assert offers.expire_offers(at=later) == 0
    answer_question(question, text="Yes.", by=lead, at=later)
    engagement.refresh_from_db()

    assert engagement.offer_expires_at == later + timedelta(days=3)
    assert OfferLink.objects.get().expires_at == later + timedelta(days=3)
    assert offers.expire_offers(at=later + timedelta(days=4)) == 1


# --- who may ask and answer ------------------------------------------------------------------
def test_only_the_two_sides_take_part(engagement: Engagement, lead: User, ana: User) -> None:
    question = ask(engagement, ana)

    for act in (
        lambda: ask(engagement, lead),
        lambda: answer_question(question, text="x", by=ana, at=timezone.now()),
        lambda: answer_question(question, text="x", by=make_user(Role.LEAD), at=timezone.now()),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_there_is_one_answer_and_only_while_the_offer_stands(engagement: Engagement, lead: User, ana: User) -> None:
    question, other = ask(engagement, ana), ask(engagement, ana, "whole")
    answer_question(question, text="Yes.", by=lead, at=timezone.now())

    with pytest.raises(DomainError, match="answered this already"):
        answer_question(question, text="No.", by=lead, at=timezone.now())
    with pytest.raises(DomainError, match="Write the answer"):
        answer_question(other, text=" ", by=lead, at=timezone.now())
    offers.withdraw_offer(engagement, reason="Plans changed", by=lead, at=timezone.now())
    with pytest.raises(DomainError, match="conversation"):
        answer_question(other, text="Yes.", by=lead, at=timezone.now())
    with pytest.raises(DomainError, match="while it stands"):
        ask(engagement, ana)


def test_too_many_open_questions_wait_for_answers_first(
    engagement: Engagement, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "MOST_OPEN", 1)
    ask(engagement, ana)

    with pytest.raises(DomainError, match="wait for an answer already"):
        ask(engagement, ana)


def test_the_database_keeps_questions_and_answers(engagement: Engagement, lead: User, ana: User) -> None:
    answer_question(ask(engagement, ana), text="Yes.", by=lead, at=timezone.now())

    for model in (OfferQuestion, OfferAnswer):
        with pytest.raises(DatabaseError), transaction.atomic():
            model.objects.all().update(text="x")
        with pytest.raises(DatabaseError), transaction.atomic():
            model.objects.all()._raw_delete(model.objects.db)


# --- by link, before an account ------------------------------------------------------------------
def test_the_links_reader_asks_in_place_and_reads_the_answer_there(
    lead: User, newcomer: Contractor, client: Client
) -> None:
    engagement = offered(lead, newcomer)
    path = link()

    page = client.get(path).content.decode()
    answer = client.post(path + "ask", {"anchor": "goal-1", "text": "On phones <b>too</b>?"})
    question = OfferQuestion.objects.get()
    answer_question(question, text="Yes, on phones.", by=lead, at=timezone.now())
    read = client.get(path).content.decode()

    assert "Ask about this" in page
    assert answer.status_code == 302
    assert answer["Location"] == f"{path}#goal-1"
    assert (question.by, question.link) == (None, OfferLink.objects.get())
    assert "On phones &lt;b&gt;too&lt;/b&gt;?" in read
    assert "Yes, on phones." in read
    assert OutboxMail.objects.filter(address="ana@example.net", text__contains="Yes, on phones.").count() == 1
    assert court_of_offer(engagement) == Court.THEIRS


def test_what_cannot_be_asked_comes_back_with_all_that_was_typed(
    lead: User, newcomer: Contractor, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered(lead, newcomer)
    path = link() + "ask"

    empty = client.post(path, {"anchor": "goal-1", "text": ""})
    lost = client.post(path, {"anchor": "goal-99", "text": "Where is it?"})
    fragment = client.post(path, {"anchor": "goal-99", "text": "Where is it?"}, HTTP_HX_REQUEST="true")
    monkeypatch.setattr(pages, "QUESTIONS_AN_HOUR", 3)
    flood = client.post(path, {"anchor": "goal-1", "text": "Once more?"})

    assert [empty.status_code, lost.status_code, fragment.status_code, flood.status_code] == [422, 409, 409, 429]
    assert "Write your question first." in empty.content.decode()
    assert "<html" not in fragment.content.decode()
    assert "Once more?" in flood.content.decode()
    assert not OfferQuestion.objects.exists()


def test_with_an_account_one_signs_in_to_ask(engagement: Engagement, client: Client) -> None:
    path = link()

    assert "Ask about this" not in client.get(path).content.decode()
    assert client.post(path + "ask", {"anchor": "whole", "text": "x"}).status_code == 409
    assert client.get(path + "ask").status_code == 405
    assert client.post("/offers/unknown-token/ask", {"anchor": "whole", "text": "x"}).status_code == 404


@pytest.mark.parametrize(("limit", "method", "path"), [("READS_AN_HOUR", "get", ""), ("JOINS_AN_HOUR", "post", "join")])
def test_a_link_can_be_tried_so_often_only(
    lead: User, newcomer: Contractor, monkeypatch: pytest.MonkeyPatch, limit: str, method: str, path: str
) -> None:
    offered(lead, newcomer)
    address = link() + path
    monkeypatch.setattr(pages, limit, 2)

    by_link = [getattr(Client(REMOTE_ADDR=f"192.0.2.{n}"), method)(address).status_code for n in range(3)]
    Tries.objects.all().delete()
    by_caller = [getattr(Client(), method)(f"/offers/guess-{n}/{path}").status_code for n in range(3)]

    assert by_link[2] == 429
    assert 429 not in by_link[:2]
    assert by_caller == [404, 404, 429]


# --- the link itself ------------------------------------------------------------------------------
def test_a_new_link_ends_the_old_one_and_still_opens_an_account(
    lead: User, newcomer: Contractor, client: Client
) -> None:
    engagement = offered(lead, newcomer)
    old = link()
    client.force_login(lead)

    answer = client.post(reverse("milestones:renew_link", args=[engagement.pk]))
    new = link()
    reader = Client()
    joined = reader.post(new + "join", {"name": "Ana Sousa", "password": "row of ducks 9", "zone": "Asia/Tokyo"})

    assert answer.status_code == 302
    assert new != old
    assert Client().get(old).status_code == 410
    assert joined.status_code == 302
    assert Invitation.objects.get().accepted_at is not None


def test_a_link_can_be_ended_while_the_offer_stands(lead: User, newcomer: Contractor, client: Client) -> None:
    engagement = offered(lead, newcomer)
    client.force_login(lead)
    page, revoke = (
        reverse("engagements:engagement", args=[engagement.pk]),
        reverse("milestones:revoke_link", args=[engagement.pk]),
    )

    assert revoke in client.get(page).content.decode()
    assert client.post(revoke).status_code == 302
    engagement.refresh_from_db()
    assert engagement.status == EngagementStatus.OFFERED
    assert Client().get(link()).status_code == 410
    assert client.post(revoke).status_code == 409
    assert revoke not in client.get(page).content.decode()
    offers.withdraw_offer(engagement, reason="x", by=lead, at=timezone.now())
    assert client.post(reverse("milestones:renew_link", args=[engagement.pk])).status_code == 409


# --- pages ------------------------------------------------------------------------------------------
def test_signed_in_one_asks_on_the_page_where_one_signs_and_we_answer_on_the_engagements(
    engagement: Engagement, lead: User, ana: User, client: Client
) -> None:
    url = reverse("milestones:ask", args=[engagement.pk])
    client.force_login(ana)
    assert client.post(url, {"anchor": "clause-2", "text": ""}).status_code == 422
    assert client.post(url, {"anchor": "clause-7", "text": "x"}).status_code == 409
    fragment = client.post(url, {"anchor": "clause-2", "text": "None at all?"}, HTTP_HX_REQUEST="true")
    assert fragment.status_code == 200
    assert 'id="paper"' in fragment.content.decode()
    assert "None at all?" in fragment.content.decode()
    page = client.get(reverse("engagements:engagement", args=[engagement.pk])).content.decode()
    assert "None at all?" in page
    answer_url = reverse("milestones:answer", args=[OfferQuestion.objects.get().pk])
    assert answer_url not in page
    assert reverse("milestones:estimate_and_sign", args=[engagement.pk]) in page
    assert client.post(answer_url, {"text": "x"}).status_code == 403
    client.force_login(lead)
    assert answer_url in client.get(reverse("engagements:engagement", args=[engagement.pk])).content.decode()
    assert client.post(url, {"anchor": "whole", "text": "x"}).status_code == 403
    assert client.post(answer_url, {"text": ""}).status_code == 422
    assert client.post(answer_url, {"text": "None."}).status_code == 302
    assert client.post(answer_url, {"text": "None."}).status_code == 409
    assert client.get(answer_url).status_code == client.get(url).status_code == 405
    client.force_login(make_user(Role.LEAD))
    assert client.post(answer_url, {"text": "x"}).status_code == client.post(url).status_code == 404


def test_reading_costs_the_same_with_one_question_and_with_three(
    engagement: Engagement, lead: User, ana: User, client: Client, django_assert_num_queries: Any
) -> None:
    client.force_login(ana)
    pages_of_it = [
        reverse(f"{name}", args=[engagement.pk]) for name in ("milestones:estimate_and_sign", "engagements:engagement")
    ]
    ask(engagement, ana)
    counts = []
    for page in pages_of_it:
        client.get(page)
        with CaptureQueriesContext(connection) as seen:
            client.get(page)
        counts.append(len(seen))
    answer_question(ask(engagement, ana, "goal-1"), text="Yes.", by=lead, at=timezone.now())
    ask(engagement, ana, "whole")

    for page, count in zip(pages_of_it, counts, strict=True):
        with django_assert_num_queries(count):
            client.get(page)
