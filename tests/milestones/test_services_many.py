"""Finance's acts on many payouts at once: as on one, and at a price that doesn't grow with them."""

import re
import time
from datetime import timedelta

import pytest
from django.db import IntegrityError, OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import DigestItem, NotificationPreference
from core import history
from core.errors import DomainError
from core.models import OutboxMail
from engagements.models import Engagement
from milestones import queries
from milestones.models import Account, BatchFile, BatchLine, Invoice, Payout, PayoutBatch, Posting
from milestones.services import batches, blocks, payouts
from milestones.services.answers import take_answer
from milestones.services.blocks import Outcome, in_blocks
from milestones.states import LineOutcome, MilestoneStatus, PayoutStatus
from tests.factories import NOW, make_engagement, make_invoice_setup, make_tax_detail, make_user
from tests.milestones.conftest import accept, give_bank, hand_in, set_up_payment
from tests.milestones.test_queries_answers import entry, report
from tests.milestones.test_services_batches import make_due

pytestmark = pytest.mark.django_db
S = PayoutStatus


@pytest.fixture(autouse=True)
def _our_account(db):
    set_up_payment()


@pytest.fixture
def people(finance, other_finance):
    return finance, other_finance


def several_of_one():
    """Three payouts of one engagement, each of its own amount."""
    engagement = make_engagement(milestones=[MilestoneStatus.FUNDED] * 3)
    give_bank(engagement)
    for n, milestone in enumerate(engagement.milestones.order_by("pk")):
        milestone.title = f"Part {n}"
        milestone.save()
        hand_in(milestone)
        accept(milestone)
    return list(Payout.objects.filter(milestone__engagement=engagement).order_by("pk"))


def approve_all(by, **facts):
    keys = list(Payout.objects.filter(status=S.DUE).order_by("pk").values_list("pk", flat=True))
    return batches.approve_each(keys, by=by, at=NOW, **facts)


def send_all(people):
    """Everything that is due, as far as the bank; returns the payouts' numbers."""
    done = approve_all(people[0]).done
    batch = PayoutBatch.objects.latest("pk")
    batches.confirm(batch, by=people[1], at=NOW)
    batches.export(batch, by=people[1], at=NOW + timedelta(seconds=batch.pk))
    return done


def statements(act):
    """How many it takes, but for those about the organisation, which is remembered outside of tests, and savepoints."""
    with CaptureQueriesContext(connection) as seen:
        act()
    left_out = re.compile(r"SAVEPOINT|RELEASE|accounts_organisation")
    return len([q for q in seen if not left_out.search(q["sql"])])


# --- the price ------------------------------------------------------------------------------
def test_no_act_takes_more_statements_for_five_payouts_than_for_two(people, finance, other_finance):
    counted = []
    for rows in (2, 2, 5):  # the first warms up
        for _row in range(rows):
            make_due()
        counts = []

        def said(status, keys):
            name = BatchFile.objects.latest("pk").message_id
            told = [entry(Payout(pk=pk).end_to_end, status, "AC04" if status == "RJCT" else "") for pk in keys]
            return {"name": "a.xml", "text": (text := report(name, *told)), "seen": queries.read_answer("a", text).key}

        def count(act):
            counts.append(statements(act))  # noqa: B023

        count(lambda: approve_all(finance))
        batch = PayoutBatch.objects.latest("pk")
        lines = list(batch.lines.values_list("pk", flat=True))
        count(lambda: batches.take_out_each(batch, lines=lines, reason="Not yet", by=finance, at=NOW))  # noqa: B023
        keys = approve_all(finance).done
        count(lambda: batches.confirm(batch, by=other_finance, at=NOW))  # noqa: B023
        count(lambda: batches.export(batch, by=other_finance, at=NOW))  # noqa: B023
        count(lambda: payouts.fail_each(dict.fromkeys(keys, "The account is closed (AC04)."), by=finance, at=NOW))  # noqa: B023
        approve_all(finance, knowing=keys)
        again = PayoutBatch.objects.latest("pk")
        batches.confirm(again, by=other_finance, at=NOW)
        batches.export(again, by=other_finance, at=NOW)
        first = said("ACSC", keys)
        count(lambda: take_answer(**first, by=finance, at=NOW))  # noqa: B023
        count(lambda: payouts.return_each(dict.fromkeys(keys, "Closed (AC04)."), by=finance, at=NOW))  # noqa: B023
        counted.append(counts)

    assert counted[1] == counted[2]


