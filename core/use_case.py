"""`@use_case`: every write runs whole or not at all, and survives losing a race.

Serialisation failures, deadlocks and locks that didn't come in time (SQLSTATE 40001, 40P01, 55P03; "locked" on
SQLite) are retried up to five times with jitter, only when the use case is the outermost transaction, because only
then is it known that nothing outside it depends on what was read. No I/O happens inside a use case, so a retry is safe
(promises D1).
"""

import functools
import random
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction

P = ParamSpec("P")
R = TypeVar("R")
TRIES = 5
RETRIED = {"40001", "40P01", "55P03"}


def lost_a_race(error: OperationalError) -> bool:
    """Whether the database asks for the same transaction again."""
    cause = error.__cause__
    if getattr(cause, "sqlstate", None) in RETRIED:
        return True
    return connection.vendor == "sqlite" and "locked" in str(error)


def use_case(function: Callable[P, R]) -> Callable[P, R]:
    """Make `function` atomic; when outermost, retry it after a lost race."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if connection.in_atomic_block:
            with transaction.atomic():
                return function(*args, **kwargs)
        for attempt in range(1, TRIES + 1):
            try:
                with transaction.atomic():
                    return function(*args, **kwargs)
            except OperationalError as error:
                if attempt == TRIES or not lost_a_race(error):
                    raise
                time.sleep(random.uniform(0.005, 0.03) * 2**attempt)  # noqa: S311 (jitter, not a secret)
        raise AssertionError("unreachable")

    return run
