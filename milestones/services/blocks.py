"""Many rows, a block of them in a transaction: whoever else needs one of them waits for a block and not for all, and
what is done stays done when the process dies between two. A bad row never sinks the rest."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from django.db import IntegrityError, OperationalError
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.use_case import lost_a_race

A_BLOCK = 250  # rows
LONGEST = 10.0  # seconds after which no further block is begun: a page has 30 in all


@dataclass
class Outcome:
    """What became of many rows, by their keys: those done, those set aside with the reason, and how many are left,
    since all of them would have taken too long."""

    done: list[int] = field(default_factory=list)
    aside: list[tuple[int, str]] = field(default_factory=list)
    left: int = 0

    def add(self, other: "Outcome") -> None:
        self.done += other.done
        self.aside += other.aside


def in_blocks(keys: Iterable[int], act: Callable[[Sequence[int]], Outcome]) -> Outcome:
    """`act`, a use case, on a block of rows after the other. It sets bad rows aside itself; where it refuses a whole
    block, the block is halved until the row that is in the way stands alone."""
    rows, outcome, began = [*dict.fromkeys(keys)], Outcome(), time.monotonic()
    blocks = deque(rows[start : start + A_BLOCK] for start in range(0, len(rows), A_BLOCK))
    while blocks:
        block = blocks.popleft()
        if time.monotonic() - began > LONGEST:
            outcome.left = len(block) + sum(map(len, blocks))
            break
        try:
            outcome.add(act(block))
        except (DomainError, IntegrityError) as refusal:
            if len(block) > 1:
                half = len(block) // 2
                blocks.extendleft((block[half:], block[:half]))
            else:
                outcome.aside.append((block[0], _why(refusal)))
        except OperationalError as error:
            if not lost_a_race(error):
                raise
            outcome.aside += [(pk, _why(error)) for pk in block]
    return outcome


def _why(error: Exception) -> str:
    if isinstance(error, DomainError):
        return error.sentence
    return _("Somebody else is changing it at this moment. Try again.")


def refuse_first(outcome: Outcome) -> None:
    """Raises DomainError with the reason of the first row that was set aside."""
    for _key, reason in outcome.aside:
        raise DomainError(reason)
