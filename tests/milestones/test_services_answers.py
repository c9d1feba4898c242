import threading

import pytest
from django.db import DatabaseError, connection, transaction

from core import secrets
from core.errors import DomainError
from core.models import Event, OutboxMail
from milestones import queries
from milestones.models import Account, BankAnswer, BatchLine, Payout, PayoutBatch, Posting
from milestones.services import batches, ledger, payouts
from milestones.services.answers import take_answer
from milestones.services.write_offs import write_off
from milestones.states import BatchStatus, LineOutcome, MilestoneStatus, PayoutStatus, PostingKind
from tests.factories import NOW
from tests.milestones.conftest import bring, give_bank
from tests.milestones.test_queries_answers import entry, report, sent_file
from tests.milestones.test_services_batches import make_due

pytestmark = pytest.mark.django_db


def take(text, by, name="answer.xml"):
    return take_answer(name=name, text=text, seen=queries.read_answer(name, text).key, by=by, at=NOW)


def balance(kind):
    return sum(Account.objects.filter(kind=kind).values_list("balance_minor", flat=True))


@pytest.fixture
def sent(due, finance, other_finance):
    return bring(due, PayoutStatus.EXPORTED, finance, other_finance)


def test_a_paid_payment_is_paid_and_the_batch_settled(sent, finance):
    answer = take(report(sent_file().message_id, entry(sent.end_to_end, "ACSC")), finance)

    sent.refresh_from_db()
    assert (sent.status, sent.milestone.status) == (PayoutStatus.PAID, MilestoneStatus.PAID)
    assert PayoutBatch.objects.get().status == BatchStatus.SETTLED
    assert (answer.paid, answer.failed, answer.by) == (1, 0, finance)
    assert "ACSC" in secrets.decrypt(answer.content_cipher)
    assert "ACSC" not in answer.content_cipher
    assert (balance("owed"), balance("paid")) == (0, 200_000)


def test_a_rejected_payment_stays_owed_and_the_contractor_reads_why(sent, finance):
    take(report(sent_file().message_id, entry(sent.end_to_end, "RJCT", "AC04")), finance)

    sent.refresh_from_db()
    assert (sent.status, sent.problem) == (PayoutStatus.DUE, "The account is closed (AC04).")
    assert (balance("owed"), balance("paid")) == (200_000, 0)
    mail = OutboxMail.objects.get(subject__contains="refused")
    assert "The account is closed (AC04)" in mail.text
    assert "/money/bank/" in mail.text
    assert BatchLine.objects.get().reason == sent.problem


@pytest.mark.parametrize(("code", "is_promised_anew"), [("AC04", True), ("AM04", False)])
def test_a_new_day_is_promised_where_the_payee_puts_it_right(sent, finance, code, is_promised_anew):
    Payout.objects.update(due_on=NOW.date().replace(year=2025))

    take(report(sent_file().message_id, entry(sent.end_to_end, "RJCT", code)), finance)

    assert (Payout.objects.get().due_on.year == NOW.year) is is_promised_anew


def test_what_is_our_doing_asks_nothing_of_the_contractor(sent, finance):
    take(report(sent_file().message_id, entry(sent.end_to_end, "RJCT", "AM04")), finance)

    body = OutboxMail.objects.get(subject__contains="refused").text
    assert "nothing for you to do" in body
    assert "/money/bank/" not in body


def test_what_comes_back_after_it_was_paid_is_owed_again_by_a_posting_of_its_own(sent, finance, books):
    name = sent_file().message_id
    take(report(name, entry(sent.end_to_end, "ACSC")), finance)
    take(report(name, entry(sent.end_to_end, "RJCT", "MS03")), finance)

    sent.refresh_from_db()
    assert (sent.status, sent.paid_at, sent.round) == (PayoutStatus.DUE, None, 2)
    assert (sent.milestone.status, sent.milestone.paid_at) == (MilestoneStatus.ACCEPTED, None)
    assert (balance("owed"), balance("paid")) == (200_000, 0)
    kinds = list(Posting.objects.order_by("pk").values_list("kind", "round").filter(milestone=sent.milestone))
    assert kinds == [("fund", 1), ("release", 1), ("pay", 1), ("bounce", 2)]
    assert BatchLine.objects.get().outcome == LineOutcome.FAILED
    assert OutboxMail.objects.filter(subject__contains="came back").count() == 1
    books()


def test_it_is_paid_again_and_may_even_come_back_again(sent, finance, other_finance, books):
    for turn in range(2):
        payouts.confirm_paid(sent, by=finance, at=NOW)
        payouts.mark_returned(sent, problem="Closed", by=finance, at=NOW)
        books()
        sent.refresh_from_db()
        line = batches.approve(sent, by=finance, at=NOW, knowing=True)
        batches.confirm(line.batch, by=other_finance, at=NOW)
        batches.export(PayoutBatch.objects.get(pk=line.batch_id), by=other_finance, at=NOW.replace(minute=turn))
        books()
    payouts.confirm_paid(sent, by=finance, at=NOW)

    assert (balance("owed"), balance("paid")) == (0, 200_000)
    assert Posting.objects.filter(kind=PostingKind.PAY).count() == 3
    assert OutboxMail.objects.filter(subject__contains="is paid").count() == 3


