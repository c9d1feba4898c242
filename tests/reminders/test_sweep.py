"""The clock side: presence, flags and reminders, once each, in people's own working hours."""

import contextlib
import sys
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import DigestItem, Leave, NotificationPreference, User, WorkingSpan
from accounts.states import NoticeChoice, NoticeKind, Role
from core import history
from core.models import Heartbeat, OutboxMail, Touched
from engagements.models import Engagement, Goal
from engagements.services.conversation import check_in, send_message
from engagements.services.measurements import record_measurement
from engagements.states import EngagementStatus, Side
from milestones.services.funding import fund_milestone
from milestones.states import MilestoneStatus
from reminders.models import PlannedNotice, Presence, QuietFlag
from reminders.obligations import obligations
from reminders.queries import papers, sentence_for
from reminders.services import due, sweep
from reminders.services.due import right_person
from reminders.states import PresenceStatus, Rule
from tests.factories import make_contractor, make_engagement, make_milestone, make_user

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def lead() -> User:
    return make_user(Role.LEAD, name="Tess Okafor", zone="UTC")


@pytest.fixture
def comms() -> User:
    return make_user(Role.MEMBER, name="Priya Raman", zone="UTC")


def at_work(lead: User, comms: User, *, due_on: date = date(2027, 1, 11), **facts: Any) -> Engagement:
    """Funded on Monday; the contractor works 9 to 17 UTC and checks in every 5 working days."""
    person = make_user(Role.CONTRACTOR, name="Ana Sousa", zone="UTC")
    contractor = make_contractor(person)
    engagement = make_engagement(
        lead=lead, comms_owner=comms, contractor=contractor, milestones=(), price_minor=200_000, **facts
    )
    make_milestone(engagement, MilestoneStatus.FUNDED, due_on=due_on, status_since=MONDAY)
    history.touch(engagement, at=MONDAY)
    return engagement


def mails(kind: str) -> list[OutboxMail]:
    return list(OutboxMail.objects.filter(kind=kind).order_by("id"))


# --- a first value ---------------------------------------------------------------------------
def without_baseline(engagement: Engagement, who: str) -> Goal:
    """To be measured first by somebody until Wednesday."""
    wednesday = date(2026, 11, 25)
    engagement.goals.update(baseline="", baseline_by=who, baseline_due_on=wednesday)
    history.touch(engagement, at=MONDAY)
    return engagement.goals.get()


def test_a_first_value_is_reminded_of_on_its_day_and_waits_for_nobody(lead: User, comms: User) -> None:
    engagement = at_work(lead, comms)
    without_baseline(engagement, "team")
    sweep(at=MONDAY)
    notice = PlannedNotice.objects.get(rule=Rule.BASELINE_DUE)
    assert (notice.recipient, notice.fire_at) == (lead, datetime(2026, 11, 25, 9, 0, tzinfo=UTC))

    sweep(at=notice.fire_at)
    sweep(at=notice.fire_at + timedelta(hours=1))

    assert [mail.subject for mail in mails(NoticeKind.REMINDER)] == ["“p95 of the payment page” has no baseline yet"]
    assert "to hand in “Step 1”" in sentence_for(engagement, lead, MONDAY)


def test_once_it_is_measured_nobody_is_reminded(lead: User, comms: User) -> None:
    engagement = at_work(lead, comms)
    goal = without_baseline(engagement, "team")
    sweep(at=MONDAY)

    facts = {"value": "2600", "measured_on": MONDAY.date(), "evidence": "run 1", "by": lead, "at": MONDAY}
    record_measurement(goal, **facts)
    sweep(at=MONDAY)

    assert not PlannedNotice.objects.filter(rule=Rule.BASELINE_DUE).exists()


@pytest.mark.parametrize(
    ("who", "people"), [("team", ["ours"]), ("contractor", ["theirs"]), ("both", ["ours", "theirs"])]
)
def test_whoever_measures_it_first_owes_it(lead: User, comms: User, who: str, people: list[str]) -> None:
    engagement = at_work(lead, comms)
    without_baseline(engagement, who)

    owed = obligations(papers([engagement])[engagement.pk])

    assert [o.side for o in owed if o.kind == "measure"] == people
    assert owed[0].kind == "hand_in"


