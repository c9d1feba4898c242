"""Eight clients, each a process, do random acts of every kind that moves money or a milestone; afterwards the books and
everything that the oracle knows must hold (promises A1). The same with a guard left out must not hold, or nothing is
proven (A2). `TORTURE=1` turns the dose up: ten seeds of 10,000 steps."""

import ast
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from engagements.models import Amendment
from milestones.models import Dispute, Estimate, Milestone, Payout, Posting
from milestones.states import ACCOUNTED, MilestoneStatus, PostingKind
from tests.conftest import child_env
from tests.factories import (
    NOW,
    TODAY,
    make_agreement,
    make_budget,
    make_contractor,
    make_engagement,
    make_user,
    make_version,
)
from tests.milestones.conftest import give_bank, set_up_payment
from tests.milestones.test_offer_path import draft
from tests.resilience import oracle
from tests.resilience.ledger_walker.base import stands
from tests.resilience.ledger_walker.table import ACTS, AROUND, EXCEPTIONS, IDLE

ROOT = Path(__file__).parents[2]
IS_SQLITE = connection.vendor == "sqlite"
TORTURE = os.environ.get("TORTURE") == "1"
CLIENTS, STEPS, ENGAGEMENTS, SEEDS = (8, 1250, 150, 10) if TORTURE else (8, 250, 12, 1)


def room(engagements: int, offers: int = 0) -> None:
    """Work of one budget that was promised almost all that it holds: agreements signed by both, in every second silence
    accepts, and drafts of offers. There is somebody for every part."""
    admin, finance = make_user("admin"), [make_user("finance") for _ in range(3)]
    budget = make_budget(finance[0], minor=engagements * 4 * 200_000 + offers * 400_000 + 100_000)
    budget.name = "The walk"
    budget.save()
    set_up_payment(admin)
    leads, members = [make_user("lead") for _ in range(2)], [make_user("member") for _ in range(4)]
    version = make_version(leads[0], shares=(3000, 3000, 4000))
    for place in range(engagements):
        lead, owner = leads[place % 2], members[place % 4]
        people: dict[str, Any] = {"lead": lead, "comms_owner": owner, "cover": members[(place + 1) % 4]}
        facts: dict[str, Any] = {"version": version, "review_end": ("escalate", "accept")[place % 2], **people}
        engagement = make_engagement(budget=budget, milestones=[MilestoneStatus.AGREED] * 4, **facts)
        for milestone in engagement.milestones.all():
            goal = milestone.goals.get()
            goal.pk, goal.position, goal.metric = None, goal.position + 10, f"p99 of step {milestone.position}"
            goal.save(force_insert=True)
            milestone.goals.add(goal)  # two, so that one can be met
            Estimate.objects.create(
                milestone=milestone, number=1, work_minutes=600, due_on=milestone.due_on,
                by=engagement.contractor.user, at=NOW,
            )  # fmt: skip
        make_agreement(engagement)
        give_bank(engagement)
    leads[0].leaves.create(starts_on=TODAY, ends_on=TODAY)
    for _ in range(offers):
        draft(leads[1], make_contractor(True), version=version, budget=budget, starts_on=TODAY)


def walk(seed: int, steps: int, guards: str = "", only: str = "") -> tuple[int, dict[str, Any], str]:
    """Exit code, what the clients told, and what went wrong."""
    command = [
        sys.executable,
        "-m",
        "tests.resilience.ledger_walker",
        str(seed),
        str(steps),
        str(CLIENTS),
        guards,
        only,
    ]
    env = child_env(RING_BROKER="0")
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=3600)
    return done.returncode, json.loads(done.stdout.splitlines()[-1]), done.stderr[-3000:]


def what_broke(told: dict[str, Any]) -> list[str]:
    """What the oracle finds, and what contradicts what the clients were told: nothing may get lost or happen twice."""
    accepted, paid, returned = told["accepted"], told["paid"], Counter(told["returned"])
    by_kind = Counter(Posting.objects.values_list("kind", flat=True))
    done = Counter(Payout.objects.filter(status="paid").values_list("pk", flat=True))
    began = {pk: tuple(stood) for pk, stood in told["frozen"]}
    ended = {pk: tuple(stood) for pk, stood in told["thawed"]}
    for dispute in Dispute.objects.open():
        ended[dispute.pk] = stands(dispute.milestone_id)
    signed = sorted(Amendment.objects.filter(status="agreed").values_list("pk", flat=True))
    holds = {
        "an acceptance happens once": len(accepted) == len(set(accepted)),
        "no acceptance is lost": Milestone.objects.filter(pk__in=accepted, status__in=ACCOUNTED).count()
        == len(accepted) == by_kind[PostingKind.RELEASE] == Payout.objects.count(),
        "a payment happens once": by_kind[PostingKind.PAY] == len(paid),
        "what came back is owed": by_kind[PostingKind.BOUNCE] == returned.total() and done == Counter(paid) - returned,
        "no dispute is lost": len(told["frozen"]) == len(began) == Dispute.objects.count() == len(ended),
        "disputed money is frozen": began == ended,
        "no amendment is lost": sorted(told["amended"]) == signed,
    }  # fmt: skip
    return [*oracle.wrongs(), *(f"Told: not so: {law}." for law, is_so in holds.items() if not is_so)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(SEEDS))
def test_random_acts_of_eight_clients_leave_books_that_hold(seed):
    room(ENGAGEMENTS, offers=ENGAGEMENTS // 4)

    code, told, wrong = walk(seed, STEPS)

    print(f"seed {seed}: {CLIENTS * STEPS} steps, {sum(told['acts'].values())} carried out", told["acts"])
    assert code == 0, wrong
    assert what_broke(told) == []
    carried_out = set(told["acts"])
    assert carried_out <= ACTS | AROUND | IDLE
    assert sum(told["acts"].values()) > CLIENTS * STEPS // (3 if TORTURE else 4), told["acts"]
    assert len(carried_out & ACTS) > len(ACTS) * (9 if TORTURE else 7) // 10, sorted(ACTS - carried_out)


def use_cases() -> Iterator[str]:
    """Of the room where milestones and money are moved: nobody below may name a milestone."""
    for path in sorted((ROOT / "milestones" / "services").rglob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and any(ast.unparse(d) == "use_case" for d in node.decorator_list):
                yield f"{path.stem}.{node.name}"


def test_every_service_of_money_and_milestones_is_walked_or_is_a_named_exception():
    found = set(use_cases())

    assert found - ACTS - set(EXCEPTIONS) == set(), "new: let a walker carry it out, or say in the table why not"
    assert (ACTS | set(EXCEPTIONS)) - found == set(), "gone"
    assert ACTS & set(EXCEPTIONS) == set()


# --- without a guard -----------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_without_its_guard_the_same_walk_breaks_the_books():
    """PostgreSQL without row locks; SQLite, whose writers take turns anyway, without whole transactions."""
    room(4)

    walk(0, 60, "transactions" if IS_SQLITE else "locks")

    assert oracle.ledger.check() != []


@pytest.mark.django_db(transaction=True)
def test_money_of_a_dispute_moves_once_the_table_of_moves_lets_it():
    room(2)

    _code, told, _wrong = walk(0, 40, "frozen", only="quarrel")

    assert [law for law in what_broke(told) if law.startswith(("Dispute:", "Told: not so: disputed"))]