# --- as on one ------------------------------------------------------------------------------
def test_all_are_paid_with_postings_invoices_mail_and_whole_histories(people, books):
    rows = [*several_of_one(), make_due()]
    keys = send_all(people)

    outcome = payouts.confirm_each(keys, by=people[0], at=NOW)

    assert (sorted(outcome.done), outcome.aside) == (sorted(row.pk for row in rows), [])
    assert {p.status for p in Payout.objects.all()} == {S.PAID}
    assert {p.milestone.status for p in Payout.objects.all()} == {MilestoneStatus.PAID}
    assert set(BatchLine.objects.values_list("outcome", flat=True)) == {LineOutcome.PAID}
    assert PayoutBatch.objects.get().status == "settled"
    assert Posting.objects.filter(kind="pay").count() == 4
    assert sorted(Invoice.objects.values_list("place", flat=True)) == [1, 2, 3, 4]
    assert OutboxMail.objects.filter(key__startswith="paid:").count() == 4
    assert {history.verify(e) for e in Engagement.objects.all()} == {""}
    assert {history.verify(b) for b in PayoutBatch.objects.all()} == {""}
    books()


def test_a_self_billed_invoice_and_a_receipt_are_numbered_each_in_its_series(people):
    first, second, third = make_due(), make_due(), make_due()
    make_invoice_setup()
    for payout in (first, third):
        make_tax_detail(payout.milestone.engagement.contractor)

    payouts.confirm_each(send_all(people), by=people[0], at=NOW)

    numbers = dict(Invoice.objects.values_list("payout", "number"))
    assert numbers == {first.pk: "SB-2026-0001", second.pk: "PR-2026-0001", third.pk: "SB-2026-0002"}
    assert all(invoice.paper.made_at is None for invoice in Invoice.objects.all())


def test_what_is_not_with_the_bank_is_set_aside_and_the_others_are_paid(people, books):
    good, failed = make_due(), make_due()
    keys = send_all(people)
    payouts.mark_failed(failed, problem="Closed", by=people[0], at=NOW)
    never = make_due()

    outcome = payouts.confirm_each([*keys, never.pk], by=people[0], at=NOW)

    assert outcome.done == [good.pk]
    assert sorted(pk for pk, _why in outcome.aside) == [failed.pk, never.pk]
    assert all("not with the bank" in why for _pk, why in outcome.aside)
    books()


def test_asked_again_it_has_no_second_effect(people, books):
    make_due()
    make_due()
    keys = send_all(people)
    payouts.confirm_each(keys, by=people[0], at=NOW)

    outcome = payouts.confirm_each(keys, by=people[1], at=NOW)

    assert outcome.done == []
    assert Posting.objects.filter(kind="pay").count() == Invoice.objects.count() == 2
    books()


def test_several_come_back_and_are_owed_again_each_in_a_round_of_its_own(people, books):
    several_of_one()
    keys = send_all(people)
    payouts.confirm_each(keys, by=people[0], at=NOW)

    said = {pk: f"Closed {pk}" for pk in keys}
    outcome = payouts.return_each(said, by=people[0], at=NOW)

    assert sorted(outcome.done) == sorted(keys)
    again = {payout.pk: payout for payout in Payout.objects.all()}
    assert {(p.status, p.round, p.milestone.round, p.milestone.status) for p in again.values()} == {
        (S.DUE, 2, 2, MilestoneStatus.ACCEPTED)
    }
    assert {pk: payout.problem for pk, payout in again.items()} == {pk: f"Closed {pk}" for pk in keys}
    assert {line.payout_id: line.reason for line in BatchLine.objects.all()} == {pk: f"Closed {pk}" for pk in keys}
    assert Invoice.objects.exclude(corrects=None).count() == 3
    assert Account.objects.filter(kind="paid", balance_minor__gt=0).count() == 0
    assert {history.verify(e) for e in Engagement.objects.all()} == {""}
    books()