# --- quiet ---------------------------------------------------------------------------------
def test_silence_becomes_a_flag_after_six_of_the_contractors_working_days(lead: User, comms: User) -> None:
    engagement = at_work(lead, comms)
    sweep(at=MONDAY)
    presence = Presence.objects.get(engagement=engagement, side=Side.THEIRS)
    assert (presence.status, presence.quiet_at) == (PresenceStatus.IN_TOUCH, datetime(2026, 11, 30, 17, tzinfo=UTC))

    sweep(at=datetime(2026, 11, 30, 16, 59, tzinfo=UTC))
    assert not QuietFlag.objects.exists()
    sweep(at=datetime(2026, 11, 30, 17, 0, tzinfo=UTC))
    assert QuietFlag.objects.get().side == Side.THEIRS


def test_leave_and_other_hours_stop_the_clock(lead: User, comms: User) -> None:
    engagement = at_work(lead, comms)
    person = engagement.contractor.user
    assert person is not None
    Leave.objects.create(user=person, starts_on=date(2026, 11, 24), ends_on=date(2026, 11, 27))
    history.touch(person, at=MONDAY)

    sweep(at=MONDAY)

    quiet_at = Presence.objects.get(side=Side.THEIRS).quiet_at
    assert quiet_at == datetime(2026, 12, 4, 17, tzinfo=UTC)


def test_a_change_of_hours_moves_the_instants_computed_before(lead: User, comms: User) -> None:
    engagement = at_work(lead, comms)
    sweep(at=MONDAY)
    person = engagement.contractor.user
    assert person is not None
    User.objects.filter(pk=person.pk).update(zone="America/Bogota")
    history.touch(person, at=MONDAY)

    sweep(at=MONDAY)

    assert Presence.objects.get(side=Side.THEIRS).quiet_at == datetime(2026, 11, 30, 22, tzinfo=UTC)


def test_the_comms_owner_is_told_once_in_her_own_working_hours(lead: User, comms: User) -> None:
    WorkingSpan.objects.filter(user=comms).update(start_minute=8 * 60, end_minute=12 * 60)
    at_work(lead, comms)
    sweep(at=MONDAY)
    late = datetime(2026, 12, 1, 20, 0, tzinfo=UTC)

    sweep(at=late)
    sweep(at=late + timedelta(minutes=1))

    (mail,) = mails(NoticeKind.QUIET)
    assert mail.recipient == comms
    assert mail.not_before == datetime(2026, 12, 2, 8, 0, tzinfo=UTC)


def test_a_contact_clears_the_flag(lead: User, comms: User) -> None:
    engagement = at_work(lead, comms)
    sweep(at=MONDAY)
    late = datetime(2026, 12, 2, 10, 0, tzinfo=UTC)
    sweep(at=late)
    person = engagement.contractor.user
    assert person is not None

    check_in(engagement, nothing_new=True, by=person, at=late + timedelta(hours=1))
    sweep(at=late + timedelta(hours=1))

    flag = QuietFlag.objects.get()
    assert flag.cleared_at is not None
    assert flag.cleared_by is not None
    assert Presence.objects.get(side=Side.THEIRS).status == PresenceStatus.IN_TOUCH


def test_a_side_whose_turn_it_is_not_is_never_quiet(lead: User, comms: User) -> None:
    engagement = at_work(lead, comms)
    engagement.milestones.update(status=MilestoneStatus.SUBMITTED)

    sweep(at=MONDAY)
    sweep(at=MONDAY + timedelta(days=30))

    assert set(QuietFlag.objects.values_list("side", flat=True)) == {Side.OURS}


def test_an_unanswered_question_makes_us_quiet_and_the_lead_hears_it(lead: User, comms: User) -> None:
    engagement = at_work(lead, comms)
    person = engagement.contractor.user
    assert person is not None
    send_message(engagement, body="Which certificate?", needs_answer=True, by=person, at=MONDAY)
    sweep(at=MONDAY)

    sweep(at=datetime(2026, 11, 25, 9, 0, tzinfo=UTC))

    flag = QuietFlag.objects.get(side=Side.OURS)
    assert flag.told in (lead, comms)


