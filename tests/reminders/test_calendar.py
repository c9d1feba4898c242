"""A person's dates in a calendar program, read back by a real client library."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from accounts.services.people import change_settings
from accounts.states import Role
from core import history
from core.logs import redact
from core.models import Event
from engagements.services.conversation import send_message
from engagements.states import EngagementStatus
from milestones.services.ending import agree_to_end, give_notice
from milestones.states import MilestoneStatus
from reminders.files import calendar_file
from reminders.models import CalendarFeed
from reminders.services.feeds import end_feed, make_feed
from tests.factories import NOW, make_engagement, make_milestone, make_organisation, make_user

pytestmark = pytest.mark.django_db
SETTINGS = ("name", "pronoun", "zone", "country", "region", "language", "theme")


@pytest.fixture(autouse=True)
def organisation() -> None:
    make_organisation()


def read(person: Any, at: datetime = NOW) -> dict[str, Any]:
    """The calendar's events by the part of their name before the host; a real library reads it without a complaint."""
    calendar = Calendar.from_ical(calendar_file(person, at=at))
    assert not calendar.errors
    assert all(not part.errors for part in calendar.walk())
    return {str(event["UID"]).split("@")[0]: event for event in calendar.walk("VEVENT")}


def test_what_is_due_is_a_whole_day_without_people_or_money() -> None:
    engagement = make_engagement(title="Search page")
    milestone = engagement.milestones.first()

    event = read(engagement.contractor.user)[f"due-{milestone.pk}"]

    assert event.decoded("dtstart") == milestone.due_on
    assert event.decoded("dtend") == milestone.due_on + timedelta(days=1)
    assert str(event["SUMMARY"]) == f"Due: {milestone.title}"
    assert str(event["STATUS"]) == "CONFIRMED"
    assert str(event["URL"]).endswith(reverse("milestones:milestone", args=[milestone.pk]))
    everything = calendar_file(engagement.contractor.user, at=NOW).decode()
    assert engagement.lead.name not in everything
    assert engagement.contractor.email not in everything
    assert "EUR" not in everything


def test_a_review_has_its_hour_as_an_instant_that_every_program_shows_in_its_readers_zone() -> None:
    lead = make_user(Role.LEAD, zone="Europe/Vienna")
    make_engagement(lead=lead, milestones=(MilestoneStatus.SUBMITTED,))
    written = calendar_file(lead, at=NOW)

    (event,) = (event for uid, event in read(lead).items() if uid.startswith("review-"))

    ends = event.decoded("dtend")
    assert ends.astimezone(lead.tz).hour == 17  # as the lead's last day ends
    assert f"\r\nDTEND:{ends:%Y%m%dT%H%M%S}Z\r\n".encode() in written
    assert b"VTIMEZONE" not in written


@pytest.mark.parametrize("side", ["review", "check-in"])
def test_a_date_that_leave_moves_counts_up_both_ways(side: str) -> None:
    engagement = make_engagement(milestones=(MilestoneStatus.SUBMITTED,))
    contractor = engagement.contractor.user
    person = engagement.lead if side == "review" else contractor
    today = NOW.date()

    def shown() -> Any:
        contractor.refresh_from_db()
        (event,) = (event for uid, event in read(contractor).items() if uid.startswith(side))
        return event

    def say(leave: list[tuple[date, date]], hours: int) -> None:
        facts = {name: getattr(person, name) for name in SETTINGS}
        facts |= {"spans": [(day, 540, 1020) for day in range(5)], "leave": leave, "preferences": {}}
        change_settings(person, **facts, by=person, at=NOW + timedelta(hours=hours))

    before = shown()
    say([(today, today + timedelta(days=9))], 1)
    later = shown()
    say([], 2)
    again = shown()

    assert later.decoded("dtstart") > again.decoded("dtstart") == before.decoded("dtstart")
    assert int(before["SEQUENCE"]) < int(later["SEQUENCE"]) < int(again["SEQUENCE"])
    assert before.decoded("last-modified") < later.decoded("last-modified") < again.decoded("last-modified")


