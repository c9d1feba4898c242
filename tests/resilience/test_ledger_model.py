"""The money room against a model of thirty lines: whatever order people act in, both say yes and no to the same things
and hold the same sums (promises A4). `TORTURE=1` turns the dose up."""

import os

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from core.errors import DomainError
from core.money import Money
from milestones.models import Account, BatchLine, Milestone, Payout, PayoutBatch
from milestones.services import batches, budgets, funding, ledger, payouts, reviews
from milestones.states import AccountKind
from tests.factories import NOW, make_budget, make_engagement, make_user
from tests.milestones.conftest import accept, give_bank, hand_in, set_up_payment, verdicts_for

TORTURE = os.environ.get("TORTURE") == "1"
AMOUNT = 200_000
PLACES = st.integers(0, 2)
PEOPLE = st.integers(0, 1)


class MoneyRoom(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.outer = transaction.atomic()
        self.outer.__enter__()
        self.budget = make_budget(minor=AMOUNT)  # enough for one: the second has to be topped up
        engagement = make_engagement("agreed", budget=self.budget, milestones=["agreed"] * 3)
        give_bank(engagement)
        self.milestones = list(engagement.milestones.order_by("position"))
        self.people = [make_user("finance"), make_user("finance")]
        set_up_payment(self.people[0])
        # the model
        self.left = AMOUNT
        self.state = ["agreed"] * 3
        self.payout: list[str] = [""] * 3
        self.batch: list[int | None] = [None] * 3  # index into `batches`
        self.batches: list[list] = []  # [who made it, state, row]

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.outer.__exit__(None, None, None)

    def tries(self, is_allowed: bool, act) -> bool:
        """Product and model must agree on whether it may be done."""
        try:
            act()
        except DomainError:
            assert not is_allowed
            return False
        assert is_allowed
        return True

    def row(self, place: int) -> Milestone:
        return self.milestones[place]

    def pay(self, place: int, act):
        return lambda: act(Payout.objects.get(milestone=self.row(place)))

    @rule(half=st.booleans())
    def top_up(self, half):
        amount = AMOUNT // 2 if half else AMOUNT
        budgets.top_up(self.budget, amount=Money(amount, "EUR"), cause="more", by=self.people[0], at=NOW)
        self.left += amount

    @rule(place=PLACES)
    def fund(self, place):
        allowed = self.state[place] == "agreed" and self.left >= AMOUNT
        lead = self.row(place).engagement.lead
        if self.tries(allowed, lambda: funding.fund_milestone(self.row(place), by=lead, at=NOW)):
            self.state[place] = "funded"
            self.left -= AMOUNT

    @rule(place=PLACES)
    def submit(self, place):
        allowed = self.state[place] in ("funded", "changes_requested")
        if self.tries(allowed, lambda: hand_in(self.row(place))):
            self.state[place] = "submitted"

    @rule(place=PLACES)
    def send_back(self, place):
        row = self.row(place)

        def act():
            reviews.request_changes(
                row,
                verdicts=verdicts_for(row, is_met=False),
                note="x",
                submission_number=row.submissions.count(),
                by=row.engagement.lead,
                at=NOW,
            )

        if self.tries(self.state[place] == "submitted", act):
            self.state[place] = "changes_requested"

    @rule(place=PLACES, is_met=st.booleans(), is_latest=st.booleans())
    def accept(self, place, is_met, is_latest):
        row = self.row(place)
        number = row.submissions.count() + (0 if is_latest else 1)
        allowed = self.state[place] == "submitted" and is_met and is_latest
        if self.tries(allowed, lambda: accept(row, verdicts=verdicts_for(row, is_met), submission_number=number)):
            self.state[place], self.payout[place] = "accepted", "due"

    @rule(place=PLACES, who=PEOPLE)
    def approve(self, place, who):
        if not self.payout[place]:
            return
        made = []
        act = self.pay(place, lambda p: made.append(batches.approve(p, by=self.people[who], at=NOW, knowing=True)))
        if self.tries(self.payout[place] == "due", act):
            mine = [n for n, (maker, state, _row) in enumerate(self.batches) if (maker, state) == (who, "open")]
            if not mine:
                self.batches.append([who, "open", made[0].batch])
                mine = [len(self.batches) - 1]
            assert made[0].batch == self.batches[mine[0]][2]
            self.payout[place], self.batch[place] = "approved", mine[0]

    def inside(self, number):
        return [place for place in range(3) if self.batch[place] == number and self.payout[place] == "approved"]

    @rule(number=st.integers(0, 5), who=PEOPLE)
    def confirm_a_batch(self, number, who):
        if number < len(self.batches):
            maker, state, row = self.batches[number]
            allowed = state == "open" and maker != who and bool(self.inside(number))
            if self.tries(allowed, lambda: batches.confirm(row, by=self.people[who], at=NOW)):
                self.batches[number][1] = "confirmed"

    @rule(number=st.integers(0, 5), who=PEOPLE)
    def export_a_batch(self, number, who):
        if number < len(self.batches):
            allowed = self.batches[number][1] == "confirmed" and bool(self.inside(number))
            if self.tries(allowed, lambda: batches.export(self.batches[number][2], by=self.people[who], at=NOW)):
                self.batches[number][1] = "exported"
                for place in self.inside(number):
                    self.payout[place] = "exported"

    @rule(number=st.integers(0, 5), who=PEOPLE)
    def void_a_batch(self, number, who):
        if number < len(self.batches):
            allowed = self.batches[number][1] in ("open", "confirmed")
            act = lambda: batches.void(self.batches[number][2], reason="x", by=self.people[who], at=NOW)  # noqa: E731
            inside = self.inside(number)
            if self.tries(allowed, act):
                self.batches[number][1] = "voided"
                for place in inside:
                    self.payout[place], self.batch[place] = "due", None

    @rule(place=PLACES, who=PEOPLE)
    def take_out(self, place, who):
        line = BatchLine.objects.filter(payout__milestone=self.row(place)).last()
        if line is None:
            return
        allowed = self.payout[place] == "approved"
        if self.tries(allowed, lambda: batches.take_out(line, reason="x", by=self.people[who], at=NOW)):
            self.payout[place], self.batch[place] = "due", None

    @rule(place=PLACES, is_paid=st.booleans(), who=PEOPLE)
    def answer_of_the_bank(self, place, is_paid, who):
        by = self.people[who]
        if not self.payout[place]:
            return
        allowed = self.payout[place] == "exported"
        if is_paid:
            act = self.pay(place, lambda p: payouts.confirm_paid(p, by=by, at=NOW))
        else:
            act = self.pay(place, lambda p: payouts.mark_failed(p, problem="x", by=by, at=NOW))
        if self.tries(allowed, act):
            number = self.batch[place]
            if is_paid:
                self.payout[place] = self.state[place] = "paid"
            else:
                self.payout[place], self.batch[place] = "due", None
            left = [p for p in range(3) if self.batch[p] == number and self.payout[p] == "exported"]
            if not left:
                self.batches[number][1] = "settled"

    @rule(place=PLACES, who=PEOPLE)
    def the_bank_sends_it_back(self, place, who):
        if not self.payout[place]:
            return
        act = self.pay(place, lambda p: payouts.mark_returned(p, problem="x", by=self.people[who], at=NOW))
        if self.tries(self.payout[place] == "paid", act):
            self.payout[place], self.state[place], self.batch[place] = "due", "accepted", None

    @invariant()
    def both_hold_the_same(self):
        # More is agreed than the budget holds, as no offer could, so that funding meets an empty budget too.
        assert [line for line in ledger.check() if not line.startswith("L2: budget")] == []
        assert [PayoutBatch.objects.get(pk=row.pk).status for _who, _state, row in self.batches] == [
            state for _who, state, _row in self.batches
        ]
        assert {p.milestone_id: p.status for p in Payout.objects.all()} == {
            self.row(place).pk: self.payout[place] for place in range(3) if self.payout[place]
        }
        assert [Milestone.objects.get(pk=m.pk).status for m in self.milestones] == self.state
        assert Account.objects.get(budget=self.budget).balance_minor == self.left
        held = Account.objects.filter(kind=AccountKind.HELD).values_list("balance_minor", flat=True).first() or 0
        assert held == AMOUNT * sum(s in ("funded", "submitted", "changes_requested") for s in self.state)


@pytest.mark.django_db
def test_whatever_order_people_act_in_the_product_agrees_with_the_model():
    run_state_machine_as_test(
        MoneyRoom,
        settings=settings(
            max_examples=2000 if TORTURE else 15,
            stateful_step_count=50 if TORTURE else 30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=not TORTURE,
            database=None,
        ),
    )
