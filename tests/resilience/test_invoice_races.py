"""Many payments at the same moment: numbers without a gap, and never more taken back than there was."""

import random

import pytest
from django.db import transaction

from core.money import Money
from milestones.models import Invoice, Payout
from milestones.queries.invoices import left_of
from milestones.services.invoices import issue_credit_note, issue_invoice
from tests.factories import NOW, make_invoice, make_paid, make_user
from tests.resilience.test_ledger_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
THREADS, EACH = 8, 2


def test_eight_threads_draw_numbers_without_a_gap_also_when_some_fail() -> None:
    payouts = [make_paid() for _turn in range(THREADS * EACH)]
    coin = random.Random(1)
    fails = {payout.pk for payout in coin.sample(payouts, THREADS)}

    def pay(mine: list[Payout]) -> None:
        for payout in mine:
            with transaction.atomic():
                issue_invoice(Payout.objects.lock(payout), by=None, at=NOW)
                transaction.set_rollback(payout.pk in fails)

    at_once(*(lambda mine=payouts[n::THREADS]: pay(mine) for n in range(THREADS)))  # type: ignore[misc]

    places = sorted(Invoice.objects.values_list("place", flat=True))
    assert places == list(range(1, THREADS * EACH - len(fails) + 1))


def test_eight_people_take_one_invoice_back_and_never_more_than_there_was() -> None:
    invoice, finance = make_invoice(make_paid(amount_minor=1000)), make_user("finance")

    def take_back() -> None:
        issue_credit_note(invoice, amount=Money(300, "EUR"), reason="It came back.", by=finance, at=NOW)

    answers = at_once(*[take_back] * THREADS)

    assert (answers.count("done"), left_of(invoice)) == (3, Money(100, "EUR"))
    assert sorted(Invoice.objects.filter(corrects=invoice).values_list("place", flat=True)) == [1, 2, 3]


def test_one_payment_written_by_eight_at_once_is_written_once() -> None:
    payout = make_paid()

    def write() -> None:
        with transaction.atomic():
            issue_invoice(Payout.objects.lock(payout), by=None, at=NOW)

    answers = at_once(*[write] * THREADS)

    assert (answers.count("done"), Invoice.objects.count()) == (1, 1)
    assert all("stands for this payment already" in answer for answer in answers if answer != "done")
