from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from contractors.models import Contractor
from core import secrets
from core.errors import DomainError
from core.models import Event, OutboxMail
from milestones import queries
from milestones.models import BankDetail, BatchFile, BatchLine, PaymentSetup, Payout, PayoutBatch
from milestones.services import bank, batches, payouts
from milestones.services.blocks import in_blocks
from milestones.states import BatchStatus, LineOutcome, MilestoneStatus, PayoutStatus
from tests.factories import NOW, make_contractor, make_engagement, make_milestone, make_user
from tests.milestones.conftest import IBAN, accept, bring, give_bank, hand_in, make_iban

pytestmark = pytest.mark.django_db
OTHER_IBAN = "DE89370400440532013000"


def make_due(bank=None, **facts):
    """A payout of its own engagement and contractor, ready to be approved."""
    engagement = make_engagement(milestones=(MilestoneStatus.FUNDED,), **facts)
    give_bank(engagement, **(bank or {}))
    milestone = engagement.milestones.get()
    hand_in(milestone)
    accept(milestone)
    return Payout.objects.get(milestone=milestone)


@pytest.fixture
def approved(due, finance):
    batches.approve(due, by=finance, at=NOW)
    due.refresh_from_db()
    return due


@pytest.fixture
def batch(approved):
    return PayoutBatch.objects.get()


@pytest.fixture
def sent(due, finance, other_finance):
    return bring(due, PayoutStatus.EXPORTED, finance, other_finance)


def test_approving_freezes_who_gets_what_in_the_persons_batch(due, finance):
    line = batches.approve(due, by=finance, at=NOW)

    payout = Payout.objects.get()
    assert (payout.status, payout.approved_by, payout.approved_at) == (PayoutStatus.APPROVED, finance, NOW)
    assert (line.account, line.amount, line.batch.created_by) == (IBAN.replace(" ", ""), due.amount, finance)
    assert line.seal == payout.seal != ""


def test_a_rivals_batch_that_is_confirmed_at_once_leaves_room_for_another(due, finance, monkeypatch):
    """The same person in two tabs: the other tab made the batch, and it was confirmed before this one could lock it."""
    create, turns = PayoutBatch.objects.create, []

    def rival(**facts):
        turns.append(facts)
        if len(turns) == 1:
            raise IntegrityError("open_batch_is_one_a_person")
        return create(**facts)

    monkeypatch.setattr(PayoutBatch.objects, "create", rival)

    line = batches.approve(due, by=finance, at=NOW)

    assert (line.batch.created_by, line.batch.status, len(turns)) == (finance, BatchStatus.OPEN, 2)


def test_a_batch_that_can_never_be_made_is_refused_in_words(due, finance, monkeypatch):
    def always(**_facts):
        raise IntegrityError

    monkeypatch.setattr(PayoutBatch.objects, "create", always)

    with pytest.raises(DomainError, match="Try again"):
        batches.approve(due, by=finance, at=NOW)
    assert Payout.objects.get().status == PayoutStatus.DUE


def test_two_people_who_approve_at_the_same_time_have_a_batch_each(due, finance, other_finance):
    second = make_due()

    lines = [batches.approve(p, by=who, at=NOW) for p, who in ((due, finance), (second, other_finance))]
    confirmed = [
        batches.confirm(line.batch, by=who, at=NOW) for line, who in zip(lines, (other_finance, finance), strict=True)
    ]

    assert len({line.batch for line in lines}) == 2
    assert {b.status for b in confirmed} == {BatchStatus.CONFIRMED}


def test_whoever_accepted_the_work_does_not_pay_it(due, lead):
    with pytest.raises(DomainError, match="You accepted this work"):
        batches.approve(due, by=lead, at=NOW)


def test_whoever_accepted_work_in_it_does_not_confirm_the_batch(batch, lead):
    with pytest.raises(DomainError, match="You accepted this work"):
        batches.confirm(batch, by=lead, at=NOW)


