"""Messages answer questions, check-ins are the contractor's, and the private line is private."""

from datetime import timedelta
from itertools import chain

import pytest

from accounts.models import DigestItem
from accounts.states import Role
from core.errors import DomainError, NotAllowed
from core.models import Event, OutboxMail, Touched
from engagements.models import CheckIn, Contact, Message
from engagements.queries import conversation, conversation_page, latest_contacts
from engagements.queries.conversation import SHOWN
from engagements.services import contacts
from engagements.services.conversation import check_in, send_message
from engagements.states import ContactKind, EngagementStatus, Side
from milestones.queries.engagement_page import engagement_facts
from tests.factories import NOW, make_contractor, make_engagement, make_user

pytestmark = pytest.mark.django_db
SECRET = "My landlord throws me out"


@pytest.fixture
def people():
    return {role: make_user(role) for role in (Role.LEAD, Role.MEMBER, Role.ADMIN)}


@pytest.fixture
def engagement(people):
    return make_engagement(lead=people[Role.LEAD], comms_owner=people[Role.MEMBER])


@pytest.fixture
def ana(engagement):
    return engagement.contractor.user


def say(engagement, by, body="Is macOS 12 worth testing?", needs_answer=True, at=NOW):
    return send_message(engagement, body=body, needs_answer=needs_answer, by=by, at=at)


def test_a_message_is_a_contact_of_its_side_and_wakes_the_clock(engagement, ana):
    message = say(engagement, ana)

    contact = Contact.objects.get()
    assert (message.side, contact.side, contact.kind, contact.by) == (
        Side.THEIRS,
        Side.THEIRS,
        ContactKind.MESSAGE,
        ana,
    )
    assert Touched.objects.filter(subject_type="engagements.engagement", subject_id=engagement.pk).exists()


def test_a_message_answers_what_the_other_side_asked_but_not_ones_own_questions(engagement, ana, people):
    theirs = say(engagement, ana)
    ours = say(engagement, people[Role.LEAD], at=NOW + timedelta(hours=1))

    theirs.refresh_from_db()
    ours.refresh_from_db()
    assert (theirs.answered_at, ours.answered_at) == (NOW + timedelta(hours=1), None)


def test_the_contractors_message_goes_to_the_comms_owner(engagement, ana, people):
    say(engagement, ana)

    mail = OutboxMail.objects.get()
    assert (mail.recipient, mail.kind) == (people[Role.MEMBER], "message")
    assert "Is macOS 12 worth testing?" in mail.text
    assert ana.name in mail.subject


def test_our_message_goes_to_the_contractor(engagement, ana, people):
    say(engagement, people[Role.LEAD])

    assert OutboxMail.objects.get().recipient == ana


def test_when_the_comms_owner_has_left_the_lead_hears_it(engagement, ana, people):
    owner = people[Role.MEMBER]
    type(owner).objects.filter(pk=owner.pk).update(is_active=False, deactivated_at=NOW)

    say(engagement, ana)

    assert OutboxMail.objects.get().recipient == people[Role.LEAD]


def test_a_contractor_without_an_account_is_not_written_to(people):
    engagement = make_engagement(
        EngagementStatus.OFFERED, lead=people[Role.LEAD], contractor=make_contractor(), milestones=()
    )

    say(engagement, people[Role.LEAD])

    assert not OutboxMail.objects.exists()


@pytest.mark.parametrize("role", [Role.LEAD, Role.ADMIN, Role.FINANCE, Role.CONTRACTOR])
def test_nobody_else_speaks_in_it(engagement, role):
    with pytest.raises(NotAllowed):
        say(engagement, make_user(role))


@pytest.mark.parametrize(
    "status",
    [EngagementStatus.DRAFT, EngagementStatus.DECLINED, EngagementStatus.WITHDRAWN, EngagementStatus.EXPIRED],
)
def test_without_a_standing_offer_there_is_no_conversation(people, status):
    engagement = make_engagement(status, lead=people[Role.LEAD], milestones=())

    with pytest.raises(DomainError):
        say(engagement, people[Role.LEAD])


def test_an_empty_message_is_refused(engagement, ana):
    with pytest.raises(DomainError):
        say(engagement, ana, body="  \n ")


