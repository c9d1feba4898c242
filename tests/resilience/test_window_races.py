"""Two workers meet at the end of a review window: it is decided once. A person who accepts at that moment wins or
loses, and money moves once."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core import history
from engagements.models import Engagement
from milestones.models import Milestone, Payout
from milestones.services import ledger
from milestones.states import MilestoneStatus
from reminders.models import PlannedNotice
from reminders.services import sweep
from tests.factories import NOW, make_agreement, make_engagement
from tests.milestones.conftest import accept, hand_in
from tests.resilience.test_ledger_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def submitted(review_end: str) -> tuple[Milestone, datetime]:
    engagement = make_engagement(milestones=(MilestoneStatus.FUNDED,), review_end=review_end)
    make_agreement(engagement, review_end=review_end)
    milestone = engagement.milestones.get()
    hand_in(milestone)
    sweep(at=NOW)
    return milestone, PlannedNotice.objects.get(rule="review_end").fire_at


@pytest.mark.parametrize("review_end", ["accept", "escalate"])
def test_two_workers_decide_once(review_end: str) -> None:
    milestone, ends_at = submitted(review_end)

    at_once(*[lambda: sweep(at=ends_at)] * 3)

    milestone.refresh_from_db()
    assert (milestone.accepted_at or milestone.escalated_at) == ends_at
    assert Payout.objects.count() == (review_end == "accept")
    assert ledger.check() == []
    assert history.verify(Engagement.objects.get()) == ""


def test_a_person_and_the_clock_accept_once() -> None:
    milestone, ends_at = submitted("accept")

    answers = at_once(lambda: accept(milestone, at=ends_at), lambda: sweep(at=ends_at))

    assert answers[1] == "done"
    milestone.refresh_from_db()
    assert milestone.status == MilestoneStatus.ACCEPTED
    assert Payout.objects.count() == 1
    assert ledger.check() == []


def test_what_was_planned_before_the_clocks_changed_is_at_the_local_hour() -> None:
    engagement = make_engagement(milestones=(MilestoneStatus.FUNDED,))
    friday = datetime(2027, 3, 26, 10, tzinfo=ZoneInfo("Europe/Lisbon"))
    hand_in(engagement.milestones.get(), at=friday)

    sweep(at=friday + timedelta(minutes=1))

    ends_at = PlannedNotice.objects.get(rule="review_end").fire_at
    assert ends_at.astimezone(ZoneInfo("Europe/Lisbon")).isoformat() == "2027-03-31T17:00:00+01:00"
