"""Statements that Django writes once.

To write the SQL of a union of ten querysets takes Django longer than the database takes to answer it, and a page asks
the same thing each time, of other records. So the text is kept and only the keys change.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from inspect import signature
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.query import ModelIterable

LARGEST = 2**63 - 1  # key that a database can be asked for
# One parameter however many keys, so that the text stays the same.
KEYS = {"sqlite": "SELECT value FROM json_each(%s)", "postgresql": "SELECT unnest(%s::bigint[])"}


def among(keys: Iterable[int | str]) -> RawSQL:
    """These keys as the right side of an `__in` lookup: one parameter instead of as many as keys, each of which Django
    would look at four times."""
    wanted = [*keys]
    if connection.vendor == "sqlite":
        return RawSQL(KEYS["sqlite"], [json.dumps(wanted)])  # noqa: S611
    is_text = bool(wanted) and isinstance(wanted[0], str)
    return RawSQL("SELECT unnest(%s::text[])" if is_text else KEYS["postgresql"], [wanted])  # noqa: S611


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

    role = ""


class _Again:
    """As much of a queryset as Django asks for to make records of what a compiler reads."""

    _known_related_objects: Mapping[Any, Any] = {}

    def __init__(self, compiler: Any) -> None:
        self.db, self.query, self.compiler = DEFAULT_DB_ALIAS, self, compiler

    def get_compiler(self, using: str) -> Any:
        return self.compiler


class Prepared:
    """`build` makes a queryset of its arguments: each the right side of `__in` lookups and a list of keys later, or,
    where it is annotated as `One`, of a plain lookup and one key. Nothing else in it may change with time."""

    def __init__(self, build: Callable[..., QuerySet]) -> None:
        self.build = build
        self.written: dict[str, tuple[str, tuple[Any, ...], Any, dict[int, Any]]] = {}

    def rows(self, *keys: Iterable[int] | int) -> Iterable[tuple[Any, ...]]:
        """What the queryset's `values_list` would give for these keys; one statement."""
        sql, params, compiler, converters = self._written()
        if not sql:
            return []
        with connection.cursor() as cursor:
            cursor.execute(sql, self._bound(params, keys))
            found = cursor.fetchall()
        return map(tuple, compiler.apply_converters(found, converters)) if converters else found

    def records(self, *keys: Iterable[int] | int) -> list[Any]:
        """What a queryset of records would give for these keys, with all that it selects and annotates; one
        statement."""
        sql, params, compiler, converters = self._written()
        if not sql:
            return []
        bound = self._bound(params, keys)
        again = copy(compiler)  # another thread may be reading through it, too
        again.connection = connections[DEFAULT_DB_ALIAS]
        again.as_sql, again.get_converters = lambda: (sql, bound), lambda _columns: converters
        return list(ModelIterable(_Again(again)))  # type: ignore[arg-type]

    def _bound(self, params: Iterable[Any], keys: Iterable[Iterable[int] | int]) -> list[Any]:
        wanted: list[Any] = [each if isinstance(each, int) else [*each] for each in keys]
        if connection.vendor == "sqlite":
            wanted = [json.dumps(each) if isinstance(each, list) else each for each in wanted]
        return [wanted[param.number] if isinstance(param, _Place) else param for param in params]

    def _written(self) -> tuple[str, tuple[Any, ...], Any, dict[int, Any]]:
        if connection.vendor not in self.written:
            text = KEYS[connection.vendor]  # ours, with one parameter
            wanted = [p for p in signature(self.build).parameters.values() if p.kind == p.POSITIONAL_OR_KEYWORD]
            places = [
                One("%s", [_Place(n)]) if p.annotation is One else RawSQL(text, [_Place(n)])  # noqa: S611
                for n, p in enumerate(wanted)
            ]
            compiler = self.build(*places).query.get_compiler(connection=connection)
            try:
                sql, params = compiler.as_sql()
            except EmptyResultSet:  # whatever the keys, there is nothing
                sql, params = "", ()
            converters = compiler.get_converters([column[0] for column in compiler.select])
            self.written[connection.vendor] = sql, tuple(params), compiler, converters
        return self.written[connection.vendor]
