"""Every ordered pair of states of milestones and payouts: the moves of the table happen, no other does."""

from itertools import product

import pytest

from core.errors import DomainError
from core.money import Money
from core.transitions import move
from milestones.models import BatchLine, Milestone, Payout, PayoutBatch, Posting
from milestones.services import batches, funding, payouts, reviews
from milestones.services.reviews import request_changes
from milestones.services.write_offs import write_off
from milestones.states import BATCH_MOVES, MOVES, PAYOUT_MOVES, BatchStatus, MilestoneStatus, PayoutStatus
from tests.factories import NOW, make_engagement, make_user, save
from tests.milestones.conftest import accept, bring, give_bank, hand_in, set_up_payment, verdicts_for

pytestmark = pytest.mark.django_db
DATED = {
    MilestoneStatus.ACCEPTED: ("accepted_at", "accepted_by"),
    MilestoneStatus.PAID: ("accepted_at", "accepted_by"),
}


def fund(milestone):
    funding.fund_milestone(milestone, by=milestone.engagement.lead, at=NOW)


def send_back(milestone):
    request_changes(
        milestone,
        verdicts=verdicts_for(milestone, is_met=False),
        note="Once more.",
        submission_number=max(milestone.submissions.count(), 1),
        by=milestone.engagement.lead,
        at=NOW,
    )


def confirm(milestone):
    payout = Payout.objects.filter(milestone=milestone).first() or payout_of(milestone, PayoutStatus.EXPORTED)
    if not payout.lines.exists():
        line_of(payout)
    payouts.confirm_paid(payout, by=make_user("finance"), at=NOW)


ACTS = {
    MilestoneStatus.FUNDED: (fund, {MilestoneStatus.AGREED}),
    MilestoneStatus.SUBMITTED: (hand_in, {MilestoneStatus.FUNDED, MilestoneStatus.CHANGES_REQUESTED}),
    MilestoneStatus.CHANGES_REQUESTED: (send_back, {MilestoneStatus.SUBMITTED}),
    MilestoneStatus.ACCEPTED: (accept, {MilestoneStatus.SUBMITTED}),
    MilestoneStatus.PAID: (confirm, {MilestoneStatus.ACCEPTED}),
}


def milestone_in(status):
    """With a submission on the table, so that only its state can be the reason to refuse."""
    milestone = make_engagement(milestones=(status,)).milestones.get()
    milestone.submissions.create(number=1, note="x", by=milestone.engagement.contractor.user, at=NOW)
    return milestone


def payout_of(milestone, status):
    return save(
        Payout, milestone=milestone, round=1, amount_minor=milestone.amount_minor, currency="EUR", due_on=NOW.date(),
        status=status, status_since=NOW, paid_at=NOW if status == PayoutStatus.PAID else None,
    )  # fmt: skip


def line_of(payout):
    """In a batch that the bank has."""
    one, other = make_user("finance"), make_user("finance")
    batch = save(
        PayoutBatch, status=BatchStatus.EXPORTED, status_since=NOW, created_by=one, created_at=NOW, confirmed_by=other,
        confirmed_at=NOW, exported_by=one, exported_at=NOW,
    )  # fmt: skip
    return save(BatchLine, batch=batch, payout=payout, amount_minor=payout.amount_minor, currency=payout.currency)


@pytest.mark.parametrize(("was", "act"), product(MilestoneStatus, ACTS), ids=lambda value: str(value))
@pytest.mark.usefixtures("breaks_the_books")
def test_each_act_works_from_its_states_and_from_no_other(was, act):
    milestone = milestone_in(was)
    give_bank(milestone.engagement)
    do, works_from = ACTS[act]

    if was in works_from:
        do(milestone)
        assert Milestone.objects.get(pk=milestone.pk).status == act
    else:
        with pytest.raises(DomainError):
            do(milestone)
        assert Milestone.objects.get(pk=milestone.pk).status == was


@pytest.mark.parametrize(("was", "to"), product(MilestoneStatus, MilestoneStatus), ids=lambda value: str(value))
@pytest.mark.usefixtures("breaks_the_books")
def test_a_milestone_moves_only_as_the_table_says(was, to):
    milestone = Milestone.objects.lock(milestone_in(was))
    facts = {"accepted_at": NOW, "accepted_by": milestone.engagement.lead} if to in DATED else {}

    if to in MOVES[was]:
        move(milestone, to=to, by=milestone.engagement.lead, at=NOW, **facts)
        assert Milestone.objects.get(pk=milestone.pk).status == to
    else:
        with pytest.raises(DomainError):
            move(milestone, to=to, by=milestone.engagement.lead, at=NOW, **facts)


@pytest.mark.parametrize(("was", "to"), product(PayoutStatus, PayoutStatus), ids=lambda value: str(value))
@pytest.mark.usefixtures("breaks_the_books")
def test_a_payout_moves_only_as_the_table_says(was, to):
    payout = Payout.objects.lock(payout_of(milestone_in(MilestoneStatus.ACCEPTED), was))
    finance = make_user("finance")
    facts = {"paid_at": NOW, "paid_by": finance} if to == PayoutStatus.PAID else {"paid_at": None, "paid_by": None}

    if to in PAYOUT_MOVES[was]:
        move(payout, to=to, by=finance, at=NOW, **facts)
        assert Payout.objects.get(pk=payout.pk).status == to
    else:
        with pytest.raises(DomainError):
            move(payout, to=to, by=finance, at=NOW, **facts)