def test_the_right_person_is_not_the_silent_one(lead: User, comms: User) -> None:
    engagement = at_work(lead, comms)

    ours = (engagement.lead, engagement.comms_owner, engagement.cover)
    assert right_person(*ours, acting=engagement.contractor.user_id) == comms
    assert right_person(*ours, acting=comms.pk) == lead


# --- reminders -----------------------------------------------------------------------------
def test_the_contractor_is_reminded_once_a_working_day_before_the_due_date(lead: User, comms: User) -> None:
    at_work(lead, comms, due_on=date(2026, 11, 30))
    sweep(at=MONDAY)
    notice = PlannedNotice.objects.get(rule=Rule.DUE_SOON)
    assert notice.fire_at == datetime(2026, 11, 27, 9, 0, tzinfo=UTC)

    for minute in range(3):
        sweep(at=notice.fire_at + timedelta(minutes=minute))

    (mail,) = mails(NoticeKind.REMINDER)
    assert mail.recipient == notice.recipient
    assert "due soon" in mail.subject


def test_a_review_that_waits_reminds_the_lead(lead: User, comms: User) -> None:
    engagement = at_work(lead, comms)
    engagement.milestones.update(status=MilestoneStatus.SUBMITTED)
    sweep(at=MONDAY)
    notice = PlannedNotice.objects.get(rule=Rule.REVIEW_WAITING)

    sweep(at=notice.fire_at)

    assert notice.fire_at == datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
    assert [m.recipient for m in mails(NoticeKind.REVIEW)] == [lead]


def test_what_is_handed_in_is_reminded_of_no_more(lead: User, comms: User) -> None:
    engagement = at_work(lead, comms, due_on=date(2026, 11, 30))
    sweep(at=MONDAY)
    engagement.milestones.update(status=MilestoneStatus.SUBMITTED)
    history.touch(engagement, at=MONDAY)

    sweep(at=datetime(2026, 11, 27, 9, 0, tzinfo=UTC))

    assert mails(NoticeKind.REMINDER) == []


def test_after_downtime_nobody_is_told_that_yesterday_is_soon(lead: User, comms: User) -> None:
    at_work(lead, comms, due_on=date(2026, 11, 30))
    sweep(at=MONDAY)

    sweep(at=datetime(2026, 12, 8, 10, 0, tzinfo=UTC))

    (mail,) = mails(NoticeKind.REMINDER)
    assert "was due" in mail.subject


