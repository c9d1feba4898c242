import re
from datetime import timedelta

import pytest
from django.utils import timezone

from core import secrets
from core.models import OutboxMail
from milestones import queries
from milestones.models import BankDetail, Payout
from milestones.queries.timeline import late_timelines, timelines
from milestones.services import batches, payouts
from milestones.services.lateness import tell_late
from milestones.services.write_offs import write_off
from milestones.states import MoneyTurn, PayoutStatus
from reminders.queries import waiting
from tests.factories import NOW, TODAY
from tests.milestones.conftest import bring, give_bank, make_iban
from tests.milestones.test_services_batches import make_due

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=20)
T = MoneyTurn


def timeline(payout, viewer, at=NOW):
    payout = Payout.objects.for_list().get(pk=payout.pk)
    return timelines([payout], viewer, at=at)[payout.pk]


def test_without_bank_details_it_is_the_payees_turn(accepted, contractor, lead):
    payout = Payout.objects.get()

    found = timeline(payout, contractor, at=LATER)

    assert (found.turn, found.is_viewers, found.is_late, found.whose) == (T.PAYEE, True, False, "Yours")
    assert found.says == "Enter your bank details, so that it can be sent."
    assert timeline(payout, lead).whose == str(accepted.engagement.contractor)


def test_an_account_that_can_not_be_right_is_the_payees_to_enter_again(due, contractor):
    BankDetail.objects.update(account_cipher=secrets.encrypt("PT50"))

    found = timeline(due, contractor, at=LATER)

    assert (found.turn, found.is_late, "entered again" in found.says) == (T.PAYEE, False, True)


@pytest.mark.parametrize(
    ("status", "turn", "done"),
    [
        (PayoutStatus.DUE, T.FINANCE, 1),
        (PayoutStatus.APPROVED, T.FINANCE, 2),
        (PayoutStatus.EXPORTED, T.BANK, 3),
        (PayoutStatus.PAID, T.NOBODY, 4),
    ],
)
def test_each_stop_says_whose_turn_it_is(due, contractor, finance, other_finance, status, turn, done):
    bring(due, status, finance, other_finance)

    found = timeline(due, contractor)

    assert (found.turn, sum(stop.is_done for stop in found.stops), found.is_late) == (turn, done, False)
    assert timeline(due, contractor, at=LATER).is_late is (turn != T.NOBODY)


def test_a_new_account_is_waited_for_and_nobody_is_late(due, contractor):
    give_bank(due.milestone.engagement, iban="DE89370400440532013000", at=LATER)

    found = timeline(due, contractor, at=LATER)

    assert (found.turn, found.is_late, "for safety" in found.says) == (T.HELD, False, True)


@pytest.mark.parametrize(
    ("problem", "turn"),
    [("The account is closed (AC04).", T.PAYEE), ("Our account hadn’t enough money (AM04).", T.FINANCE)],
)
def test_who_puts_a_refusal_right(due, contractor, finance, other_finance, problem, turn):
    bring(due, PayoutStatus.EXPORTED, finance, other_finance)
    payouts.mark_failed(due, problem=problem, by=finance, at=NOW + timedelta(hours=1))

    assert timeline(due, contractor).turn == turn


@pytest.mark.parametrize(
    ("problem", "mail", "says", "is_ours"),
    [
        ("The account is closed (AC04).", "Correct your bank details", "Correct your bank details.", False),
        ("Our account hadn’t enough money (AM04).", "nothing for you to do", "Finance sends it again.", True),
        ("Our wallet has not enough money.", "Look at your bank", "look at your bank details first.", True),
    ],
)
def test_mail_page_list_and_sweep_agree_on_who_puts_a_refusal_right(
    client, due, contractor, finance, other_finance, problem, mail, says, is_ours
):
    bring(due, PayoutStatus.EXPORTED, finance, other_finance)
    payouts.mark_failed(due, problem=problem, by=finance, at=NOW + timedelta(hours=1))
    late = NOW + timedelta(days=40)

    assert mail in OutboxMail.objects.get(subject__contains="refused").text
    found = timeline(due, contractor, at=late)
    assert (says in found.says, found.is_late, found.is_viewers) == (True, is_ours, not is_ours)
    engagement = due.milestone.engagement
    kinds = [o.kind for o in waiting([engagement])[engagement.pk].obligations if o.milestone == due.milestone]
    assert kinds == ["pay" if is_ours else "bank"]
    assert len(late_timelines(finance, at=late)) == is_ours
    assert tell_late([due.pk], at=late) == is_ours