def test_a_check_in_is_a_contact_and_tells_the_comms_owner(engagement, ana, people):
    row = check_in(engagement, progress="Half", confidence=70, blocker="The key", by=ana, at=NOW)

    assert (row.confidence, Contact.objects.get().kind) == (70, ContactKind.CHECK_IN)
    mail = OutboxMail.objects.get()
    assert mail.recipient == people[Role.MEMBER]
    assert "4 of 5" in mail.text


def test_nothing_new_is_one_tap_and_no_mail(engagement, ana):
    row = check_in(engagement, nothing_new=True, by=ana, at=NOW)

    assert (row.nothing_new, row.confidence) == (True, None)
    assert not OutboxMail.objects.exists()
    assert Contact.objects.count() == 1


@pytest.mark.parametrize("confidence", [None, 0, 42, 100])
def test_confidence_is_one_of_five(engagement, ana, confidence):
    with pytest.raises(DomainError, match="Tap one of the five"):
        check_in(engagement, progress="x", confidence=confidence, by=ana, at=NOW)


@pytest.mark.parametrize("role", [Role.LEAD, Role.MEMBER, Role.ADMIN])
def test_only_the_contractor_checks_in(engagement, people, role):
    with pytest.raises(NotAllowed):
        check_in(engagement, nothing_new=True, by=people[role], at=NOW)


@pytest.mark.parametrize("status", [s for s in EngagementStatus if s not in ("agreed", "active")])
def test_check_ins_are_for_work_that_is_agreed_or_runs(status):
    engagement = make_engagement(status, milestones=())

    with pytest.raises(DomainError, match="Check-ins are for work"):
        check_in(engagement, nothing_new=True, by=engagement.contractor.user, at=NOW)


def test_the_private_note_is_read_by_comms_owner_and_cover_alone(engagement, ana, people):
    cover = make_user(Role.MEMBER)
    type(engagement).objects.filter(pk=engagement.pk).update(cover=cover)
    engagement.refresh_from_db()
    check_in(engagement, progress="Half", confidence=30, private_note=SECRET, by=ana, at=NOW)
    everybody = {"lead": people[Role.LEAD], "admin": people[Role.ADMIN], "owner": people[Role.MEMBER], "cover": cover}

    read = {who: conversation(engagement, person)[0][0].private_note for who, person in everybody.items()}

    assert read == {"lead": "", "admin": "", "owner": SECRET, "cover": SECRET}


def test_the_private_note_does_not_even_leave_the_database_for_others(engagement, ana, people):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    check_in(engagement, confidence=30, private_note=SECRET, by=ana, at=NOW)

    with CaptureQueriesContext(connection) as asked:
        conversation(engagement, people[Role.LEAD])
        conversation(engagement, people[Role.ADMIN])
        conversation_page(engagement, people[Role.LEAD], {})

    assert asked.captured_queries
    assert not [q for q in asked.captured_queries if "private_note" in q["sql"]]


def test_the_private_note_is_in_no_mail_no_digest_and_no_history(engagement, ana):
    check_in(engagement, progress="Half", confidence=30, private_note=SECRET, by=ana, at=NOW)

    assert not OutboxMail.objects.filter(text__contains=SECRET).exists()
    assert not DigestItem.objects.filter(subject__contains=SECRET).exists()
    assert not Event.objects.filter(note__contains=SECRET).exists()
    assert str(CheckIn.objects.get()) == "Half"


def test_the_conversation_has_messages_and_check_ins_in_the_order_they_were_said(engagement, ana, people):
    say(engagement, ana, body="one", at=NOW)
    check_in(engagement, progress="two", confidence=70, by=ana, at=NOW + timedelta(hours=1))
    say(engagement, people[Role.LEAD], body="three", at=NOW + timedelta(hours=2))
    check_in(engagement, progress="four", confidence=30, by=ana, at=NOW + timedelta(hours=3))

    lines, has_earlier = conversation(engagement, people[Role.LEAD])

    assert [line.body for line in lines] == ["one", "two", "three", "four"]
    assert [line.is_mine for line in lines] == [False, False, True, False]
    assert (lines[-1].confidence, lines[-1].was, has_earlier) == (30, 70, False)
    assert engagement_facts(engagement, NOW).confidence == 30


