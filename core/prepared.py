"""Statements that Django writes once.

To write the SQL of a union of ten querysets takes Django longer than the database takes to answer it, and a page asks
the same thing each time, of other records. So the text is kept and only the keys change. PostgreSQL keeps it as well,
since to plan it takes longer than to carry it out.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from datetime import UTC, datetime
from functools import cache
from inspect import signature
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Field, Lookup, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.query import ModelIterable

LARGEST = 2**63 - 1  # key that a database can be asked for
# One parameter however many keys, so that the text stays the same; and one of one key.
KEYS = {"sqlite": "SELECT value FROM json_each(%s)", "postgresql": "SELECT unnest(%s::bigint[])"}
KEY = {"sqlite": "%s", "postgresql": "%s::bigint"}


def among(keys: Iterable[int] | Iterable[str], kind: str = "bigint") -> RawSQL:
    """These keys as the right side of an `__in` lookup: one parameter instead of as many as keys, each of which Django
    would look at four times. Text is of the kind "text"."""
    wanted: Any = [*keys]
    if connection.vendor == "sqlite":
        wanted = json.dumps(wanted)
    else:
        wanted = _array(wanted)
    return RawSQL(KEYS[connection.vendor].replace("bigint", kind), [wanted])  # noqa: S611 (a type's name, by us)


def _array(keys: list[int] | list[str]) -> str:
    """As PostgreSQL writes a list itself: what psycopg makes of it takes longer than to look for the keys."""
    return "{" + ",".join(map(_quoted if keys and isinstance(keys[0], str) else str, keys)) + "}"  # type: ignore[arg-type]


def _quoted(word: str) -> str:
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


@Field.register_lookup
class Among(Lookup):
    """`pk__among=keys`, as `__in` of what `Prepared` gives: for rows with so many joins that PostgreSQL would take keys
    that are one join more (`__in`) at the end, after it has joined everything."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, params = self.process_lhs(compiler, connection)
        keys = " = ANY(%s::bigint[])" if connection.vendor == "postgresql" else f" IN ({KEYS[connection.vendor]})"
        return left + keys, (*params, *self.rhs.params)