def test_the_next_check_in_comes_so_many_working_days_after_the_last_sign_of_life() -> None:
    engagement = make_engagement()

    event = read(engagement.contractor.user)[f"check-in-{engagement.pk}"]

    day = event.decoded("dtstart")
    assert day > engagement.status_since.date()
    assert day.weekday() < 5
    assert f"check-in-{engagement.pk}" not in read(engagement.lead)


def test_a_moved_date_keeps_its_name_and_counts_up() -> None:
    engagement = make_engagement()
    milestone = engagement.milestones.first()
    before = read(engagement.lead)[f"due-{milestone.pk}"]

    history.record(milestone, verb="moved", by=engagement.lead, at=NOW + timedelta(hours=1))
    type(milestone).objects.filter(pk=milestone.pk).update(due_on=milestone.due_on + timedelta(days=3))

    after = read(engagement.lead)[f"due-{milestone.pk}"]

    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after.decoded("last-modified") > before.decoded("last-modified")
    assert after.decoded("dtstart") == milestone.due_on + timedelta(days=3)


def test_what_was_cancelled_says_so_for_a_while_and_then_leaves() -> None:
    engagement = make_engagement()
    gone = make_milestone(engagement, MilestoneStatus.CANCELLED)

    soon = read(engagement.lead, at=gone.status_since + timedelta(days=59))
    later = read(engagement.lead, at=gone.status_since + timedelta(days=61))

    assert str(soon[f"due-{gone.pk}"]["STATUS"]) == "CANCELLED"
    assert f"due-{gone.pk}" not in later


class Program:
    """A calendar program, by RFC 5546: an event takes the place of the one of its UID when its SEQUENCE is not lower;
    what is cancelled is taken out."""

    def __init__(self) -> None:
        self.seen: dict[str, int] = {}
        self.shown: set[str] = set()

    def refresh(self, person: Any, at: datetime) -> dict[str, bool]:
        """By event that was told as cancelled: whether it counted further up."""
        told = {}
        for uid, event in read(person, at).items():
            sequence, is_off = int(event["SEQUENCE"]), str(event["STATUS"]) == "CANCELLED"
            if uid in self.shown and is_off:
                told[uid] = sequence > self.seen[uid]
            if sequence >= self.seen.get(uid, 0):
                self.seen[uid] = sequence
                (self.shown.discard if is_off else self.shown.add)(uid)
        return told


@pytest.mark.parametrize("has_spoken", [True, False])
def test_when_the_work_ends_everything_that_was_shown_comes_once_more_as_cancelled(has_spoken: bool) -> None:
    states = (MilestoneStatus.FUNDED, MilestoneStatus.AGREED)
    engagement = make_engagement(milestones=states)
    other = make_engagement(contractor=engagement.contractor, lead=engagement.lead, milestones=states)
    person, program = engagement.contractor.user, Program()
    if has_spoken:
        send_message(engagement, body="Soon.", needs_answer=False, by=person, at=NOW)
    program.refresh(person, NOW)
    assert len(program.shown) == 6  # two milestones and a check-in of each

    notice = give_notice(engagement, reason="Sold.", last_on=None, by=engagement.lead, at=NOW + timedelta(hours=1))
    agree_to_end(notice, by=person, at=NOW + timedelta(hours=2))
    told = program.refresh(person, NOW + timedelta(hours=3))

    ended = {f"due-{pk}" for pk in engagement.milestones.values_list("pk", flat=True)} | {f"check-in-{engagement.pk}"}
    assert told == dict.fromkeys(ended, True)
    assert program.shown == {f"due-{pk}" for pk in other.milestones.values_list("pk", flat=True)} | {
        f"check-in-{other.pk}"
    }
    assert program.refresh(person, NOW + timedelta(days=61)) == {}


def test_dates_of_paused_work_are_tentative() -> None:
    engagement = make_engagement(EngagementStatus.PAUSED)

    events = read(engagement.contractor.user)

    assert {str(event["STATUS"]) for event in events.values()} == {"TENTATIVE"}
    assert not any(uid.startswith("check-in") for uid in events)


