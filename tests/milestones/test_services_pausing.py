"""Pausing: no clock runs, and every open date moves along."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Leave
from core import history, working_time
from core.errors import DomainError
from core.models import Event, OutboxMail
from core.working_time import Calendar
from engagements.models import Goal, Pause
from engagements.queries.pauses import add, between, days_lost, pauses
from engagements.services.conversation import send_message
from engagements.states import EngagementStatus, Side
from milestones.services.funding import fund_milestone
from milestones.services.pausing import pause, resume
from milestones.states import MilestoneStatus
from reminders.models import PlannedNotice, Presence, QuietFlag
from reminders.queries import sentence_for
from reminders.services import sweep
from reminders.states import PresenceStatus
from tests.factories import NOW, make_contractor, make_engagement, make_user
from tests.milestones.conftest import hand_in

pytestmark = pytest.mark.django_db
WHY = "The budget waits for the board."
OFFICE = Calendar("UTC")
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


def paused(engagement, at=NOW, days=None):
    pause(engagement, reason=WHY, by=engagement.lead, at=at)
    if days is not None:
        resume(engagement, by=engagement.lead, at=at + timedelta(days=days))
    engagement.refresh_from_db()
    return engagement


@pytest.mark.parametrize("status", EngagementStatus)
def test_only_work_that_is_active_can_be_paused(status):
    engagement = make_engagement(status)

    if status == EngagementStatus.ACTIVE:
        assert pause(engagement, reason=WHY, by=engagement.lead, at=NOW).began_by == engagement.lead
    else:
        with pytest.raises(DomainError, match="Only work that is active"):
            pause(engagement, reason=WHY, by=engagement.lead, at=NOW)


@pytest.mark.parametrize("status", [s for s in EngagementStatus if s != EngagementStatus.PAUSED])
def test_only_paused_work_can_go_on(status):
    engagement = make_engagement(status)

    with pytest.raises(DomainError, match="nothing to resume"):
        resume(engagement, by=engagement.lead, at=NOW)


def test_a_pause_needs_a_reason(engagement, lead):
    with pytest.raises(DomainError, match="Say why"):
        pause(engagement, reason="  ", by=lead, at=NOW)


def test_the_other_people_are_told_once_with_the_reason(lead):
    owner = make_user("member")
    engagement = make_engagement(lead=lead, comms_owner=owner)

    paused(engagement)

    mails = OutboxMail.objects.order_by("recipient_id")
    assert {m.recipient for m in mails} == {owner, engagement.contractor.user}
    assert all(WHY in m.text for m in mails)


def test_open_dates_move_by_the_contractors_working_days_that_were_lost():
    contractor = make_contractor(make_user("contractor", zone="UTC"))
    S = MilestoneStatus
    engagement = make_engagement(contractor=contractor, milestones=(S.ACCEPTED, S.FUNDED, S.AGREED, S.CANCELLED))
    before = list(engagement.milestones.order_by("position").values_list("due_on", flat=True))

    paused(engagement, at=MONDAY, days=9)  # Monday to Wednesday of the next week: seven working days

    after = list(engagement.milestones.order_by("position").values_list("due_on", flat=True))
    assert [(b - a).days for a, b in zip(before, after, strict=True)] == [0, 9, 9, 0]
    assert list(Goal.objects.order_by("position").values_list("due_on", flat=True)) == after
    notes = [e.note for e in Event.objects.of(engagement) if e.verb == "rescheduled"]
    assert len(notes) == 2
    assert "7 working days" in notes[0]
    assert history.verify(engagement) == ""


def test_days_on_which_the_contractor_is_away_are_not_lost_twice():
    contractor = make_contractor(make_user("contractor", zone="UTC"))
    Leave.objects.create(user=contractor.user, starts_on=date(2026, 11, 23), ends_on=date(2026, 11, 27))
    engagement = make_engagement(contractor=contractor)
    due_on = engagement.milestones.get(position=1).due_on

    paused(engagement, at=MONDAY, days=5)

    assert engagement.milestones.get(position=1).due_on == due_on


def test_a_pause_of_an_hour_moves_nothing(engagement):
    due_on = engagement.milestones.get(position=1).due_on

    paused(engagement, at=datetime(2026, 11, 23, 15, tzinfo=UTC), days=1 / 24)

    assert engagement.milestones.get(position=1).due_on == due_on
    assert Pause.objects.get().ended_by == engagement.lead


def test_nothing_is_funded_or_handed_in_while_the_work_is_paused(engagement, funded, agreed, lead):
    paused(engagement)

    with pytest.raises(DomainError, match="is paused, so nothing can be funded"):
        fund_milestone(agreed, by=lead, at=NOW)
    with pytest.raises(DomainError, match="is paused, so nothing can be handed in"):
        hand_in(funded)


def test_the_database_keeps_one_open_pause_and_its_beginning(engagement):
    paused(engagement)

    with pytest.raises(IntegrityError), transaction.atomic():
        Pause.objects.create(engagement=engagement, reason=WHY, began_at=NOW, began_by=engagement.lead)
    with pytest.raises(IntegrityError), transaction.atomic():
        Pause.objects.update(began_at=NOW - timedelta(days=1))
    with pytest.raises(IntegrityError), transaction.atomic():
        Pause.objects.all().delete()


def test_the_pauses_of_many_are_read_in_one_query(django_assert_num_queries):
    engagements = [paused(make_engagement(), days=2), paused(make_engagement()), make_engagement()]

    with django_assert_num_queries(1):
        found = pauses(engagements)

    assert [len(found[e.pk]) for e in engagements] == [1, 1, 0]
    assert found[engagements[0].pk] == [(NOW, NOW + timedelta(days=2))]
    assert found[engagements[1].pk] == [(NOW, None)]


# --- the clock --------------------------------------------------------------------------------------------------------


def test_nobody_is_reminded_or_quiet_while_it_lasts():
    engagement = make_engagement(milestones=(MilestoneStatus.FUNDED,))
    history.touch(engagement, at=NOW)
    sweep(at=NOW)
    assert PlannedNotice.objects.filter(fired_at=None).exists()
    paused(engagement)
    OutboxMail.objects.all().delete()

    for days in (0, 10, 30, 60):
        sweep(at=NOW + timedelta(days=days))

    assert not OutboxMail.objects.exists()
    assert not QuietFlag.objects.exists()
    assert not PlannedNotice.objects.filter(fired_at=None).exists()
    assert set(Presence.objects.values_list("status", flat=True)) == {PresenceStatus.WAITING_ON_OTHER}
    assert "Paused since" in sentence_for(engagement, engagement.lead, NOW)


def test_silence_is_counted_without_the_pause():
    contractor = make_contractor(make_user("contractor", zone="UTC"))
    engagement = make_engagement(contractor=contractor, milestones=(MilestoneStatus.FUNDED,))
    history.touch(engagement, at=MONDAY)
    sweep(at=MONDAY)
    was = Presence.objects.get(side=Side.THEIRS).quiet_at

    paused(engagement, at=MONDAY + timedelta(days=1), days=14)
    sweep(at=MONDAY + timedelta(days=15))

    assert was == datetime(2026, 11, 30, 17, tzinfo=UTC)
    assert Presence.objects.get(side=Side.THEIRS).quiet_at == datetime(2026, 12, 14, 17, tzinfo=UTC)


def test_a_review_window_waits_for_the_pause_to_end():
    lead = make_user(zone="UTC")
    engagement = make_engagement(lead=lead, milestones=(MilestoneStatus.SUBMITTED,))
    history.touch(engagement, at=MONDAY)
    sweep(at=MONDAY)
    was = PlannedNotice.objects.get(rule="review_waiting").about_on

    paused(engagement, at=MONDAY, days=7)
    sweep(at=MONDAY + timedelta(days=7))

    assert (PlannedNotice.objects.get(rule="review_waiting").about_on - was).days == 7


def test_both_sides_can_still_write(engagement, contractor):
    paused(engagement)

    assert send_message(engagement, body="Any news?", needs_answer=True, by=contractor, at=NOW).pk


# --- working time without pauses -------------------------------------------------------------------------------------

instants = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)).map(lambda d: d.replace(tzinfo=UTC))


@given(st.lists(instants, min_size=2, max_size=8, unique=True), instants, st.integers(0, 60 * 24 * 30))
def test_what_is_added_outside_pauses_is_what_lies_between(edges, start, minutes):
    edges = sorted(edges[: len(edges) // 2 * 2])
    stretches = list(zip(edges[::2], edges[1::2], strict=True))
    duration = timedelta(minutes=minutes)

    end = add(start, duration, OFFICE, stretches)

    assert between(start, end, OFFICE, stretches) == duration


@given(st.integers(0, 40))
def test_whole_working_days_of_a_pause_are_all_counted(days):
    ended = working_time.add(MONDAY, timedelta(hours=8 * days), OFFICE)

    assert days_lost(OFFICE, [(MONDAY, ended)]) == days


# --- the page ---------------------------------------------------------------------------------------------------------


def url(name, engagement):
    return reverse(f"milestones:{name}", args=[engagement.pk])


def test_the_lead_pauses_and_goes_on_by_one_click_each(client, engagement, lead):
    client.force_login(lead)

    assert client.post(url("pause", engagement), {"reason": WHY}).status_code == 302
    assert WHY in client.get(f"/engagements/{engagement.pk}/").content.decode()
    assert client.post(url("resume", engagement)).status_code == 302

    engagement.refresh_from_db()
    assert engagement.status == EngagementStatus.ACTIVE


def test_pausing_without_a_reason_comes_back_and_twice_is_refused(client, engagement, lead):
    client.force_login(lead)

    assert client.post(url("pause", engagement), {"reason": ""}).status_code == 422
    client.post(url("pause", engagement), {"reason": WHY})
    refused = client.post(url("pause", engagement), {"reason": WHY})

    assert refused.status_code == 409
    assert "Only work that is active" in refused.content.decode()


def test_going_on_is_refused_when_nothing_is_paused(client, engagement, lead):
    client.force_login(lead)

    assert client.post(url("resume", engagement)).status_code == 409


@pytest.mark.parametrize("name", ["pause", "resume"])
def test_only_the_lead_steers(client, engagement, contractor, admin, name):
    for person, code in ((contractor, 403), (admin, 403), (make_user(), 404), (make_contractor(True).user, 404)):
        client.force_login(person)
        assert client.post(url(name, engagement), {"reason": WHY}).status_code == code


@pytest.mark.parametrize("name", ["pause", "resume"])
def test_reading_never_pauses(client, engagement, lead, name):
    client.force_login(lead)

    assert client.get(url(name, engagement)).status_code == 405