def all_rows(queryset: QuerySet[Any]) -> list[tuple[Any, ...]]:
    """What a queryset of values gives, read at once and with instants as psycopg reads them by itself: UTC as well, and
    many times as fast as what Django puts in its place. There is something to ask for."""
    compiler = queryset.query.get_compiler(connection=connection)
    sql, params = compiler.as_sql()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            from psycopg.types.datetime import TimestamptzLoader

            cursor.cursor.adapters.register_loader("timestamptz", TimestamptzLoader)  # type: ignore[attr-defined]
        cursor.execute(sql, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    converters = compiler.get_converters([column[0] for column in compiler.select])
    return list(map(tuple, compiler.apply_converters(found, converters))) if converters else found


def is_key(number: int) -> bool:
    """Whether a record can have it: an address may hold any number."""
    return number <= LARGEST


class _Place:
    """Stands for the n-th key, or list of keys, while the text is written."""

    def __init__(self, number: int) -> None:
        self.number = number


class One(RawSQL):
    """What `build` gets for one key: the right side of a lookup. With a `role` it is a person to whom `visible_to` can
    say what is visible."""

    kind = "bigint"

    role = ""


class Word(One):
    """The same for one text."""

    kind = "text"


class _Again:
    """As much of a queryset as Django asks for to make records of what a compiler reads."""

    _known_related_objects: Mapping[Any, Any] = {}

    def __init__(self, compiler: Any) -> None:
        self.db, self.query, self.compiler, self.model = DEFAULT_DB_ALIAS, self, compiler, compiler.query.model

    def get_compiler(self, using: str) -> Any:
        return self.compiler


class _Text(NamedTuple):
    sql: str  # empty: there is nothing, whatever the keys
    params: tuple[Any, ...]
    compiler: Any
    converters: dict[int, Any]
    iterable: Any = ModelIterable  # what makes records of rows


class Prepared:
    """`build` makes a queryset of its arguments: each the right side of `__in` lookups and a list of keys later, or,
    where it is annotated as `One` or `Word`, of a plain lookup and one key or text. Nothing else in it may change with
    time."""

    def __init__(self, build: Callable[..., QuerySet]) -> None:
        self.build = build
        self.written: dict[str, _Text] = {}

    def rows(self, *keys: Iterable[int] | int | str) -> Iterable[tuple[Any, ...]]:
        """What the queryset's `values_list` would give for these keys; one statement."""
        text = self._text()
        found = _found(text, keys)
        if not found or not text.converters:
            return found
        return map(tuple, text.compiler.apply_converters(found, text.converters))

    def records(self, *keys: Iterable[int] | int | str) -> list[Any]:
        """What a queryset of records would give for these keys, with all that it selects and annotates; one
        statement."""
        text = self._text()
        found = _found(text, keys)
        if not found:
            return []
        again = copy(text.compiler)  # another thread may be reading through it, too
        again.connection = connections[DEFAULT_DB_ALIAS]
        again.execute_sql, again.get_converters = lambda *_how, **_chunks: [found], lambda _columns: text.converters
        return list(text.iterable(_Again(again)))

    def _text(self) -> _Text:
        vendor = connection.vendor
        if vendor not in self.written:
            wanted = [p for p in signature(self.build).parameters.values() if p.kind == p.POSITIONAL_OR_KEYWORD]
            # Both texts are ours, with one parameter.
            places = [
                p.annotation(KEY[vendor].replace("bigint", p.annotation.kind), [_Place(n)])
                if p.annotation in (One, Word)
                else RawSQL(KEYS[vendor], [_Place(n)])  # noqa: S611
                for n, p in enumerate(wanted)
            ]
            queryset = self.build(*places)
            compiler = queryset.query.get_compiler(connection=connection)
            try:
                sql, params = compiler.as_sql()
            except EmptyResultSet:
                sql, params = "", ()
            converters = compiler.get_converters([column[0] for column in compiler.select])
            settled = _settled(sql, params)
            self.written[vendor] = _Text(*settled, compiler, converters, queryset._iterable_class)  # type: ignore[attr-defined]
        return self.written[vendor]


def _settled(sql: str, params: Iterable[Any]) -> tuple[str, tuple[Any, ...]]:
    """On PostgreSQL with whatever does not change in its place, and the keys by their names: so it knows what it plans,
    and each list of keys is one parameter however often it is asked for."""
    if connection.vendor != "postgresql" or not sql:
        return sql, tuple(params)
    from psycopg import ClientCursor

    connection.ensure_connection()
    assert connection.connection is not None
    literals = ClientCursor(connection.connection)
    said = [
        f"%(k{param.number})s" if isinstance(param, _Place) else literals.mogrify("%s", [param]).replace("%", "%%")
        for param in params
    ]
    return sql.replace("%%", "%%%%") % tuple(said), ()


def _found(text: _Text, keys: Iterable[Iterable[int] | int | str]) -> list[tuple[Any, ...]]:
    if not text.sql:
        return []
    wanted: list[Any] = [each if isinstance(each, int | str) else [*each] for each in keys]
    if connection.vendor == "sqlite":
        wanted = [json.dumps(each) if isinstance(each, list) else each for each in wanted]
        with connection.cursor() as cursor:
            cursor.execute(text.sql, [wanted[p.number] if isinstance(p, _Place) else p for p in text.params])
            return cursor.fetchall()
    with _planned_once() as cursor:
        cursor.execute(
            text.sql,
            # As text: one kind of parameter whatever the size of the keys.
            {f"k{n}": f"{{{','.join(map(str, k))}}}" if isinstance(k, list) else str(k) for n, k in enumerate(wanted)},
        )
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


@cache
def _cursor() -> type[Any]:
    from django.db.backends.postgresql.base import ServerBindingCursor

    class Planned(ServerBindingCursor):
        def _convert_query(self, query: Any, params: Any = None) -> Any:
            self._query = super()._convert_query(query, params)  # type: ignore[misc]  # what is logged
            return self._query

    return Planned


def _planned_once() -> Any:
    """A cursor whose statements PostgreSQL keeps with their plans (config.settings says when), as Django wraps it."""
    from psycopg.types.datetime import TimestamptzLoader

    connection.close_if_health_check_failed()
    connection.ensure_connection()
    with connection.wrap_database_errors:
        cursor = _cursor()(connection.connection)
    # Instants as psycopg reads them by itself: UTC as well, and three times as fast as what Django puts in its place.
    cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
    return connection._prepare_cursor(cursor)  # type: ignore[attr-defined]


# Two moments that differ in everything: where the text's parameters differ, the moment stands.
_ONE, _OTHER = datetime(2001, 2, 3, 4, 5, 6, 7, tzinfo=UTC), datetime(2011, 12, 13, 14, 15, 16, 17, tzinfo=UTC)


class PreparedAt:
    """`build(at)` makes a queryset of values about a moment, which may stand in it as it is and as its day, and not
    reckoned on."""

    def __init__(self, build: Callable[[datetime], QuerySet]) -> None:
        self.build = build
        self.written: dict[str, _Text] = {}

    def first(self, at: datetime) -> tuple[Any, ...] | None:
        """What `build(at)` would give first, without an order; one statement."""
        text, moment = self._text(), _moment(at)
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute(text.sql, [moment[p.number] if isinstance(p, _Place) else p for p in text.params])
                row = cursor.fetchone()
        else:
            with _planned_once() as cursor:
                cursor.execute(text.sql, {f"k{n}": shape for n, shape in enumerate(moment)})
                row = cursor.fetchone()
        if row and text.converters:
            row = next(iter(text.compiler.apply_converters([row], text.converters)))
        return row and tuple(row)

    def _text(self) -> _Text:
        vendor = connection.vendor
        if vendor not in self.written:
            compiler, other = (self.build(at).query.get_compiler(connection=connection) for at in (_ONE, _OTHER))
            sql, params = compiler.as_sql()
            one, two = _moment(_ONE), _moment(_OTHER)
            places: list[Any] = []
            for param, changed in zip(params, other.as_sql()[1], strict=True):
                if param == changed:
                    places.append(param)
                elif (param, changed) in zip(one, two, strict=True):
                    places.append(_Place(one.index(param)))
                else:
                    raise ValueError(f"{changed!r} is reckoned from the moment: its text can't be kept.")
            converters = compiler.get_converters([column[0] for column in compiler.select])
            self.written[vendor] = _Text(*_settled(sql, places), compiler, converters)
        return self.written[vendor]


def _moment(at: datetime) -> list[Any]:
    """The two shapes in which a moment is a parameter."""
    return [connection.ops.adapt_datetimefield_value(at), connection.ops.adapt_datefield_value(at.date())]
