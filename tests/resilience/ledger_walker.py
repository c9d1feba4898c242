"""Several clients that do random acts to the same milestones: `python -m tests.resilience.ledger_walker SEED STEPS
CLIENTS [GUARD]`. Each is a process of its own. Prints one line of JSON: how many acts of which name were carried out,
and what was acknowledged. Ends with an error when anything but a refusal happened.

GUARD names one that is left out, so that a test can see the damage: "locks" or "transactions".
"""

import contextlib
import json
import os
import random
import sys
import time
import traceback
from collections import Counter
from datetime import timedelta
from typing import Any

import django

django.setup()

from django.db import connections, transaction  # noqa: E402

from accounts.models import User  # noqa: E402
from core.errors import DomainError, NotAllowed  # noqa: E402
from core.money import Money  # noqa: E402
from core.transitions import StatefulQuerySet  # noqa: E402
from engagements.models import Engagement, Termination  # noqa: E402
from milestones.models import BatchLine, Budget, Milestone, Payout, PayoutBatch  # noqa: E402
from milestones.queries import pay_by  # noqa: E402
from milestones.querysets import AccountQuerySet  # noqa: E402
from milestones.services import (  # noqa: E402
    batches,
    budgets,
    ending,
    funding,
    pausing,
    payouts,
    reviews,
    submissions,
)
from milestones.services.bonus import give_bonus  # noqa: E402
from milestones.services.write_offs import write_off  # noqa: E402
from milestones.states import MilestoneStatus, PayoutStatus  # noqa: E402
from tests.factories import NOW, TODAY  # noqa: E402

LATER = timedelta(days=60)
KEYS = 40  # of money put in and given back, shared by all clients: each key has one effect, whoever comes first


class Walker:
    def __init__(self, seed: int, number: int) -> None:
        self.rng = random.Random(f"{seed}:{number}")
        self.number = number
        self.finance = list(User.objects.with_role("finance").order_by("pk"))
        self.budget = Budget.objects.get()
        self.acts: Counter[str] = Counter()
        self.accepted: list[int] = []
        self.paid: list[int] = []
        self.returned: list[int] = []
        self.ids: list[int] = []

    def walk(self, steps: int) -> dict[str, Any]:
        for step in range(steps):
            if step % 25 == 0:  # halves and bonuses are new
                self.ids = list(Milestone.objects.order_by("pk").values_list("pk", flat=True))
            try:
                self.acts[self.step()] += 1
            except (DomainError, NotAllowed):
                continue
        return {"acts": self.acts, "accepted": self.accepted, "paid": self.paid, "returned": self.returned}

    def step(self) -> str:
        milestone = Milestone.objects.select_related("engagement").get(pk=self.rng.choice(self.ids))
        roll = self.rng.random()
        if roll < 0.84:
            return self.go_on(milestone)
        if roll < 0.90:
            return self.move_money_of_the_budget()
        if roll < 0.95:
            return self.pause_or_resume(milestone.engagement)
        if roll < 0.98:
            return self.bonus(milestone.engagement)
        return self.end(milestone.engagement)

    def go_on(self, milestone: Milestone) -> str:
        """Mostly what the state calls for, sometimes anything."""
        rng, engagement = self.rng, milestone.engagement
        wanted = milestone.status if rng.random() < 0.85 else rng.choice(list(MilestoneStatus))
        payout = Payout.objects.filter(milestone=milestone).first()
        if wanted == MilestoneStatus.AGREED:
            funding.fund_milestone(milestone, by=engagement.lead, at=NOW)
            return "fund"
        if wanted in (MilestoneStatus.FUNDED, MilestoneStatus.CHANGES_REQUESTED):
            evidence = {goal: ("1100", "") for goal in milestone.goals.all()}
            submissions.submit_milestone(milestone, note="x", evidence=evidence, by=engagement.contractor.user, at=NOW)
            return "submit"
        if wanted == MilestoneStatus.SUBMITTED:
            return self.answer(milestone)
        if payout is None:
            raise DomainError("Nothing to pay.")
        return self.pay(payout)

    def answer(self, milestone: Milestone) -> str:
        rng, goals = self.rng, list(milestone.goals.all())
        said: dict[str, Any] = {
            "note": "x",
            "submission_number": milestone.submissions.count(),
            "by": milestone.engagement.lead,
            "at": NOW,
        }
        roll = rng.random()
        part = Money(rng.randint(1, milestone.amount_minor), milestone.currency)
        if roll < 0.25:
            reviews.request_changes(milestone, verdicts={goal: (False, "") for goal in goals}, **said)
            return "send_back"
        if roll < 0.4:
            verdicts = {goal: (bool(place), "") for place, goal in enumerate(goals)}
            reviews.accept_in_part(milestone, verdicts=verdicts, rest_due_on=TODAY + LATER, **said)
            self.accepted.append(milestone.pk)
            return "accept_in_part"
        verdicts = {goal: (True, "") for goal in goals}
        if roll < 0.5:
            reviews.accept_holding_back(milestone, verdicts=verdicts, amount=part, until=TODAY, **said)
            self.accepted.append(milestone.pk)
            return "hold_back"
        reviews.accept_milestone(milestone, verdicts=verdicts, **said)
        self.accepted.append(milestone.pk)
        return "accept"

    def pay(self, payout: Payout) -> str:
        rng, by = self.rng, self.rng.choice(self.finance)
        state = payout.status if rng.random() < 0.85 else rng.choice(list(PayoutStatus))
        if state == PayoutStatus.DUE and rng.random() < 0.05:
            write_off(payout, reason="x", by=by, at=NOW)
            return "write_off"
        if state == PayoutStatus.DUE:
            batches.approve(payout, by=by, at=NOW, knowing=True)
            return "approve"
        if state == PayoutStatus.APPROVED:
            return self.act_on_batch(payout, by)
        if rng.random() < 0.25:
            payouts.mark_failed(payout, problem="x", by=by, at=NOW)
            return "fail"
        if state == PayoutStatus.PAID and rng.random() < 0.3:
            payouts.mark_returned(payout, problem="x", by=by, at=NOW)
            self.returned.append(payout.pk)
            return "bounce"
        payouts.confirm_paid(payout, by=by, at=NOW)
        self.paid.append(payout.pk)
        return "pay"

    def act_on_batch(self, payout: Payout, by: User) -> str:
        lines = BatchLine.objects.filter(payout=payout)
        line = lines.order_by("pk").last()
        if line is None:
            raise DomainError("In no batch.")
        batch = PayoutBatch.objects.get(pk=line.batch_id)
        roll = self.rng.random()
        if roll < 0.1:
            batches.void(batch, reason="x", by=by, at=NOW)
            return "void"
        if roll < 0.2:
            batches.take_out(line, reason="x", by=by, at=NOW)
            return "take_out"
        if batch.status == "open":
            batches.confirm(batch, by=by, at=NOW)
            return "confirm"
        batches.export(batch, by=by, at=NOW)
        return "export"

    def move_money_of_the_budget(self) -> str:
        """The amount follows from the key, so that whoever asks with one key asks for the same."""
        number = self.rng.randrange(KEYS)
        amount = Money(1000 + number, self.budget.currency)
        facts: dict[str, Any] = {"amount": amount, "cause": "x", "by": self.finance[0], "at": NOW}
        if self.rng.random() < 0.5:
            budgets.top_up(self.budget, key=f"walk:in:{number}", **facts)
            return "top_up"
        budgets.return_money(self.budget, key=f"walk:out:{number}", **facts)
        return "return"

    def pause_or_resume(self, engagement: Engagement) -> str:
        if engagement.status == "paused" or self.rng.random() < 0.2:
            pausing.resume(engagement, by=engagement.lead, at=NOW)
            return "resume"
        pausing.pause(engagement, reason="x", by=engagement.lead, at=NOW)
        return "pause"

    def bonus(self, engagement: Engagement) -> str:
        amount = Money(self.rng.randint(1, 999), engagement.currency)
        given = give_bonus(engagement, amount=amount, reason="x", by=engagement.lead, at=NOW)
        self.accepted.append(given.pk)
        return "bonus"

    def end(self, engagement: Engagement) -> str:
        rng, sides = self.rng, [engagement.lead, engagement.contractor.user]
        given = Termination.objects.open().filter(engagement=engagement).first()
        if given is None:
            last_on = TODAY + LATER if rng.random() < 0.5 else None
            ending.give_notice(engagement, reason="x", last_on=last_on, by=rng.choice(sides), at=NOW)
            return "give_notice"
        roll = rng.random()
        if roll < 0.4:
            ending.take_back_notice(given, by=rng.choice(sides), at=NOW)
            return "take_back"
        if roll < 0.8 and given.last_on is None:
            ending.agree_to_end(given, by=rng.choice(sides), at=NOW)
            return "agree_to_end"
        return "end_by_clock" if ending.end_due(at=NOW + LATER + timedelta(days=3)) else "nothing_due"


