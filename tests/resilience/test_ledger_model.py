"""The money room against a model of some sixty lines: whatever order people act in, both say yes and no to the same
things and hold the same sums (promises A4), in currencies with none, two and three decimals and up to 10^12 minor
units. `TORTURE=1` turns the dose up."""

import os
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from core.errors import DomainError
from core.money import Money
from milestones.models import Account, BatchLine, Milestone, Payout, PayoutBatch
from milestones.services import batches, budgets, funding, ledger, payouts, reviews
from milestones.services.bonus import give_bonus
from milestones.services.pausing import pause, resume
from milestones.services.write_offs import write_off
from milestones.states import AccountKind
from tests.factories import NOW, TODAY, make_budget, make_engagement, make_milestone, make_user
from tests.milestones.conftest import accept, give_bank, hand_in, set_up_payment, verdicts_for

TORTURE = os.environ.get("TORTURE") == "1"
PLACES = st.integers(0, 7)
PEOPLE = st.integers(0, 1)
HELD = ("funded", "submitted", "changes_requested")


@dataclass
class Row:
    """A milestone as the model knows it. `way` is where its payout stands."""

    amount: int
    state: str = "agreed"
    goals: int = 1
    parts: int = 1
    way: str = ""
    batch: int | None = None  # its place in `batches`


