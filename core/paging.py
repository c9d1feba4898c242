"""Pages of long lists."""

from typing import Any

from django.core.paginator import Page, Paginator


class KeyPaginator(Paginator):
    """Finds a page's rows by their keys first, in the same statement: the rows before it are skipped in the index and
    not read with everything that is joined to them. `object_list` is an ordered queryset."""

    def page(self, number: Any) -> Page:
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        rows: Any = self.object_list
        keys = rows.select_related(None).values("pk")[first : first + self.per_page]
        return Page(rows.filter(pk__in=keys), number, self)
