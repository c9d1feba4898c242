"""What Today and the portal look at in one statement: whose promises of payment there are, on the person's own side."""

from datetime import timedelta

import pytest

from accounts.models import User
from accounts.states import Role
from core.prepared import Prepared
from engagements.models import Engagement
from engagements.services.handover import hand_over
from milestones.models import Payout
from milestones.services import payouts
from milestones.services.write_offs import write_off
from milestones.states import PayoutStatus
from reminders import glance as module
from reminders.glance import glance
from tests.factories import NOW, TODAY, make_budget, make_contractor, make_engagement, make_user
from tests.milestones.conftest import bring, give_bank, set_up_payment

pytestmark = pytest.mark.django_db


@pytest.fixture
def finance() -> list[User]:
    return [make_user(Role.FINANCE), make_user(Role.FINANCE)]


@pytest.fixture
def lead() -> User:
    return make_user(Role.LEAD)


def owing(lead: User, days: int, **facts) -> Payout:
    engagement = make_engagement(lead=lead, milestones=("accepted",), **facts)
    return Payout.objects.create(
        milestone=engagement.milestones.get(), round=1, amount_minor=200_000, currency="EUR",
        due_on=TODAY + timedelta(days=days), status_since=NOW,
    )  # fmt: skip


def seen(payout: Payout) -> tuple[bool, bool]:
    """By the contractor, and by the lead."""
    engagement = payout.milestone.engagement
    payee, lead = glance(engagement.contractor.user, []), glance(engagement.lead, [])
    return "ahead" in payee.has, lead.promised_on == payout.due_on


@pytest.mark.parametrize("few", [0, 2, 3, 500])
def test_the_earliest_promise_of_a_leads_engagements_is_seen_and_nobody_elses(
    lead: User, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """However many engagements somebody may have before they are looked for among the promises of the house."""
    monkeypatch.setattr(module, "A_FEW", few)
    monkeypatch.setattr(module, "_prepared", Prepared(module._all))
    contractor = make_contractor(True)
    for days in (5, 2, 9):
        owing(lead, days, contractor=contractor)
    owing(make_user(Role.LEAD), 1)
    nobody = make_user(Role.LEAD)

    assert glance(lead, []).promised_on == TODAY + timedelta(days=2)
    assert "ahead" in glance(contractor.user, []).has
    assert (glance(nobody, []).promised_on, glance(nobody, []).has) == (None, frozenset())
    assert glance(make_contractor(True).user, []).has == frozenset()


@pytest.mark.parametrize(
    ("status", "is_open"),
    [
        (PayoutStatus.DUE, True),
        (PayoutStatus.APPROVED, True),
        (PayoutStatus.EXPORTED, True),
        (PayoutStatus.FAILED, True),
        (PayoutStatus.PAID, False),
        ("returned", True),
        (PayoutStatus.WRITTEN_OFF, False),
    ],
)
def test_a_promise_is_ahead_until_it_is_paid_or_given_up(
    lead: User, finance: list[User], status: str, is_open: bool
) -> None:
    set_up_payment()
    payout = owing(lead, 3, budget=make_budget())
    give_bank(payout.milestone.engagement)
    steps = {"returned": PayoutStatus.PAID, PayoutStatus.FAILED: PayoutStatus.EXPORTED, "written_off": "due"}
    bring(payout, steps.get(status, status), *finance)
    if status == PayoutStatus.FAILED:
        payouts.mark_failed(payout, problem="closed", by=finance[0], at=NOW)
    if status == "returned":
        payouts.mark_returned(payout, problem="closed", by=finance[0], at=NOW)
    if status == PayoutStatus.WRITTEN_OFF:
        write_off(payout, reason="Waived.", by=finance[0], at=NOW)
    payout.refresh_from_db()

    assert seen(payout) == (is_open, is_open)


def test_beside_what_is_paid_the_rest_is_ahead(lead: User, finance: list[User]) -> None:
    set_up_payment()
    first = owing(lead, 3)
    give_bank(first.milestone.engagement)
    second = owing(lead, 6, contractor=first.milestone.engagement.contractor)
    bring(first, PayoutStatus.PAID, *finance)

    assert seen(second) == (True, True)


def test_promises_go_with_the_engagement_to_another_lead(lead: User) -> None:
    payout = owing(lead, 3)
    other = make_user(Role.LEAD)

    hand_over(lead, to=other, by=make_user(Role.ADMIN), at=NOW)

    assert Engagement.objects.get().lead == other
    assert (glance(lead, []).promised_on, glance(other, []).promised_on) == (None, payout.due_on)
