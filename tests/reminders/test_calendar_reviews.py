"""What leaves a calendar is told as cancelled first: reviews that were decided, and days after work that is over."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from accounts.states import Role
from engagements.models import Engagement
from engagements.states import EngagementStatus
from milestones.models import Milestone
from milestones.queries.window import own_window
from milestones.services.disputes import decide_dispute, open_dispute, take_back_dispute
from milestones.services.reviews import accept_milestone, request_changes
from milestones.services.windows import close_review_window
from milestones.states import MilestoneStatus
from reminders.files import calendar_file
from tests.factories import NOW, make_engagement, make_milestone, make_organisation, make_user
from tests.milestones.conftest import hand_in, verdicts_for
from tests.reminders.test_calendar import Program, read

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def organisation() -> None:
    make_organisation()


@pytest.fixture
def milestone() -> Milestone:
    """Handed in at NOW, with a second one after it."""
    engagement = make_engagement(milestones=(MilestoneStatus.FUNDED, MilestoneStatus.AGREED))
    first: Milestone = engagement.milestones.get(position=1)
    hand_in(first)
    return again(first)


def again(milestone: Milestone) -> Milestone:
    found: Milestone = Milestone.objects.for_page().get(pk=milestone.pk)
    return found


def facts(milestone: Milestone, at: datetime, **more: Any) -> dict[str, Any]:
    said = {"submission_number": milestone.submissions.count(), "by": milestone.engagement.lead, "at": at}
    return {**said, **more}


def reviews(program: Program) -> set[str]:
    return {uid for uid in program.shown if uid.startswith("review-")}


def test_what_was_held_back_is_decided_after_its_day(milestone: Milestone) -> None:
    until = date(2027, 6, 1)
    Milestone.objects.filter(pk=milestone.pk).update(
        origin="hold_back", split_from=milestone.engagement.milestones.get(position=2), due_on=until
    )
    program = Program()

    program.refresh(milestone.engagement.lead, NOW + HOUR)

    (shown,) = reviews(program)
    told = read(milestone.engagement.lead, NOW + HOUR)[shown]
    assert told.decoded("dtstart").date() > until


@pytest.mark.parametrize("who", ["contractor", "lead"])
def test_a_review_that_was_decided_comes_once_more_as_cancelled(milestone: Milestone, who: str) -> None:
    engagement, program = milestone.engagement, Program()
    person = engagement.lead if who == "lead" else engagement.contractor.user
    program.refresh(person, NOW + HOUR)
    (shown,) = reviews(program)
    before = read(person, NOW + HOUR)[shown]

    accept_milestone(milestone, verdicts=verdicts_for(milestone), **facts(milestone, NOW + 2 * HOUR))
    told = program.refresh(person, NOW + 3 * HOUR)
    after = read(person, NOW + 3 * HOUR)[shown]

    assert told == {shown: True}
    assert reviews(program) == set()
    assert after.decoded("dtend") == before.decoded("dtend")
    assert after.decoded("last-modified") == NOW + 2 * HOUR
    assert str(read(person, NOW + timedelta(days=60))[shown]["STATUS"]) == "CANCELLED"
    assert shown not in read(person, NOW + timedelta(days=61))


def test_each_round_is_told_by_itself(milestone: Milestone) -> None:
    person, program = milestone.engagement.lead, Program()
    program.refresh(person, NOW)
    (first,) = reviews(program)

    request_changes(
        milestone, verdicts=verdicts_for(milestone, is_met=False), note="Warm.", **facts(milestone, NOW + HOUR)
    )
    assert program.refresh(person, NOW + HOUR) == {first: True}
    hand_in(again(milestone), at=NOW + 2 * HOUR)
    assert program.refresh(person, NOW + 2 * HOUR) == {}
    (second,) = reviews(program)
    milestone = again(milestone)
    accept_milestone(milestone, verdicts=verdicts_for(milestone), **facts(milestone, NOW + 3 * HOUR))

    assert program.refresh(person, NOW + 3 * HOUR) == {second: True}
    cancelled = {uid for uid, event in read(person, NOW + 4 * HOUR).items() if str(event["STATUS"]) == "CANCELLED"}
    assert cancelled == {first, second}


@pytest.mark.parametrize("who", ["contractor", "lead"])
def test_a_dispute_breaks_the_review_off_and_one_that_is_taken_back_goes_on(milestone: Milestone, who: str) -> None:
    engagement, program = milestone.engagement, Program()
    by = engagement.lead if who == "lead" else engagement.contractor.user
    program.refresh(by, NOW)
    (first,) = reviews(program)

    about = {"reason": "Cold cache.", "goals": list(milestone.goals.all())}
    dispute = open_dispute(milestone, **about, **facts(milestone, NOW + HOUR, by=by))
    assert program.refresh(by, NOW + HOUR) == {first: True}
    take_back_dispute(dispute, reason="So be it.", by=by, at=NOW + 2 * HOUR)
    program.refresh(by, NOW + 2 * HOUR)

    # Our side gains no time by a dispute of its own: the review that was shown goes on.
    (second,) = reviews(program)
    assert (second == first) == (who == "lead")
    milestone = again(milestone)
    accept_milestone(milestone, verdicts=verdicts_for(milestone), **facts(milestone, NOW + 3 * HOUR))
    assert program.refresh(by, NOW + 3 * HOUR) == {second: True}
    assert {uid for uid in read(by, NOW + 4 * HOUR) if uid.startswith("review-")} == {first, second}


def test_what_was_decided_in_one_moment_was_never_shown(milestone: Milestone) -> None:
    make_user(Role.ADMIN)  # who decides
    engagement, program = milestone.engagement, Program()
    person = engagement.contractor.user
    program.refresh(person, NOW)
    shown = reviews(program)
    about = {"reason": "Cold cache.", "goals": list(milestone.goals.all())}
    dispute = open_dispute(milestone, **about, **facts(milestone, NOW + HOUR, by=person))
    verdict = {"outcome": "accept", "verdicts": verdicts_for(milestone), "note": "Measured."}
    decide_dispute(dispute, **verdict, by=dispute.decider, at=NOW + 2 * HOUR)

    assert {uid for uid in read(person, NOW + 3 * HOUR) if uid.startswith("review-")} == shown


@pytest.mark.parametrize(("ahead", "status"), [(5, "CANCELLED"), (-5, "CONFIRMED")])
def test_a_day_that_lies_beyond_the_end_of_the_work_brings_nothing(ahead: int, status: str) -> None:
    engagement = make_engagement(EngagementStatus.COMPLETED, milestones=(MilestoneStatus.ACCEPTED,), ended_at=NOW)
    milestone = engagement.milestones.get()
    Milestone.objects.filter(pk=milestone.pk).update(due_on=NOW.date() + timedelta(days=ahead))

    assert str(read(engagement.lead, NOW + HOUR)[f"due-{milestone.pk}"]["STATUS"]) == status


def test_it_stays_within_six_statements_with_everything_at_once(milestone: Milestone) -> None:
    engagement: Engagement = milestone.engagement
    accept_milestone(milestone, verdicts=verdicts_for(milestone), **facts(milestone, NOW + HOUR))
    make_milestone(engagement, MilestoneStatus.SUBMITTED)
    person = engagement.contractor.user
    calendar_file(person, at=NOW + HOUR)

    with CaptureQueriesContext(connection) as seen:
        calendar_file(person, at=NOW + 2 * HOUR)

    assert len(seen) <= 4  # and one before, for the address


TITLES = [
    "Plain",
    "Commas, semicolons; and a \\ backslash",
    "Zażółć gęślą jaźń, " * 8,
    "\U0001f986" * 40,
    "a" * 67 + "\\" * 9 + ",;" * 20,
    "x" * 68,
    "x" * 69,
    'Quotes " and : colons, 100 %',
]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Vienna", "America/Port-au-Prince", "Asia/Kolkata"])
def test_a_client_library_writes_it_as_it_read_it(zone: str) -> None:
    lead = make_user(Role.LEAD, zone=zone)
    engagement = make_engagement(lead=lead, milestones=(MilestoneStatus.SUBMITTED,))
    for n, title in enumerate(TITLES, start=2):
        make_milestone(engagement, MilestoneStatus.FUNDED, position=n, title=title, due_on=date(2026, 12, n))

    written = calendar_file(lead, at=NOW)

    calendar = Calendar.from_ical(written)
    said = [str(event["SUMMARY"]).removeprefix("Due: ") for event in calendar.walk("VEVENT")]
    assert [title for title in TITLES if title not in said] == []
    assert max(len(line) for line in written.split(b"\r\n")) <= 75
    assert not calendar.errors
    assert all(not part.errors for part in calendar.walk())
    assert Calendar.from_ical(calendar.to_ical()) == calendar


def test_a_review_that_was_passed_on_has_the_window_of_whoever_decides_now(milestone: Milestone) -> None:
    make_user(Role.ADMIN)
    person = milestone.engagement.contractor.user
    (uid,) = (uid for uid in read(person) if uid.startswith("review-"))
    before, at = read(person)[uid], NOW + timedelta(days=10)

    assert close_review_window(milestone.pk, at=at) == "escalated"

    after, window = read(person, at)[uid], own_window(milestone.engagement, again(milestone).escalated_to, at)
    assert window is not None
    assert after.decoded("dtend") == window.ends_at > before.decoded("dtend")
    assert after["SEQUENCE"] > before["SEQUENCE"]
