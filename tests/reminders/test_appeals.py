"""An appeal of a delivery record waits for whoever may answer it, on Today and in a reminder."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.states import Role
from core.models import OutboxMail
from engagements.models import Engagement
from milestones.models import RecordAppeal
from milestones.permissions import can_answer_appeal
from milestones.services.delivery import answer_appeal, appeal_row
from milestones.states import MilestoneStatus
from reminders.models import PlannedNotice
from reminders.services import sweep
from tests.factories import make_delivery_row, make_dispute, make_engagement, make_user

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ASKED = "waits for an answer"


@pytest.fixture
def lead() -> User:
    return make_user(Role.LEAD, zone="UTC")


def appeal(lead: User, status: str = "active") -> RecordAppeal:
    engagement = make_engagement(status, lead=lead, milestones=(MilestoneStatus.ACCEPTED,))
    milestone = engagement.milestones.get()
    row = make_delivery_row(milestone, late=True)
    return appeal_row(row, reason="The sandbox was down.", by=engagement.contractor.user, at=MONDAY)


def days(first: int, last: int) -> None:
    for day in range(first, last + 1):
        sweep(at=MONDAY + timedelta(days=day, minutes=1))


def reminded() -> list[tuple[User, int]]:
    mails = OutboxMail.objects.filter(subject__contains=ASKED).order_by("pk").select_related("recipient")
    return [(mail.recipient, (mail.created_at - MONDAY).days) for mail in mails]


@pytest.mark.parametrize(("role", "part"), product(Role, ("", "lead", "comms_owner", "cover", "accepted_by")), ids=str)
def test_whoever_may_answer_it_has_it_on_today_and_nobody_else(
    client: Client, lead: User, role: str, part: str
) -> None:
    found = appeal(lead)
    milestone = found.row.milestone
    person = make_user(role)
    if part == "accepted_by":
        type(milestone).objects.filter(pk=milestone.pk).update(accepted_by=person)
    elif part:
        Engagement.objects.filter(pk=milestone.engagement_id).update(**{part: person})
    found = RecordAppeal.objects.for_page().get(pk=found.pk)
    client.force_login(person)

    page = client.get("/", follow=True).text

    assert (f"/appeals/{found.pk}/" in page) is can_answer_appeal(person, found)


def test_it_leaves_today_once_it_is_answered(client: Client, lead: User) -> None:
    found, admin = appeal(lead), make_user(Role.ADMIN)
    client.force_login(admin)
    assert f"/appeals/{found.pk}/" in client.get("/", follow=True).text

    answer_appeal(found, outcome="counts", note="It was ours to book.", by=admin, at=timezone.now())

    assert f"/appeals/{found.pk}/" not in client.get("/", follow=True).text


def test_an_admin_finds_reviews_and_disputes_that_came_to_the_own_desk(client: Client, lead: User) -> None:
    admin = make_user(Role.ADMIN)
    states = (MilestoneStatus.SUBMITTED, MilestoneStatus.DISPUTED, MilestoneStatus.SUBMITTED)
    mine, disputed, other = make_engagement(lead=lead, milestones=states).milestones.order_by("position")
    type(mine).objects.filter(pk=mine.pk).update(escalated_to=admin, escalated_at=MONDAY)
    make_dispute(disputed, admin)
    client.force_login(admin)

    page = client.get("/", follow=True).text

    asks = page.split('id="mine"')[1].split("</ul>")[0]
    assert [f"/milestones/{m.pk}/" in asks for m in (mine, disputed, other)] == [True, True, False]
    assert "2 things wait on you" in page


def test_today_asks_no_more_for_it(client: Client, lead: User, django_assert_num_queries) -> None:
    viewer = make_user(Role.LEAD)
    make_engagement(lead=viewer, milestones=(MilestoneStatus.SUBMITTED, MilestoneStatus.ACCEPTED))
    client.force_login(viewer)
    client.get("/")
    with CaptureQueriesContext(connection) as before:
        client.get("/")
    appeal(lead)

    with django_assert_num_queries(len(before)):
        assert client.get("/").text.count("/appeals/") == 2  # a heading and a button
    assert len(before) <= 10


@pytest.mark.parametrize("status", ["active", "paused", "completed"])
def test_the_admins_who_may_are_reminded_twice_whatever_became_of_the_work(lead: User, status: str) -> None:
    admin = make_user(Role.ADMIN, zone="UTC")
    other = make_user(Role.LEAD, zone="UTC")
    found = appeal(lead, status)

    days(0, 30)

    assert reminded() == [(admin, 2), (admin, 9)]
    mail = OutboxMail.objects.filter(subject__contains=ASKED).first()
    assert f"/appeals/{found.pk}/" in mail.text
    assert not OutboxMail.objects.filter(recipient=other, subject__contains="appeal").exists()


def test_where_no_admin_may_the_leads_who_may_are_told_and_reminded(lead: User) -> None:
    other = make_user(Role.LEAD, zone="UTC")
    make_user(Role.MEMBER)
    appeal(lead)

    days(0, 3)

    assert [mail.recipient for mail in OutboxMail.objects.filter(subject__contains="appeals a row")] == [other]
    assert reminded() == [(other, 2)]


def test_an_answer_ends_the_reminders(lead: User) -> None:
    admin = make_user(Role.ADMIN, zone="UTC")
    found = appeal(lead)
    days(0, 1)
    assert PlannedNotice.objects.filter(rule="appeal_waiting").count() == 2

    answer_appeal(found, outcome="counts", note="It was ours to book.", by=admin, at=MONDAY + timedelta(days=1))
    days(1, 30)

    assert reminded() == []
    assert not PlannedNotice.objects.filter(rule="appeal_waiting").exists()
