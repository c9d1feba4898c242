"""The same room without some of its guards, and with a pause where each would have been, so that a test can see the
damage."""

import contextlib
import random
import time
from typing import Any

from django.db import transaction

from core.transitions import StatefulQuerySet
from milestones.models import Milestone
from milestones.querysets.disputes import DisputeQuerySet
from milestones.querysets.ledger import AccountQuerySet
from milestones.querysets.payouts import PayoutQuerySet
from milestones.states import MilestoneStatus


def _pause() -> None:
    time.sleep(random.uniform(0, 0.004))


def _unlocked(self: Any, row: Any) -> Any:
    found = self.get(pk=getattr(row, "pk", row))
    _pause()
    return found


def _accounts_unlocked(self: Any, *pks: int) -> dict[int, Any]:
    found = {account.pk: account for account in self.filter(pk__in=pks)}
    _pause()
    return found


def _held_by_nobody(self: Any, keys: Any) -> None:
    _pause()


def _without_locks() -> None:
    PayoutQuerySet.hold = _held_by_nobody  # type: ignore[method-assign]
    StatefulQuerySet.lock = unlocked = _unlocked  # type: ignore[method-assign]
    DisputeQuerySet.lock = unlocked
    AccountQuerySet.lock = _accounts_unlocked  # type: ignore[method-assign]


def _without_transactions() -> None:
    AccountQuerySet.lock = _accounts_unlocked  # type: ignore[method-assign]
    transaction.atomic = lambda *args, **kwargs: contextlib.nullcontext()  # type: ignore[assignment]


def _not_frozen() -> None:
    """Somebody adds a way out of a dispute to the table of moves."""
    Milestone.MOVES[MilestoneStatus.DISPUTED] |= {MilestoneStatus.ACCEPTED, MilestoneStatus.CHANGES_REQUESTED}


GUARDS = {
    "locks": _without_locks,
    "transactions": _without_transactions,
    "frozen": _not_frozen,
}


def leave_out(names: str) -> None:
    """Those of GUARDS, with a comma between them."""
    for name in filter(None, names.split(",")):
        GUARDS[name]()
