"""The money room, disputes, review windows, amendments and endings against a model of plain rows: whatever order people
act in, both say yes and no to the same things and hold the same sums (promises A4), in currencies with none, two and
three decimals and up to 10^12 minor units. `TORTURE=1` turns the dose up."""

import os
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from core.errors import DomainError, NotAllowed
from core.money import Money
from engagements.models import Amendment, Engagement, Termination
from engagements.queries.offer import current_agreement
from milestones.models import Account, BatchLine, Dispute, Milestone, Payout, PayoutBatch
from milestones.queries.ledger import committed_minor
from milestones.services import (
    amendments,
    batches,
    budgets,
    cutting,
    disputes,
    ending,
    estimates,
    funding,
    ledger,
    offers,
    payouts,
    reviews,
    signing,
)
from milestones.services.bonus import give_bonus
from milestones.services.pausing import pause, resume
from milestones.services.windows import close_review_window
from milestones.services.write_offs import write_off
from milestones.states import AccountKind
from reminders.glance import glance
from tests.factories import (
    NOW,
    TODAY,
    make_agreement,
    make_budget,
    make_engagement,
    make_milestone,
    make_user,
    make_version,
)
from tests.milestones.amending import agree, another, propose, sign, wish
from tests.milestones.conftest import accept, give_bank, hand_in, set_up_payment, verdicts_for
from tests.milestones.test_offer_path import draft
from tests.resilience import oracle

TORTURE = os.environ.get("TORTURE") == "1"
PLACES = range(0, 9)
PEOPLE = range(0, 2)
PROMISED = ("offered", "signed", "agreed")
HELD = ("funded", "submitted", "changes_requested", "disputed")


ACTS: dict[str, tuple[Callable[..., None], dict[str, Sequence[Any]]]] = {}


def act(**given):
    """One of the acts that a single rule chooses among, each as likely and with each of the values as likely: of many
    rules an example would take some, over and over."""

    def keep(function):
        ACTS[function.__name__] = (function, given)
        return function

    return keep


@dataclass
class Row:
    """A milestone as the model knows it. `way` is where its payout stands."""

    amount: int
    position: int
    state: str = "agreed"
    goals: int = 1
    parts: int = 1
    way: str = ""
    batch: int | None = None  # its place in `batches`
    is_escalated: bool = False
    disputed_by: str = ""


@dataclass
class Proposal:
    """The open amendment: `row` gets `minor`, or is dropped where that is 0; without a row one is added."""

    real: Amendment
    row: Row | None
    minor: int
    position: int
    is_signed: bool = False

    @property
    def added(self) -> int:
        return self.minor - (self.row.amount if self.row else 0)