def test_those_who_want_a_morning_mail_are_looked_up_together(people):
    counted = []
    for rows in (1, 1, 3):
        for _row in range(rows):
            user = make_due().milestone.engagement.contractor.user
            NotificationPreference.objects.create(user=user, kind="money", choice="digest")
        keys = send_all(people)
        counted.append(statements(lambda: payouts.confirm_each(keys, by=people[0], at=NOW)))  # noqa: B023

    assert counted[1] == counted[2]
    assert DigestItem.objects.filter(key__startswith="paid:").count() == 5


@pytest.mark.parametrize("choice", ["now", "digest", "none"])
def test_each_contractor_hears_of_it_as_he_or_she_chose(people, choice):
    payout = make_due()
    user = payout.milestone.engagement.contractor.user
    NotificationPreference.objects.create(user=user, kind="money", choice=choice)
    before = OutboxMail.objects.count()

    payouts.confirm_each(send_all(people), by=people[0], at=NOW)

    told = OutboxMail.objects.count() - before, DigestItem.objects.filter(key__startswith="paid:").count()
    assert told == {"now": (1, 0), "digest": (0, 1), "none": (0, 0)}[choice]


def test_what_the_mail_says(people):
    payout = make_due()
    milestone = payout.milestone
    payouts.confirm_each(send_all(people), by=people[0], at=NOW)

    mail = OutboxMail.objects.get(key__startswith="paid:")
    assert mail.subject == f"“{milestone}” is paid"
    assert mail.text.split("\n\n")[:2] == [
        f"Hello {milestone.engagement.contractor.user.first_name},",
        f"€2,000 for “{milestone}” of “{milestone.engagement}” is paid, with the reference {payout.end_to_end}. "
        "Its invoice or receipt stands under Money.",
    ]
    assert f"/milestones/{milestone.pk}/" in mail.text


def test_whoever_accepted_or_funded_one_of_them_approves_the_others_alone(finance, lead):
    rows = [make_due(), make_due(), make_due()]
    for row, name in zip(rows, ("accepted_by", "funded_by"), strict=False):
        setattr(row.milestone, name, finance)
        row.milestone.save(update_fields=[name])

    outcome = approve_all(finance)

    assert outcome.done == [rows[2].pk]
    said = dict(outcome.aside)
    assert "You accepted this work" in said[rows[0].pk]
    assert "You set this money aside" in said[rows[1].pk]
    assert BatchLine.objects.get().payout == rows[2]


def test_a_batch_that_is_full_takes_no_more_and_says_so(finance, monkeypatch):
    monkeypatch.setattr(batches, "MOST", 3)
    for _row in range(2):
        make_due()
    approve_all(finance)
    for _row in range(2):
        make_due()

    outcome = approve_all(finance)

    assert len(outcome.done) == 1
    assert [why for _pk, why in outcome.aside] == [
        "Your batch is full with 3 payouts. Once somebody has confirmed it, approve the rest."
    ]


def test_where_none_can_be_approved_no_batch_is_made(finance):
    row = make_due()
    row.milestone.accepted_by = finance
    row.milestone.save(update_fields=["accepted_by"])

    assert approve_all(finance).done == []
    assert not PayoutBatch.objects.exists()


def test_one_whose_account_changed_after_approval_is_taken_out_and_the_rest_is_confirmed(people):
    changed, same = make_due(), make_due()
    approve_all(people[0])
    # Past the service that would take it out at once.
    detail = changed.milestone.engagement.contractor.bank_detail
    detail.account_cipher = same.milestone.engagement.contractor.bank_detail.account_cipher
    detail.save()

    batches.confirm(PayoutBatch.objects.get(), by=people[1], at=NOW)

    assert [Payout.objects.get(pk=p.pk).status for p in (changed, same)] == [S.DUE, S.APPROVED]
    assert BatchLine.objects.get(payout=changed).reason == "Changed after approval."


