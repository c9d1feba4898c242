from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from core.models import OutboxMail
from milestones.models import Payout
from milestones.services import lateness
from milestones.states import PayoutStatus
from reminders.services import sweep
from tests.factories import NOW, TODAY
from tests.milestones.conftest import bring, give_bank

pytestmark = pytest.mark.django_db
MORNING_AFTER = NOW + timedelta(days=9)  # a Wednesday; promised by Tuesday 1 December


def told():
    return sorted(
        OutboxMail.objects.filter(subject__contains="should have been paid").values_list("address", flat=True)
    )


def test_a_broken_promise_is_told_to_the_lead_and_finance_once(due, lead, finance):
    sweep(at=MORNING_AFTER)
    sweep(at=MORNING_AFTER + timedelta(hours=1))

    finance_people = User.objects.filter(role="finance").values_list("email", flat=True)
    assert told() == sorted([*finance_people, lead.email])


def test_before_the_day_is_past_nobody_is_told(due):
    sweep(at=NOW + timedelta(days=8))

    assert told() == []


@pytest.mark.parametrize("status", [PayoutStatus.APPROVED, PayoutStatus.EXPORTED])
def test_wherever_it_is_stuck_on_our_side(due, finance, other_finance, status):
    bring(due, status, finance, other_finance)

    assert lateness.tell_late([due.pk], at=MORNING_AFTER)
    assert ("The bank has had it since" in OutboxMail.objects.last().text) is (status == PayoutStatus.EXPORTED)


def test_what_is_paid_is_not_late(due, finance, other_finance):
    bring(due, PayoutStatus.PAID, finance, other_finance)

    assert not lateness.tell_late([due.pk], at=MORNING_AFTER)


def test_on_the_payees_turn_nobody_is_told_until_it_is_ours(accepted):
    sweep(at=MORNING_AFTER)
    assert told() == []
    give_bank(accepted.engagement, at=MORNING_AFTER)
    Payout.objects.update(due_on=TODAY + timedelta(days=10))  # the new promise is broken as well

    sweep(at=MORNING_AFTER + timedelta(days=5))

    assert len(told()) >= 1


def test_a_sweep_with_nothing_late_asks_no_more_than_before(due):
    sweep(at=NOW)
    with CaptureQueriesContext(connection) as asked:
        sweep(at=NOW + timedelta(minutes=1))

    assert len(asked) == 2
