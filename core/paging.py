"""Pages of long lists."""

from typing import Any

from django.core.paginator import Page, Paginator


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
