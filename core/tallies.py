"""Counts of long lists that the database keeps itself, and where in a list a page begins.

To count the rows that somebody sees, or to skip those before page 500, the database must look at each of them. With a
number a day and person it adds up days instead, and skips rows within one day only.
"""

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from django.core.paginator import Page
from django.db import connection, models, transaction
from django.db.migrations.operations.base import Operation

from core.models import Tally
from core.paging import KeyPaginator
from core.triggers import COUNTED

ALL = 0  # the viewer who sees every row
# What rows add to the tallies, or take from them: PostgreSQL's statement about many, SQLite's about one.
_MANY = """
    INSERT INTO core_tally ("table", viewer, day, n)
    SELECT '{table}', seen.viewer, (r.{by} AT TIME ZONE 'UTC')::date, {sign}count(*) FROM {rows} r
    CROSS JOIN LATERAL (SELECT DISTINCT u AS viewer FROM unnest(ARRAY[{viewers}]::bigint[]) u WHERE u IS NOT NULL) seen
    GROUP BY 2, 3;"""
_ONE = """
    INSERT INTO core_tally ("table", viewer, day, n)
    SELECT '{table}', viewer, substr({row}."{by}", 1, 10), {n} FROM ({viewers}) WHERE viewer IS NOT NULL;"""
# SQLite's about all that is there.
_ALL = """
    INSERT INTO core_tally ("table", viewer, day, n)
    SELECT '{table}', viewer, substr(at, 1, 10), count(*) FROM ({seen}) WHERE viewer IS NOT NULL GROUP BY 2, 3"""
_FORGET = "DELETE FROM core_tally WHERE \"table\" = '{table}'"
_FUNCTION = """
    CREATE OR REPLACE FUNCTION "{name}"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$"""
# Sums are numeric on PostgreSQL, whole numbers on SQLite.
_PLACE = """
    WITH days AS (SELECT day, SUM(n) AS n FROM core_tally WHERE "table" = %s AND viewer = %s GROUP BY day),
    sums AS (SELECT day, n, SUM(n) OVER (ORDER BY day DESC) AS upto, SUM(n) OVER () AS total FROM days)
    SELECT total, day, upto - n FROM sums
    WHERE upto > CASE WHEN %s < total THEN %s ELSE total - 1 - (total - 1) %% %s END
    ORDER BY day DESC LIMIT 1"""


class Count(Operation):
    """Migration operation: keep tallies of `table`, by the day of its column `by` and by each person in `viewers`
    (columns; who stands in two of them sees the row once). What is there already is counted.

    SQLite remakes a table to change it and forgets its triggers: a migration that does so ends with this one again."""

    reversible = True
    reduces_to_sql = True

    def __init__(self, table: str, viewers: list[str], by: str = "created_at") -> None:
        self.table, self.viewers, self.by = table, viewers, by
        COUNTED[table] = self

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.table, self.viewers, self.by], {}

    def _many(self, rows: str, sign: str = "") -> str:
        viewers = ", ".join([str(ALL), *(f"r.{column}" for column in self.viewers)])
        return _MANY.format(table=self.table, by=self.by, sign=sign, rows=rows, viewers=viewers)

    def _one(self, row: str, n: int) -> str:
        viewers = " UNION ".join([f"SELECT {ALL} AS viewer", *(f'SELECT {row}."{column}"' for column in self.viewers)])
        return _ONE.format(table=self.table, by=self.by, row=row, n=n, viewers=viewers)

    def creates(self, vendor: str) -> list[str]:
        name, table = f"{self.table}_count", self.table
        columns = [*self.viewers, self.by]
        if vendor == "sqlite":
            of = ", ".join(f'"{column}"' for column in columns)
            more, less = self._one("NEW", 1), self._one("OLD", -1)
            return [
                f'CREATE TRIGGER "{name}_insert" AFTER INSERT ON "{table}" BEGIN {more} END',
                f'CREATE TRIGGER "{name}_delete" AFTER DELETE ON "{table}" BEGIN {less} END',
                f'CREATE TRIGGER "{name}_update" AFTER UPDATE OF {of} ON "{table}" BEGIN {less} {more} END',
            ]
        changed = " OR ".join(f'NEW."{column}" IS DISTINCT FROM OLD."{column}"' for column in columns)
        both = self._many("(SELECT OLD.*)", "-") + self._many("(SELECT NEW.*)")
        # Rows are added many at a time, by an import, but change hands one by one.
        return [
            _FUNCTION.format(name=f"{name}_insert", body=self._many("fresh")),
            _FUNCTION.format(name=f"{name}_delete", body=self._many("gone", "-")),
            _FUNCTION.format(name=f"{name}_update", body=both),
            f'CREATE TRIGGER "{name}_insert" AFTER INSERT ON "{table}" REFERENCING NEW TABLE AS fresh '
            f'FOR EACH STATEMENT EXECUTE FUNCTION "{name}_insert"()',
            f'CREATE TRIGGER "{name}_delete" AFTER DELETE ON "{table}" REFERENCING OLD TABLE AS gone '
            f'FOR EACH STATEMENT EXECUTE FUNCTION "{name}_delete"()',
            f'CREATE TRIGGER "{name}_update" AFTER UPDATE ON "{table}" FOR EACH ROW WHEN ({changed}) '
            f'EXECUTE FUNCTION "{name}_update"()',
        ]

    def drops(self, vendor: str) -> list[str]:
        on = "" if vendor == "sqlite" else f' ON "{self.table}"'
        return [f'DROP TRIGGER IF EXISTS "{self.table}_count_{each}"{on}' for each in ("insert", "delete", "update")]

    def recounts(self, vendor: str) -> list[str]:
        """Forget the tallies and count what is there."""
        forget = _FORGET.format(table=self.table)
        if vendor != "sqlite":
            return [forget, self._many(f'"{self.table}"')]
        each = 'SELECT id, "{}" AS at, {} AS viewer FROM "{}"'
        viewers = [str(ALL), *(f'"{column}"' for column in self.viewers)]
        seen = " UNION ".join(each.format(self.by, viewer, self.table) for viewer in viewers)
        return [forget, _ALL.format(table=self.table, seen=seen)]

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing that Django's state knows of."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        vendor = schema_editor.connection.vendor
        for sql in self.drops(vendor) + self.creates(vendor) + self.recounts(vendor):
            schema_editor.execute(sql, params=None)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for sql in self.drops(schema_editor.connection.vendor):
            schema_editor.execute(sql)

    def describe(self) -> str:
        return f"Let the database count the rows of {self.table}"


