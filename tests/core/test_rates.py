"""Tries are counted exactly, by whoever counts them, until their window is over."""

import ast
import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import Tries
from core.rates import count, forget, is_one_too_many
from core.tasks import tidy
from tests.factories import NOW

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
INSTANT = timedelta(microseconds=1)


def tried(at: datetime = NOW, key: str = "k") -> int:
    return count(key, until=at + HOUR, at=at)


def test_a_try_is_one_statement_also_when_a_window_begins_or_begins_anew() -> None:
    for at in (NOW, NOW, NOW + 2 * HOUR):
        with CaptureQueriesContext(connection) as seen:
            tried(at)
        assert len(seen) == 1


def test_the_first_try_says_until_when() -> None:
    minutes = [timedelta(minutes=n) for n in (0, 10, 20, 30, 59)]

    assert [tried(NOW + after) for after in minutes] == [1, 2, 3, 4, 5]
    assert tried(NOW + HOUR - INSTANT) == 6
    assert tried(NOW + HOUR) == 1
    assert tried(NOW + 2 * HOUR - INSTANT) == 2


def test_a_whole_second_comes_before_what_follows_within_it() -> None:
    """SQLite compares instants as text, in which a whole second has no fraction."""
    whole = NOW.replace(microsecond=0)
    count("k", until=whole, at=whole - HOUR)

    assert count("k", until=whole + HOUR, at=whole + INSTANT) == 1
    count("l", until=whole + INSTANT, at=whole)
    assert count("l", until=whole + HOUR, at=whole) == 2


def test_so_many_are_let_through() -> None:
    answers = [is_one_too_many("k", most=2, seconds=3600, at=NOW + n * INSTANT) for n in range(4)]

    assert answers == [False, False, True, True]
    assert not is_one_too_many("other", most=2, seconds=3600, at=NOW)
    assert not is_one_too_many("k", most=2, seconds=3600, at=NOW + HOUR)


def test_any_text_can_be_counted_and_stands_nowhere() -> None:
    keys = ["", "a", "A", "192.0.2.1", "a\x00b", "\udcff", "🦆" * 100_000, "%s", "'; --", "é", "e\u0301", " a"]

    assert [tried(key=key) for key in keys] == [1] * len(keys)
    assert [tried(key=key) for key in keys] == [2] * len(keys)
    assert not {*keys} & {*Tries.objects.values_list("key", flat=True)}


def test_windows_that_are_over_are_forgotten() -> None:
    tried(NOW - HOUR, "over")
    tried(NOW - HOUR + INSTANT, "open")

    assert forget(at=NOW) == 1
    assert [tried(key=key) for key in ("over", "open")] == [1, 2]


def test_tidying_forgets_them() -> None:
    tried(NOW.replace(year=2020))
    tidy()

    assert not Tries.objects.exists()


def at_once(act: Any, people: int) -> list[Any]:
    """What `act` gives each of them, from connections of their own."""
    gate = threading.Barrier(people)
    given: list[Any] = []

    def run() -> None:
        try:
            gate.wait(20)
            given.append(act())
        except Exception as error:  # seen by who compares
            given.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _person in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return given


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("before", [None, NOW, NOW - 2 * HOUR])
def test_all_who_try_at_the_same_instant_are_counted(before: datetime | None) -> None:
    already = tried(before) if before else 0
    given = at_once(lambda: [tried() for _turn in range(10)], 4)

    start = already if before == NOW else 0
    assert sorted(n for each in given for n in each) == [*range(start + 1, start + 41)]


@pytest.mark.django_db(transaction=True)
def test_whoever_tries_while_windows_are_forgotten_is_counted() -> None:
    for turn in range(10):
        tried(NOW - 2 * HOUR, f"k{turn}")
        given = at_once(lambda key=f"k{turn}": (tried(key=key), forget(at=NOW)), 3)
        assert sorted(n for n, _forgotten in given) == [1, 2, 3]


@pytest.mark.django_db(transaction=True)
def test_a_try_stands_before_what_it_leads_to() -> None:
    tried()

    assert at_once(tried, 1) == [2]  # another connection sees it: nothing is open that could be undone


def test_only_pages_count_outside_any_transaction() -> None:
    """A count inside a transaction would be undone with what was refused."""
    counting = []
    for app in settings.DUCKROW_APPS:
        for path in sorted(Path(settings.BASE_DIR, app).rglob("*.py")):
            text = path.read_text()
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.ImportFrom) and node.module == "core.rates":
                    assert "views" in path.parts or path.stem == "api", path
                    assert "atomic" not in text, path
                    counting.append(path)

    assert counting
    assert not settings.DATABASES["default"].get("ATOMIC_REQUESTS")
