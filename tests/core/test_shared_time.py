"""Time of two people at once, against the spans laid over each other minute by minute."""

from datetime import UTC, datetime, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.shared_time import either, together
from core.working_time import Calendar, between, is_working
from tests.core.test_working_time import OFTEN, covered, situations

MINUTE = timedelta(minutes=1)
LISBON = Calendar("Europe/Lisbon")
SAIGON = Calendar("Asia/Ho_Chi_Minh")


def both(a: datetime, b: datetime, one: Calendar, other: Calendar) -> timedelta:
    """The second opinion: every pair of spans."""
    first, last = a.date() - timedelta(days=4), b.date() + timedelta(days=2)
    total = timedelta()
    for start, end in covered(first, last, one):
        for other_start, other_end in covered(first, last, other):
            total += max(min(end, other_end, b) - max(start, other_start, a), timedelta())
    return total


@OFTEN
@given(situations(), situations(), st.integers(0, 40 * 86_400))
def test_both_and_either_are_what_the_spans_say(
    mine: tuple[Calendar, datetime], theirs: tuple[Calendar, datetime], seconds: int
) -> None:
    a = mine[1]
    b = a + timedelta(seconds=seconds)
    one, other = mine[0], theirs[0]

    shared = both(a, b, one, other)

    assert together(a, b, one, other) == together(a, b, other, one) == shared
    assert either(a, b, one, other) == between(a, b, one) + between(a, b, other) - shared


@settings(max_examples=25, deadline=None)
@given(situations(), situations(), st.integers(1, 2 * 1440))
def test_either_counts_the_minutes_in_which_somebody_works(
    mine: tuple[Calendar, datetime], theirs: tuple[Calendar, datetime], minutes: int
) -> None:
    """Where everything lies on whole minutes."""
    a = mine[1].astimezone(UTC).replace(second=0, microsecond=0)
    one, other = mine[0], theirs[0]
    assume(all(at.second == 0 for c in (one, other) for s in covered(a.date(), a.date(), c) for at in s))

    instants = [a + n * MINUTE for n in range(minutes)]
    worked = sum(is_working(at, one) or is_working(at, other) for at in instants)

    assert either(a, a + minutes * MINUTE, one, other) == worked * MINUTE


def test_lisbon_and_saigon_share_an_hour_a_winter_day() -> None:
    monday = datetime(2026, 11, 23, tzinfo=UTC)  # Lisbon 9–17 UTC, Saigon 2–10 UTC

    assert together(monday, monday + timedelta(days=7), LISBON, SAIGON) == timedelta(hours=5)
    assert either(monday, monday + timedelta(days=7), LISBON, SAIGON) == timedelta(hours=75)


def test_nothing_is_worked_backwards() -> None:
    monday = datetime(2026, 11, 23, tzinfo=UTC)

    assert together(monday, monday - timedelta(days=7), LISBON, SAIGON) == timedelta()
    assert either(monday, monday - timedelta(days=7), LISBON, SAIGON) == timedelta()


def test_a_year_that_ends_in_between_is_seen_whole() -> None:
    a, b = datetime(2025, 12, 1, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC)

    assert together(a, b, LISBON, LISBON) == between(a, b, LISBON)