def test_out_of_hours_a_reminder_waits_for_the_morning(lead: User, comms: User) -> None:
    at_work(lead, comms, due_on=date(2026, 11, 30))
    sweep(at=MONDAY)

    sweep(at=datetime(2026, 11, 28, 12, 0, tzinfo=UTC))  # a Saturday: the sweep was down on Friday

    assert mails(NoticeKind.REMINDER) == []
    assert PlannedNotice.objects.get(rule=Rule.DUE_SOON).fire_at == datetime(2026, 11, 30, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(("choice", "sent", "kept"), [(NoticeChoice.OFF, 0, 0), (NoticeChoice.DIGEST, 0, 1)])
def test_people_choose_what_reaches_them(lead: User, comms: User, choice: str, sent: int, kept: int) -> None:
    engagement = at_work(lead, comms, due_on=date(2026, 11, 30))
    person = engagement.contractor.user
    NotificationPreference.objects.create(user=person, kind=NoticeKind.REMINDER, choice=choice)
    sweep(at=MONDAY)

    sweep(at=datetime(2026, 11, 27, 9, 0, tzinfo=UTC))

    assert len(mails(NoticeKind.REMINDER)) == sent
    assert DigestItem.objects.count() == kept


def test_a_digest_goes_out_once_in_the_morning(lead: User, comms: User) -> None:
    engagement = at_work(lead, comms, due_on=date(2026, 11, 30))
    person = engagement.contractor.user
    NotificationPreference.objects.create(user=person, kind=NoticeKind.REMINDER, choice=NoticeChoice.DIGEST)
    sweep(at=MONDAY)
    sweep(at=datetime(2026, 11, 27, 9, 0, tzinfo=UTC))

    for minute in range(3):
        sweep(at=datetime(2026, 11, 30, 9, minute, tzinfo=UTC))

    assert [m.recipient for m in mails("digest")] == [person]
    assert not DigestItem.objects.exists()


# --- the sweep itself -------------------------------------------------------------------------
def test_a_sweep_with_nothing_due_costs_at_most_three_statements(lead: User, comms: User) -> None:
    at_work(lead, comms)
    sweep(at=MONDAY)
    sweep(at=MONDAY)

    with CaptureQueriesContext(connection) as seen:
        done = sweep(at=MONDAY + timedelta(minutes=1))

    assert not any(done.values())
    assert len([q for q in seen if "SAVEPOINT" not in q["sql"]]) <= 3


def test_two_sweeps_decide_everything_once(lead: User, comms: User) -> None:
    at_work(lead, comms, due_on=date(2026, 11, 24))
    late = datetime(2026, 12, 2, 10, 0, tzinfo=UTC)
    sweep(at=late)
    before = (OutboxMail.objects.count(), QuietFlag.objects.count(), PlannedNotice.objects.count())

    Engagement.objects.update(title="Payment page, faster")
    history.touch(Engagement.objects.get(), at=late)
    sweep(at=late)

    assert (OutboxMail.objects.count(), QuietFlag.objects.count(), PlannedNotice.objects.count()) == before


def test_flags_and_reminders_of_five_take_as_many_statements_as_of_two(lead: User, comms: User) -> None:
    for _turn in range(7):
        at_work(lead, comms, due_on=date(2026, 12, 3))
    sweep(at=MONDAY)
    presences = list(Presence.objects.filter(side=Side.THEIRS).values_list("pk", flat=True))
    planned = list(PlannedNotice.objects.filter(rule=Rule.DUE_SOON).values_list("pk", flat=True))

    for act, rows, at in (
        (due.raise_flags, presences, datetime(2026, 11, 30, 17, 0, tzinfo=UTC)),
        (due.fire, planned, datetime(2026, 12, 2, 9, 0, tzinfo=UTC)),
    ):
        counts = []
        for some in (rows[:2], rows[2:]):
            with CaptureQueriesContext(connection) as seen:
                assert act(some, at=at) == len(some)
            counts.append(len(seen))
        assert counts[0] == counts[1]


def test_the_history_of_a_flag_names_whom_and_verifies(lead: User, comms: User) -> None:
    engagement = at_work(lead, comms)
    sweep(at=datetime(2026, 12, 1, 10, 0, tzinfo=UTC))

    presence = Presence.objects.get(side=Side.THEIRS)
    event = history.Event.objects.of(presence).latest("seq")
    assert (event.subject_label, event.was, event.became) == (str(presence), "in_touch", "quiet")
    assert event.subject_label.startswith(engagement.title)
    assert history.verify(presence) == ""


def test_of_a_batch_in_which_one_fails_the_others_are_done() -> None:
    from reminders.services.sweep import _batch

    done: list[int] = []

    def act(rows: list[int], *, at: datetime) -> int:
        if 5 in rows:
            raise RuntimeError("broken")
        done.extend(rows)
        return len(rows)

    assert _batch(act, list(range(11)), MONDAY) == 10
    assert done == [n for n in range(11) if n != 5]


def test_touched_rows_are_consumed_and_a_failing_one_stays(
    lead: User, comms: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reminders.services import planning

    good, bad = at_work(lead, comms), at_work(lead, comms)
    plan = planning._replan

    def breaks(held: list[int], at: datetime) -> None:
        plan(held, at)
        if bad.pk in held:
            raise RuntimeError("broken")

    monkeypatch.setattr(planning, "_replan", breaks)
    sweep(at=MONDAY)

    assert not Presence.objects.filter(engagement=bad).exists()
    assert set(Touched.objects.values_list("subject_id", flat=True)) >= {bad.pk}
    assert Presence.objects.filter(engagement=good).exists()
    assert Heartbeat.objects.filter(job="sweep").exists()


def test_many_are_planned_in_as_many_statements_as_two(lead: User, comms: User) -> None:
    def cost(count: int) -> tuple[int, set[int]]:
        theirs = {at_work(lead, comms).pk for _turn in range(count)}
        planning.replan_free(sorted(theirs), at=MONDAY)
        with CaptureQueriesContext(connection) as seen:
            assert planning.replan_free(sorted(theirs), at=MONDAY) == theirs
        return len(seen), theirs

    from reminders.services import planning

    (few, _two), (many, five) = cost(2), cost(5)

    assert few == many
    assert Presence.objects.filter(engagement__in=five).count() == 5
    for pk in five:  # and each alone says the same
        before = list(PlannedNotice.objects.filter(engagement=pk).order_by("pk").values())
        sides = list(Presence.objects.filter(engagement=pk).order_by("pk").values())
        planning.replan(pk, at=MONDAY)
        assert list(PlannedNotice.objects.filter(engagement=pk).order_by("pk").values()) == before
        assert list(Presence.objects.filter(engagement=pk).order_by("pk").values()) == sides


def test_a_sweep_that_ends_in_the_middle_of_a_persons_engagements_goes_on_where_it_was(
    lead: User, comms: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One row of a person stands for all they have a part in: killed after two of them, the first two were begun anew
    each time and the others never seen."""
    from reminders.services import planning

    theirs = sorted(at_work(lead, comms).pk for _turn in range(5))
    sweep(at=MONDAY)
    Touched.objects.create(subject_type="accounts.user", subject_id=lead.pk, at=MONDAY)
    monkeypatch.setattr(sys.modules[sweep.__module__], "REPLANNED", 2)
    monkeypatch.setattr(sys.modules[sweep.__module__], "A_PLAN", 1)
    seen: list[int] = []

    class Killed(BaseException):
        pass

    def dies(held: list[int], at: datetime) -> None:
        seen.extend(held)
        if len(seen) % 3 == 0:
            raise Killed

    monkeypatch.setattr(planning, "_replan", dies)
    for _turn in range(10):
        with contextlib.suppress(Killed):
            sweep(at=MONDAY)

    assert not Touched.objects.exists()
    assert sorted(set(seen)) == theirs


def test_new_holiday_data_recomputes_everybody(lead: User, comms: User) -> None:
    at_work(lead, comms)
    sweep(at=MONDAY)
    Heartbeat.objects.filter(job="sweep").update(note="0.1")
    Presence.objects.update(quiet_at=None)

    sweep(at=MONDAY)

    assert Presence.objects.get(side=Side.THEIRS).quiet_at is not None


# --- sentences ----------------------------------------------------------------------------------
def test_the_sentence_says_for_whom_since_when_and_what_next(lead: User, comms: User) -> None:
    engagement = at_work(lead, comms, due_on=date(2026, 11, 30))
    sweep(at=MONDAY)

    assert sentence_for(engagement, lead, MONDAY) == (
        "Waiting for Ana to hand in “Step 1” since Mon 09:00 (their time); next reminder Fri 09:00."
    )


@pytest.mark.parametrize("status", EngagementStatus.values)
def test_no_record_is_ever_without_a_sentence(lead: User, status: str) -> None:
    engagement = make_engagement(status, lead=lead)

    assert len(sentence_for(engagement, lead, MONDAY)) > 20


def test_sentences_of_many_cost_as_many_statements_as_of_one(lead: User, comms: User) -> None:
    from reminders.queries import sentence, waiting

    def cost() -> int:
        rows = list(Engagement.objects.for_list())
        with CaptureQueriesContext(connection) as seen:
            [sentence(w, lead, MONDAY) for w in waiting(rows).values()]
        return len(seen)

    at_work(lead, comms)
    one = cost()
    at_work(lead, comms)
    at_work(lead, comms)
    assert cost() == one


def test_funding_makes_it_the_contractors_turn(lead: User, comms: User) -> None:
    engagement = make_engagement(lead=lead, comms_owner=comms, milestones=(MilestoneStatus.AGREED,))
    sweep(at=MONDAY)
    assert Presence.objects.get(side=Side.OURS).status == PresenceStatus.IN_TOUCH

    fund_milestone(engagement.milestones.get(), by=lead, at=MONDAY)
    sweep(at=MONDAY)

    assert Presence.objects.get(side=Side.OURS).status == PresenceStatus.WAITING_ON_OTHER
    assert Presence.objects.get(side=Side.THEIRS).status == PresenceStatus.IN_TOUCH