def test_whoever_set_the_money_aside_neither_approves_nor_confirms(due, finance, other_finance):
    type(due.milestone).objects.filter(pk=due.milestone_id).update(funded_by=other_finance)
    with pytest.raises(DomainError, match="You set this money aside"):
        batches.approve(due, by=other_finance, at=NOW)
    batch = batches.approve(due, by=finance, at=NOW).batch

    with pytest.raises(DomainError, match="You set this money aside"):
        batches.confirm(batch, by=other_finance, at=NOW)

    assert PayoutBatch.objects.get().status == BatchStatus.OPEN
    assert batches.confirm(batch, by=make_user("finance"), at=NOW).status == BatchStatus.CONFIRMED


def test_whoever_made_a_batch_does_not_confirm_it_and_the_database_agrees(batch, finance):
    with pytest.raises(DomainError, match="You made this batch"):
        batches.confirm(batch, by=finance, at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        PayoutBatch.objects.filter(pk=batch.pk).update(confirmed_by=finance)


def test_the_database_knows_that_a_payout_needs_two_people(approved, finance):
    with pytest.raises(IntegrityError), transaction.atomic():
        Payout.objects.filter(pk=approved.pk).update(confirmed_by=finance)


def test_a_payout_is_in_one_live_batch_whatever_anybody_writes(approved, other_finance):
    line = BatchLine.objects.get()
    other = PayoutBatch.objects.create(status="open", status_since=NOW, created_by=other_finance, created_at=NOW)

    with pytest.raises(IntegrityError), transaction.atomic():
        BatchLine.objects.create(batch=other, payout=approved, amount_minor=1, currency=line.currency)


# --- what stands against a row ----------------------------------------------------------
def problem_of(payout, at=NOW):
    found = queries.problems_of(list(Payout.objects.filter(pk=payout.pk).for_list()), at=at)[payout.pk]
    return [problem.text for problem in found]


def test_a_good_row_has_no_problem(due):
    assert problem_of(due) == []


def test_without_bank_details_it_is_set_aside(accepted, finance):
    payout = Payout.objects.get()

    assert "No bank details yet" in problem_of(payout)[0]
    with pytest.raises(DomainError, match="No bank details yet"):
        batches.approve(payout, by=finance, at=NOW, knowing=True)


@pytest.mark.parametrize(
    "facts",
    [
        {"account_cipher": secrets.encrypt("PT50000201231234567890155")},
        {"account_cipher": "not a cipher"},
        {"code_cipher": secrets.encrypt("NOBIC")},
    ],
    ids=["mod 97", "key gone", "bic"],
)
def test_an_account_that_can_not_be_right_is_set_aside(due, facts):
    BankDetail.objects.update(**facts)

    assert "can’t be right" in problem_of(due)[0]


@pytest.mark.parametrize(
    ("holder", "name", "fits"),
    [
        ("Ana Silva", "Ana Silva", True),
        ("SILVA ANA MARIA", "Ana Silva", True),
        ("Lan Nguyen", "Nguyễn Thị Lan", True),
        ("Pavel Horak", "Pavel Horák", True),
        ("Dr. Ana Silva", "Ana  Silva", True),
        ("Madonna", "Madonna", True),
        ("Ana Costa", "Ana Silva", False),
        ("Rui Silva", "Ana Silva", False),
        ("Acme Ltd", "Ana Silva", False),
        ("李小龙", "Li Xiaolong", False),
        ("", "Ana Silva", False),
    ],
)
def test_whether_a_holder_can_be_the_contractor(holder, name, fits):
    assert queries.names_fit(holder, name) is fits


def test_a_holder_of_another_name_is_set_aside_until_somebody_asked(due, finance):
    give_bank(due.milestone.engagement, holder="Bogus Ltd", at=NOW - timedelta(days=9))
    was = problem_of(due)

    bank.vouch_for_holder(BankDetail.objects.get(), by=finance, at=NOW)

    assert "holder is “Bogus Ltd”" in was[-1]
    assert not any("holder" in text for text in problem_of(due))


def test_an_account_that_two_people_have_is_set_aside(due):
    second = make_due()
    BankDetail.objects.filter(contractor=second.milestone.engagement.contractor).delete()
    give_bank(second.milestone.engagement, iban=IBAN)

    assert "has the same account" in problem_of(second)[0]
    assert "has the same account" in problem_of(due)[0]


def test_details_of_before_without_a_town_are_set_aside(due):
    BankDetail.objects.update(town="")

    assert "a town and a country" in problem_of(due)[0]


def test_a_name_that_no_bank_can_read_is_set_aside(due):
    Contractor.objects.update(name="🦆")
    BankDetail.objects.update(holder_cipher=secrets.encrypt("🦆"), holder_checked_at=NOW, holder_checked_by=make_user())

    assert "can’t read the holder’s name" in problem_of(due)[0]


def test_without_our_own_account_no_bank_file_is_promised(due):
    PaymentSetup.objects.all().delete()

    assert "Our own account isn’t entered yet" in problem_of(due)[0]


def test_more_than_the_ledger_owes_is_set_aside(due):
    make_milestone(due.milestone.engagement, MilestoneStatus.ACCEPTED)
    Payout.objects.create(
        milestone=due.milestone, round=2, amount_minor=300_000, currency="EUR", due_on=NOW.date(), status_since=NOW
    )
    try:
        assert "More is to be paid than the ledger says is owed" in problem_of(due)[0]
    finally:
        Payout.objects.filter(round=2).delete()


def test_the_same_amount_for_the_same_title_asks_for_a_look(due, finance, other_finance):
    bring(due, PayoutStatus.PAID, finance, other_finance)
    again = make_milestone(due.milestone.engagement, MilestoneStatus.FUNDED, title=due.milestone.title)
    hand_in(again)
    accept(again)
    payout = Payout.objects.get(milestone=again)

    with pytest.raises(DomainError, match="was paid"):
        batches.approve(payout, by=finance, at=NOW)
    assert batches.approve(payout, by=finance, at=NOW, knowing=True).payout_id == payout.pk


def twin_of(due, title=None, **facts):
    """Another one of the same person and amount, not paid yet either."""
    again = make_milestone(
        due.milestone.engagement, MilestoneStatus.FUNDED, title=title or due.milestone.title, **facts
    )
    hand_in(again)
    accept(again)
    return Payout.objects.get(milestone=again)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (PayoutStatus.DUE, "is to be paid, too"),
        (PayoutStatus.APPROVED, "is approved"),
        (PayoutStatus.EXPORTED, "is with the bank"),
    ],
)
def test_the_same_that_is_not_paid_yet_asks_for_a_look_and_is_named(due, finance, other_finance, state, said):
    bring(due, state, finance, other_finance)
    payout = twin_of(due)

    (problem,) = problem_of(payout)
    assert problem == (
        f"“{due.milestone.title}” in “{due.milestone.engagement.title}”, of the same amount, {said}. "
        "Make sure that it is not the same."
    )
    with pytest.raises(DomainError, match="of the same amount"):
        batches.approve(payout, by=finance, at=NOW)
    assert batches.approve(payout, by=finance, at=NOW, knowing=True).payout_id == payout.pk


