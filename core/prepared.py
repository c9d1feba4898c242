"""Statements that Django writes once.

To write the SQL of a union of ten querysets takes Django longer than the database takes to answer it, and a page asks
the same thing each time, of other records. So the text is kept and only the keys change.
"""

import json
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

# One parameter however many keys, so that the text stays the same.
KEYS = {"sqlite": "SELECT value FROM json_each(%s)", "postgresql": "SELECT unnest(%s::bigint[])"}


class _Place(Enum):
    """Stand for the keys while the text is written."""

    FIRST = 0
    SECOND = 1


class Prepared:
    """`build` makes a queryset of values; its one or two arguments are the right sides of its `__in` lookups."""

    def __init__(self, build: Callable[..., QuerySet]) -> None:
        self.build = build
        self.places = [*_Place][: build.__code__.co_argcount]
        self.written: dict[str, tuple[str, tuple[Any, ...], Any, dict[int, Any]]] = {}

    def rows(self, *keys: Iterable[int]) -> Iterable[tuple[Any, ...]]:
        """What the queryset's `values_list` would give for these keys; one statement."""
        sql, params, compiler, converters = self._written()
        wanted: list[Any] = [json.dumps([*some]) if connection.vendor == "sqlite" else [*some] for some in keys]
        with connection.cursor() as cursor:
            cursor.execute(sql, [wanted[param.value] if isinstance(param, _Place) else param for param in params])
            found = cursor.fetchall()
        return map(tuple, compiler.apply_converters(found, converters)) if converters else found

    def _written(self) -> tuple[str, tuple[Any, ...], Any, dict[int, Any]]:
        vendor = connection.vendor
        if vendor not in self.written:
            keys = [RawSQL(KEYS[vendor], [place]) for place in self.places]  # noqa: S611 (a text of ours)
            compiler = self.build(*keys).query.get_compiler(connection=connection)
            sql, params = compiler.as_sql()
            converters = compiler.get_converters([column[0] for column in compiler.select])
            self.written[vendor] = sql, tuple(params), compiler, converters
        return self.written[vendor]
