"""Rows written past the models: one that is there once, whoever else writes it, and very many at once, new ones and
others that are there already."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection, models
from django.db.models.constants import OnConflict
from django.db.models.sql import InsertQuery

NULL = "\\N"
_SPECIAL = (("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"))  # what COPY would take for something else
_BETWEEN = "\x00"  # no text that PostgreSQL takes


def insert_once(row: models.Model) -> bool:
    """Insert `row` unless one with a unique key of its exists. True when it is new (its primary key is not read back).

    A rival that holds the key in an open transaction is waited for; after it has failed, this one is in."""
    fields = [field for field in row._meta.concrete_fields if not isinstance(field, models.AutoField)]
    query = InsertQuery(type(row), on_conflict=OnConflict.IGNORE)
    query.insert_values(fields, [row])
    [(statement, values)] = query.get_compiler(connection=connection).as_sql()
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return bool(cursor.rowcount)


def insert_many(
    model: type[models.Model],
    names: Sequence[str],
    rows: Sequence[Sequence[Any]],
    same: Mapping[str, Any] | None = None,
) -> None:
    """Insert rows of these columns (attribute names, as `by_id`), all or none, without making models of them. Values
    are None, text, whole numbers, true and false, days and instants, of one column all of one kind; `same` are columns
    that say the same in each row. A column that is not named gets the database's default.

    By COPY on PostgreSQL. A unique key that exists already raises IntegrityError on either engine."""
    if not rows:
        return
    quoted, fields = connection.ops.quote_name, {field.attname: field for field in model._meta.concrete_fields}
    columns, tail = [fields[name] for name in (*names, *(same or ()))], [*(same or {}).values()]
    into = f"{quoted(model._meta.db_table)} ({', '.join(quoted(str(field.column)) for field in columns)})"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with connection.wrap_database_errors, cursor.copy(f"COPY {into} FROM STDIN") as copy:
                copy.write(copied(rows, tail))
        else:
            marks = ", ".join(["%s"] * len(columns))
            plain = [
                [field.get_db_prep_save(value, connection) for field, value in zip(columns, [*row, *tail], strict=True)]
                for row in rows
            ]
            cursor.executemany(f"INSERT INTO {into} VALUES ({marks})", plain)  # noqa: S608 (our own names)


def insert_numbered(
    model: type[models.Model],
    names: Sequence[str],
    rows: Sequence[Sequence[Any]],
    same: Mapping[str, Any] | None = None,
) -> list[int]:
    """As `insert_many`; the keys that the rows got, in their order."""
    if not rows:
        return []
    quoted = connection.ops.quote_name
    table, key = model._meta.db_table, str(model._meta.pk.column)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # Taken beforehand, as the column's default would take them: to look for the rows afterwards takes longer.
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)::regclass) FROM generate_series(1, %s)",
                [quoted(table), key, len(rows)],
            )
            keys = [number for (number,) in cursor.fetchall()]
        of_key = model._meta.pk.attname
        insert_many(model, (of_key, *names), [(pk, *row) for pk, row in zip(keys, rows, strict=True)], same)
        return keys
    insert_many(model, names, rows, same)
    with connection.cursor() as cursor:  # who writes is alone, and keys only grow
        latest = f"SELECT {quoted(key)} FROM {quoted(table)} ORDER BY 1 DESC LIMIT {len(rows)}"  # noqa: S608 (our own names)
        cursor.execute(latest)
        return [number for (number,) in reversed(cursor.fetchall())]


def update_many(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Write columns (attribute names) of rows that are there: of each its key, then its values. One statement however
    many on PostgreSQL; on SQLite, which is in this very process, one after the other. Values as in `insert_many`."""
    if not rows:
        return
    quoted, fields = connection.ops.quote_name, {field.attname: field for field in model._meta.concrete_fields}
    table, columns = quoted(model._meta.db_table), [quoted(str(fields[name].column)) for name in names]
    key = quoted(str(model._meta.pk.column))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Without lengths: a cast to them would cut what the column would refuse.
            kinds = [str(field.db_type(connection)).partition("(")[0] for field in map(fields.__getitem__, names)]
            new = ", ".join(f"{column} = fresh.c{n}" for n, column in enumerate(columns))
            lists = ", ".join(["%s::bigint[]", *(f"%s::{kind}[]" for kind in kinds)])
            named = ", ".join(["id", *(f"c{n}" for n in range(len(kinds)))])
            cursor.execute(
                f"UPDATE {table} SET {new} FROM unnest({lists}) AS fresh ({named}) WHERE {table}.{key} = fresh.id",  # noqa: S608 (our own names)
                [list(values) for values in zip(*rows, strict=True)],
            )
        else:
            new = ", ".join(f"{column} = %s" for column in columns)
            plain = [
                [*(fields[name].get_db_prep_save(v, connection) for name, v in zip(names, values, strict=True)), pk]
                for pk, *values in rows
            ]
            cursor.executemany(f"UPDATE {table} SET {new} WHERE {key} = %s", plain)  # noqa: S608 (our own names)


def copied(rows: Sequence[Sequence[Any]], tail: Sequence[Any] = ()) -> str:
    """The rows as COPY reads them, each followed by the values of `tail`. A column at a time: to look at each value's
    kind takes several times as long."""
    columns = [_column(values) for values in zip(*rows, strict=True)]
    end = "".join("\t" + word for value in tail for word in _of_kind((value,))) + "\n"
    return end.join([*map("\t".join, zip(*columns, strict=True)), ""])


def _column(values: Sequence[Any]) -> Iterable[str]:
    first = values[0]
    if first is values[-1] and all(value is first for value in values):
        return _of_kind(values[:1]) * len(values)
    if None not in values:
        return _of_kind(values)
    there = iter(_of_kind([value for value in values if value is not None]))
    return [NULL if value is None else next(there) for value in values]


def _of_kind(values: Sequence[Any]) -> list[str]:
    """Raises ValueError for a kind that is not named in `insert_many`, and for two of them."""
    [kind] = {str if issubclass(kind, str) else kind for kind in set(map(type, values))}
    if kind is str:
        return _texts(values)
    if kind in (int, bool, date, datetime):
        return list(map(str, values))
    if kind is type(None):
        return [NULL] * len(values)
    raise ValueError(f"{kind.__name__} can’t be inserted by the thousand.")


def _texts(values: Sequence[str]) -> list[str]:
    """All in one piece: a replacement takes hardly longer for a thousand than for one."""
    whole = _BETWEEN.join(values)
    escaped = _escaped(whole)
    found = list(values) if escaped is whole else escaped.split(_BETWEEN)
    return found if len(found) == len(values) else list(map(_escaped, values))


def _escaped(text: str) -> str:
    for special, written in _SPECIAL:
        if special in text:
            text = text.replace(special, written)
    return text