class Place(NamedTuple):
    """Where a page begins: on `day`, after `before` rows of later days; None in an empty list."""

    total: int
    day: date | None
    before: int


def place(table: str, viewer: int, *, number: int = 1, per_page: int = 1) -> Place:
    """Of that page, or of the last one where there are fewer; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_PLACE, [table, viewer, *[(number - 1) * per_page] * 2, per_page])
        found = cursor.fetchone()
    if found is None:
        return Place(0, None, 0)
    total, day, before = found
    return Place(int(total), date.fromisoformat(day) if isinstance(day, str) else day, int(before))


class TalliedPaginator(KeyPaginator):
    """Pages of a list in the order of its newest rows (`-created_at` first), as `viewer` of its table's tallies sees
    it. `object_list` is that viewer's queryset."""

    def __init__(self, object_list: Any, per_page: int, viewer: int, shown: Any = None) -> None:
        super().__init__(object_list, per_page, shown)
        self.table, self.viewer = object_list.model._meta.db_table, viewer
        self.places: dict[int, Place] = {}

    def place(self, number: int) -> Place:
        if number in self.places:
            return self.places[number]
        found = place(self.table, self.viewer, number=number, per_page=self.per_page)
        last = max(1, -(-found.total // self.per_page))  # whose place it is for all beyond
        self.places[min(number, last)] = found
        return found

    @cached_property
    def count(self) -> int:
        known = [*self.places.values()] or [self.place(1)]
        return known[0].total

    def get_page(self, number: Any) -> Page:
        with suppress(TypeError, ValueError):
            self.place(max(1, min(int(number), 2**31)))  # which tells the count as well
        return super().get_page(number)

    def page(self, number: Any) -> Page:
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        rows: Any = self.object_list
        where = self.place(number)
        if number > 1 and where.day:
            first -= where.before
            rows = rows.filter(created_at__lt=datetime.combine(where.day + timedelta(days=1), time(), UTC))
        return self.among(rows, first, number)


class WholePaginator(KeyPaginator):
    """Pages of a tallied table all of whose rows are listed, in any order."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return place(rows.model._meta.db_table, ALL).total


def fold() -> int:
    """Add up the changes since the last time; returns how many sums were made."""
    several = Tally.objects.values_list("table", "viewer", "day").annotate(rows=models.Count("pk")).filter(rows__gt=1)
    made = 0
    for table, viewer, day, _rows in several.order_by():
        with transaction.atomic():
            parts = Tally.objects.select_for_update().filter(table=table, viewer=viewer, day=day)
            by_pk = dict(parts.values_list("pk", "n"))
            Tally.objects.filter(pk__in=by_pk).delete()
            if total := sum(by_pk.values()):
                Tally.objects.create(table=table, viewer=viewer, day=day, n=total)
        made += 1
    return made
