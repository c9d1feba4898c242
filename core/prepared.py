"""Statements that Django writes once.

To write the SQL of a union of ten querysets takes Django longer than the database takes to answer it, and a page asks
the same thing each time, of other records. So the text is kept and only the keys change.
"""

import json
from collections.abc import Callable, Iterable
from inspect import signature
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

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


class _Place:
    """Stands for the n-th list of keys while the text is written."""

    def __init__(self, number: int) -> None:
        self.number = number


class Prepared:
    """`build(keys, …)` makes a queryset of values with each of its arguments as the right side of `__in` lookups."""

    def __init__(self, build: Callable[..., QuerySet]) -> None:
        self.build = build
        self.written: dict[str, tuple[str, tuple[Any, ...], Any, dict[int, Any]]] = {}

    def rows(self, *keys: Iterable[int]) -> Iterable[tuple[Any, ...]]:
        """What the queryset's `values_list` would give for these keys; one statement."""
        sql, params, compiler, converters = self._written()
        wanted: list[Any] = [[*each] for each in keys]
        if connection.vendor == "sqlite":
            wanted = [json.dumps(each) for each in wanted]
        with connection.cursor() as cursor:
            cursor.execute(sql, [wanted[param.number] if isinstance(param, _Place) else param for param in params])
            found = cursor.fetchall()
        return map(tuple, compiler.apply_converters(found, converters)) if converters else found

    def _written(self) -> tuple[str, tuple[Any, ...], Any, dict[int, Any]]:
        if connection.vendor not in self.written:
            text = KEYS[connection.vendor]  # ours, with one parameter
            wanted = [p for p in signature(self.build).parameters.values() if p.kind == p.POSITIONAL_OR_KEYWORD]
            places = [RawSQL(text, [_Place(n)]) for n in range(len(wanted))]  # noqa: S611
            compiler = self.build(*places).query.get_compiler(connection=connection)
            sql, params = compiler.as_sql()
            converters = compiler.get_converters([column[0] for column in compiler.select])
            self.written[connection.vendor] = sql, tuple(params), compiler, converters
        return self.written[connection.vendor]
