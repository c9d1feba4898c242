"""Rows by the thousand are what the models would have written."""

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from core.inserting import copied, insert_many
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


def test_all_or_none() -> None:
    Heartbeat.objects.create(job="b", at=NOW)

    with pytest.raises(IntegrityError), transaction.atomic():
        insert_many(Heartbeat, ("job", "at", "note"), [("a", NOW, ""), ("b", NOW, ""), ("c", NOW, "")])

    assert Heartbeat.objects.get().job == "b"
    insert_many(Heartbeat, ("job", "at", "note"), [])


def test_what_the_database_cannot_hold_is_refused() -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite holds it")
    with pytest.raises(DatabaseError), transaction.atomic():
        insert_many(Heartbeat, ("job", "at", "note"), [("a\x00b", NOW, "")])


def test_a_kind_that_is_not_named_is_refused() -> None:
    for values in ([1.5, 2.5], [b"a", b"b"], [[1], [2]], [1, "a"]):
        with pytest.raises(ValueError, match=r"inserted|unpack"):
            copied([(value,) for value in values])


@given(st.lists(st.tuples(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")), st.booleans()),
                min_size=1))  # fmt: skip
def test_a_row_stays_a_row_and_a_value_a_value(rows: list[tuple[str, bool]]) -> None:
    lines = copied(rows).removesuffix("\n").split("\n")

    found = [line.split("\t") for line in lines]
    unescaped = {"\\\\": "\\", "\\n": "\n", "\\r": "\r", "\\t": "\t"}
    assert [(re.sub(r"\\.", lambda m: unescaped[m[0]], words), flag == "True") for words, flag in found] == rows