def test_each_of_two_alike_names_the_other_and_a_third_the_one_that_is_furthest(due, finance, other_finance):
    second = twin_of(due)
    assert [len(problem_of(row)) for row in (due, second)] == [1, 1]

    batches.approve(second, by=finance, at=NOW, knowing=True)

    assert "is approved" in problem_of(due)[0]


def test_what_differs_in_title_amount_or_person_is_no_twin(due, finance):
    others = [twin_of(due, title="Something else"), twin_of(due, amount_minor=123_400), make_due()]

    assert [problem_of(row) for row in (due, *others)] == [[], [], [], []]


def test_checks_of_many_that_are_alike_take_one_query(due, django_assert_num_queries):
    rows = list(Payout.objects.filter(pk__in=[due.pk, *(twin_of(due).pk for _n in range(3))]).for_list())

    with django_assert_num_queries(1):
        found = queries.problems_of(rows, at=NOW, has_setup=True)

    assert [len(problems) for problems in found.values()] == [1] * 4


# --- change after approval ----------------------------------------------------------------
def test_new_bank_details_void_the_approval_at_once(approved, batch):
    give_bank(approved.milestone.engagement, iban=OTHER_IBAN)

    payout, line = Payout.objects.get(), BatchLine.objects.get()
    assert (payout.status, payout.approved_by, payout.seal) == (PayoutStatus.DUE, None, "")
    assert (line.outcome, line.reason) == (LineOutcome.TAKEN_OUT, "Changed after approval.")


