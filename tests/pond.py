"""The demo's data for the journeys: carried in by the product's services once a run, put back as rows from then on.

Loading takes seconds of CPU, and thirty journeys begin with it.
"""

import sqlite3
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from reminders import demo

_kept: dict[str, Any] = {}  # of this process: what the database held right after loading


def fill(now: datetime | None = None) -> datetime:
    """Fills the empty database with the demo's data. Returns the instant that they are dated relative to."""
    if "at" not in _kept:
        now = now or timezone.now()
        demo.load(now=now)
        _kept.update(at=now, rows=_read())
    else:
        _write(_kept["rows"])
    at: datetime = _kept["at"]
    return at


def _tables() -> Iterator[str]:
    yield from sorted(set(connection.introspection.table_names()) - {"django_migrations"})


def _read() -> Any:
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        copy = sqlite3.connect(":memory:", check_same_thread=False)
        connection.connection.backup(copy)
        return copy
    with connection.cursor() as cursor:
        rows = {}
        for table in _tables():
            with cursor.copy(f'COPY "{table}" TO STDOUT (FORMAT binary)') as out:
                rows[table] = b"".join(map(bytes, out))
        return rows


def _write(kept: Any) -> None:
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        kept.backup(connection.connection)
        return
    with transaction.atomic(), connection.cursor() as cursor:
        # Rows that have been through the triggers before. A flush leaves the types and permissions of models.
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table, rows in kept.items():
            cursor.execute(f'DELETE FROM "{table}"')
            with cursor.copy(f'COPY "{table}" FROM STDIN (FORMAT binary)') as into:
                into.write(rows)