def test_the_page_shows_the_last_lines_and_says_that_there_are_more(engagement, ana):
    for hour in range(SHOWN + 2):
        say(engagement, ana, body=str(hour), at=NOW + timedelta(hours=hour))

    lines, has_earlier = conversation(engagement, ana)

    assert ([line.body for line in lines], has_earlier) == ([str(n) for n in range(2, SHOWN + 2)], True)


def test_all_of_it_comes_in_pages_newest_first(engagement, ana):
    for hour in range(27):
        say(engagement, ana, body=str(hour), at=NOW + timedelta(hours=hour))

    first = conversation_page(engagement, ana, {})
    second = conversation_page(engagement, ana, {"before": str(first.older_than)})

    assert [line.body for line in first.object_list] == [str(n) for n in range(26, 1, -1)]
    assert [line.body for line in second.object_list] == ["1", "0"]


def test_messages_and_check_ins_of_one_instant_are_met_once_on_the_way_down_and_again_on_the_way_up(engagement, ana):
    for n in range(40):  # with the same numbers in both tables
        Message.objects.create(pk=n + 1, engagement=engagement, author=ana, side=Side.THEIRS, body=f"m{n}", at=NOW)
        CheckIn.objects.create(pk=n + 1, engagement=engagement, by=ana, progress=f"c{n}", nothing_new=True, at=NOW)
    everything = [f"{kind}{n}" for n in range(39, -1, -1) for kind in "mc"]

    down, asked = [], {}
    while asked is not None:
        page = conversation_page(engagement, ana, asked)
        down.append([line.body for line in page.object_list])
        asked = {"before": str(page.older_than)} if page.older_than else None
    up = []
    while page.newer_than:
        page = conversation_page(engagement, ana, {"after": str(page.newer_than)})
        up.append([line.body for line in page.object_list])

    assert [*chain(*down)] == everything
    assert [len(page) for page in down] == [25, 25, 25, 5]
    assert [*chain(*reversed(up))] == everything[:75]


@pytest.mark.parametrize("name", ["", "7", "m", "x1", "m999", "m" + "9" * 5000, "m-1", "m²", "other"])
def test_an_address_that_names_nothing_that_was_said_here_shows_the_newest(engagement, ana, name):
    for hour in range(27):
        say(engagement, ana, body=str(hour), at=NOW + timedelta(hours=hour))
    if name == "other":  # engagement
        there = make_engagement()
        name = f"m{say(there, there.contractor.user, at=NOW + timedelta(hours=9)).pk}"

    page = conversation_page(engagement, ana, {"before": name})

    assert ([line.body for line in page.object_list][:2], page.newer_than) == (["26", "25"], None)


def test_a_page_of_a_conversation_is_one_statement_and_two_further_down(engagement, ana, django_assert_num_queries):
    for hour in range(30):
        say(engagement, ana, at=NOW + timedelta(hours=hour))

    with django_assert_num_queries(1):
        page = conversation_page(engagement, ana, {})
    with django_assert_num_queries(2):
        conversation_page(engagement, ana, {"before": str(page.older_than)})


def test_reading_a_conversation_costs_the_same_for_few_and_many_lines(engagement, ana, django_assert_num_queries):
    for hour in range(8):
        say(engagement, ana, at=NOW + timedelta(hours=hour))
        check_in(engagement, nothing_new=True, by=ana, at=NOW + timedelta(hours=hour))

    with django_assert_num_queries(1):
        conversation(engagement, ana)


def test_the_latest_contact_of_each_side_is_known(engagement, ana):
    contacts.record_contact(engagement, side=Side.THEIRS, kind=ContactKind.MESSAGE, by=ana, at=NOW)
    last = contacts.record_contact(
        engagement, side=Side.THEIRS, kind=ContactKind.SUBMISSION, by=ana, at=NOW + timedelta(days=1)
    )

    assert latest_contacts(engagement) == {Side.THEIRS: last}


def test_a_question_points_at_those_who_can_answer_it_and_at_nobody_else(engagement, ana, people):
    say(engagement, ana)

    points = {role: conversation(engagement, person)[0][0].asks_viewer for role, person in people.items()}

    assert points == {Role.LEAD: True, Role.MEMBER: True, Role.ADMIN: False}
    assert not conversation(engagement, ana)[0][0].asks_viewer
