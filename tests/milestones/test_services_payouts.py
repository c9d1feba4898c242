from datetime import timedelta

import pytest

from core import secrets
from core.errors import DomainError
from core.models import Event, OutboxMail
from milestones import queries
from milestones.models import BankDetail, Payout
from milestones.services import payouts
from milestones.states import MilestoneStatus, PayoutStatus
from tests.factories import NOW, make_milestone
from tests.milestones.conftest import IBAN, accept, give_bank, hand_in

pytestmark = pytest.mark.django_db
OTHER_IBAN = "DE89370400440532013000"


@pytest.fixture
def approved(due, finance):
    return payouts.approve(due, by=finance, at=NOW)


@pytest.fixture
def sent(approved, other_finance):
    return payouts.export(approved, bank_reference="RUN-48", by=other_finance, at=NOW)


def test_approving_records_who_and_when(due, finance):
    payout = payouts.approve(due, by=finance, at=NOW)

    assert (payout.status, payout.approved_by, payout.approved_at) == (PayoutStatus.APPROVED, finance, NOW)


def test_whoever_accepted_the_work_does_not_pay_it(due, lead):
    with pytest.raises(DomainError, match="You accepted this work"):
        payouts.approve(due, by=lead, at=NOW)


def test_without_bank_details_it_is_not_approved(accepted, finance):
    with pytest.raises(DomainError, match="No bank details yet"):
        payouts.approve(Payout.objects.get(), by=finance, at=NOW)


def test_with_a_bad_iban_it_is_not_approved(due, finance):
    BankDetail.objects.update(iban_cipher=secrets.encrypt("PT50000201231234567890155"))

    with pytest.raises(DomainError, match="The IBAN can’t be right"):
        payouts.approve(due, by=finance, at=NOW)


def test_with_a_key_that_is_gone_it_is_not_approved(due, finance):
    BankDetail.objects.update(iban_cipher="not a cipher")

    with pytest.raises(DomainError, match="The IBAN can’t be right"):
        payouts.approve(due, by=finance, at=NOW)


def test_whoever_approved_it_does_not_send_it(approved, finance):
    with pytest.raises(DomainError, match="You approved this one"):
        payouts.export(approved, bank_reference="RUN-48", by=finance, at=NOW)


def test_a_second_person_sends_it(approved, other_finance):
    payout = payouts.export(approved, bank_reference="RUN-48", by=other_finance, at=NOW)

    assert (payout.status, payout.exported_by, payout.bank_reference) == (
        PayoutStatus.EXPORTED, other_finance, "RUN-48",
    )  # fmt: skip


def test_a_replaced_iban_holds_the_money_for_three_days(approved, other_finance):
    give_bank(approved.milestone.engagement, iban=OTHER_IBAN, at=NOW)

    with pytest.raises(DomainError, match="Bank details changed"):
        payouts.export(approved, bank_reference="RUN-48", by=other_finance, at=NOW + timedelta(days=2))
    payout = payouts.export(approved, bank_reference="RUN-48", by=other_finance, at=NOW + timedelta(days=4))

    assert payout.status == PayoutStatus.EXPORTED


def test_sending_moves_no_money_confirming_does(sent, finance):
    held_before = sent.milestone.postings.count()

    payout = payouts.confirm_paid(sent, by=finance, at=NOW)

    assert (held_before, sent.milestone.postings.count()) == (2, 3)
    assert (payout.status, payout.paid_by, payout.milestone.status) == (
        PayoutStatus.PAID, finance, MilestoneStatus.PAID,
    )  # fmt: skip
    assert "RUN-48" in OutboxMail.objects.get(subject__contains="is paid").text


def test_a_refused_payment_leaves_the_money_owed_and_starts_again(sent, finance):
    failed = payouts.mark_failed(sent, problem="Account closed", by=finance, at=NOW)
    again = payouts.requeue(failed, by=finance, at=NOW)

    assert (again.status, again.approved_by, again.exported_by, again.problem) == (
        PayoutStatus.DUE, None, None, "Account closed",
    )  # fmt: skip
    assert again.milestone.status == MilestoneStatus.ACCEPTED


def test_after_a_refusal_other_people_may_take_the_parts(sent, finance, other_finance):
    payout = payouts.requeue(payouts.mark_failed(sent, problem="x", by=finance, at=NOW), by=finance, at=NOW)
    payout = payouts.approve(payout, by=other_finance, at=NOW)
    payout = payouts.export(payout, bank_reference="RUN-49", by=finance, at=NOW)

    assert payouts.confirm_paid(payout, by=finance, at=NOW).status == PayoutStatus.PAID


def test_a_payout_is_confirmed_once(sent, finance):
    payouts.confirm_paid(sent, by=finance, at=NOW)

    with pytest.raises(DomainError):
        payouts.confirm_paid(sent, by=finance, at=NOW)


def test_a_bad_row_is_set_aside_and_never_sinks_the_rest(due, finance):
    second = make_milestone(due.milestone.engagement)
    hand_in(second)
    accept(second)
    payouts.approve(due, by=finance, at=NOW)

    outcome = payouts.each(Payout.objects.order_by("pk"), lambda payout: payouts.approve(payout, by=finance, at=NOW))

    assert [p.milestone for p in outcome.done] == [second]
    assert [p for p, _reason in outcome.aside] == [due]


def test_bank_details_are_stored_encrypted(engagement):
    detail = give_bank(engagement)

    number = IBAN.replace(" ", "")
    assert (detail.iban, detail.last4) == (number, "0154")
    assert number not in detail.iban_cipher
    assert "Ana" not in detail.holder_cipher


def test_an_iban_with_wrong_check_digits_is_refused(engagement):
    with pytest.raises(DomainError, match="This IBAN can’t be right"):
        give_bank(engagement, iban="PT50000201231234567890155")


def test_the_history_of_bank_details_holds_no_digit_of_them(engagement):
    detail = give_bank(engagement)
    give_bank(engagement, iban=OTHER_IBAN)

    events = list(Event.objects.of(detail).order_by("seq"))
    assert [(e.verb, e.subject_label, e.note) for e in events] == [
        ("created", "Bank details", ""), ("changed", "Bank details", ""),
    ]  # fmt: skip


def test_the_same_details_again_change_nothing(engagement):
    give_bank(engagement)

    detail = give_bank(engagement, at=NOW + timedelta(days=1))

    assert (detail.changed_at, Event.objects.of(detail).count()) == (NOW, 1)


def test_changed_bank_details_are_told_by_mail_without_the_number(engagement, contractor):
    give_bank(engagement)
    give_bank(engagement, iban=OTHER_IBAN, at=NOW + timedelta(days=1))

    mail = OutboxMail.objects.get(subject="Your bank details were changed")
    assert mail.recipient == contractor
    assert "3000" not in mail.text


def test_a_first_entry_holds_nothing(due):
    assert queries.bank_problem(due.milestone.engagement.contractor, at=NOW) == ""
