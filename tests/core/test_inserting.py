"""Rows by the thousand are what the models would have written."""

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.inserting import copied, insert_many, insert_numbered
from core.models import Event, Heartbeat, Tally
from tests.factories import NOW, make_user

pytestmark = pytest.mark.django_db
ODD = [
    "",
    " ",
    "a\tb",
    "a\nb",
    "a\r\nb",
    "\\",
    "\\N",
    "\\.",
    "\\t",
    "N",
    "'",
    '"',
    "é 鴨 🦆",
    "%s",
    "{}",
    "\x0b\x1f",
    "null",
]
COLUMNS = (
    "root_type", "root_id", "seq", "subject_type", "subject_id", "subject_label", "verb", "was", "became", "by_id",
    "at", "note", "salt", "note_digest", "previous", "digest",
)  # fmt: skip


def event(seq: int, note: str, by: Any, at: datetime) -> tuple[Any, ...]:
    return ("test", 1, seq, "test", 1, note, "said", "", "", by, at, note, "", "", "", "")


def test_whatever_people_type_and_what_is_not_there() -> None:
    someone, noon = make_user().pk, datetime(2026, 3, 29, 12, 0, 0, 123456, UTC)
    rows = [event(n, words, someone if n % 3 else None, noon if n % 2 else NOW) for n, words in enumerate(ODD)]

    insert_many(Event, COLUMNS, rows)

    assert list(Event.objects.filter(root_type="test").order_by("seq").values_list(*COLUMNS)) == rows


def test_days_and_columns_in_which_nothing_stands() -> None:
    rows = [("x", n, date(2026, 11, n + 1), -n) for n in range(3)]
    insert_many(Tally, ("table", "viewer", "day", "n"), rows)
    insert_many(Event, COLUMNS, [event(n, "", None, NOW) for n in (1, 2)])

    assert list(Tally.objects.filter(table="x").order_by("viewer").values_list("table", "viewer", "day", "n")) == rows
    assert not Event.objects.exclude(by=None).exists()


def test_what_all_rows_say_is_said_once() -> None:
    same = {"root_type": "test", "root_id": 1, "subject_type": "test", "subject_id": 1, "by_id": None, "at": NOW}
    same |= dict.fromkeys(("was", "became", "note", "salt", "note_digest", "previous", "digest"), "")
    rows = [(n, words, "a\\b\tc") for n, words in enumerate(ODD)]

    insert_many(Event, ("seq", "subject_label", "verb"), rows, same)
    insert_many(Event, ("seq", "subject_label"), [(99, "x")], {**same, "verb": "a\nb\\"})

    found = Event.objects.filter(root_type="test", at=NOW, by=None).order_by("seq")
    assert list(found.values_list("seq", "subject_label", "verb")) == [*rows, (99, "x", "a\nb\\")]


def test_rows_know_their_numbers_and_the_next_one_made_gets_another() -> None:
    before = Heartbeat.objects.create(job="before", at=NOW)
    jobs = [(f"job {n}",) for n in (3, 1, 2)]

    keys = insert_numbered(Heartbeat, ("job",), jobs, {"at": NOW, "note": ""})

    assert [(Heartbeat.objects.get(pk=pk).job,) for pk in keys] == jobs
    assert before.pk < keys[0] < keys[1] < keys[2] < Heartbeat.objects.create(job="after", at=NOW).pk
    assert insert_numbered(Heartbeat, ("job",), []) == []


def test_all_or_none() -> None:
    Heartbeat.objects.create(job="b", at=NOW)

    with pytest.raises(IntegrityError), transaction.atomic():
        insert_many(Heartbeat, ("job", "at", "note"), [("a", NOW, ""), ("b", NOW, ""), ("c", NOW, "")])

    assert Heartbeat.objects.get().job == "b"
    insert_many(Heartbeat, ("job", "at", "note"), [])


def test_what_the_database_cannot_hold_is_refused() -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite holds it")
    for rows in ([("a\x00b", NOW, "")], [("a\x00\tb", NOW, ""), ("c", NOW, "")]):
        with pytest.raises(DatabaseError), transaction.atomic():
            insert_many(Heartbeat, ("job", "at", "note"), rows)


def test_a_kind_that_is_not_named_is_refused() -> None:
    for values in ([1.5, 2.5], [b"a", b"b"], [[1], [2]], [1, "a"]):
        with pytest.raises(ValueError, match=r"inserted|unpack"):
            copied([(value,) for value in values])


@settings(suppress_health_check=[HealthCheck.too_slow])  # of a busy machine
@given(st.lists(st.tuples(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")), st.booleans()),
                min_size=1))  # fmt: skip
def test_a_row_stays_a_row_and_a_value_a_value(rows: list[tuple[str, bool]]) -> None:
    lines = copied(rows).removesuffix("\n").split("\n")

    found = [line.split("\t") for line in lines]
    unescaped = {"\\\\": "\\", "\\n": "\n", "\\r": "\r", "\\t": "\t"}
    assert [(re.sub(r"\\.", lambda m: unescaped[m[0]], words), flag == "True") for words, flag in found] == rows