class MoneyRoom(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.outer = transaction.atomic()
        self.outer.__enter__()

    @initialize(
        currency=st.sampled_from(["EUR", "JPY", "BHD"]),
        whole=st.sampled_from([1, 3, 200_000, 10**12]),
        silence=st.sampled_from(["escalate", "accept"]),
        head_start=st.tuples(*[st.sampled_from(["agreed", "funded", "submitted"])] * 3),
        seed=st.integers(0, 2**32),
    )
    def open(self, currency, whole, silence, head_start, seed):
        self.dice = random.Random(seed)
        self.currency, self.whole = currency, whole
        self.budget = make_budget(minor=whole, currency=currency)  # enough for one: the second has to be topped up
        facts = {"milestones": (), "currency": currency, "price_minor": 3 * whole, "review_end": silence}
        make_user("admin")  # who decides disputes: never the lead
        self.engagement = make_engagement("active", budget=self.budget, comms_owner=make_user("lead"), **facts)
        part = [{"kind": "code", "what": "A pull request"}]
        for place in range(1, 4):
            make_milestone(self.engagement, "agreed", position=place, amount_minor=whole, parts=part)
        make_agreement(self.engagement)
        give_bank(self.engagement)
        set_up_payment()
        self.people = [make_user("finance"), make_user("finance")]
        self.version = make_version(self.engagement.lead, shares=(3000, 3000, 4000))
        for place, state in enumerate(head_start):  # so that few steps come far
            real = self.real_at(place + 1)
            if state != "agreed":
                budgets.top_up(self.budget, amount=self.money(whole), cause="x", by=self.people[0], at=NOW)
                funding.fund_milestone(real, by=self.engagement.lead, at=NOW)
            if state == "submitted":
                hand_in(real)
        # the model
        self.left = whole
        self.paid = 0
        self.is_paused = self.is_over = self.has_notice = self.is_later = False
        self.offered, self.offered_parts = "", []
        self.silence = silence
        self.rows = [Row(whole, place, state) for place, state in enumerate(head_start, start=1)]
        self.agreed = {place: whole for place in range(1, 4)}  # the agreement in force
        self.proposal: Proposal | None = None
        self.batches: list[list] = []  # [who made it, state, row]

    def teardown(self) -> None:
        if hasattr(self, "rows"):
            assert [law for law in oracle.wrongs() if not law.startswith("L2: budget")] == []
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
        return self.real_at(self.row(place).position)

    def real_at(self, position: int) -> Milestone:
        return self.engagement.milestones.get(position=position)

    def row(self, place: int) -> Row:
        return self.rows[place % len(self.rows)]

    def next_place(self) -> int:
        return 1 + max([row.position for row in self.rows] + ([self.proposal.position] if self.proposal else []))

    def add(self, row: Row) -> None:
        """A place that was kept for it may lie before others."""
        self.rows.append(row)
        self.rows.sort(key=lambda other: other.position)

    @property
    def runs(self) -> bool:
        return not (self.is_paused or self.is_over)

    @property
    def is_undecided(self) -> bool:
        return any(row.state in ("submitted", "disputed") for row in self.rows)

    def money(self, minor: int) -> Money:
        return Money(minor, self.currency)

    @property
    def free(self) -> int:
        """What the budget holds beyond its promises; below zero here, since no offer promised it."""
        promised = sum(row.amount for row in self.rows if row.state == "agreed")
        return self.left - promised - (sum(self.offered_parts) if self.offered in PROMISED else 0)

    # --- the budget
    @act(half=(False, True))
    def top_up(self, half):
        amount = max(1, self.whole // 2) if half else self.whole
        budgets.top_up(self.budget, amount=self.money(amount), cause="more", by=self.people[0], at=NOW)
        self.left += amount

    @act(minor=[1, 2, 10**12])
    def give_back(self, minor):
        act = lambda: budgets.return_money(  # noqa: E731
            self.budget, amount=self.money(minor), cause="less", by=self.people[0], at=NOW
        )
        if self.tries(minor <= self.free, act):
            self.left -= minor

    # --- the engagement
    @act()
    def stop_or_go_on(self):
        act = resume if self.is_paused else lambda e, **facts: pause(e, reason="x", **facts)
        if self.tries(not self.is_over, lambda: act(self.engagement, by=self.engagement.lead, at=NOW)):
            self.is_paused = not self.is_paused
        self.engagement.refresh_from_db()

    @act(is_later=(False, True))
    def give_notice(self, is_later):
        last_on = TODAY + timedelta(days=60) if is_later else None
        act = lambda: ending.give_notice(  # noqa: E731
            self.engagement, reason="x", last_on=last_on, by=self.engagement.lead, at=NOW
        )
        if self.tries(not (self.is_over or self.has_notice) and (is_later or not self.is_undecided), act):
            self.has_notice, self.is_later = True, is_later

    @act(is_agreed=(False, True))
    def answer_notice(self, is_agreed):
        given = Termination.objects.filter(engagement=self.engagement).order_by("pk").last()
        if given is None:
            return
        act = ending.agree_to_end if is_agreed else ending.take_back_notice
        # Only who gave it takes back one that runs until a day, and nobody has to agree to it.
        by = self.engagement.lead if self.is_later and not is_agreed else self.engagement.contractor.user
        allowed = self.has_notice and not (is_agreed and (self.is_undecided or self.is_later))
        if self.tries(allowed, lambda: act(given, by=by, at=NOW)):
            self.has_notice = False
            if is_agreed:
                self.ends()

    @act()
    def the_last_day_passes(self):
        is_due = self.has_notice and self.is_later and not self.is_undecided
        assert ending.end_due(at=NOW + timedelta(days=62)) == is_due
        if is_due:
            self.has_notice = False
            self.ends()

    def ends(self) -> None:
        self.is_over, self.is_paused = True, False
        for row in self.rows:
            self.left += row.amount if row.state in ("funded", "changes_requested") else 0
            row.state = "cancelled" if row.state in ("agreed", "funded", "changes_requested") else row.state
        self.engagement.refresh_from_db()

    # --- another contract of the same budget, until both have signed
    @act()
    def offer(self):
        if self.offered in ("", "gone"):
            self.other = draft(
                self.engagement.lead, self.engagement.contractor, version=self.version, budget=self.budget,
                starts_on=TODAY, price=self.money(4),
            )  # fmt: skip
            self.offered, self.offered_parts = "draft", [m.amount_minor for m in self.other.milestones.all()]
        act = lambda: offers.send_offer(self.other, by=self.engagement.lead, at=NOW)  # noqa: E731
        if self.tries(self.offered == "draft" and sum(self.offered_parts) <= self.free, act):
            self.offered = "offered"

    @act(place=range(0, 3))
    def cut(self, place):
        if self.offered in ("", "draft"):
            return
        plan = list(self.other.milestones.standing())
        place %= len(plan)
        act = lambda: cutting.cut_scope(  # noqa: E731
            self.other, milestones=[plan[place].pk], goals=[], reason="x", by=self.engagement.lead, at=NOW
        )
        if self.tries(self.offered in ("offered", "signed") and len(plan) > 1, act):
            self.offered = "offered"
            del self.offered_parts[place]

    @act(how=["estimate", "estimate", "sign", "sign", "send_back", "decline", "withdraw", "expire"])
    def answer_offer(self, how):
        if self.offered in ("", "draft"):
            return
        lead, contractor, stands = self.engagement.lead, self.engagement.contractor.user, self.offered != "agreed"
        standing = current_agreement(self.other)
        facts: dict[str, Any] = {"by": contractor if how in ("estimate", "decline") else lead, "at": NOW}
        name = {"typed_name": facts["by"].name, "ip": None}
        days = {m.pk: (60, TODAY + timedelta(days=20)) for m in self.other.milestones.all()}
        allowed, to, act = {
            "estimate": (
                stands, "signed", lambda: estimates.estimate_and_sign(self.other, estimates=days, **name, **facts)
            ),
            "sign": (
                self.offered == "signed", "agreed",
                lambda: signing.agree_and_sign(self.other, sha256=standing.sha256 if standing else "", **name, **facts),
            ),
            "send_back": (
                self.offered == "signed", "offered", lambda: signing.send_back(self.other, reason="x", **facts)
            ),
            "decline": (stands, "gone", lambda: offers.decline_offer(self.other, reason="x", **facts)),
            "withdraw": (stands, "gone", lambda: offers.withdraw_offer(self.other, reason="x", **facts)),
            "expire": (self.offered == "offered", "gone", self.it_expires),
        }[how]  # fmt: skip
        if self.tries(allowed and self.offered != "gone", act):
            self.offered = to

    def it_expires(self) -> None:
        """The clock takes what is due and says how much that was."""
        if not offers.expire_offers(at=NOW + timedelta(days=9)):
            raise DomainError("Nothing was due.")

    # --- an amendment
    @act(place=PLACES, minor=[0, 1, 7, 10**12], is_new=(False, True))
    def propose(self, place, minor, is_new):
        if is_new and not minor:
            return
        row = None if is_new else self.row(place)
        made = []
        if row is None:
            wanted = another(self.engagement, minor=minor)
        else:
            real = self.real(place)
            wanted = wish(real, amount=self.money(minor)) if minor else wish(real, is_dropped=True)
        position = row.position if row else self.next_place()
        proposal = Proposal(None, row, minor, position)
        allowed = self.runs and self.proposal is None and proposal.added <= max(0, self.free)
        if row is not None:
            allowed &= row.state == "agreed" and row.position in self.agreed and minor != row.amount
            allowed &= bool(minor) or len(self.agreed) > 1
        if self.tries(allowed, lambda: made.append(propose(self.engagement, wanted, at=NOW))):
            self.proposal = proposal
            proposal.real = made[0]

    def still_fits(self) -> bool:
        proposal = self.proposal
        is_there = proposal.row is None or proposal.row.state == "agreed"
        return self.runs and is_there and proposal.added <= max(0, self.free)

    @act()
    def they_sign(self):
        if self.proposal is not None:
            allowed = not self.proposal.is_signed and self.still_fits()
            if self.tries(allowed, lambda: sign(self.proposal.real, at=NOW)):
                self.proposal.is_signed = True

    @act()
    def we_sign(self):
        if self.proposal is None or not self.proposal.is_signed:
            return
        if self.tries(self.still_fits(), lambda: agree(self.proposal.real, at=NOW)):
            proposal, self.proposal = self.proposal, None
            if proposal.row is None:
                self.add(Row(proposal.minor, proposal.position, parts=0))
            elif proposal.minor:
                proposal.row.amount = proposal.minor
            else:
                proposal.row.state = "cancelled"
            self.agreed[proposal.position] = proposal.minor
            if not proposal.minor:
                del self.agreed[proposal.position]

    @act(is_ours=(False, True))
    def end_the_amendment(self, is_ours):
        if self.proposal is None:
            return
        real, engagement = self.proposal.real, self.engagement
        if is_ours:
            act = lambda: amendments.withdraw_amendment(real, reason="x", by=engagement.lead, at=NOW)  # noqa: E731
        else:
            by = engagement.contractor.user
            act = lambda: amendments.decline_amendment(real, reason="x", by=by, at=NOW)  # noqa: E731
        if self.tries(is_ours or not self.proposal.is_signed, act):
            self.proposal = None

    @act(minor=range(1, 4))
    def bonus(self, minor):
        act = lambda: give_bonus(  # noqa: E731
            self.engagement, amount=self.money(minor), reason="x", by=self.engagement.lead, at=NOW
        )
        if self.tries(self.runs and minor <= self.free, act):
            self.left -= minor
            self.add(Row(minor, self.next_place(), "accepted", goals=0, parts=0, way="due"))

    # --- a milestone
    @act(place=PLACES)
    def fund(self, place):
        row, real = self.row(place), self.real(place)
        allowed = row.state == "agreed" and self.left >= row.amount and self.runs
        if self.tries(allowed, lambda: funding.fund_milestone(real, by=self.engagement.lead, at=NOW)):
            row.state = "funded"
            self.left -= row.amount

    @act(place=PLACES)
    def submit(self, place):
        row, real = self.row(place), self.real(place)
        if self.tries(row.state in ("funded", "changes_requested") and self.runs, lambda: hand_in(real)):
            row.state, row.is_escalated = "submitted", False

    @act(place=PLACES)
    def the_window_ends(self, place):
        row, done = self.row(place), close_review_window(self.real(place).pk, at=NOW + timedelta(days=60))
        if row.state != "submitted" or row.is_escalated or not self.runs:
            assert done == ""
        elif self.silence == "accept":
            assert done == "accepted"
            row.state, row.way = "accepted", "due"
        else:
            assert done == "escalated"
            row.is_escalated = True

    # --- a dispute
    @act(place=PLACES, who=["ours", "theirs"])
    def dispute(self, place, who):
        row, real = self.row(place), self.real(place)
        facts = {"goals": real.goals.all(), "parts": range(len(real.parts)), "reason": "x", "at": NOW}
        by = self.engagement.lead if who == "ours" else self.engagement.contractor.user
        number = real.submissions.count()
        act = lambda: disputes.open_dispute(real, submission_number=number, by=by, **facts)  # noqa: E731
        if self.tries(row.state == "submitted" and self.runs, act):
            row.state, row.disputed_by, row.is_escalated = "disputed", who, False

    @act(place=PLACES, who=["ours", "theirs"])
    def take_it_back(self, place, who):
        found = self.dispute_of(place)
        if found is None:
            return
        row, by = self.row(place), self.engagement.lead if who == "ours" else self.engagement.contractor.user
        try:
            done = self.tries(
                row.state == "disputed", lambda: disputes.take_back_dispute(found, reason="x", by=by, at=NOW)
            )
        except NotAllowed:
            assert row.disputed_by != who
            return
        if done:
            assert row.disputed_by == who
            row.state = "submitted"

    @act(place=PLACES, outcome=["accept", "in_part", "changes"])
    def decide(self, place, outcome):
        found = self.dispute_of(place)
        if found is None:
            return
        row, real = self.row(place), self.real(place)
        said = self.said(real, is_met=outcome != "changes", parts=outcome == "accept")
        said |= {"note": "x", "by": found.decider}
        del said["submission_number"]
        now = (row.amount + 1) // 2
        allowed = row.state == "disputed"
        if outcome == "in_part":
            allowed &= bool(row.goals and row.parts) and 0 < now < row.amount
            said["rest_due_on"] = TODAY + timedelta(days=9)
        if self.tries(allowed, lambda: disputes.decide_dispute(found, outcome=outcome, **said)):
            if outcome == "in_part":
                self.split(row, now)
            row.state = "changes_requested" if outcome == "changes" else "accepted"
            row.way = "" if outcome == "changes" else "due"

    def dispute_of(self, place):
        """The last one about it."""
        return Dispute.objects.filter(milestone=self.real(place)).select_related("decider").order_by("pk").last()

    def split(self, row: Row, now: int) -> None:
        """Its goal is met, its part is not there."""
        self.add(Row(row.amount - now, self.next_place(), "funded", goals=0, parts=1))
        row.amount, row.parts = now, 0

    def said(self, real: Milestone, *, is_met: bool, parts: bool) -> dict:
        return {
            "verdicts": verdicts_for(real, is_met),
            "parts": {place: (parts, "") for place in range(len(real.parts))},
            "submission_number": real.submissions.count(),
            "by": self.engagement.lead,
            "at": NOW,
        }

    @act(place=PLACES)
    def send_back(self, place):
        row, real = self.row(place), self.real(place)
        said = self.said(real, is_met=False, parts=False)
        if self.tries(row.state == "submitted", lambda: reviews.request_changes(real, note="x", **said)):
            row.state = "changes_requested"

    @act(place=PLACES, is_met=(False, True), is_latest=(False, True))
    def accept(self, place, is_met, is_latest):
        row, real = self.row(place), self.real(place)
        said = self.said(real, is_met=is_met, parts=True)
        said["submission_number"] += not is_latest
        allowed = row.state == "submitted" and (is_met or not row.goals) and is_latest
        if self.tries(allowed, lambda: accept(real, **said)):
            row.state, row.way = "accepted", "due"

    @act(place=PLACES)
    def accept_in_part(self, place):
        """Its goal is met, its part is not there: half of the money, the odd unit to what comes first."""
        row, real = self.row(place), self.real(place)
        said = self.said(real, is_met=True, parts=False)
        now = (row.amount + 1) // 2
        allowed = row.state == "submitted" and bool(row.goals and row.parts) and 0 < now < row.amount
        act = lambda: reviews.accept_in_part(real, rest_due_on=TODAY + timedelta(days=9), note="x", **said)  # noqa: E731
        if self.tries(allowed, act):
            self.split(row, now)
            row.state, row.way = "accepted", "due"

    @act(place=PLACES, minor=[1, 99_999, 10**12 - 1])
    def hold_back(self, place, minor):
        row, real = self.row(place), self.real(place)
        said = self.said(real, is_met=True, parts=True)
        allowed = row.state == "submitted" and minor < row.amount
        act = lambda: reviews.accept_holding_back(real, amount=self.money(minor), until=TODAY, **said)  # noqa: E731
        if self.tries(allowed, act):
            self.add(Row(minor, self.next_place(), "funded", goals=row.goals, parts=0))
            row.state, row.way, row.amount = "accepted", "due", row.amount - minor

    # --- a payout
    @act(place=PLACES, who=PEOPLE)
    def approve(self, place, who):
        if not self.row(place).way:
            return
        row, payout, made = self.row(place), self.real(place).payouts.get(), []
        act = lambda: made.append(batches.approve(payout, by=self.people[who], at=NOW, knowing=True))  # noqa: E731
        if self.tries(row.way == "due", act):
            mine = [n for n, (maker, state, _row) in enumerate(self.batches) if (maker, state) == (who, "open")]
            if not mine:
                self.batches.append([who, "open", made[0].batch])
                mine = [len(self.batches) - 1]
            assert made[0].batch == self.batches[mine[0]][2]
            row.way, row.batch = "approved", mine[0]

    @act(place=PLACES)
    def give_up(self, place):
        if not self.row(place).way:
            return
        row, payout = self.row(place), self.real(place).payouts.get()
        if self.tries(row.way == "due", lambda: write_off(payout, reason="x", by=self.people[0], at=NOW)):
            row.way = "written_off"
            self.left += row.amount

    # --- a batch
    def inside(self, number: int) -> list[Row]:
        return [row for row in self.rows if row.batch == number and row.way == "approved"]

    @act(number=range(0, 6), who=PEOPLE)
    def confirm_a_batch(self, number, who):
        if number < len(self.batches):
            maker, state, batch = self.batches[number]
            allowed = state == "open" and maker != who and bool(self.inside(number))
            if self.tries(allowed, lambda: batches.confirm(batch, by=self.people[who], at=NOW)):
                self.batches[number][1] = "confirmed"

    @act(number=range(0, 6), who=PEOPLE)
    def export_a_batch(self, number, who):
        if number < len(self.batches):
            allowed = self.batches[number][1] == "confirmed" and bool(self.inside(number))
            if self.tries(allowed, lambda: batches.export(self.batches[number][2], by=self.people[who], at=NOW)):
                self.batches[number][1] = "exported"
                for row in self.inside(number):
                    row.way = "exported"

    @act(number=range(0, 6), who=PEOPLE)
    def void_a_batch(self, number, who):
        if number < len(self.batches):
            allowed = self.batches[number][1] in ("open", "confirmed")
            act = lambda: batches.void(self.batches[number][2], reason="x", by=self.people[who], at=NOW)  # noqa: E731
            inside = self.inside(number)
            if self.tries(allowed, act):
                self.batches[number][1] = "voided"
                for row in inside:
                    row.way, row.batch = "due", None

    @act(place=PLACES, who=PEOPLE)
    def take_out(self, place, who):
        row, line = self.row(place), BatchLine.objects.filter(payout__milestone=self.real(place)).last()
        if line and self.tries(
            row.way == "approved", lambda: batches.take_out(line, reason="x", by=self.people[who], at=NOW)
        ):
            row.way, row.batch = "due", None

    @act(place=PLACES, is_paid=(False, True), who=PEOPLE)
    def answer_of_the_bank(self, place, is_paid, who):
        if not self.row(place).way:
            return
        row, payout, by = self.row(place), self.real(place).payouts.get(), self.people[who]
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

    @act(place=PLACES, who=PEOPLE)
    def the_bank_sends_it_back(self, place, who):
        if not self.row(place).way:
            return
        row, payout, by = self.row(place), self.real(place).payouts.get(), self.people[who]
        if self.tries(row.way == "paid", lambda: payouts.mark_returned(payout, problem="x", by=by, at=NOW)):
            row.way, row.state, row.batch = "due", "accepted", None
            self.paid -= row.amount

    @rule()
    def somebody_acts(self):
        for _turn in range(4):
            function, given = ACTS[self.dice.choice(sorted(ACTS))]
            chosen = {name: self.dice.choice(values) for name, values in given.items()}
            note(f"{function.__name__} {chosen}")
            function(self, **chosen)

    @invariant()
    def both_hold_the_same(self):
        if not hasattr(self, "rows"):
            return
        # More is agreed than the budget holds, as no offer could, so that funding meets an empty budget too.
        assert [line for line in ledger.check() if not line.startswith("L2: budget")] == []
        found = self.engagement.milestones.order_by("position").values_list("position", "status", "amount_minor")
        assert list(found) == [(row.position, row.state, row.amount) for row in self.rows]
        price = Engagement.objects.values_list("price_minor", flat=True).get(pk=self.engagement.pk)
        assert price == sum(self.agreed.values())
        assert Account.objects.get(budget=self.budget).balance_minor == self.left
        assert committed_minor(self.budget) == self.left - self.free
        days = Payout.objects.open().filter(milestone__engagement=self.engagement).values_list("due_on", flat=True)
        assert glance(self.engagement.lead, []).promised_on == min(days, default=None)
        if self.offered not in ("", "gone"):
            assert list(self.other.milestones.standing().values_list("amount_minor", flat=True)) == self.offered_parts
            assert Engagement.objects.values_list("price_minor", flat=True).get(pk=self.other.pk) == sum(
                self.offered_parts
            )
        held = sum(row.amount for row in self.rows if row.state in HELD)
        owed = sum(row.amount for row in self.rows if row.state == "accepted" and row.way != "written_off")
        for kind, minor in ((AccountKind.HELD, held), (AccountKind.OWED, owed), (AccountKind.PAID, self.paid)):
            account = Account.objects.filter(kind=kind).first()
            assert (account.balance_minor if account else 0) == minor
        ways = dict(Payout.objects.values_list("milestone__position", "status"))
        assert ways == {row.position: row.way for row in self.rows if row.way}
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
