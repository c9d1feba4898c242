"""The engagement pages: who sees what, five tests a write view, the private line, and counts of queries."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from accounts.models import DigestItem, NotificationPreference
from accounts.states import NoticeChoice, NoticeKind, Role
from core.models import Event, OutboxMail
from core.transitions import born
from engagements.models import CheckIn, Contact, Engagement, Message
from engagements.services.agreements import freeze, sign, void
from engagements.services.conversation import check_in, send_message
from engagements.states import EngagementStatus, Side
from milestones.models import Milestone
from milestones.states import MilestoneStatus
from reminders.queries import sentence_for
from tests.factories import NOW, make_contractor, make_engagement, make_user

pytestmark = pytest.mark.django_db
SECRET = "My landlord throws me out"
PAGES = ("engagement", "conversation", "engagement_history", "agreement")


@pytest.fixture
def lead():
    return make_user(name="Tess Okafor")


@pytest.fixture
def owner():
    return make_user(Role.MEMBER, name="Priya Nair")


@pytest.fixture
def engagement(lead, owner):
    return make_engagement(lead=lead, comms_owner=owner)


@pytest.fixture
def ana(engagement):
    return engagement.contractor.user


def url(name: str, engagement: Any) -> str:
    return reverse(f"engagements:{name}", args=[engagement.pk])


def cost(client, address):
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


# --- who sees what ----------------------------------------------------------------------------------------------------


def test_the_people_named_the_contractor_and_admins_see_an_engagement(client, engagement, lead, owner, ana):
    for person in (lead, owner, ana, make_user(Role.ADMIN)):
        client.force_login(person)
        assert [client.get(url(name, engagement)).status_code for name in PAGES] == [200] * 4


@pytest.mark.parametrize("role", [Role.LEAD, Role.MEMBER, Role.FINANCE, Role.CONTRACTOR])
def test_everybody_else_finds_nothing(client, engagement, role):
    client.force_login(make_user(role))

    assert [client.get(url(name, engagement)).status_code for name in PAGES] == [404] * 4
    assert client.post(url("message", engagement), {"body": "x"}).status_code == 404
    assert client.post(url("check_in", engagement), {"nothing_new": "1"}).status_code == 404
    assert engagement.title not in client.get(reverse("engagements:engagements")).text


def test_a_contractor_finds_no_draft(client, lead):
    engagement = make_engagement(EngagementStatus.DRAFT, lead=lead, milestones=())
    client.force_login(engagement.contractor.user)

    assert client.get(url("engagement", engagement)).status_code == 404


def test_without_a_sign_in_one_is_sent_to_the_door(client, engagement):
    assert client.get(url("engagement", engagement)).status_code == 302
    assert client.post(url("message", engagement), {"body": "x"}).status_code == 401


@pytest.mark.parametrize("status", EngagementStatus)
def test_every_state_has_a_page_with_its_sentence_for_both_sides(client, lead, status):
    engagement = make_engagement(status, lead=lead, milestones=())
    client.force_login(lead)
    assert client.get(url("engagement", engagement)).context["sentence"]

    client.force_login(engagement.contractor.user)
    expected = 404 if status == EngagementStatus.DRAFT else 200
    assert client.get(url("engagement", engagement)).status_code == expected


@pytest.mark.parametrize("status", MilestoneStatus)
def test_every_state_of_a_milestone_shows_on_the_page_and_the_list(client, lead, status):
    engagement = make_engagement(lead=lead, milestones=(status,))
    for person in (lead, engagement.contractor.user):
        client.force_login(person)
        assert "Step 1" in client.get(url("engagement", engagement)).text
        assert client.get(reverse("engagements:engagements")).status_code == 200


def test_an_offer_to_somebody_without_an_account_has_a_page_that_says_so(client, lead):
    engagement = make_engagement(EngagementStatus.OFFERED, lead=lead, contractor=make_contractor(), milestones=())
    client.force_login(lead)

    assert "no account yet" in client.get(url("engagement", engagement)).text


# --- counts of queries ------------------------------------------------------------------------------------------------


def test_the_list_costs_the_same_for_one_and_three(client, lead, engagement):
    client.force_login(lead)
    one = cost(client, reverse("engagements:engagements"))
    make_engagement(lead=lead)
    make_engagement(lead=lead)

    assert cost(client, reverse("engagements:engagements")) == one


def test_the_list_is_six_statements_whatever_stands_on_it_and_says_what_each_page_says(client, lead):
    """Session, person, number, rows, milestones, what waits; a dispute is one more. Only tests read the organisation
    each time."""
    for status in EngagementStatus:
        make_engagement(status, lead=lead, cover=make_user(Role.MEMBER), understood=False)
    escalated = make_engagement(lead=lead, milestones=(MilestoneStatus.SUBMITTED,), delegate=make_user(Role.LEAD))
    boss = make_user(Role.LEAD)
    Milestone.objects.filter(engagement=escalated).update(escalated_to=boss, escalated_at=NOW)
    client.force_login(lead)

    assert cost(client, reverse("engagements:engagements")) == 6 + 1
    found = list(Engagement.objects.all())
    drawn = client.get(reverse("engagements:engagements")).text
    for engagement in found:
        assert escape(sentence_for(engagement, lead, timezone.now())) in drawn
    assert f"Waiting for {boss.first_name} to review" in drawn


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_numbered_page_has_the_rows_of_its_place_also_when_they_are_as_old(client, lead, engagement, number):
    for n in range(54):
        made = NOW - timedelta(hours=10 * (n // 9))
        make_engagement(lead=lead, version=engagement.version, milestones=(), created_at=made, title=f"Work {n}")
    ordered = list(Engagement.objects.order_by("-created_at", "-pk").values_list("pk", flat=True))
    client.force_login(lead)

    page = client.get(reverse("engagements:engagements"), {"page": number})

    assert [e.pk for e in page.context["page"]] == ordered[25 * (number - 1) : 25 * number]
    links = [page.text.find(f'href="{reverse("engagements:engagement", args=[e.pk])}"') for e in page.context["page"]]
    assert links == sorted(links)
    assert min(links) > 0


def test_the_page_costs_the_same_for_one_and_five_milestones(client, lead):
    one = make_engagement(lead=lead, milestones=(MilestoneStatus.FUNDED,))
    five = make_engagement(lead=lead, milestones=(MilestoneStatus.FUNDED,) * 5)
    client.force_login(lead)

    assert cost(client, url("engagement", one)) == cost(client, url("engagement", five))


def test_the_page_costs_the_same_for_few_and_many_messages(client, lead, engagement, ana):
    send_message(engagement, body="x", needs_answer=False, by=ana, at=NOW)
    check_in(engagement, nothing_new=True, by=ana, at=NOW)
    client.force_login(lead)
    few = cost(client, url("engagement", engagement))
    for hour in range(1, 5):
        send_message(engagement, body="x", needs_answer=False, by=lead, at=NOW + timedelta(hours=hour))
        check_in(engagement, nothing_new=True, by=ana, at=NOW + timedelta(hours=hour))

    assert cost(client, url("engagement", engagement)) == few


@pytest.mark.parametrize("is_theirs", [True, False])
@pytest.mark.parametrize("choice", ["", *NoticeChoice])
def test_a_message_is_posted_with_ten_statements_and_one_more_where_it_answers(
    client, engagement, owner, ana, is_theirs, choice
):
    """Session, person, engagement, form key; lock, who hears it and how, message, contact, what the clock looks at,
    mail. In a digest it asks for the hours of the person instead, which are read by two more."""
    speaker, hearer = (ana, owner) if is_theirs else (owner, ana)
    if choice:
        NotificationPreference.objects.create(user=hearer, kind=NoticeKind.MESSAGE, choice=choice)
        NotificationPreference.objects.create(user=hearer, kind=NoticeKind.REVIEW, choice=NoticeChoice.OFF)
        NotificationPreference.objects.create(user=speaker, kind=NoticeKind.MESSAGE, choice=NoticeChoice.OFF)
    client.force_login(speaker)
    say(client, engagement, form_key="ef" * 16)
    counts = []
    for turn, is_asked in enumerate((False, True)):
        if is_asked:
            send_message(engagement, body="And?", needs_answer=True, by=hearer, at=NOW)
        with CaptureQueriesContext(connection) as asked:
            assert say(client, engagement, form_key=f"{turn:032x}").status_code == 302
        counts.append(len([q for q in asked.captured_queries if "SAVEPOINT" not in q["sql"]]))
    told = OutboxMail.objects.filter(recipient=hearer).count(), DigestItem.objects.filter(user=hearer).count()

    assert counts[1] == counts[0] + 1
    assert counts[0] <= (12 if choice == NoticeChoice.DIGEST else 10)
    assert told == {NoticeChoice.DIGEST: (0, 3), NoticeChoice.OFF: (0, 0)}.get(choice, (3, 0))


def test_the_history_costs_the_same_for_one_and_ten_events(client, lead, engagement):
    client.force_login(lead)
    born(engagement, by=lead, at=NOW)
    one = cost(client, url("engagement_history", engagement))
    for _turn in range(9):
        born(engagement, by=lead, at=NOW)

    assert cost(client, url("engagement_history", engagement)) == one


def test_a_list_has_25_a_page(client, lead, engagement):
    for _turn in range(25):
        make_engagement(lead=lead, version=engagement.version, milestones=())
    client.force_login(lead)

    second = client.get(reverse("engagements:engagements"), {"page": 2})

    assert len(second.context["rows"]) == 1
    assert client.get(reverse("engagements:engagements"), {"page": "x"}).status_code == 200


# --- messages ---------------------------------------------------------------------------------------------------------


def say(client, engagement, **facts):
    return client.post(url("message", engagement), {"body": "Is macOS 12 worth testing?", **facts})


def test_a_message_is_sent_and_stands_in_the_thread(client, engagement, ana):
    client.force_login(ana)

    answer = say(client, engagement, needs_answer="on")

    message = Message.objects.get()
    assert (answer.status_code, message.side, message.needs_answer) == (302, Side.THEIRS, True)
    assert "Is macOS 12 worth testing?" in client.get(url("engagement", engagement)).text


@pytest.mark.parametrize("body", ["", "   ", "\x00", "x" * 10_001])
def test_a_wrong_message_comes_back_as_it_was_typed(client, engagement, ana, body):
    client.force_login(ana)

    answer = say(client, engagement, body=body, needs_answer="on")

    assert (answer.status_code, Message.objects.count()) == (422, 0)
    assert "is-invalid" in answer.text
    if len(body) > 100:
        assert body in answer.text


def test_ten_megabytes_are_refused(client, engagement, ana):
    client.force_login(ana)

    assert say(client, engagement, body="x" * 10_000_000).status_code == 413


def test_a_message_after_the_offer_was_declined_is_refused_and_not_lost(client, lead):
    engagement = make_engagement(EngagementStatus.DECLINED, lead=lead, milestones=())
    client.force_login(lead)

    answer = say(client, engagement)

    assert answer.status_code == 409
    assert "came to nothing" in answer.text
    assert "Is macOS 12 worth testing?" in answer.text


def test_an_admin_who_is_not_named_does_not_write(client, engagement):
    client.force_login(make_user(Role.ADMIN))

    assert say(client, engagement).status_code == 403


def test_a_message_is_posted(client, engagement, ana):
    client.force_login(ana)

    assert client.get(url("message", engagement)).status_code == 405


def test_a_message_sent_twice_is_one(client, engagement, ana):
    client.force_login(ana)
    for _turn in range(2):
        assert say(client, engagement, form_key="cd" * 16).status_code == 302

    assert Message.objects.count() == 1


def test_what_is_typed_is_shown_as_text(client, engagement, ana):
    client.force_login(ana)
    say(client, engagement, body="<script>alert(1)</script> [x](javascript:alert(1)) \u202edlrow")
    check_in(engagement, progress="<img src=x onerror=1>", confidence=50, blocker="<b>b</b>", by=ana, at=NOW)

    page = client.get(url("engagement", engagement)).text

    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert 'href="javascript' not in page
    assert "\u202e" not in page


# --- check-ins --------------------------------------------------------------------------------------------------------


def test_nothing_new_is_one_tap(client, engagement, ana):
    client.force_login(ana)

    answer = client.post(url("check_in", engagement), {"nothing_new": "1"})

    row = CheckIn.objects.get()
    assert (answer.status_code, row.nothing_new, row.confidence) == (302, True, None)
    assert Contact.objects.get().side == Side.THEIRS


def test_a_check_in_is_a_tap_and_a_button(client, engagement, ana):
    client.force_login(ana)

    client.post(url("check_in", engagement), {"confidence": "70", "progress": "", "blocker": "", "private_note": ""})

    assert (CheckIn.objects.get().confidence, CheckIn.objects.get().nothing_new) == (70, False)


def test_nothing_new_after_something_was_written_keeps_what_was_written(client, engagement, ana):
    client.force_login(ana)

    answer = client.post(url("check_in", engagement), {"nothing_new": "1", "progress": "Half of it"})

    assert (answer.status_code, CheckIn.objects.count()) == (422, 0)
    assert "Half of it" in answer.text

    client.post(url("check_in", engagement), {"nothing_new": "1", "progress": "Half of it", "confidence": "30"})
    assert (CheckIn.objects.get().progress, CheckIn.objects.get().nothing_new) == ("Half of it", False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"confidence": ""},
        {"confidence": "42"},
        {"confidence": "9" * 30},
        {"confidence": "x"},
        {"confidence": "70", "progress": "x" * 1001},
        {"confidence": "70", "blocker": "x" * 1001},
        {"confidence": "70", "private_note": "x" * 1001},
    ],
)
def test_a_wrong_check_in_comes_back_as_it_was_typed(client, engagement, ana, wrong):
    client.force_login(ana)

    answer = client.post(url("check_in", engagement), {"progress": "Half of it", **wrong})

    assert (answer.status_code, CheckIn.objects.count()) == (422, 0)
    assert wrong.get("progress", "Half of it") in answer.text


def test_a_private_note_that_comes_back_stays_open(client, engagement, ana):
    client.force_login(ana)

    answer = client.post(url("check_in", engagement), {"private_note": SECRET})

    assert answer.status_code == 422
    assert '<details class="dr-hard" open>' in answer.text
    assert SECRET in answer.text


def test_a_check_in_while_nothing_runs_is_refused_and_not_lost(client, lead):
    engagement = make_engagement(EngagementStatus.PAUSED, lead=lead)
    client.force_login(engagement.contractor.user)

    answer = client.post(url("check_in", engagement), {"confidence": "70", "progress": "Half of it"})

    assert answer.status_code == 409
    assert "Half of it" in answer.text


@pytest.mark.parametrize("who", ["lead", "owner", "admin"])
def test_nobody_of_us_checks_in(client, engagement, lead, owner, who):
    client.force_login({"lead": lead, "owner": owner, "admin": make_user(Role.ADMIN)}[who])

    assert client.post(url("check_in", engagement), {"nothing_new": "1"}).status_code == 403


def test_a_check_in_is_posted(client, engagement, ana):
    client.force_login(ana)

    assert client.get(url("check_in", engagement)).status_code == 405


def test_the_form_stands_on_the_contractors_page_alone(client, engagement, lead, ana):
    client.force_login(ana)
    assert 'id="checkin"' in client.get(url("engagement", engagement)).text

    client.force_login(lead)
    assert 'id="checkin"' not in client.get(url("engagement", engagement)).text


# --- the private line -------------------------------------------------------------------------------------------------


def test_no_page_shows_the_private_note_to_anybody_but_comms_owner_and_cover(client, engagement, lead, owner, ana):
    cover, other = make_user(Role.MEMBER), make_engagement()
    type(engagement).objects.filter(pk=engagement.pk).update(cover=cover)
    check_in(engagement, progress="Half", confidence=30, private_note=SECRET, by=ana, at=NOW)
    pages = [url(name, engagement) for name in PAGES] + [
        reverse("home"),
        reverse("engagements:engagements"),
        f"{reverse('search')}?q=landlord",
    ]

    def reads(person):
        client.force_login(person)
        return any(SECRET in client.get(page, follow=True).text for page in pages)

    for person in (lead, make_user(Role.ADMIN), make_user(Role.FINANCE), other.contractor.user, ana):
        assert not reads(person), person
    assert reads(owner)
    assert reads(cover)


def test_after_a_hand_over_the_former_comms_owner_reads_it_no_more(client, engagement, owner, ana, lead):
    from engagements.services.handover import hand_over

    check_in(engagement, confidence=30, private_note=SECRET, by=ana, at=NOW)
    new = make_user(Role.MEMBER)
    hand_over(owner, to=new, by=make_user(Role.ADMIN), at=NOW)

    client.force_login(owner)
    assert client.get(url("engagement", engagement)).status_code == 404
    client.force_login(new)
    assert SECRET in client.get(url("engagement", engagement)).text


# --- papers and history -----------------------------------------------------------------------------------------------


def test_the_agreement_page_shows_text_hash_and_signatures(client, lead):
    engagement = make_engagement(EngagementStatus.OFFERED, lead=lead, milestones=())
    paper = freeze(engagement, document={"a": 1}, html="<p>The frozen text</p>", by=lead, at=NOW)
    ana = engagement.contractor.user
    client.force_login(lead)
    assert "Waits for both signatures" in client.get(url("agreement", engagement)).text

    sign(paper, side=Side.THEIRS, typed_name=ana.name, ip=None, by=ana, at=NOW)
    page = client.get(url("agreement", engagement)).text
    assert "<p>The frozen text</p>" in page
    assert paper.sha256 in page
    assert f"Signed by {ana.name}, waits for the other side" in page

    void(paper, reason="The estimate changed", by=lead, at=NOW)
    assert "The estimate changed" in client.get(url("agreement", engagement)).text


def test_without_an_agreement_the_page_says_when_there_will_be_one(client, engagement, lead):
    client.force_login(lead)

    assert "No agreement yet" in client.get(url("agreement", engagement)).text


def test_the_history_names_who_did_what(client, engagement, lead):
    from engagements.services import states

    engagement = make_engagement(EngagementStatus.OFFERED, lead=lead, milestones=())
    states.decline(engagement, reason="Too little time", by=engagement.contractor.user, at=NOW)
    client.force_login(lead)

    page = client.get(url("engagement_history", engagement)).text

    assert "is now: Declined" in page
    assert "Too little time" in page
    assert Event.objects.of(engagement).count() == 1


def test_the_next_step_of_an_offer_is_on_the_page_of_whose_it_is(client, lead):
    engagement = make_engagement(EngagementStatus.OFFERED, lead=lead, milestones=())
    ana = engagement.contractor.user
    step = {"ana": reverse("milestones:estimate_and_sign", args=[engagement.pk])}
    step["lead"] = reverse("milestones:agree", args=[engagement.pk])

    def offered(person, address):
        client.force_login(person)
        return f'href="{address}"' in client.get(url("engagement", engagement)).text

    assert (offered(ana, step["ana"]), offered(lead, step["lead"])) == (True, False)

    paper = freeze(engagement, document={"a": 1}, html="", by=ana, at=NOW)
    sign(paper, side=Side.THEIRS, typed_name=ana.name, ip=None, by=ana, at=NOW)

    assert (offered(ana, step["ana"]), offered(lead, step["lead"])) == (False, True)