@pytest.mark.parametrize(("was", "to"), product(BatchStatus, BatchStatus), ids=lambda value: str(value))
def test_a_batch_moves_only_as_the_table_says(was, to):
    one, other = make_user("finance"), make_user("finance")
    confirmed = {"confirmed_by": other, "confirmed_at": NOW}
    exported = {"exported_by": one, "exported_at": NOW}
    facts = {
        BatchStatus.CONFIRMED: confirmed,
        BatchStatus.EXPORTED: {**confirmed, **exported},
        BatchStatus.SETTLED: {**confirmed, **exported},
    }
    row = {"status_since": NOW, "created_by": one, "created_at": NOW}
    batch = PayoutBatch.objects.lock(save(PayoutBatch, status=was, **row, **facts.get(was, {})))

    if to in BATCH_MOVES[was]:
        move(batch, to=to, by=other, at=NOW, **facts.get(to, {}))
        assert PayoutBatch.objects.get(pk=batch.pk).status == to
    else:
        with pytest.raises(DomainError):
            move(batch, to=to, by=other, at=NOW)


# --- acts on what is owed, and on batches ---------------------------------------------------
def finance():
    return make_user("finance")


PAYOUT_ACTS = {
    "approve": (lambda p: batches.approve(p, by=finance(), at=NOW, knowing=True), {PayoutStatus.DUE}),
    "write off": (
        lambda p: write_off(p, reason="Waived.", by=finance(), at=NOW),
        {PayoutStatus.DUE, PayoutStatus.FAILED},
    ),
    "paid": (lambda p: payouts.confirm_paid(p, by=finance(), at=NOW), {PayoutStatus.EXPORTED}),
    "failed": (lambda p: payouts.mark_failed(p, problem="x", by=finance(), at=NOW), {PayoutStatus.EXPORTED}),
}


@pytest.mark.parametrize(("was", "act"), product(PayoutStatus, PAYOUT_ACTS), ids=str)
@pytest.mark.usefixtures("breaks_the_books")
def test_each_act_on_a_payout_works_from_its_states_and_from_no_other(was, act):
    milestone = milestone_in(MilestoneStatus.ACCEPTED)
    give_bank(milestone.engagement)
    set_up_payment()
    payout = payout_of(milestone, was)
    if was not in (PayoutStatus.DUE, PayoutStatus.FAILED):
        line_of(payout)
    do, works_from = PAYOUT_ACTS[act]
    before = Posting.objects.count(), BatchLine.objects.count()

    if was in works_from:
        do(payout)
        assert Payout.objects.get().status in PAYOUT_MOVES[was] | {PayoutStatus.DUE}
        return
    with pytest.raises(DomainError):
        do(payout)
    assert (Payout.objects.get().status, Milestone.objects.get().status) == (was, MilestoneStatus.ACCEPTED)
    assert (Posting.objects.count(), BatchLine.objects.count()) == before


BATCH_ACTS = {
    "confirm": (lambda b, by: batches.confirm(b, by=by, at=NOW), {BatchStatus.OPEN}),
    "export": (lambda b, by: batches.export(b, by=by, at=NOW), {BatchStatus.CONFIRMED}),
    "void": (lambda b, by: batches.void(b, reason="x", by=by, at=NOW), {BatchStatus.OPEN, BatchStatus.CONFIRMED}),
    "take out": (
        lambda b, by: batches.take_out(b.lines.get(), reason="x", by=by, at=NOW),
        {BatchStatus.OPEN, BatchStatus.CONFIRMED},
    ),
}


def batch_in(status, payout):
    maker, second = finance(), finance()
    ends_in = {BatchStatus.SETTLED: PayoutStatus.PAID, BatchStatus.EXPORTED: PayoutStatus.EXPORTED}
    bring(payout, ends_in.get(status, PayoutStatus.APPROVED), maker, second)
    batch = PayoutBatch.objects.get()
    if status == BatchStatus.CONFIRMED:
        batches.confirm(batch, by=second, at=NOW)
    if status == BatchStatus.VOIDED:
        batches.void(batch, reason="x", by=second, at=NOW)
    return PayoutBatch.objects.get()


@pytest.mark.parametrize(("was", "act"), product(BatchStatus, BATCH_ACTS), ids=str)
def test_each_act_on_a_batch_works_from_its_states_and_from_no_other(due, was, act):
    batch = batch_in(was, due)
    do, works_from = BATCH_ACTS[act]
    before = Payout.objects.get().status, Posting.objects.count()

    if was in works_from:
        do(batch, finance())
        return
    with pytest.raises(DomainError):
        do(batch, finance())
    assert (Payout.objects.get().status, Posting.objects.count()) == before
    assert PayoutBatch.objects.get().status == was


DIVISIONS = {
    "in part": lambda m: reviews.accept_in_part(
        m, verdicts=verdicts_for(m), parts={0: (False, "")}, rest_due_on=NOW.date(), note="x", **said(m)
    ),
    "holding back": lambda m: reviews.accept_holding_back(
        m, verdicts=verdicts_for(m), parts={0: (True, "")}, amount=Money(1, "EUR"), until=NOW.date(), **said(m)
    ),
}


def said(milestone):
    return {"submission_number": 1, "by": milestone.engagement.lead, "at": NOW}


@pytest.mark.parametrize(("was", "act"), product(MilestoneStatus, DIVISIONS), ids=str)
@pytest.mark.usefixtures("breaks_the_books")
def test_only_what_was_handed_in_is_divided(was, act):
    milestone = milestone_in(was)
    Milestone.objects.update(parts=[{"kind": "code", "what": "A pull request"}])
    milestone.refresh_from_db()
    before = Posting.objects.count()

    if was == MilestoneStatus.SUBMITTED:
        DIVISIONS[act](milestone)
        assert sum(Milestone.objects.values_list("amount_minor", flat=True)) == milestone.amount_minor
        return
    with pytest.raises(DomainError):
        DIVISIONS[act](milestone)
    assert Milestone.objects.get().status == was
    assert Posting.objects.count() == before