def test_new_details_give_the_turn_back(due, contractor, finance, other_finance):
    bring(due, PayoutStatus.EXPORTED, finance, other_finance)
    payouts.mark_failed(due, problem="Closed", by=finance, at=NOW)
    give_bank(due.milestone.engagement, iban="DE89370400440532013000", at=NOW + timedelta(hours=1))

    assert timeline(due, contractor, at=NOW + timedelta(hours=2)).turn == T.HELD
    assert timeline(due, contractor, at=NOW + timedelta(days=4)).turn == T.FINANCE


def test_what_will_never_be_paid_says_so(due, contractor, finance):
    write_off(due, reason="Waived", by=finance, at=NOW)

    assert timeline(due, contractor).says == "It will not be paid."


def test_details_that_come_late_are_promised_a_new_day(accepted, contractor):
    Payout.objects.update(due_on=TODAY - timedelta(days=9))

    give_bank(accepted.engagement)

    assert Payout.objects.get().due_on == queries.pay_by(NOW)
    Payout.objects.update(due_on=TODAY + timedelta(days=99))
    give_bank(accepted.engagement, iban="DE89370400440532013000")
    assert Payout.objects.get().due_on == TODAY + timedelta(days=99)  # a promise is never drawn nearer


def test_it_takes_as_many_queries_for_three_as_for_one(due, contractor, django_assert_num_queries):
    first = list(Payout.objects.for_list())
    with django_assert_num_queries(2):
        timelines(first, contractor, at=NOW)
    make_due()
    make_due()
    three = list(Payout.objects.for_list())

    with django_assert_num_queries(2):
        assert len(timelines(three, contractor, at=NOW)) == 3


def test_late_payments_are_the_leads_own_and_all_of_them_for_finance(due, lead, finance):
    make_due()
    Payout.objects.update(due_on=TODAY - timedelta(days=1))

    assert len(late_timelines(finance, at=NOW)) == 2
    assert [found.payout for found in late_timelines(lead, at=NOW)] == [due]


def test_the_milestone_shows_where_the_money_is(client, due, contractor):
    client.force_login(contractor)

    page = client.get(f"/milestones/{due.milestone_id}/").content.decode()

    assert "Where the money is" in page
    assert "It waits for approval." in page


def test_home_of_the_contractor_and_todays_of_the_lead_and_finance_know_what_is_late(
    client, due, contractor, lead, finance
):
    Payout.objects.update(due_on=timezone.now().date() - timedelta(days=3))
    pages = {}
    for who, path in ((contractor, "/"), (lead, "/"), (finance, "/payouts/")):
        client.force_login(who)
        pages[who] = client.get(path).content.decode()

    assert "It waits for approval." in pages[contractor]
    assert "One payment is late" in pages[lead]
    assert "One payment is late" in pages[finance]


def test_approved_for_an_old_account_it_is_approved_anew(due, finance, contractor):
    batches.approve(due, by=finance, at=NOW)
    give_bank(due.milestone.engagement, iban="DE89370400440532013000", at=NOW + timedelta(hours=1))

    assert timeline(due, contractor, at=NOW + timedelta(hours=2)).turn == T.HELD


def test_what_the_bank_refused_waits_for_whoever_is_paid_until_the_account_is_another(due, finance, other_finance):
    engagement = due.milestone.engagement
    payee = engagement.contractor.user
    bring(due, PayoutStatus.EXPORTED, finance, other_finance)
    payouts.mark_failed(due, problem="The account is closed (AC04).", by=finance, at=LATER)

    asked = [owed for owed in waiting([engagement])[engagement.pk].obligations if owed.milestone == due.milestone]

    assert [(owed.kind, owed.person, owed.since) for owed in asked] == [("bank", payee, LATER)]
    give_bank(engagement, iban=make_iban(77), at=LATER + timedelta(minutes=1))
    asked = [owed for owed in waiting([engagement])[engagement.pk].obligations if owed.milestone == due.milestone]
    assert [(owed.kind, owed.person) for owed in asked] == [("pay", None)]


def test_the_history_of_a_milestone_says_that_the_bank_returned_its_payment(client, due, finance, other_finance):
    paid = bring(due, PayoutStatus.PAID, finance, other_finance)
    payouts.mark_returned(paid, problem="Account closed", by=finance, at=NOW)
    client.force_login(due.milestone.engagement.lead)

    html = client.get(f"/milestones/{due.milestone_id}/").content.decode()

    told = re.findall(r"<li><span>([^<]+?), ", html[html.index('id="history"') :])
    assert told[:2] == ["The bank returned the payment; the money is owed again", "Paid"]
