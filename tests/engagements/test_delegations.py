"""Somebody reviews in the lead's place for a time."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Leave
from accounts.services.people import change_role, deactivate
from accounts.states import Role
from core import history
from core.errors import DomainError
from core.models import Event, OutboxMail
from engagements.models import Delegation, Engagement
from engagements.services.delegations import end_delegation, end_past_delegation, let_cover_stand_in, name_delegate
from engagements.services.handover import hand_over
from engagements.states import EngagementStatus
from reminders.services import sweep
from tests.factories import make_engagement, make_user

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FRIDAY = date(2026, 11, 27)


@pytest.fixture
def tess():
    return make_user(Role.LEAD, name="Tess Okafor", zone="UTC")


@pytest.fixture
def priya():
    return make_user(Role.MEMBER, name="Priya Raman", zone="UTC")


@pytest.fixture
def mia():
    return make_user(Role.LEAD, name="Mia Berg", zone="UTC")


@pytest.fixture
def engagement(tess, priya):
    return make_engagement(lead=tess, comms_owner=priya)


def named(engagement, person, **facts):
    facts = {"until_on": FRIDAY, "by": engagement.lead, "at": MONDAY, **facts}
    return name_delegate(engagement, person=person, **facts)


# --- services ------------------------------------------------------------------------------
def test_the_lead_names_who_reviews_and_both_hear_of_it(engagement, mia):
    OutboxMail.objects.all().delete()

    made = named(engagement, mia)

    engagement.refresh_from_db()
    assert (engagement.delegate, engagement.reviewer) == (mia, mia)
    assert (made.from_on, made.until_on, made.cause, made.ended_at) == (MONDAY.date(), FRIDAY, "named", None)
    assert Event.objects.get(verb="delegated").note == "Mia Berg until 27 Nov 2026"
    assert {m.recipient for m in OutboxMail.objects.all()} == {mia, engagement.contractor.user}
    assert history.verify(engagement) == ""


def test_who_reviews_sees_the_engagement_only_while_it_lasts(engagement, mia, tess):
    assert not Engagement.objects.visible_to(mia).exists()

    named(engagement, mia)
    assert Engagement.objects.visible_to(mia).get() == engagement
    end_delegation(engagement, by=tess, at=MONDAY)

    assert not Engagement.objects.visible_to(mia).exists()


def test_another_name_ends_the_first(engagement, mia, priya):
    named(engagement, mia)

    named(engagement, priya)

    assert list(Delegation.objects.values_list("person__name", "ended_at")) == [
        ("Mia Berg", MONDAY), ("Priya Raman", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("who", "facts", "sentence"),
    [
        ("mia", {"until_on": date(2026, 11, 22)}, "Choose a day from today on"),
        ("mia", {"until_on": date(2100, 1, 1)}, "before 2100"),
        ("tess", {}, "reviews already"),
        ("finance", {}, "can’t review"),
    ],
)
def test_a_day_that_is_past_and_people_who_cannot_are_refused(engagement, mia, tess, who, facts, sentence):
    people = {"mia": mia, "tess": tess, "finance": make_user(Role.FINANCE)}

    with pytest.raises(DomainError, match=sentence):
        named(engagement, people[who], **facts)


def test_work_that_is_over_has_no_reviewer(tess, mia):
    with pytest.raises(DomainError, match="nothing in it is reviewed"):
        named(make_engagement(EngagementStatus.DECLINED, lead=tess, milestones=()), mia)


def test_there_is_nothing_to_end_where_nobody_stands_in(engagement, tess):
    with pytest.raises(DomainError, match="Nobody reviews"):
        end_delegation(engagement, by=tess, at=MONDAY)


def test_the_database_keeps_what_was_named_and_allows_one_at_a_time(engagement, mia):
    made = named(engagement, mia)

    for broken in (
        lambda: Delegation.objects.filter(pk=made.pk).update(until_on=date(2027, 1, 1)),
        lambda: Delegation.objects.filter(pk=made.pk).delete(),
        lambda: Delegation.objects.create(
            engagement=engagement, person=mia, cause="named", from_on=FRIDAY, until_on=FRIDAY, at=MONDAY
        ),
        lambda: Engagement.objects.filter(pk=engagement.pk).update(delegate=engagement.lead),
        lambda: Engagement.objects.filter(pk=engagement.pk).update(review_end="perhaps"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            broken()


# --- by the clock --------------------------------------------------------------------------
def test_the_cover_stands_in_while_the_lead_is_on_leave(engagement, tess, mia):
    Engagement.objects.update(cover=mia)
    Leave.objects.create(user=tess, starts_on=date(2026, 11, 23), ends_on=FRIDAY)

    made = let_cover_stand_in(engagement.pk, at=MONDAY)

    assert (made.person, made.cause, made.until_on, made.by) == (mia, "leave", FRIDAY, None)


@pytest.mark.parametrize("lacks", ["leave", "cover", "cover works", "nobody named"])
def test_otherwise_nobody_stands_in(engagement, tess, mia, priya, lacks):
    Engagement.objects.update(cover=None if lacks == "cover" else mia)
    if lacks != "leave":
        Leave.objects.create(user=tess, starts_on=date(2026, 11, 23), ends_on=FRIDAY)
    if lacks == "cover works":
        Leave.objects.create(user=mia, starts_on=date(2026, 11, 20), ends_on=date(2026, 11, 23))
    if lacks == "nobody named":
        named(engagement, priya)

    assert let_cover_stand_in(engagement.pk, at=MONDAY) is None


def test_it_ends_once_its_last_day_is_over(engagement, mia):
    named(engagement, mia)

    assert end_past_delegation(engagement.pk, at=datetime(2026, 11, 27, 23, 59, tzinfo=UTC)) is False
    assert end_past_delegation(engagement.pk, at=datetime(2026, 11, 28, 0, 0, tzinfo=UTC)) is True
    engagement.refresh_from_db()
    assert engagement.delegate is None
    assert end_past_delegation(engagement.pk, at=datetime(2026, 11, 29, tzinfo=UTC)) is False


def test_who_leaves_reviews_no_more_and_nobody_reviews_in_own_place(engagement, tess, mia):
    admin = make_user(Role.ADMIN)
    named(engagement, mia)
    hand_over(mia, to=make_user(Role.LEAD), by=admin, at=MONDAY)
    engagement.refresh_from_db()
    assert (engagement.delegate, engagement.lead) == (None, tess)

    named(engagement, mia)
    hand_over(tess, to=mia, by=admin, at=MONDAY)

    engagement.refresh_from_db()
    assert (engagement.delegate, engagement.lead) == (None, mia)
    assert not Delegation.objects.filter(ended_at=None).exists()


def test_who_was_named_by_the_lead_of_before_reviews_no_more_and_hears_of_it(engagement, tess, mia, priya):
    named(engagement, priya)
    OutboxMail.objects.all().delete()

    hand_over(tess, to=mia, by=make_user(Role.ADMIN), at=MONDAY)

    engagement.refresh_from_db()
    assert (engagement.delegate, engagement.reviewer, engagement.lead) == (None, mia, mia)
    assert Delegation.objects.get().ended_at == MONDAY
    assert Event.objects.get(verb="reviews_again").note == "Mia Berg"
    told = OutboxMail.objects.filter(key__startswith="delegate-ended")
    assert {m.recipient for m in told} == {priya, mia, engagement.contractor.user}
    assert {m.subject for m in told} == {"Mia Berg reviews “Payment page, faster” again"}


@pytest.mark.parametrize("how", ["deactivated", "finance by now"])
def test_who_can_stand_in_no_more_reviews_nothing_and_the_clock_ends_it(engagement, tess, mia, how):
    admin = make_user(Role.ADMIN)
    named(engagement, mia)
    sweep(at=MONDAY)
    if how == "deactivated":
        deactivate(mia, by=admin, at=MONDAY)
    else:
        change_role(mia, role=Role.FINANCE, by=admin, at=MONDAY)
    assert Engagement.objects.get(pk=engagement.pk).reviewer == tess

    sweep(at=MONDAY + timedelta(minutes=1))
    sweep(at=MONDAY + timedelta(minutes=2))

    engagement.refresh_from_db()
    assert engagement.delegate is None
    assert Delegation.objects.get().ended_at is not None
    assert history.verify(engagement) == ""


# --- the page ------------------------------------------------------------------------------
def form(person, **facts):
    return {"person": person.pk, "until_on": (timezone.now() + timedelta(days=9)).date().isoformat(), **facts}


def page(engagement, act=""):
    return reverse(f"engagements:delegate{act}", args=[engagement.pk])


def test_the_page_names_somebody_and_then_says_who_reviews(client, engagement, tess, mia):
    client.force_login(tess)
    assert "You review what is handed in" in client.get(page(engagement)).content.decode()

    answer = client.post(page(engagement), form(mia), follow=True)

    assert answer.status_code == 200
    assert "Mia Berg reviews for now" in answer.content.decode()


def test_a_name_that_is_missing_comes_back_with_what_was_typed(client, engagement, tess, mia):
    client.force_login(tess)

    answer = client.post(page(engagement), {**form(mia), "person": ""})

    assert answer.status_code == 422
    assert "Choose who reviews in your place." in answer.content.decode()
    assert form(mia)["until_on"] in answer.content.decode()


def test_a_day_that_is_past_is_refused_with_the_reason(client, engagement, tess, mia):
    client.force_login(tess)

    answer = client.post(page(engagement), form(mia, until_on="2020-01-01"))

    assert answer.status_code == 409
    assert "Choose a day from today on" in answer.content.decode()


@pytest.mark.parametrize("act", ["", "_end"])
def test_only_the_lead_names_and_ends(client, engagement, priya, act):
    client.force_login(priya)

    assert client.post(page(engagement, act), form(priya)).status_code == 403


@pytest.mark.parametrize("act", ["", "_end"])
def test_to_another_lead_it_does_not_exist(client, engagement, mia, act):
    client.force_login(mia)

    assert client.post(page(engagement, act), form(mia)).status_code == 404


def test_ending_it_is_one_click(client, engagement, tess, mia):
    named(engagement, mia, until_on=date(2099, 1, 1))
    client.force_login(tess)

    answer = client.post(page(engagement, "_end"), follow=True)

    assert "You review what is handed in" in answer.content.decode()


def test_ending_what_is_not_there_is_refused(client, engagement, tess):
    client.force_login(tess)

    answer = client.post(page(engagement, "_end"))

    assert answer.status_code == 409


def test_ending_it_is_no_link(client, engagement, tess):
    client.force_login(tess)

    assert client.get(page(engagement, "_end")).status_code == 405