def test_what_came_back_can_be_written_off(sent, finance, books):
    payouts.confirm_paid(sent, by=finance, at=NOW)
    payouts.mark_returned(sent, problem="Closed", by=finance, at=NOW)
    sent.refresh_from_db()

    write_off(sent, reason="Waived", by=finance, at=NOW)

    assert balance("owed") == 0
    books()


def test_nothing_comes_back_that_was_not_paid(sent, finance):
    with pytest.raises(DomainError, match="was not paid by a batch"):
        payouts.mark_returned(sent, problem="Closed", by=finance, at=NOW)


def test_the_same_answer_has_one_effect(sent, finance):
    text = report(sent_file().message_id, entry(sent.end_to_end, "ACSC"))
    seen = queries.read_answer("a.xml", text).key
    take(text, finance)

    with pytest.raises(DomainError, match="read this very answer already"):
        take_answer(name="copy.xml", text=text, seen=seen, by=finance, at=NOW)

    assert (BankAnswer.objects.count(), Posting.objects.filter(kind="pay").count()) == (1, 1)


def test_another_answer_that_says_the_same_has_no_effect(sent, finance):
    name = sent_file().message_id
    take(report(name, entry(sent.end_to_end, "ACSC")), finance)

    with pytest.raises(DomainError, match="changes anything"):
        take(report(name, entry(sent.end_to_end, "ACCC")), finance)

    assert Posting.objects.filter(kind="pay").count() == 1


def test_only_what_was_seen_is_carried_out(sent, finance):
    text = report(sent_file().message_id, entry(sent.end_to_end, "RJCT"))
    seen = queries.read_answer("a", text).key
    payouts.confirm_paid(sent, by=finance, at=NOW)  # by hand, in between

    with pytest.raises(DomainError, match="Something moved"):
        take_answer(name="a", text=text, seen=seen, by=finance, at=NOW)

    assert Payout.objects.get().status == PayoutStatus.PAID


def test_a_bad_row_is_set_aside_and_the_rest_is_carried_out(sent, finance):
    text = report(sent_file().message_id, entry("DUCK-000000999", "ACSC"), entry(sent.end_to_end, "ACSC"))

    take(text, finance)

    assert Payout.objects.get().status == PayoutStatus.PAID


def test_an_answer_that_breaks_off_leaves_nothing_half_done(due, finance, other_finance, monkeypatch):
    second = make_due()
    for payout in (due, second):
        line = batches.approve(payout, by=finance, at=NOW)
    batches.confirm(line.batch, by=other_finance, at=NOW)
    batches.export(PayoutBatch.objects.get(), by=other_finance, at=NOW)
    text = report(sent_file().message_id, group="ACSC")
    seen = queries.read_answer("a", text).key
    really = payouts.pay

    def breaks(keys, **facts):
        if second.pk in keys:
            raise RuntimeError("the power went")
        return really(keys, **facts)

    monkeypatch.setattr("milestones.services.answers.A_BLOCK", 1)
    monkeypatch.setattr(payouts, "pay", breaks)
    with pytest.raises(RuntimeError):
        take_answer(name="a", text=text, seen=seen, by=finance, at=NOW)

    assert set(Payout.objects.values_list("status", flat=True)) == {PayoutStatus.EXPORTED}
    assert not BankAnswer.objects.exists()


def test_an_answer_is_kept_as_it_came(sent, finance):
    answer = take(report(sent_file().message_id, entry(sent.end_to_end, "ACSC")), finance)

    for act in (lambda: BankAnswer.objects.update(paid=9), answer.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    assert Event.objects.filter(root_type="milestones.bankanswer", root_id=answer.pk).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_carry_it_out_at_once_one_does(sent, finance, other_finance):
    text = report(sent_file().message_id, entry(sent.end_to_end, "ACSC"))
    seen = queries.read_answer("a", text).key
    told = []

    def go(by):
        try:
            told.append(take_answer(name="a", text=text, seen=seen, by=by, at=NOW).paid)
        except DomainError as refusal:
            told.append(refusal.sentence)
        finally:
            connection.close()

    rivals = [threading.Thread(target=go, args=(by,)) for by in (finance, other_finance)]
    for rival in rivals:
        rival.start()
    for rival in rivals:
        rival.join()

    assert sorted(map(type, told), key=str) == [int, str]
    assert Posting.objects.filter(kind="pay").count() == 1
    assert ledger.check() == []


def test_an_account_of_before_is_no_excuse(sent, finance):
    """The line is what was sent: details that changed since don't keep the answer from being heard."""
    give_bank(sent.milestone.engagement, iban="DE89370400440532013000")

    take(report(sent_file().message_id, entry(sent.end_to_end, "ACSC")), finance)

    assert Payout.objects.get().status == PayoutStatus.PAID
