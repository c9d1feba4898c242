import pytest

from core.errors import DomainError
from core.models import OutboxMail
from milestones.models import Account, Milestone, Payout, Posting
from milestones.services import batches, payouts
from milestones.services.write_offs import write_off
from milestones.states import AccountKind, MilestoneStatus, PayoutStatus, PostingKind
from reminders.queries import waiting
from tests.factories import NOW, make_user
from tests.milestones.conftest import bring

pytestmark = pytest.mark.django_db


def test_a_write_off_brings_the_money_back_to_its_budget_and_ends_the_payout(due, finance):
    budget = due.milestone.engagement.funding.budget
    before = Account.objects.get(budget=budget).balance_minor

    payout = write_off(due, reason="Waived by mail of 3 May.", by=finance, at=NOW)

    milestone = Milestone.objects.get(pk=due.milestone_id)
    assert (payout.status, milestone.status) == (PayoutStatus.WRITTEN_OFF, MilestoneStatus.ACCEPTED)
    assert milestone.written_off_at == NOW
    assert Account.objects.get(budget=budget).balance_minor == before + milestone.amount_minor
    assert Account.objects.get(kind=AccountKind.OWED).balance_minor == 0
    assert Posting.objects.get(kind=PostingKind.WRITE_OFF).key == f"milestone:{milestone.pk}:1:write_off"


def test_the_contractor_is_told_why(due, finance):
    write_off(due, reason="Waived by mail of 3 May.", by=finance, at=NOW)

    mail = OutboxMail.objects.get(key__startswith="written-off:")
    assert mail.recipient == due.milestone.engagement.contractor.user


def test_nobody_owes_what_was_written_off(due, finance):
    engagement = due.milestone.engagement
    write_off(due, reason="Waived.", by=finance, at=NOW)

    owed = waiting([engagement])[engagement.pk].obligations
    assert [o for o in owed if o.kind == "pay"] == []


def test_a_refused_payout_can_be_written_off(due, finance, other_finance):
    bring(due, PayoutStatus.EXPORTED, finance, other_finance)
    payouts.mark_failed(due, problem="Account closed", by=finance, at=NOW)

    assert write_off(due, reason="Cannot be reached.", by=finance, at=NOW).status == PayoutStatus.WRITTEN_OFF


@pytest.mark.parametrize("reason", ["", "  "])
def test_it_needs_a_reason(due, finance, reason):
    with pytest.raises(DomainError):
        write_off(due, reason=reason, by=finance, at=NOW)


@pytest.mark.parametrize("who", ["lead", "admin"])
def test_only_finance_writes_off(due, who):
    with pytest.raises(DomainError):
        write_off(due, reason="x", by=make_user(who), at=NOW)


def test_what_is_approved_can_not_be_written_off(due, finance, other_finance):
    batches.approve(due, by=finance, at=NOW)

    with pytest.raises(DomainError):
        write_off(due, reason="x", by=other_finance, at=NOW)


def test_it_is_written_off_once(due, finance):
    write_off(due, reason="x", by=finance, at=NOW)

    with pytest.raises(DomainError):
        write_off(due, reason="x", by=finance, at=NOW)
    assert Payout.objects.open().count() == 0