@pytest.mark.parametrize("step", ["confirm", "export"])
def test_what_changed_behind_the_back_of_the_service_is_taken_out(approved, batch, other_finance, step):
    second = make_due()
    batches.approve(second, by=batch.created_by, at=NOW)
    if step == "export":
        batches.confirm(batch, by=other_finance, at=NOW)
    contractor = approved.milestone.engagement.contractor
    BankDetail.objects.filter(contractor=contractor).update(account_cipher=secrets.encrypt(OTHER_IBAN))

    getattr(batches, step)(batch, by=other_finance, at=NOW)

    assert Payout.objects.get(pk=approved.pk).status == PayoutStatus.DUE
    assert [line.payout for line in BatchLine.objects.live()] == [second]


def test_a_line_whose_account_was_exchanged_is_taken_out(approved, batch, other_finance):
    BatchLine.objects.update(account_cipher=secrets.encrypt(OTHER_IBAN))

    with pytest.raises(DomainError, match="Nothing is left"):
        batches.confirm(batch, by=other_finance, at=NOW)


@pytest.mark.parametrize("column", ["amount_minor", "currency", "seal", "last4", "payee"])
def test_the_database_keeps_a_line_as_it_was_approved(approved, column):
    with pytest.raises(DatabaseError), transaction.atomic():
        BatchLine.objects.update(**{column: 1})
    with pytest.raises(DatabaseError), transaction.atomic():
        BatchLine.objects.all().delete()


def test_a_replaced_account_is_held_for_72_hours(due, finance):
    give_bank(due.milestone.engagement, iban=OTHER_IBAN)

    with pytest.raises(DomainError, match="Bank details changed"):
        batches.approve(due, by=finance, at=NOW + timedelta(hours=71))
    assert batches.approve(due, by=finance, at=NOW + timedelta(hours=73)).account == OTHER_IBAN


# --- confirm, void, take out -----------------------------------------------------------------
def test_a_second_person_confirms(batch, other_finance):
    confirmed = batches.confirm(batch, by=other_finance, at=NOW)

    assert (confirmed.status, confirmed.confirmed_by) == (BatchStatus.CONFIRMED, other_finance)
    assert Payout.objects.get().confirmed_by == other_finance


def test_a_voided_batch_gives_its_payouts_back(batch, finance, other_finance):
    batches.confirm(batch, by=other_finance, at=NOW)

    batches.void(batch, reason="Wrong day", by=finance, at=NOW)

    assert Payout.objects.get().status == PayoutStatus.DUE
    assert batches.approve(Payout.objects.get(), by=other_finance, at=NOW).batch != batch


def test_what_is_taken_out_is_due_again_and_the_rest_goes_on(batch, finance, other_finance):
    second = make_due()
    line = batches.approve(second, by=finance, at=NOW)

    batches.take_out(line, reason="Not yet", by=other_finance, at=NOW)
    batches.confirm(batch, by=other_finance, at=NOW)

    assert Payout.objects.get(pk=second.pk).status == PayoutStatus.DUE
    with pytest.raises(DomainError, match="has left the batch"):
        batches.take_out(line, reason="Again", by=finance, at=NOW)


def test_a_batch_that_left_can_not_be_voided(sent, finance):
    with pytest.raises(DomainError):
        batches.void(PayoutBatch.objects.get(), reason="x", by=finance, at=NOW)

    assert Payout.objects.get().status == PayoutStatus.EXPORTED


@pytest.mark.parametrize("status", [BatchStatus.OPEN, BatchStatus.EXPORTED])
def test_only_a_confirmed_batch_is_sent_and_only_once(approved, batch, finance, other_finance, status):
    if status == BatchStatus.EXPORTED:
        batches.confirm(batch, by=other_finance, at=NOW)
        batches.export(batch, by=finance, at=NOW)

    with pytest.raises(DomainError, match="Only a confirmed batch"):
        batches.export(batch, by=finance, at=NOW)
    assert BatchFile.objects.count() == (status == BatchStatus.EXPORTED)


