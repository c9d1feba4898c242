"""Pages of long lists."""

from typing import Any

from django.core.paginator import Page, Paginator


def by_key(rows: Any, first: int, most: int) -> list[Any]:
    """`most` of an ordered queryset from the `first` (0) on: their keys in one statement, the rows in another. For rows
    with so many joins (over seven) that PostgreSQL would begin with these and come to the limit last."""
    keys = rows.select_related(None).prefetch_related(None).values_list("pk", flat=True)[first : first + most]
    return list(rows.filter(pk__in=list(keys)))


class WidePaginator(Paginator):
    """Pages of rows with many joins, `by_key`. `object_list` is an ordered queryset."""

    def page(self, number: Any) -> Page:
        number = self.validate_number(number)
        return Page(by_key(self.object_list, (number - 1) * self.per_page, self.per_page), number, self)


class KeyPaginator(Paginator):
    """Finds a page's rows by their keys first, in the same statement: the rows before it are skipped in the index and
    not read with everything that is joined to them. `object_list` is an ordered queryset; `shown` is the same without
    its conditions, which the keys have met already."""

    def __init__(self, object_list: Any, per_page: int, shown: Any = None) -> None:
        super().__init__(object_list, per_page)
        self.shown = shown

    def page(self, number: Any) -> Page:
        number = self.validate_number(number)
        return self.among(self.object_list, (number - 1) * self.per_page, number)

    def among(self, rows: Any, first: int, number: int) -> Page:
        if not first:
            return Page(rows[: self.per_page], number, self)
        found: Any = self.object_list if self.shown is None else self.shown
        keys = rows.values("pk")[first : first + self.per_page]
        return Page(found.filter(pk__in=keys), number, self)