def leave_out(guard: str) -> None:
    """The same room without one of its guards, and with a pause where it would have been."""

    def unlocked(self: Any, row: Any) -> Any:
        found = self.get(pk=getattr(row, "pk", row))
        time.sleep(random.uniform(0, 0.004))
        return found

    def accounts_unlocked(self: Any, *pks: int) -> dict[int, Any]:
        found = {account.pk: account for account in self.filter(pk__in=pks)}
        time.sleep(random.uniform(0, 0.004))
        return found

    if guard == "locks":
        StatefulQuerySet.lock = unlocked  # type: ignore[method-assign]
        AccountQuerySet.lock = accounts_unlocked  # type: ignore[method-assign]
    elif guard == "transactions":
        AccountQuerySet.lock = accounts_unlocked  # type: ignore[method-assign]
        transaction.atomic = lambda *args, **kwargs: contextlib.nullcontext()  # type: ignore[assignment]
    elif guard:
        raise SystemExit(f"There is no guard “{guard}”.")


def main(seed: int, steps: int, clients: int, guard: str = "") -> int:
    leave_out(guard)
    pay_by(NOW)  # what is imported late is imported once, not by each client
    connections.close_all()
    children = []
    for number in range(clients):
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            told, code = "", 1
            try:
                told, code = json.dumps(Walker(seed, number).walk(steps)), 0
            except BaseException:
                traceback.print_exc()
            finally:
                with os.fdopen(writing, "w") as pipe:
                    pipe.write(told)
                connections.close_all()
                sys.stderr.flush()
                os._exit(code)
        os.close(writing)
        children.append((child, reading))
    acts: Counter[str] = Counter()
    rows: dict[str, list[int]] = {"accepted": [], "paid": [], "returned": []}
    worst = 0
    for child, reading in children:
        with os.fdopen(reading) as pipe:
            told = json.loads(pipe.read() or "{}")
        worst = max(worst, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        acts.update(told.pop("acts", {}))
        for name, found in told.items():
            rows[name] += found
    print(json.dumps({"acts": acts, **rows}))
    return worst


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:]))
