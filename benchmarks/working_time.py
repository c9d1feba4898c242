"""What `between` costs, as a ratio to one `astimezone` of the same run (goal: a year ≤ 25, ten years about the same).

Run from the top of the repository with `python -m benchmarks.working_time`.
"""

import timeit
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import count
from zoneinfo import ZoneInfo

from core import working_time
from core.working_time import Calendar, add, between

GOAL = 25
ZONE = "Europe/Lisbon"
MONDAY = datetime(2026, 1, 5, 10, tzinfo=UTC)
HOLIDAYS = frozenset(date(2020, 1, 1) + timedelta(days=37 * n) for n in range(120))


unseen = count(1)


def person(leave_from: int) -> Calendar:
    """Office hours with holidays and three weeks of leave of one's own."""
    first = date(2026, 8, 1) + timedelta(days=leave_from)
    return Calendar(ZONE, holidays=HOLIDAYS, leave=((first, first + timedelta(days=20)),))


def warm(ask: Callable[[], object], number: int = 5_000) -> float:
    ask()
    return min(timeit.repeat(ask, number=number, repeat=7)) / number


def cold(ask: Callable[[int], object], forget: tuple[str, ...]) -> float:
    """The best of some first calls, each with a calendar never seen and these caches empty."""

    def once(n: int) -> float:
        for name in forget:
            getattr(working_time, name).cache_clear()
        return timeit.timeit(lambda: ask(n), number=1)

    return min(once(next(unseen)) for _ in range(15))


def main() -> None:
    zone, calendar = ZoneInfo(ZONE), person(0)
    bare = warm(lambda: MONDAY.astimezone(zone), 20_000)
    year, ten = (warm(partial(between, MONDAY, MONDAY + timedelta(days=365 * n), calendar)) for n in (1, 10))
    added = warm(lambda: add(MONDAY, timedelta(hours=1800), calendar))

    def first_call(n: int) -> timedelta:
        return between(MONDAY, MONDAY + timedelta(days=60), person(n))

    print(f"one astimezone: {bare * 1e6:.2f} µs")
    print(f"between over a year: {year / bare:.1f} × astimezone (goal ≤ {GOAL})")
    print(f"between over ten years: {ten / bare:.1f} × astimezone, {ten / year:.2f} × a year")
    print(f"add of a year's work: {added / bare:.1f} × astimezone")
    alone = cold(first_call, ("_block", "_pattern", "_steady_offsets"))
    shared = cold(first_call, ())
    print(f"first call of a process: {alone * 1e3:.2f} ms")
    print(f"first call for a further person with the same hours: {shared * 1e3:.2f} ms")
    if year / bare > GOAL:
        raise SystemExit(f"`between` over a year is dearer than {GOAL} × astimezone.")


if __name__ == "__main__":
    main()
