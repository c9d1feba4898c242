"""The sweep keeps review windows: warnings, their end, and who stands in."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.models import Leave
from accounts.states import Role
from core import history
from core.models import OutboxMail
from core.money import Money
from engagements.models import Engagement
from engagements.services.delegations import name_delegate
from milestones.models import Dispute, Milestone
from milestones.services.disputes import open_dispute
from milestones.services.reviews import accept_holding_back
from milestones.states import MilestoneStatus
from reminders.models import PlannedNotice, QuietFlag
from reminders.queries import sentence_for
from reminders.services import sweep
from reminders.states import Rule
from tests.factories import make_agreement, make_contractor, make_engagement, make_user
from tests.milestones.conftest import accept, hand_in, verdicts_for

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def at(day: int, hour: int = 9, minute: int = 0) -> datetime:
    """An instant of November, counting on into December."""
    return datetime(2026, 11, 1, hour, minute, tzinfo=UTC) + timedelta(days=day - 1)


@pytest.fixture
def tess():
    return make_user(Role.LEAD, name="Tess Okafor", zone="UTC")


@pytest.fixture
def priya():
    return make_user(Role.LEAD, name="Priya Raman", zone="UTC")


@pytest.fixture
def milestone(tess, priya):
    """Handed in on Monday; five working days to answer, so it ends on Monday the 30th at 17:00."""
    contractor = make_contractor(make_user(Role.CONTRACTOR, name="Ana Sousa", zone="UTC"))
    engagement = make_engagement(
        lead=tess, comms_owner=priya, contractor=contractor, review_days=5, milestones=(MilestoneStatus.FUNDED,)
    )
    milestone = engagement.milestones.get()
    hand_in(milestone, at=MONDAY)
    OutboxMail.objects.all().delete()
    return milestone


def run(first: datetime, last: datetime, *, hours: int = 1) -> None:
    while first <= last:
        sweep(at=first)
        first += timedelta(hours=hours)


def warnings(person):
    mails = OutboxMail.objects.filter(recipient=person, subject__contains="waits for your review").order_by("pk")
    return [(mail.created_at, "three" in mail.subject) for mail in mails]


def test_the_reviewer_is_warned_once_three_days_and_once_one_day_before(milestone, tess):
    run(MONDAY, at(30, 16))

    assert warnings(tess) == [(at(25), True), (at(27), False)]


def test_a_warning_waits_for_the_reviewers_working_hours(milestone, tess):
    sweep(at=MONDAY)
    tess.spans.update(start_minute=13 * 60)
    history.touch(tess, at=MONDAY)

    run(at(25), at(25, 14))

    assert warnings(tess) == [(at(25, 13), True)]


def test_leave_moves_warnings_and_end(milestone, tess):
    Leave.objects.create(user=tess, starts_on=date(2026, 11, 26), ends_on=date(2026, 11, 27))
    history.touch(tess, at=MONDAY)

    sweep(at=MONDAY)

    found = {row.rule: row.fire_at for row in PlannedNotice.objects.filter(subject_id=milestone.pk)}
    assert found == {"review_soon": at(25), "review_waiting": at(31), "review_end": at(32, 17)} | {
        rule: instant for rule, instant in found.items() if rule not in ("review_soon", "review_waiting", "review_end")
    }


def test_what_is_held_back_is_nobodys_silence_before_its_day(milestone, tess):
    Engagement.objects.update(review_end="accept")
    make_agreement(milestone.engagement, review_end="accept")
    until = date(2027, 1, 12)
    accept_holding_back(
        Milestone.objects.get(pk=milestone.pk), verdicts=verdicts_for(milestone), amount=Money(20_000, "EUR"),
        until=until, submission_number=1, by=tess, at=MONDAY,
    )  # fmt: skip
    held = Milestone.objects.get(split_from=milestone)
    hand_in(held, at=MONDAY)
    last = datetime(2027, 1, 19, 17, tzinfo=UTC)  # five working days after it
    run(MONDAY, at(60), hours=12)

    planned = PlannedNotice.objects.get(rule=Rule.REVIEW_END, subject_id=held.pk, fired_at=None)
    assert (planned.about_on, planned.fire_at) == (last.date(), last)
    assert warnings(tess) == []
    assert not QuietFlag.objects.filter(side="ours").exists()
    run(last - timedelta(hours=1), last + timedelta(hours=1))
    assert Milestone.objects.get(pk=held.pk).status == MilestoneStatus.ACCEPTED


def test_at_its_end_somebody_else_decides_and_is_reminded(milestone, tess, priya):
    run(MONDAY, at(36), hours=8)

    milestone.refresh_from_db()
    assert (milestone.status, milestone.escalated_to) == ("submitted", priya)
    assert at(30, 17) <= milestone.escalated_at < at(31, 1)
    assert len(warnings(priya)) == 1
    assert "Waiting for you to review “Step 1”" in sentence_for(milestone.engagement, priya, at(36))


def test_it_goes_on_from_one_to_the_next_and_who_is_alone_with_it_is_reminded(milestone, tess, priya):
    admin = make_user(Role.ADMIN, name="Ada Lind", zone="UTC")
    away = make_user(Role.ADMIN, name="Bo Falk", zone="UTC")
    Leave.objects.create(user=away, starts_on=date(2026, 11, 1), ends_on=date(2027, 2, 26))
    named = []

    def follow(first: datetime, last: datetime) -> None:
        while first <= last:
            sweep(at=first)
            milestone.refresh_from_db()
            if milestone.escalated_to and named[-1:] != [milestone.escalated_to]:
                named.append(milestone.escalated_to)
            first += timedelta(hours=8)

    follow(MONDAY, at(80))
    assert named == [priya, admin]  # each has five working days
    assert [when.date() for when, _early in warnings(priya)] == [at(31).date(), at(37).date()]
    first, last, *again = (when.date() for when, _early in warnings(admin))
    assert (first, last) == (at(38).date(), at(44).date())
    assert len(again) == 3
    run(at(81), at(118), hours=24)
    assert len(warnings(admin)) == 5, "bounded: by then our side has long counted as quiet"


def test_whoever_comes_back_is_named_where_nobody_else_was_left(milestone, tess, priya):
    away = make_user(Role.ADMIN, name="Bo Falk", zone="UTC")
    Leave.objects.create(user=away, starts_on=date(2026, 11, 1), ends_on=date(2026, 12, 11))

    run(MONDAY, at(46), hours=8)

    milestone.refresh_from_db()
    assert (milestone.escalated_to, milestone.escalated_at.date()) == (away, date(2026, 12, 14))


def test_silence_is_acceptance_where_it_was_signed_and_then_nobody_is_reminded(milestone, tess):
    Engagement.objects.update(review_end="accept")
    make_agreement(milestone.engagement, review_end="accept")

    sweep(at=MONDAY)
    sweep(at=at(30, 16, 59))
    milestone.refresh_from_db()
    assert milestone.status == "submitted"
    run(at(30, 17), at(33))

    milestone.refresh_from_db()
    assert (milestone.status, milestone.accepted_at, milestone.accepted_by) == ("accepted", at(30, 17), None)
    assert [early for _when, early in warnings(tess)] == [False]  # the sweep was down for the first


def test_a_clock_that_was_down_accepts_only_when_the_leave_is_over(milestone, tess):
    Engagement.objects.update(review_end="accept")
    make_agreement(milestone.engagement, review_end="accept")
    sweep(at=MONDAY)
    Leave.objects.create(user=tess, starts_on=date(2026, 12, 1), ends_on=date(2026, 12, 3))
    history.touch(tess, at=MONDAY)

    run(at(31), at(33, 23), hours=4)
    milestone.refresh_from_db()
    assert milestone.status == "submitted"
    run(at(34), at(34, 10))

    milestone.refresh_from_db()
    assert milestone.accepted_at == at(34)


def test_nothing_is_decided_after_a_person_has(milestone):
    sweep(at=MONDAY)
    accept(milestone, at=at(24))

    run(at(24), at(33), hours=12)

    assert Milestone.objects.get(pk=milestone.pk).accepted_at == at(24)
    assert not PlannedNotice.objects.filter(rule="review_end").exists()


def test_who_was_named_is_the_one_who_is_warned(milestone, tess, priya):
    name_delegate(milestone.engagement, person=priya, until_on=date(2026, 12, 24), by=tess, at=MONDAY)

    run(MONDAY, at(27))

    assert (warnings(tess), [early for _when, early in warnings(priya)]) == ([], [True, False])


def test_the_cover_decides_from_the_first_morning_of_leave_and_the_lead_again_after_it(milestone, tess):
    cover = make_user(Role.MEMBER, name="Mia Berg", zone="Europe/Lisbon")
    Engagement.objects.update(cover=cover)
    Leave.objects.create(user=tess, starts_on=date(2026, 11, 25), ends_on=date(2026, 11, 26))
    history.touch(tess, at=MONDAY)
    engagement = milestone.engagement

    sweep(at=MONDAY)
    sweep(at=at(25, 8, 59))
    engagement.refresh_from_db()
    assert engagement.delegate is None
    sweep(at=at(25))
    sweep(at=at(25, 10))
    engagement.refresh_from_db()
    assert engagement.delegate == cover
    assert "Waiting for Mia" in sentence_for(engagement, tess, at(25, 10))
    run(at(26), at(27))

    engagement.refresh_from_db()
    assert engagement.delegate is None


def test_an_end_that_is_planned_is_no_reminder_in_the_sentence(milestone, tess):
    sweep(at=MONDAY)
    PlannedNotice.objects.exclude(rule="review_end").delete()

    assert "next reminder" not in sentence_for(milestone.engagement, tess, MONDAY)


# --- disputes ------------------------------------------------------------------------------
@pytest.fixture
def dispute(milestone):
    """Disputed on Monday; Priya has five working days, so until Monday the 30th at 17:00."""
    return open_dispute(
        milestone,
        reason="A cold cache it was.",
        goals=list(milestone.goals.all()),
        submission_number=1,
        by=milestone.engagement.contractor.user,
        at=MONDAY,
    )


def test_who_decides_a_dispute_is_reminded_once_and_then_the_next_one_is_asked(dispute, milestone, priya):
    admin = make_user(Role.ADMIN, name="Ada Lind", zone="UTC")
    OutboxMail.objects.all().delete()

    run(MONDAY, at(31), hours=4)

    reminded = OutboxMail.objects.filter(recipient=priya, subject__contains="waits for your decision")
    assert [mail.created_at for mail in reminded] == [at(27)]
    dispute.refresh_from_db()
    assert (dispute.decider, dispute.asked_at) == (admin, at(30, 17))
    assert "Waiting for Ada to decide the dispute about “Step 1”" in sentence_for(milestone.engagement, priya, at(31))


def test_while_it_is_disputed_no_review_window_ends(dispute, milestone):
    run(MONDAY, at(50), hours=24)

    milestone.refresh_from_db()
    assert (milestone.status, milestone.escalated_at, milestone.accepted_at) == ("disputed", None, None)


def test_leave_of_an_admin_who_decides_moves_the_day(dispute):
    admin = make_user(Role.ADMIN, zone="UTC")
    Dispute.objects.update(decider=admin)
    sweep(at=MONDAY)
    Leave.objects.create(user=admin, starts_on=date(2026, 11, 25), ends_on=date(2026, 11, 25))
    history.touch(admin, at=MONDAY)

    sweep(at=MONDAY)

    assert PlannedNotice.objects.get(rule="dispute_end").fire_at == at(31, 17)
