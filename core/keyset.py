"""Pages of lists without an end: found by the key of the row beside them, never by counting what lies before.

A list of a million rows costs the same on every page, and nothing moves from one page to another while somebody reads.
The price is that there are no page numbers, and that beyond `MOST` rows a list says only that there are more.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.http import QueryDict
from django.utils.formats import number_format

MOST = 10_000  # rows that are counted
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Stretch:
    """Some rows of a list. `newer_than` and `older_than` are the numbers of the rows that its neighbours end and begin
    at (of two tables: their names), None where it ends. `count` is of the whole list and never above MOST, 0 where it
    was not counted; `has_more` says that there are more."""

    object_list: Sequence[Any]
    newer_than: int | str | None
    older_than: int | str | None
    count: int = 0
    has_more: bool = False

    @property
    def total(self) -> str:
        """`17`, or `10,000+`."""
        return number_format(self.count, force_grouping=True) + ("+" if self.has_more else "")

    def addresses(self, query: QueryDict | None) -> tuple[str, str]:
        """(of what is newer, of what is older), '' where there is nothing; all else in `query` stays."""
        found = []
        for name, place in (("after", self.newer_than), ("before", self.older_than)):
            kept = query.copy() if query is not None else QueryDict(mutable=True)
            for other in ("after", "before"):
                kept.pop(other, None)
            kept[name] = str(place)
            found.append(f"?{kept.urlencode()}" if place is not None else "")
        return found[0], found[1]


def stretch(
    rows: QuerySet[Any],
    asked: Mapping[str, str],
    size: int,
    *,
    by: Sequence[str] = ("pk",),
    parts: Sequence[QuerySet[Any]] = (),
    is_counted: bool = True,
) -> Stretch:
    """`size` of `rows`, the newest by the columns `by` (never null, the key last), or those beside the row that `asked`
    names: `before` or `after`, as `pager` writes them. What it can't read there means the newest.

    `parts` are querysets of the same model that make up `rows` together, no row in two of them: each finds its rows by
    an index of its own, as no database does for their OR."""
    parts = parts or [rows]
    beside, is_back = _beside(rows, asked, by)
    found = _found(rows, parts, by, beside, is_back, size + 1)
    if is_back and len(found) <= size:  # the start of the list: as long as any other page
        beside, is_back = None, False
        found = _found(rows, parts, by, None, False, size + 1)
    count = sum(part.order_by()[: MOST + 1].count() for part in parts) if is_counted else 0
    return laid_out(found, size, is_beside=beside is not None, is_back=is_back, count=count)


def place_of(rows: QuerySet[Any], row: Any, *, by: Sequence[str]) -> dict[str, str]:
    """What to ask `stretch` for, so that its page begins with this row."""
    key = tuple(getattr(row, name) for name in by)
    above = beyond(rows, by, key, True).order_by(*by).values_list("pk", flat=True).first()
    return {} if above is None else {"before": str(above)}


def laid_out(
    found: Sequence[Any],
    size: int,
    *,
    is_beside: bool,
    is_back: bool,
    count: int = 0,
    place: Callable[[Any], int | str] = attrgetter("pk"),
) -> Stretch:
    """The page of `size + 1` rows that were asked for in the order in which they were `found`: those above another
    (`is_back`) from the nearest up. `place` is what an address calls a row."""
    goes_on, rows = len(found) > size, list(found[:size])
    if is_back:
        rows.reverse()
    has_newer, has_older = (goes_on, True) if is_back else (is_beside, goes_on)
    return Stretch(
        rows,
        place(rows[0]) if rows and has_newer else None,
        place(rows[-1]) if rows and has_older else None,
        min(count, MOST),
        count > MOST,
    )


def asked_for(asked: Mapping[str, str]) -> tuple[str, int]:
    """("before" or "after", the number of the row that an address names), ("", 0) for the newest."""
    way = "after" if "after" in asked else "before"
    number = asked.get(way, "")
    return (way, int(number)) if number.isascii() and number.isdigit() and len(number) < 19 else ("", 0)


def _beside(rows: QuerySet[Any], asked: Mapping[str, str], by: Sequence[str]) -> tuple[Key | None, bool]:
    """(the key of the row that the address names, whether those above it are wanted)."""
    way, number = asked_for(asked)
    if not way or len(by) == 1:
        return ((number,) if way else None), way == "after"
    # Of the whole table: the row may have left the list meanwhile, and its neighbours are still where they were.
    key = rows.model._base_manager.filter(pk=number).values_list(*by).first()
    return (None, False) if key is None or None in key else (key, way == "after")


def _found(
    rows: QuerySet[Any], parts: Sequence[QuerySet[Any]], by: Sequence[str], beside: Key | None, is_back: bool, most: int
) -> list[Any]:
    order = [name if is_back else f"-{name}" for name in by]
    cut = [
        beyond(part, by, beside, is_back).select_related(None).prefetch_related(None).order_by(*order)[:most]
        for part in parts
    ]
    keys = sorted((key for part in cut for key in part.values_list(*by)), reverse=not is_back)[:most]
    # A statement of its own: with many joins PostgreSQL begins with them, and not with the few rows that are wanted.
    return list(rows.filter(pk__in=[key[-1] for key in keys]).order_by(*order)) if keys else []


def beyond(part: QuerySet[Any], by: Sequence[str], beside: Key | None, is_back: bool) -> QuerySet[Any]:
    """Those of `part` below this key, or above it; all of them beside none."""
    if beside is None:
        return part
    if len(by) == 1:
        return part.filter(**{f"{by[0]}__{'gt' if is_back else 'lt'}": beside[0]})
    if not connection.features.supports_tuple_lookups:  # compared column by column, which gives an index no range
        part = part.filter(**{f"{by[0]}__{'gte' if is_back else 'lte'}": beside[0]})
    return part.filter((TupleGreaterThan if is_back else TupleLessThan)(Tuple(*by), beside))