def test_an_export_that_breaks_off_leaves_nothing_half_done(approved, batch, finance, other_finance, monkeypatch):
    batches.confirm(batch, by=other_finance, at=NOW)

    def breaks(*args, **kwargs):
        raise OSError("the machine went away")

    monkeypatch.setattr(BatchFile.objects, "bulk_create", breaks)
    with pytest.raises(OSError):
        batches.export(batch, by=finance, at=NOW)
    monkeypatch.undo()

    batch.refresh_from_db()
    assert (batch.status, Payout.objects.get().status) == (BatchStatus.CONFIRMED, PayoutStatus.APPROVED)
    assert len(batches.export(batch, by=finance, at=NOW)) == 1


# --- the bank's answer ------------------------------------------------------------------------
def test_sending_moves_no_money_confirming_does(sent, finance):
    held_before = sent.milestone.postings.count()

    payout = payouts.confirm_paid(sent, by=finance, at=NOW)

    assert (held_before, sent.milestone.postings.count()) == (2, 3)
    assert (payout.status, payout.paid_by, payout.milestone.status) == (
        PayoutStatus.PAID, finance, MilestoneStatus.PAID,
    )  # fmt: skip
    assert sent.end_to_end in OutboxMail.objects.get(subject__contains="is paid").text
    assert PayoutBatch.objects.get().status == BatchStatus.SETTLED


def test_a_refused_payment_stays_owed_and_is_due_again_with_the_reason(sent, finance):
    payouts.mark_failed(sent, problem="Account closed", by=finance, at=NOW)

    again = Payout.objects.get()
    assert (again.status, again.approved_by, again.confirmed_by, again.problem) == (
        PayoutStatus.DUE, None, None, "Account closed",
    )  # fmt: skip
    assert again.milestone.status == MilestoneStatus.ACCEPTED
    moves = Event.objects.filter(subject_type="milestones.payout", verb="moved").order_by("pk")
    assert [e.became for e in moves] == ["approved", "exported", "failed", "due"]
    assert "Account closed" in OutboxMail.objects.get(subject__contains="refused").text


def test_after_a_refusal_somebody_has_to_tick_it_by_hand_or_the_account_changes(sent, finance):
    payouts.mark_failed(sent, problem="Account closed", by=finance, at=NOW)
    payout = Payout.objects.get()

    with pytest.raises(DomainError, match="The bank refused it"):
        batches.approve(payout, by=finance, at=NOW)
    give_bank(payout.milestone.engagement, iban=make_iban(7), at=NOW + timedelta(hours=1))

    assert batches.approve(payout, by=finance, at=NOW + timedelta(hours=80)).payout_id == payout.pk


def test_it_goes_out_again_under_the_same_reference(sent, finance, other_finance):
    before = sent.end_to_end
    payouts.mark_failed(sent, problem="x", by=finance, at=NOW)

    line = batches.approve(Payout.objects.get(), by=other_finance, at=NOW, knowing=True)
    batches.confirm(line.batch, by=finance, at=NOW)
    batches.export(line.batch, by=finance, at=NOW)

    ids = list(BatchFile.objects.values_list("message_id", flat=True))
    assert len(set(ids)) == 2
    assert all(before in file.content.decode() for file in BatchFile.objects.all())


def test_a_payout_is_confirmed_once(sent, finance):
    payouts.confirm_paid(sent, by=finance, at=NOW)

    with pytest.raises(DomainError, match="not with the bank"):
        payouts.confirm_paid(sent, by=finance, at=NOW)


def test_a_bad_row_is_set_aside_and_never_sinks_the_rest(due, finance):
    engagement = make_engagement(milestones=(MilestoneStatus.FUNDED,), contractor=make_contractor(True))
    milestone = engagement.milestones.get()
    hand_in(milestone)
    accept(milestone)

    keys = Payout.objects.order_by("pk").values_list("pk", flat=True)
    outcome = in_blocks(keys, lambda block: batches.approve_each(block, by=finance, at=NOW))

    assert outcome.done == [due.pk]
    assert [pk for pk, _reason in outcome.aside] == [Payout.objects.get(milestone=milestone).pk]


def test_the_checks_take_as_many_queries_for_three_rows_as_for_one(due, django_assert_num_queries):
    make_due()
    make_due()
    rows = list(Payout.objects.for_list())
    assert len(rows) == 3

    for n in (1, 3):
        with django_assert_num_queries(2):
            queries.problems_of(rows[:n], at=NOW + timedelta(days=30))