# --- blocks ---------------------------------------------------------------------------------
def refusing(bad, error):
    """An act that refuses a block with one of these in it."""

    def act(block):
        if bad & {*block}:
            raise error
        return Outcome(done=[*block])

    return act


@pytest.mark.parametrize("error", [DomainError("No."), IntegrityError("no")])
def test_a_row_that_refuses_its_block_is_found_and_the_others_are_done(error, monkeypatch):
    monkeypatch.setattr(blocks, "A_BLOCK", 8)

    outcome = in_blocks(range(30), refusing({5, 17}, error))

    assert sorted(outcome.done) == [n for n in range(30) if n not in (5, 17)]
    assert [pk for pk, _why in outcome.aside] == [5, 17]


def test_a_block_that_others_hold_is_set_aside(monkeypatch):
    monkeypatch.setattr(blocks, "lost_a_race", lambda _error: True)
    monkeypatch.setattr(blocks, "A_BLOCK", 2)

    outcome = in_blocks([1, 2, 3], refusing({1}, OperationalError("held")))

    assert outcome.done == [3]
    assert {why for _pk, why in outcome.aside} == {"Somebody else is changing it at this moment. Try again."}


def test_any_other_trouble_of_the_database_is_one():
    with pytest.raises(OperationalError):
        in_blocks([1], refusing({1}, OperationalError("gone")))


def test_what_a_request_has_no_time_for_is_left_and_counted(monkeypatch):
    monkeypatch.setattr(blocks, "A_BLOCK", 10)
    clock = iter(range(0, 1000, 4))
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))

    outcome = in_blocks(range(35), lambda block: Outcome(done=[*block]))

    assert (len(outcome.done), outcome.left) == (20, 15)


# --- the pages ------------------------------------------------------------------------------
def test_all_is_all_and_what_is_left_is_said(client, finance, monkeypatch):
    for _row in range(5):
        make_due()
    monkeypatch.setattr("milestones.views.payouts.A_PAGE", 2)
    monkeypatch.setattr(blocks, "A_BLOCK", 3)
    monkeypatch.setattr(blocks, "LONGEST", -1)
    client.force_login(finance)
    page = client.get(reverse("milestones:payouts")).content.decode()
    none = client.post(reverse("milestones:payouts_approve"), {"everything": "on"})
    monkeypatch.setattr(blocks, "LONGEST", 60)
    clock = iter([0, 0, 61])
    monkeypatch.setattr(blocks, "time", type("Clock", (), {"monotonic": lambda: next(clock)}))
    some = client.post(reverse("milestones:payouts_approve"), {"everything": "on"}, follow=True)
    monkeypatch.setattr(blocks, "time", time)
    rest = client.post(reverse("milestones:payouts_approve"), {"everything": "on"}, follow=True)

    assert "Approve all 5" in page
    assert none.status_code == 409
    assert "3 payouts approved" in some.content.decode()
    assert "2 are left" in some.content.decode()
    assert "2 payouts approved" in rest.content.decode()
    assert BatchLine.objects.count() == 5


def test_all_are_confirmed_as_paid_by_one_click(client, people):
    make_due()
    make_due()
    send_all(people)
    batch = PayoutBatch.objects.get()
    client.force_login(people[0])
    page = client.get(f"/payouts/batches/{batch.pk}/").content.decode()

    client.post(reverse("milestones:batch_paid", args=[batch.pk]), {"everything": "on"})

    assert "Confirm all 2 as paid" in page
    assert set(Payout.objects.values_list("status", flat=True)) == {S.PAID}


def test_somebody_who_is_no_second_person_confirms_nothing(people):
    make_due()
    approve_all(people[0])

    with pytest.raises(DomainError, match="You made this batch"):
        batches.confirm(PayoutBatch.objects.get(), by=people[0], at=NOW)
    assert make_user("finance").pk not in Payout.objects.values_list("confirmed_by", flat=True)
