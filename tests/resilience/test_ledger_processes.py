"""Two processes do random acts to the same milestones; afterwards the books must hold (promises A1). `TORTURE=1` turns
the dose up."""

import os
import subprocess
import sys

import pytest

from core import history
from engagements.models import Engagement
from milestones.models import Payout, Posting
from milestones.services import ledger
from milestones.states import MilestoneStatus
from tests.conftest import child_env
from tests.factories import make_budget, make_engagement, make_user
from tests.milestones.conftest import give_bank, set_up_payment

TORTURE = os.environ.get("TORTURE") == "1"
PROCESSES, STEPS, ENGAGEMENTS = (8, 2500, 200) if TORTURE else (2, 250, 12)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(10 if TORTURE else 1))
def test_random_acts_of_rival_processes_leave_books_that_hold(seed):
    budget = make_budget(minor=10**11)
    set_up_payment()
    for _ in range(3):
        make_user("finance")
    for _ in range(ENGAGEMENTS):
        engagement = make_engagement(budget=budget, milestones=[MilestoneStatus.AGREED] * 4)
        give_bank(engagement)

    walkers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.resilience.ledger_walker", str(seed * 100 + n), str(STEPS)],
            env=child_env(RING_BROKER="0"),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for n in range(PROCESSES)
    ]
    told = [walker.communicate(timeout=1800)[0] for walker in walkers]

    assert [walker.returncode for walker in walkers] == [0] * PROCESSES, told
    assert sum(int(text.split()[-1]) for text in told) > PROCESSES * STEPS // 4
    assert ledger.check() == []
    assert [history.verify(e) for e in Engagement.objects.all()] == [""] * ENGAGEMENTS
    paid, back = (Posting.objects.filter(kind=kind).count() for kind in ("pay", "bounce"))
    assert Payout.objects.filter(status="paid").count() == paid - back
