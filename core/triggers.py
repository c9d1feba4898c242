"""Rows that the database itself refuses to change: one migration operation for both engines.

An append-only table refuses DELETE, and UPDATE of any column that is not named as erasable. The product has no
switch for it; the test harness drops and recreates the triggers around its flush (`drop_all`, `create_all`).
"""

from typing import Any

from django.db.migrations.operations.base import Operation

# Every protected table of this process, filled when migrations load: table -> (guard, erasable columns, condition).
PROTECTED: dict[str, tuple[list[str], str]] = {}


def _statements(vendor: str, table: str, columns: list[str], when: str) -> list[str]:
    """CREATE statements. `columns` are the guarded ones; `when` is a condition over OLD under which the guard holds."""
    condition = f" WHEN ({when})" if when else ""
    changed = " OR ".join(
        f'NEW."{c}" IS NOT OLD."{c}"' if vendor == "sqlite" else f'NEW."{c}" IS DISTINCT FROM OLD."{c}"' for c in columns
    )
    update_condition = f" WHEN (({changed}){' AND (' + when + ')' if when else ''})"
    if vendor == "sqlite":
        refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        return [
            f'CREATE TRIGGER "{table}_keep_d" BEFORE DELETE ON "{table}"{condition} {refuse}',
            f'CREATE TRIGGER "{table}_keep_u" BEFORE UPDATE ON "{table}"{update_condition} {refuse}',
        ]
    return [
        "CREATE OR REPLACE FUNCTION duckrow_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '23001'; END $$",
        f'CREATE TRIGGER "{table}_keep_d" BEFORE DELETE ON "{table}" FOR EACH ROW{condition} '
        "EXECUTE FUNCTION duckrow_refuse()",
        f'CREATE TRIGGER "{table}_keep_u" BEFORE UPDATE ON "{table}" FOR EACH ROW{update_condition} '
        "EXECUTE FUNCTION duckrow_refuse()",
    ]


def _drops(vendor: str, table: str) -> list[str]:
    on = "" if vendor == "sqlite" else f' ON "{table}"'
    return [f'DROP TRIGGER IF EXISTS "{table}_keep_d"{on}', f'DROP TRIGGER IF EXISTS "{table}_keep_u"{on}']


class Protect(Operation):
    """Migration operation: rows of `table` can't be deleted, nor any of `columns` changed, while `when` (SQL over OLD,
    '' = always) holds. Name the columns, so that an erasable one (a note, an address) is left out on purpose."""

    reversible = True
    reduces_to_sql = True

    def __init__(self, table: str, columns: list[str], when: str = "") -> None:
        self.table, self.columns, self.when = table, columns, when
        PROTECTED[table] = (columns, when)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.table, self.columns, self.when], {}

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing that Django's state knows of."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for sql in _statements(schema_editor.connection.vendor, self.table, self.columns, self.when):
            schema_editor.execute(sql, params=None)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for sql in _drops(schema_editor.connection.vendor, self.table):
            schema_editor.execute(sql)

    def describe(self) -> str:
        return f"Let the database keep {self.table} unchanged"


def drop_all(connection: Any) -> None:
    """For the test harness only: take the guards off."""
    with connection.cursor() as cursor:
        for table in PROTECTED:
            for sql in _drops(connection.vendor, table):
                cursor.execute(sql)


def create_all(connection: Any) -> None:
    """For the test harness only: put the guards back."""
    with connection.cursor() as cursor:
        for table, (columns, when) in PROTECTED.items():
            for sql in _drops(connection.vendor, table) + _statements(connection.vendor, table, columns, when):
                cursor.execute(sql)
