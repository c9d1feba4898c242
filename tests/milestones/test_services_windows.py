"""The end of a review window: escalated unless the signed agreement says that silence is acceptance."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Leave, User
from accounts.states import Role
from core import history
from core.models import Event, OutboxMail
from core.money import Money
from core.working_time import OFFICE_HOURS, Calendar, is_working_day, spans_on
from engagements.models import Delegation, Engagement
from engagements.services.delegations import name_delegate
from milestones.models import GoalVerdict, Milestone, Payout, Posting, Review
from milestones.permissions import can_review
from milestones.queries.window import next_reviewer, review_window, reviewer_after, window_in
from milestones.services.pausing import pause
from milestones.services.reviews import accept_holding_back, request_changes
from milestones.services.windows import close_review_window
from milestones.states import MilestoneStatus, PostingKind
from tests.factories import make_agreement, make_contractor, make_engagement, make_user
from tests.milestones.conftest import accept, hand_in, verdicts_for

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
END = datetime(2026, 11, 26, 17, 0, tzinfo=UTC)  # three of the lead's working days later


@pytest.fixture
def tess():
    return make_user(Role.LEAD, name="Tess Okafor", zone="UTC")


@pytest.fixture
def priya():
    return make_user(Role.LEAD, name="Priya Raman", zone="UTC")


@pytest.fixture
def submitted(tess, priya):
    contractor = make_contractor(make_user(Role.CONTRACTOR, name="Ana Sousa", zone="UTC"))
    engagement = make_engagement(
        lead=tess, comms_owner=priya, contractor=contractor, milestones=(MilestoneStatus.FUNDED,)
    )
    milestone = engagement.milestones.get()
    hand_in(milestone, at=MONDAY)
    return Milestone.objects.for_page().get(pk=milestone.pk)


@pytest.fixture
def accepts(submitted):
    """Its signed agreement says that silence is acceptance."""
    Engagement.objects.filter(pk=submitted.engagement_id).update(review_end="accept")
    make_agreement(submitted.engagement, review_end="accept")
    return submitted


def on_leave(person, first, last):
    Leave.objects.create(user=person, starts_on=first, ends_on=last)


# --- when it ends --------------------------------------------------------------------------
def test_it_ends_with_the_reviewers_work_on_the_last_working_day(submitted):
    assert review_window(submitted.engagement, MONDAY).ends_at == END


def test_it_stands_still_on_leave_and_holidays(submitted, tess):
    on_leave(tess, date(2026, 11, 24), date(2026, 11, 27))

    assert review_window(submitted.engagement, MONDAY).ends_at == datetime(2026, 12, 2, 17, tzinfo=UTC)


def test_it_counts_the_days_of_whoever_was_named_and_then_the_leads_again(submitted, tess, priya):
    on_leave(tess, date(2026, 11, 24), date(2026, 11, 27))
    on_leave(priya, date(2026, 11, 25), date(2026, 11, 25))
    name_delegate(submitted.engagement, person=priya, until_on=date(2026, 11, 26), by=tess, at=MONDAY)

    window = review_window(submitted.engagement, MONDAY)

    # Priya's Tuesday and Thursday; Friday is Tess's leave, so her Monday is the third.
    assert (window.reviewer, window.ends_at) == (tess, datetime(2026, 11, 30, 17, tzinfo=UTC))


def test_what_a_delegate_worked_still_counts_after_it_was_taken_back(submitted, tess, priya):
    on_leave(tess, date(2026, 11, 24), date(2026, 11, 24))
    name_delegate(submitted.engagement, person=priya, until_on=date(2026, 12, 24), by=tess, at=MONDAY)
    Delegation.objects.update(ended_at=datetime(2026, 11, 25, 9, tzinfo=UTC), ended_by=tess)

    assert review_window(submitted.engagement, MONDAY).ends_at == END


def test_a_cover_who_stands_in_during_leave_does_not_move_the_clock(submitted, tess, priya):
    on_leave(tess, date(2026, 11, 24), date(2026, 11, 24))
    Delegation.objects.create(
        engagement=submitted.engagement, person=priya, cause="leave", from_on=date(2026, 11, 24),
        until_on=date(2026, 11, 24), at=MONDAY,
    )  # fmt: skip

    assert review_window(submitted.engagement, MONDAY).ends_on == date(2026, 11, 27)


@pytest.mark.parametrize(
    ("handed_in", "ends_at"),
    [
        # Lisbon leaves summer time on Sunday 25 October 2026: 17:00 there is 16:00 UTC before, 17:00 UTC after.
        (datetime(2026, 10, 20, 9, tzinfo=UTC), datetime(2026, 10, 23, 16, tzinfo=UTC)),
        (datetime(2026, 10, 22, 9, tzinfo=UTC), datetime(2026, 10, 27, 17, tzinfo=UTC)),
        # And comes back to it on Sunday 28 March 2027.
        (datetime(2027, 3, 25, 9, tzinfo=UTC), datetime(2027, 3, 30, 16, tzinfo=UTC)),
    ],
)
def test_a_change_of_clocks_keeps_the_local_hour(tess, submitted, handed_in, ends_at):
    tess.zone = "Europe/Lisbon"
    tess.save()
    submitted.engagement.lead = tess

    assert review_window(submitted.engagement, handed_in).ends_at == ends_at


ZONES = ("UTC", "Europe/Lisbon", "America/New_York", "Pacific/Auckland", "Asia/Kathmandu")
days = st.dates(date(2026, 1, 1), date(2028, 12, 1))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(ZONES), days, st.integers(0, 23), st.integers(1, 15), st.lists(st.tuples(days, st.integers(0, 20)))
)
def test_exactly_so_many_working_days_lie_in_every_window(zone, day, hour, review_days, leave):
    spread = tuple((first, first + timedelta(days=more)) for first, more in leave)
    calendar = Calendar(zone, OFFICE_HOURS, frozenset(), spread)
    lead = User(pk=1, zone=zone)
    engagement = Engagement(review_days=review_days)
    engagement.lead = lead
    since = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)

    window = window_in(engagement, since, {1: calendar}, [])

    first = since.astimezone(lead.tz).date() + timedelta(days=1)
    passed = [first + timedelta(days=n) for n in range((window.ends_on - first).days + 1)]
    assert sum(is_working_day(d, calendar) for d in passed) == review_days
    assert not calendar.is_off(window.ends_on)
    assert window.ends_at == spans_on(window.ends_on, calendar)[-1][1]


# --- escalated -----------------------------------------------------------------------------
def test_by_default_somebody_else_decides_and_everybody_is_told_who(submitted, tess, priya, books):
    OutboxMail.objects.all().delete()

    assert close_review_window(submitted.pk, at=END) == "escalated"

    submitted.refresh_from_db()
    assert (submitted.status, submitted.escalated_to, submitted.escalated_at) == ("submitted", priya, END)
    told = {mail.recipient.first_name: mail.subject for mail in OutboxMail.objects.all()}
    assert told == {
        "Priya": "“Step 1” is yours to decide now",
        "Tess": "Priya Raman decides about “Step 1” now",
        "Ana": "Priya Raman decides about “Step 1” now",
    }
    assert OutboxMail.objects.get(recipient=priya).not_before == datetime(2026, 11, 27, 9, tzinfo=UTC)
    event = Event.objects.get(verb="escalated")
    assert (event.by, event.note) == (
        None, "Tess Okafor had until Thu 26 Nov 2026, 17:00 (UTC). Priya Raman decides now."
    )  # fmt: skip
    assert history.verify(submitted.engagement) == ""


def test_whom_it_was_escalated_to_can_accept(submitted, priya):
    close_review_window(submitted.pk, at=END)

    milestone = accept(Milestone.objects.get(pk=submitted.pk), by=priya, at=END)

    assert milestone.accepted_by == priya


def test_it_is_escalated_once_a_window(submitted):
    close_review_window(submitted.pk, at=END)

    assert close_review_window(submitted.pk, at=END + timedelta(days=1)) == ""
    assert Event.objects.filter(verb="escalated").count() == 1


JUNE = date(2027, 6, 1)  # a Tuesday


@pytest.fixture
def held_back(accepts, tess):
    """€200 of it, until 1 June, handed in on the same day."""
    accept_holding_back(
        accepts,
        verdicts=verdicts_for(accepts),
        amount=Money(20_000, "EUR"),
        until=JUNE,
        submission_number=1,
        by=tess,
        at=MONDAY,
    )
    found = Milestone.objects.get(split_from=accepts)
    hand_in(found, at=MONDAY)
    return Milestone.objects.for_page().get(pk=found.pk)


@pytest.mark.parametrize(
    "at",
    [
        MONDAY + timedelta(days=10),
        datetime(2027, 5, 31, 23, 59, tzinfo=UTC),
        datetime(2027, 6, 1, 17, tzinfo=UTC),
        datetime(2027, 6, 4, 16, 59, tzinfo=UTC),
    ],
    ids=str,
)
@pytest.mark.parametrize("end", ["accept", "escalate"])
def test_no_clock_decides_what_is_held_back_before_its_day_and_a_window_after_it(held_back, at, end):
    Engagement.objects.filter(pk=held_back.engagement_id).update(review_end=end)

    assert close_review_window(held_back.pk, at=at) == ""

    held_back.refresh_from_db()
    assert (held_back.status, held_back.escalated_to) == (MilestoneStatus.SUBMITTED, None)
    assert not Payout.objects.filter(milestone=held_back).exists()


@pytest.mark.parametrize(("end", "done"), [("accept", "accepted"), ("escalate", "escalated")])
def test_after_its_day_silence_counts_for_what_is_held_back_too(held_back, end, done):
    Engagement.objects.filter(pk=held_back.engagement_id).update(review_end=end)

    # Its day, and three working days of the lead's after it.
    assert close_review_window(held_back.pk, at=datetime(2027, 6, 4, 17, tzinfo=UTC)) == done


def test_what_is_held_back_and_handed_in_after_its_day_has_a_window_from_then(held_back):
    since = datetime(2027, 6, 10, 9, tzinfo=UTC)
    Milestone.objects.filter(pk=held_back.pk).update(status_since=since)

    assert close_review_window(held_back.pk, at=datetime(2027, 6, 15, 16, 59, tzinfo=UTC)) == ""
    assert close_review_window(held_back.pk, at=datetime(2027, 6, 15, 17, tzinfo=UTC)) == "accepted"


def test_a_person_may_accept_what_is_held_back_before_its_day(held_back, tess):
    accept(held_back, by=tess, at=MONDAY + timedelta(days=1))

    assert Payout.objects.get(milestone=held_back).amount == Money(20_000, "EUR")


def test_the_page_of_what_is_held_back_names_the_day_after_its_own(client, held_back, tess):
    client.force_login(tess)

    page = client.get(f"/milestones/{held_back.pk}/").content.decode()

    assert "Decide by Fri 4 Jun" in page


def test_what_is_handed_in_anew_has_a_window_of_its_own(submitted, tess):
    close_review_window(submitted.pk, at=END)
    request_changes(
        submitted,
        verdicts=verdicts_for(submitted, is_met=False),
        note="Cold cache.",
        submission_number=1,
        by=tess,
        at=END,
    )
    hand_in(submitted, at=END)

    submitted.refresh_from_db()
    assert (submitted.escalated_to, submitted.escalated_at) == (None, None)
    assert review_window(submitted.engagement, END).ends_at == datetime(2026, 12, 1, 17, tzinfo=UTC)


def test_a_member_accepts_nothing_unless_the_lead_has_named_him_or_her(submitted, tess, priya):
    admin = make_user(Role.ADMIN)
    Engagement.objects.update(cover=make_user(Role.MEMBER))
    type(priya).objects.filter(pk=priya.pk).update(role=Role.MEMBER)

    assert close_review_window(submitted.pk, at=END) == "escalated"

    milestone = Milestone.objects.get(pk=submitted.pk)
    assert milestone.escalated_to == admin
    assert [can_review(person, milestone) for person in (tess, admin, priya)] == [True, True, False]
    name_delegate(milestone.engagement, person=User.objects.get(pk=priya.pk), until_on=END.date(), by=tess, at=END)
    assert can_review(priya, Milestone.objects.get(pk=submitted.pk))


def test_the_next_one_is_never_the_one_who_was_silent(tess, priya):
    cover, admin = make_user(Role.LEAD), make_user(Role.ADMIN)
    engagement = make_engagement(lead=tess, comms_owner=tess, cover=cover)

    assert next_reviewer(engagement, priya, END) == tess
    assert next_reviewer(engagement, tess, END) == cover
    cover.is_active = False
    assert next_reviewer(engagement, tess, END) == admin
    type(admin).objects.filter(pk=admin.pk).update(role=Role.FINANCE)
    assert next_reviewer(engagement, tess, END) == tess


def test_who_is_there_goes_before_who_is_on_leave_on_the_own_day(tess, django_assert_num_queries):
    zones = ("UTC", "UTC", "Pacific/Auckland")
    cover, admin, far = (
        make_user(role, zone=z) for role, z in zip((Role.LEAD, Role.ADMIN, Role.ADMIN), zones, strict=True)
    )
    engagement = make_engagement(lead=tess, comms_owner=tess, cover=cover)
    on_leave(cover, date(2026, 11, 1), date(2027, 2, 1))
    on_leave(admin, date(2026, 11, 26), date(2026, 11, 26))

    with django_assert_num_queries(1):
        assert next_reviewer(engagement, tess, END) == far
    on_leave(far, date(2026, 11, 27), date(2026, 11, 27))  # there it is the day after
    assert next_reviewer(engagement, tess, END) == cover  # rather than nobody
    assert reviewer_after(engagement, {tess.pk}, END) is None
    assert next_reviewer(engagement, tess, END + timedelta(days=1)) == admin


def test_who_was_named_and_lets_the_own_window_pass_is_followed_by_the_next(submitted, tess, priya, books):
    admin = make_user(Role.ADMIN, zone="UTC")
    close_review_window(submitted.pk, at=END)
    ends_at = datetime(2026, 12, 1, 17, tzinfo=UTC)  # three of Priya's working days later

    assert close_review_window(submitted.pk, asked=[tess.pk], at=ends_at - timedelta(seconds=1)) == ""
    assert close_review_window(submitted.pk, asked=[tess.pk], at=ends_at) == "escalated"

    submitted.refresh_from_db()
    assert (submitted.escalated_to, submitted.escalated_at) == (admin, ends_at)
    assert "Priya Raman had until Tue 1 Dec 2026" in Event.objects.filter(verb="escalated").last().note
    later = ends_at + timedelta(days=100)
    assert close_review_window(submitted.pk, asked=[tess.pk, priya.pk], at=later) == ""  # nobody else


# --- accepted by the clock -----------------------------------------------------------------
def test_where_the_signed_agreement_says_so_silence_is_acceptance(accepts, books):
    assert close_review_window(accepts.pk, at=END) == "accepted"

    milestone = Milestone.objects.get(pk=accepts.pk)
    assert (milestone.status, milestone.accepted_at, milestone.accepted_by) == ("accepted", END, None)
    assert Payout.objects.get().amount == milestone.amount
    review = Review.objects.get()
    assert (review.by, review.outcome) == (None, "accepted")
    assert "The agreement says that it counts as accepted then." in review.note
    assert not GoalVerdict.objects.exists()
    moved = Event.objects.get(became="accepted")
    assert moved.by is None
    assert history.verify(milestone.engagement) == ""
    books()


def test_its_postings_are_those_of_a_persons_acceptance(accepts, tess):
    other = make_engagement(lead=tess, milestones=(MilestoneStatus.FUNDED,)).milestones.get()
    hand_in(other, at=MONDAY)
    accept(other, at=END)

    close_review_window(accepts.pk, at=END)

    by_whom = {
        posting.milestone_id: (posting.kind, posting.from_account.kind, posting.to_account.kind, posting.amount_minor)
        for posting in Posting.objects.filter(kind=PostingKind.RELEASE).select_related("from_account", "to_account")
    }
    assert by_whom[accepts.pk] == by_whom[other.pk]
    assert Posting.objects.get(milestone=accepts, kind=PostingKind.RELEASE).by is None


def test_both_sides_hear_that_the_clock_accepted(accepts):
    OutboxMail.objects.all().delete()

    close_review_window(accepts.pk, at=END)

    told = {mail.recipient.first_name: mail.subject for mail in OutboxMail.objects.all()}
    assert told == {
        "Ana": "“Step 1” is accepted",
        "Tess": "“Step 1” counts as accepted",
        "Priya": "“Step 1” counts as accepted",
    }
    assert "Nobody answered" in OutboxMail.objects.get(subject__contains="is accepted").text


@pytest.mark.parametrize("terms", [{}, {"review_end": "escalate"}, None])
def test_an_agreement_that_does_not_say_so_escalates_whatever_the_record_says(submitted, terms):
    Engagement.objects.filter(pk=submitted.engagement_id).update(review_end="accept")
    if terms is not None:
        make_agreement(submitted.engagement, **terms)

    assert close_review_window(submitted.pk, at=END) == "escalated"


def test_an_agreement_that_one_side_has_signed_binds_nobody(accepts):
    agreement = accepts.engagement.agreements.get()
    type(agreement).objects.filter(pk=agreement.pk).update(voided_at=MONDAY)

    assert close_review_window(accepts.pk, at=END) == "escalated"


def test_nothing_is_accepted_on_a_day_of_leave(accepts, tess):
    on_leave(tess, date(2026, 11, 27), date(2026, 11, 30))

    assert close_review_window(accepts.pk, at=datetime(2026, 11, 27, 9, tzinfo=UTC)) == "on_leave"
    assert close_review_window(accepts.pk, at=datetime(2026, 11, 30, 23, 59, tzinfo=UTC)) == "on_leave"
    accepts.refresh_from_db()
    assert accepts.status == "submitted"
    assert close_review_window(accepts.pk, at=datetime(2026, 12, 1, 9, tzinfo=UTC)) == "accepted"


# --- and otherwise nothing -----------------------------------------------------------------
def test_nothing_happens_before_the_end(accepts):
    assert close_review_window(accepts.pk, at=END - timedelta(seconds=1)) == ""


def test_nothing_happens_to_what_was_decided(accepts, tess):
    accept(accepts, by=tess, at=MONDAY)

    assert close_review_window(accepts.pk, at=END) == ""
    assert Payout.objects.count() == 1


def test_nothing_happens_while_the_work_is_paused(accepts, tess):
    pause(accepts.engagement, reason="The budget waits.", by=tess, at=MONDAY)

    assert close_review_window(accepts.pk, at=END) == ""
