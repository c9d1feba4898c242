"""Parts of statements that Django can't write by itself: a list from a number on, or from a row on, the first of a list
in an arm of a union, and an instant. All of them may stand in a `Prepared` one."""

from typing import Any

from django.db.models import BooleanField, DateTimeField, F, Func, QuerySet, Subquery
from django.db.models.expressions import RawSQL


def first_of(rows: QuerySet, number: int) -> QuerySet:
    """The first `number` of these ordered rows, in no order: an arm of a union may be neither cut nor ordered."""
    return rows.model._base_manager.filter(pk__in=rows.values("pk")[:number]).order_by()


def part_of(rows: QuerySet, number: int, start: Any) -> QuerySet:
    """`number` of these ordered rows from the number `start` on, which a `Prepared` statement gives, in no order."""
    sql, params = rows.values("pk")[:number].query.sql_with_params()
    keys = RawSQL(f"{sql} OFFSET {start.sql}", [*params, *start.params])  # noqa: S611 (Django's own, and a place)
    return rows.model._base_manager.filter(pk__in=keys).order_by()


class Beyond(Func):
    """Whether a row lies after another in an order of several columns, from the largest down (or `is_back`, before it):
    `Beyond("paid_at", "pk", of=Payout.objects.filter(pk=…))`. Without such a row none does. An index over these columns
    finds the first of them at once."""

    output_field = BooleanField()

    def __init__(self, *columns: str, of: QuerySet, is_back: bool = False) -> None:
        key = Subquery(of.order_by().values(*columns), output_field=BooleanField())
        super().__init__(*(F(column) for column in columns), key)
        self.sign = ">" if is_back else "<"

    def as_sql(self, compiler: Any, connection: Any, *_more: Any, **_others: Any) -> tuple[str, tuple[Any, ...]]:
        *columns, (key, params) = (compiler.compile(each) for each in self.get_source_expressions())
        own = ", ".join(sql for sql, _none in columns)
        return f"({own}) {self.sign} {key}", (*(p for _sql, given in columns for p in given), *params)


class Instant(Func):
    """The second that a `One` gives, as a whole number since 1970, to compare columns with."""

    output_field = DateTimeField()
    function = "to_timestamp"

    def as_sqlite(self, compiler: Any, connection: Any, **_others: Any) -> tuple[str, tuple[Any, ...]]:
        return self.as_sql(compiler, connection, template="datetime(%(expressions)s, 'unixepoch')")  # type: ignore[return-value]