def test_nothing_of_others_and_nothing_before_both_signed() -> None:
    mine = make_engagement()
    other = make_engagement()
    offered = make_engagement(EngagementStatus.OFFERED, contractor=mine.contractor, lead=mine.lead)

    events = read(mine.contractor.user) | read(mine.lead)

    keys = {f"due-{m.pk}" for e in (other, offered) for m in e.milestones.all()}
    assert not keys & set(events)


def test_it_costs_the_same_for_three_as_for_one() -> None:
    first = make_engagement(milestones=(MilestoneStatus.SUBMITTED,))
    person = first.contractor.user

    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            calendar_file(person, at=NOW)
        return len(seen)

    one = cost()
    for _more in range(2):
        make_engagement(lead=first.lead, contractor=first.contractor, milestones=(MilestoneStatus.SUBMITTED,))
    assert cost() == one


def test_the_address_is_shown_once_and_opens_without_signing_in(client: Client) -> None:
    engagement = make_engagement()
    client.force_login(engagement.contractor.user)

    page = client.post(reverse("calendar"))

    address = next(part for part in page.content.decode().split('"') if part.endswith(".ics"))
    assert address not in client.get(reverse("calendar")).content.decode()
    answer = Client().get(address.removeprefix("http://testserver"))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]
    assert b"BEGIN:VEVENT" in answer.content
    assert CalendarFeed.objects.get().token_digest not in address


def test_a_new_address_ends_the_old_and_ended_is_ended(client: Client) -> None:
    person = make_user(Role.LEAD)
    first = make_feed(by=person, at=NOW)
    second = make_feed(by=person, at=NOW)

    def opens(token: str) -> int:
        return client.get(reverse("calendar_feed", args=[token])).status_code

    assert (opens(first), opens(second)) == (404, 200)
    client.force_login(person)
    assert client.post(reverse("calendar_end"))["Location"] == reverse("calendar")
    client.post(reverse("calendar_end"))  # twice is as once
    assert opens(second) == 404
    assert list(Event.objects.filter(subject_type="reminders.calendarfeed").values_list("verb", flat=True)) == [
        "made",
        "made",
        "ended",
    ]


def test_somebody_elses_address_is_not_ended() -> None:
    mine, theirs = make_user(Role.LEAD), make_user(Role.LEAD)
    token = make_feed(by=theirs, at=NOW)

    assert end_feed(by=mine, at=NOW) is False
    assert CalendarFeed.objects.opened_by(token).exists()


def test_a_deactivated_persons_calendar_is_closed(client: Client) -> None:
    person = make_user(Role.LEAD)
    token = make_feed(by=person, at=NOW)
    type(person).objects.filter(pk=person.pk).update(is_active=False, deactivated_at=NOW)

    assert client.get(reverse("calendar_feed", args=[token])).status_code == 404


def test_the_address_is_in_no_log() -> None:
    token = make_feed(by=make_user(Role.LEAD), at=NOW)

    line = redact(None, "info", {"event": f"GET /calendar/{token}.ics"})

    assert token not in line["event"]


def test_ending_by_a_link_is_refused(client: Client) -> None:
    client.force_login(make_user(Role.LEAD))

    assert client.get(reverse("calendar_end")).status_code == 405


@time_machine.travel(datetime(2026, 10, 23, 6, 0, tzinfo=UTC), tick=False)
def test_over_the_change_of_the_clock_the_hour_stays_the_reviewers() -> None:
    lead = make_user(Role.LEAD, zone="Europe/Vienna")
    engagement = make_engagement(lead=lead, milestones=(MilestoneStatus.FUNDED,))
    milestone = make_milestone(engagement, MilestoneStatus.SUBMITTED, status_since=timezone.now())

    (event,) = (event for uid, event in read(lead).items() if uid.startswith(f"review-{milestone.pk}-"))

    ends = event.decoded("dtend").astimezone(lead.tz)
    assert ends.date() > date(2026, 10, 25)
    assert (ends.hour, ends.utcoffset()) == (17, timedelta(hours=1))
