"""Eight clients, each a process, do random acts to the same milestones; afterwards the books must hold (promises A1).
The same with a guard left out must not hold, or nothing is proven (A2). `TORTURE=1` turns the dose up: ten seeds of
20,000 steps."""

import json
import os
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count

from core import history
from engagements.models import Engagement, Termination
from milestones.models import BatchLine, Milestone, Payout, Posting
from milestones.services import ledger
from milestones.states import ACCOUNTED, LineOutcome, MilestoneStatus, PostingKind
from tests.conftest import child_env
from tests.factories import make_budget, make_engagement, make_user
from tests.milestones.conftest import give_bank, set_up_payment

TORTURE = os.environ.get("TORTURE") == "1"
CLIENTS, STEPS, ENGAGEMENTS, SEEDS = (8, 2500, 200, 10) if TORTURE else (8, 250, 16, 1)
ACTS = {
    "accept", "accept_in_part", "agree_to_end", "approve", "bonus", "bounce", "confirm", "end_by_clock", "export",
    "fail", "fund", "give_notice", "hold_back", "nothing_due", "pause", "pay", "resume", "return", "send_back",
    "submit", "take_back", "take_out", "top_up", "void", "write_off",
}  # fmt: skip


def room(engagements: int) -> None:
    """Work of one budget that was promised almost all that it holds."""
    budget = make_budget(minor=engagements * 4 * 200_000 + 100_000)
    set_up_payment()
    for _ in range(3):
        make_user("finance")
    for _ in range(engagements):
        engagement = make_engagement(budget=budget, milestones=[MilestoneStatus.AGREED] * 4)
        for milestone in engagement.milestones.all():
            milestone.goals.add(*engagement.goals.exclude(milestones=milestone)[:1])  # two, so that one can be met
        give_bank(engagement)


def walk(seed: int, steps: int, guard: str = "") -> tuple[int, dict[str, Any], str]:
    """Exit code, what the clients told, and what went wrong."""
    command = [sys.executable, "-m", "tests.resilience.ledger_walker", str(seed), str(steps), str(CLIENTS), guard]
    done = subprocess.run(command, env=child_env(RING_BROKER="0"), capture_output=True, text=True, timeout=3000)
    return done.returncode, json.loads(done.stdout.splitlines()[-1]), done.stderr[-3000:]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(SEEDS))
def test_random_acts_of_eight_clients_leave_books_that_hold(seed):
    room(ENGAGEMENTS)

    code, told, wrong = walk(seed, STEPS)

    assert code == 0, wrong
    assert sum(told["acts"].values()) > CLIENTS * STEPS // 3, told["acts"]
    assert set(told["acts"]) <= ACTS
    assert len(told["acts"]) == len(ACTS) if TORTURE else len(told["acts"]) > 15, told["acts"]
    assert ledger.check() == []
    assert {history.verify(e) for e in Engagement.objects.all()} == {""}
    # Nothing that a client was told got lost, and nothing happened twice.
    accepted, paid = told["accepted"], told["paid"]
    assert len(accepted) == len(set(accepted))
    assert Milestone.objects.filter(pk__in=accepted, status__in=ACCOUNTED).count() == len(accepted)
    assert Posting.objects.filter(kind=PostingKind.RELEASE).count() == len(accepted) == Payout.objects.count()
    returned = Counter(told["returned"])
    assert Posting.objects.filter(kind=PostingKind.PAY).count() == len(paid)
    assert Posting.objects.filter(kind=PostingKind.BOUNCE).count() == returned.total()
    assert Counter(Payout.objects.filter(status="paid").values_list("pk", flat=True)) == Counter(paid) - returned
    assert set((Counter(paid) - returned).values()) <= {1}
    on_the_way = BatchLine.objects.filter(outcome__in=(LineOutcome.LIVE, LineOutcome.PAID)).order_by()
    assert not on_the_way.values("payout").annotate(n=Count("pk")).filter(n__gt=1).exists()
    open_ones = Termination.objects.open().order_by().values("engagement").annotate(n=Count("pk"))
    assert not open_ones.filter(n__gt=1).exists()


@pytest.mark.django_db(transaction=True)
def test_without_its_guard_the_same_walk_breaks_the_books():
    """PostgreSQL without row locks; SQLite, whose writers take turns anyway, without whole transactions."""
    room(4)

    walk(0, 60, "locks" if connection.vendor == "postgresql" else "transactions")

    assert ledger.check() != []
