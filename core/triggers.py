"""Rows that the database itself refuses to change: one migration operation for both engines.

An append-only table refuses DELETE, and UPDATE of any column that is not named as erasable. The product has no
switch for it; the test harness drops and recreates the triggers around its flush (`drop_all`, `create_all`).
"""

from typing import Any

from django.db.migrations.operations.base import Operation

# Every protected table of this process, filled when migrations load.
PROTECTED: dict[str, "Protect"] = {}
COUNTED: dict[str, Any] = {}  # and every counted one (core.tallies.Count)


class Protect(Operation):
    """Migration operation: rows of `table` can't be deleted, nor any of `columns` changed, while `when` (SQL over OLD,
    '' = always) holds; and none can be added while `no_insert_when` (SQL over NEW, '' = may be added) holds. Columns
    are named, so that an erasable one (a note, an address) is left out on purpose."""

    reversible = True
    reduces_to_sql = True

    def __init__(
        self, table: str, columns: list[str], when: str = "", no_insert_when: str = "", revision: int = 1
    ) -> None:
        """`revision` counts up when a later migration guards the same table anew: the highest one stands."""
        self.table, self.columns, self.when, self.no_insert_when = table, columns, when, no_insert_when
        self.revision = revision
        if table not in PROTECTED or PROTECTED[table].revision <= revision:
            PROTECTED[table] = self

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.table, self.columns, self.when, self.no_insert_when, self.revision], {}

    def refusals(self, vendor: str) -> dict[str, str]:
        """SQL event -> the condition under which the row is refused."""
        differs = "IS NOT" if vendor == "sqlite" else "IS DISTINCT FROM"
        changed = " OR ".join(f'NEW."{c}" {differs} OLD."{c}"' for c in self.columns)
        when = self.when or "1=1"
        events = {"DELETE": when, "UPDATE": f"({changed}) AND ({when})"}
        if self.no_insert_when:
            events["INSERT"] = self.no_insert_when
        return events

    def told(self, event: str) -> str:
        return f"{self.table} is append-only" + (", and takes no such row" if event == "INSERT" else "")

    def creates(self, vendor: str) -> list[str]:
        events = self.refusals(vendor)
        if vendor == "sqlite":
            return [
                f'CREATE TRIGGER "{self.table}_keep_{event.lower()}" BEFORE {event} ON "{self.table}" '
                f"WHEN ({condition}) BEGIN SELECT RAISE(ABORT, '{self.told(event)}'); END"
                for event, condition in events.items()
            ]
        body = " ".join(
            f"IF TG_OP = '{event}' THEN IF ({condition}) THEN RAISE EXCEPTION '{self.told(event)}' "
            "USING ERRCODE = '23001'; END IF; END IF;"
            for event, condition in events.items()
        )
        return [
            f'CREATE OR REPLACE FUNCTION "{self.table}_keep"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} '
            "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$",
            f'CREATE TRIGGER "{self.table}_keep" BEFORE {" OR ".join(events)} ON "{self.table}" '
            f'FOR EACH ROW EXECUTE FUNCTION "{self.table}_keep"()',
        ]

    def drops(self, vendor: str) -> list[str]:
        if vendor == "sqlite":
            return [f'DROP TRIGGER IF EXISTS "{self.table}_keep_{event}"' for event in ("delete", "update", "insert")]
        return [f'DROP TRIGGER IF EXISTS "{self.table}_keep" ON "{self.table}"']

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing that Django's state knows of."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for sql in self.creates(schema_editor.connection.vendor):
            schema_editor.execute(sql, params=None)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for sql in self.drops(schema_editor.connection.vendor):
            schema_editor.execute(sql)

    def describe(self) -> str:
        return f"Let the database keep {self.table} unchanged"


class Unprotect(Operation):
    """Migration operation: take the guard of `table` off, before its columns change; a Protect follows. SQLite remakes
    a table to change it, which loses its guards and fails on a guard that names it."""

    reversible = True

    def __init__(self, table: str) -> None:
        self.table = table

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.table], {}

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing that Django's state knows of."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for sql in PROTECTED[self.table].drops(schema_editor.connection.vendor):
            schema_editor.execute(sql)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """The earlier guard came with the earlier columns; a house that goes back runs that migration again."""

    def describe(self) -> str:
        return f"Take the guard of {self.table} off"


def drop_all(connection: Any) -> None:
    """For the test harness only: take the guards off, and the counts, which a flush would take for deleted rows."""
    with connection.cursor() as cursor:
        for guard in (*PROTECTED.values(), *COUNTED.values()):
            for sql in guard.drops(connection.vendor):
                cursor.execute(sql)


def create_all(connection: Any) -> None:
    """For the test harness only: put the guards back."""
    with connection.cursor() as cursor:
        for guard in (*PROTECTED.values(), *COUNTED.values()):
            for sql in guard.drops(connection.vendor) + guard.creates(connection.vendor):
                cursor.execute(sql)
