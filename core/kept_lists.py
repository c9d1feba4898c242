"""Pages of long lists, as `core.keyset` finds them, each by one statement that Django writes once.

The keys of a page, what is shown of its rows and how many rows there are come together: the statement looks for the
keys by an index first, and joins what else is shown to the few rows that they name.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import reduce
from inspect import Parameter, Signature
from operator import add, or_
from typing import Any

from django.db import connection
from django.db.models import Field, IntegerField, Lookup, Q, QuerySet, Subquery, Value
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

from core import keyset
from core.keyset import Stretch
from core.prepared import One, Prepared

Parts = Sequence[QuerySet[Any]]


@Field.register_lookup
class Within(Lookup):
    """`pk__within=Subquery(keys)`, as `__in`. PostgreSQL fills an array with the keys before anything else and takes
    them to be few; of a list to be joined it would believe anything."""

    lookup_name = "within"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, params = self.process_lhs(compiler, connection)
        keys, more = compiler.compile(self.rhs)
        keys = f" = ANY(ARRAY{keys})" if connection.vendor == "postgresql" else f" IN {keys}"
        return left + keys, (*params, *more)


class Counted(Subquery):
    """How many rows a queryset has, which may be cut."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


class KeptList:
    """`parts(shape, *keys)` gives querysets of one model that make up the list together, no row in two of them: each
    finds its rows by an index of its own. `keys` are right sides of lookups, each one key; nothing but they and
    `shape`, of which there are few, may change. `columns` are those of `values_list`, of which `make` makes what the
    page lists; `by` is as in `core.keyset.stretch`."""

    def __init__(
        self, parts: Callable[..., Parts], columns: Sequence[str], make: Callable[..., Any], by: Sequence[str] = ("pk",)
    ) -> None:
        self.parts, self.columns, self.make, self.by = parts, columns, make, by
        self.kept: dict[Hashable, Prepared] = {}

    def stretch(
        self,
        asked: Mapping[str, str],
        size: int,
        *keys: Any,
        shape: Hashable = None,
        is_counted: bool = True,
        is_kept: bool = True,
    ) -> Stretch:
        """As `core.keyset.stretch`. Where `keys` are more than numbers, the statement is written anew (`is_kept`)."""

        def found(beside: int | None, is_back: bool) -> list[tuple[Any, ...]]:
            how = (shape, beside is not None, is_back, is_counted, size + 1)
            wanted = keys if beside is None else (*keys, beside)
            if is_kept:
                rows = self._statement(how, len(wanted)).rows(*wanted)
            else:
                rows = self._build(how, *map(Value, wanted))
            return sorted(rows, key=lambda row: row[1 : len(self.by) + 1], reverse=not is_back)[: size + 1]

        beside, is_back = _beside(asked)
        rows = found(beside, is_back)
        if not rows and beside is not None and not self._is_there(beside, shape, keys):
            beside, is_back = None, False
            rows = found(None, False)
        if is_back and len(rows) <= size:  # the start of the list: as long as any other page
            beside, is_back = None, False
            rows = found(None, False)
        count = rows[0][0] if rows else 0
        if not rows and beside is not None and is_counted:  # beyond the end
            count = sum(part.order_by()[: keyset.MOST + 1].count() for part in self.parts(shape, *map(Value, keys)))
        goes_on, rows = len(rows) > size, rows[:size]
        if is_back:
            rows.reverse()
        has_newer, has_older = (goes_on, True) if is_back else (beside is not None, goes_on)
        last = len(self.by)
        return Stretch(
            [self.make(*row[last + 1 :]) for row in rows],
            rows[0][last] if rows and has_newer else None,
            rows[-1][last] if rows and has_older else None,
            min(count, keyset.MOST),
            count > keyset.MOST,
        )

    def _is_there(self, key: int, shape: Hashable, keys: Sequence[Any]) -> bool:
        """Whether an address that names this row says where to go on."""
        model = self.parts(shape, *map(Value, keys))[0].model
        return len(self.by) == 1 or model._base_manager.filter(pk=key).exists()

    def _statement(self, how: tuple[Any, ...], keys: int) -> Prepared:
        if how not in self.kept:

            def build(*places: Any) -> QuerySet[Any]:
                return self._build(how, *places)

            wanted = [Parameter(f"k{n}", Parameter.POSITIONAL_OR_KEYWORD, annotation=One) for n in range(keys)]
            build.__signature__ = Signature(wanted)  # type: ignore[attr-defined]
            self.kept[how] = Prepared(build)
        return self.kept[how]

    def _build(self, how: tuple[Any, ...], *keys: Any) -> QuerySet[Any]:
        shape, is_beside, is_back, is_counted, most = how
        beside = keys[-1] if is_beside else None
        parts = self.parts(shape, *(keys[:-1] if is_beside else keys))
        order = [name if is_back else f"-{name}" for name in self.by]
        cut = [_beyond(part, self.by, beside, is_back).order_by(*order).values("pk")[:most] for part in parts]
        counts: list[Any] = [Counted(part.order_by().values("pk")[: keyset.MOST + 1]) for part in parts]
        count = reduce(add, counts) if is_counted else Value(0)
        rows = parts[0].model._base_manager.filter(reduce(or_, (Q(pk__within=Subquery(keys)) for keys in cut)))
        found: QuerySet[Any] = rows.order_by().values_list(count, *self.by, *self.columns)
        return found


def _beside(asked: Mapping[str, str]) -> tuple[int | None, bool]:
    """(the number of the row that the address names, whether those above it are wanted)."""
    is_back = "after" in asked
    number = asked.get("after" if is_back else "before", "")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None, False
    return int(number), is_back


def _beyond(part: QuerySet[Any], by: Sequence[str], beside: Any, is_back: bool) -> QuerySet[Any]:
    if beside is None:
        return part
    if len(by) == 1:
        return part.filter(**{f"{by[0]}__{'gt' if is_back else 'lt'}": beside})
    # Of the whole table: the row may have left the list meanwhile, and its neighbours are still where they were.
    its_row = part.model._base_manager.filter(pk=beside)
    key = (*(Subquery(its_row.values(name)[:1]) for name in by[:-1]), beside)
    if not connection.features.supports_tuple_lookups:  # compared column by column, which gives an index no range
        part = part.filter(**{f"{by[0]}__{'gte' if is_back else 'lte'}": key[0]})
    return part.filter((TupleGreaterThan if is_back else TupleLessThan)(Tuple(*by), key))