class MoneyRoom(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.outer = transaction.atomic()
        self.outer.__enter__()

    @initialize(currency=st.sampled_from(["EUR", "JPY", "BHD"]), whole=st.sampled_from([1, 3, 200_000, 10**12]))
    def open(self, currency, whole):
        self.currency, self.whole = currency, whole
        self.budget = make_budget(minor=whole, currency=currency)  # enough for one: the second has to be topped up
        self.engagement = make_engagement("active", budget=self.budget, milestones=(), currency=currency)
        part = [{"kind": "code", "what": "A pull request"}]
        for place in range(1, 4):
            make_milestone(self.engagement, "agreed", position=place, amount_minor=whole, parts=part)
        give_bank(self.engagement)
        set_up_payment()
        self.people = [make_user("finance"), make_user("finance")]
        # the model
        self.left = whole
        self.paid = 0
        self.is_paused = False
        self.rows = [Row(whole) for _ in range(3)]
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

    def real(self, place: int) -> Milestone:
        return list(self.engagement.milestones.order_by("position"))[place]

    def money(self, minor: int) -> Money:
        return Money(minor, self.currency)

    @property
    def free(self) -> int:
        """What the budget holds beyond its promises; below zero here, since no offer promised it."""
        return self.left - sum(row.amount for row in self.rows if row.state == "agreed")

    # --- the budget
    @rule(half=st.booleans())
    def top_up(self, half):
        amount = max(1, self.whole // 2) if half else self.whole
        budgets.top_up(self.budget, amount=self.money(amount), cause="more", by=self.people[0], at=NOW)
        self.left += amount

    @rule(minor=st.sampled_from([1, 2, 10**12]))
    def give_back(self, minor):
        act = lambda: budgets.return_money(  # noqa: E731
            self.budget, amount=self.money(minor), cause="less", by=self.people[0], at=NOW
        )
        if self.tries(minor <= self.free, act):
            self.left -= minor

    # --- the engagement
    @rule()
    def stop_or_go_on(self):
        act = resume if self.is_paused else lambda e, **facts: pause(e, reason="x", **facts)
        act(self.engagement, by=self.engagement.lead, at=NOW)
        self.is_paused = not self.is_paused
        self.engagement.refresh_from_db()

    @rule(minor=st.integers(1, 3))
    def bonus(self, minor):
        act = lambda: give_bonus(  # noqa: E731
            self.engagement, amount=self.money(minor), reason="x", by=self.engagement.lead, at=NOW
        )
        if self.tries(not self.is_paused and minor <= self.free, act):
            self.left -= minor
            self.rows.append(Row(minor, "accepted", goals=0, parts=0, way="due"))

    # --- a milestone
    @rule(place=PLACES)
    def fund(self, place):
        if place >= len(self.rows):
            return
        row, real = self.rows[place], self.real(place)
        allowed = row.state == "agreed" and self.left >= row.amount and not self.is_paused
        if self.tries(allowed, lambda: funding.fund_milestone(real, by=self.engagement.lead, at=NOW)):
            row.state = "funded"
            self.left -= row.amount

    @rule(place=PLACES)
    def submit(self, place):
        if place >= len(self.rows):
            return
        row, real = self.rows[place], self.real(place)
        if self.tries(row.state in ("funded", "changes_requested") and not self.is_paused, lambda: hand_in(real)):
            row.state = "submitted"

    def said(self, real: Milestone, *, is_met: bool, parts: bool) -> dict:
        return {
            "verdicts": verdicts_for(real, is_met),
            "parts": {place: (parts, "") for place in range(len(real.parts))},
            "submission_number": real.submissions.count(),
            "by": self.engagement.lead,
            "at": NOW,
        }

    @rule(place=PLACES)
    def send_back(self, place):
        if place >= len(self.rows):
            return
        row, real = self.rows[place], self.real(place)
        said = self.said(real, is_met=False, parts=False)
        if self.tries(row.state == "submitted", lambda: reviews.request_changes(real, note="x", **said)):
            row.state = "changes_requested"

    @rule(place=PLACES, is_met=st.booleans(), is_latest=st.booleans())
    def accept(self, place, is_met, is_latest):
        if place >= len(self.rows):
            return
        row, real = self.rows[place], self.real(place)
        said = self.said(real, is_met=is_met, parts=True)
        said["submission_number"] += not is_latest
        allowed = row.state == "submitted" and (is_met or not row.goals) and is_latest
        if self.tries(allowed, lambda: accept(real, **said)):
            row.state, row.way = "accepted", "due"

    @rule(place=PLACES)
    def accept_in_part(self, place):
        """Its goal is met, its part is not there: half of the money, the odd unit to what comes first."""
        if place >= len(self.rows):
            return
        row, real = self.rows[place], self.real(place)
        said = self.said(real, is_met=True, parts=False)
        now = (row.amount + 1) // 2
        allowed = row.state == "submitted" and bool(row.goals and row.parts) and 0 < now < row.amount
        act = lambda: reviews.accept_in_part(real, rest_due_on=TODAY + timedelta(days=9), note="x", **said)  # noqa: E731
        if self.tries(allowed, act):
            self.rows.append(Row(row.amount - now, "funded", goals=0, parts=1))
            row.state, row.way, row.amount, row.parts = "accepted", "due", now, 0

    @rule(place=PLACES, minor=st.sampled_from([1, 99_999, 10**12 - 1]))
    def hold_back(self, place, minor):
        if place >= len(self.rows):
            return
        row, real = self.rows[place], self.real(place)
        said = self.said(real, is_met=True, parts=True)
        allowed = row.state == "submitted" and minor < row.amount
        act = lambda: reviews.accept_holding_back(real, amount=self.money(minor), until=TODAY, **said)  # noqa: E731
        if self.tries(allowed, act):
            self.rows.append(Row(minor, "funded", goals=row.goals, parts=0))
            row.state, row.way, row.amount = "accepted", "due", row.amount - minor

    # --- a payout
    @rule(place=PLACES, who=PEOPLE)
    def approve(self, place, who):
        if place >= len(self.rows) or not self.rows[place].way:
            return
        row, payout, made = self.rows[place], self.real(place).payouts.get(), []
        act = lambda: made.append(batches.approve(payout, by=self.people[who], at=NOW, knowing=True))  # noqa: E731
        if self.tries(row.way == "due", act):
            mine = [n for n, (maker, state, _row) in enumerate(self.batches) if (maker, state) == (who, "open")]
            if not mine:
                self.batches.append([who, "open", made[0].batch])
                mine = [len(self.batches) - 1]
            assert made[0].batch == self.batches[mine[0]][2]
            row.way, row.batch = "approved", mine[0]

    @rule(place=PLACES)
    def give_up(self, place):
        if place >= len(self.rows) or not self.rows[place].way:
            return
        row, payout = self.rows[place], self.real(place).payouts.get()
        if self.tries(row.way == "due", lambda: write_off(payout, reason="x", by=self.people[0], at=NOW)):
            row.way = "written_off"
            self.left += row.amount

    # --- a batch
    def inside(self, number: int) -> list[Row]:
        return [row for row in self.rows if row.batch == number and row.way == "approved"]

    @rule(number=st.integers(0, 5), who=PEOPLE)
    def confirm_a_batch(self, number, who):
        if number < len(self.batches):
            maker, state, batch = self.batches[number]
            allowed = state == "open" and maker != who and bool(self.inside(number))
            if self.tries(allowed, lambda: batches.confirm(batch, by=self.people[who], at=NOW)):
                self.batches[number][1] = "confirmed"

    @rule(number=st.integers(0, 5), who=PEOPLE)
    def export_a_batch(self, number, who):
        if number < len(self.batches):
            allowed = self.batches[number][1] == "confirmed" and bool(self.inside(number))
            if self.tries(allowed, lambda: batches.export(self.batches[number][2], by=self.people[who], at=NOW)):
                self.batches[number][1] = "exported"
                for row in self.inside(number):
                    row.way = "exported"

    @rule(number=st.integers(0, 5), who=PEOPLE)
    def void_a_batch(self, number, who):
        if number < len(self.batches):
            allowed = self.batches[number][1] in ("open", "confirmed")
            act = lambda: batches.void(self.batches[number][2], reason="x", by=self.people[who], at=NOW)  # noqa: E731
            inside = self.inside(number)
            if self.tries(allowed, act):
                self.batches[number][1] = "voided"
                for row in inside:
                    row.way, row.batch = "due", None

    @rule(place=PLACES, who=PEOPLE)
    def take_out(self, place, who):
        if place >= len(self.rows):
            return
        row, line = self.rows[place], BatchLine.objects.filter(payout__milestone=self.real(place)).last()
        if line and self.tries(
            row.way == "approved", lambda: batches.take_out(line, reason="x", by=self.people[who], at=NOW)
        ):
            row.way, row.batch = "due", None

    @rule(place=PLACES, is_paid=st.booleans(), who=PEOPLE)
    def answer_of_the_bank(self, place, is_paid, who):
        if place >= len(self.rows) or not self.rows[place].way:
            return
        row, payout, by = self.rows[place], self.real(place).payouts.get(), self.people[who]
        if is_paid:
            act = lambda: payouts.confirm_paid(payout, by=by, at=NOW)  # noqa: E731
        else:
            act = lambda: payouts.mark_failed(payout, problem="x", by=by, at=NOW)  # noqa: E731
        if self.tries(row.way == "exported", act):
            number = row.batch
            if is_paid:
                row.way = row.state = "paid"
                self.paid += row.amount
            else:
                row.way, row.batch = "due", None
            if not [other for other in self.rows if other.batch == number and other.way == "exported"]:
                self.batches[number][1] = "settled"

    @rule(place=PLACES, who=PEOPLE)
    def the_bank_sends_it_back(self, place, who):
        if place >= len(self.rows) or not self.rows[place].way:
            return
        row, payout, by = self.rows[place], self.real(place).payouts.get(), self.people[who]
        if self.tries(row.way == "paid", lambda: payouts.mark_returned(payout, problem="x", by=by, at=NOW)):
            row.way, row.state, row.batch = "due", "accepted", None
            self.paid -= row.amount

    @invariant()
    def both_hold_the_same(self):
        if not hasattr(self, "rows"):
            return
        # More is agreed than the budget holds, as no offer could, so that funding meets an empty budget too.
        assert [line for line in ledger.check() if not line.startswith("L2: budget")] == []
        found = list(self.engagement.milestones.order_by("position").values_list("status", "amount_minor"))
        assert found == [(row.state, row.amount) for row in self.rows]
        assert Account.objects.get(budget=self.budget).balance_minor == self.left
        held = sum(row.amount for row in self.rows if row.state in HELD)
        owed = sum(row.amount for row in self.rows if row.state == "accepted" and row.way != "written_off")
        for kind, minor in ((AccountKind.HELD, held), (AccountKind.OWED, owed), (AccountKind.PAID, self.paid)):
            account = Account.objects.filter(kind=kind).first()
            assert (account.balance_minor if account else 0) == minor
        ways = dict(Payout.objects.values_list("milestone__position", "status"))
        assert ways == {place: row.way for place, row in enumerate(self.rows, start=1) if row.way}
        assert [PayoutBatch.objects.get(pk=row.pk).status for _who, _state, row in self.batches] == [
            state for _who, state, _row in self.batches
        ]


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
