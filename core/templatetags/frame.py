"""Tags of every page's frame and of a list's pages (builtins: no `{% load %}`)."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from core.keyset import Stretch
from core.rows import row
from core.templatetags.duckrow import NOTHING, avatar

register = template.Library()
_META = '<meta name="csrf-token" content="{}">'
_INPUT = '<input type="hidden" name="csrfmiddlewaretoken" value="{}">'


@register.simple_tag(takes_context=True)
def frame(context: template.Context, name: str) -> SafeString:
    """A part of every page, drawn once for all pages of one `shell.shape`. Its template sees that as `shape`, may ask
    about it, and places these values: what is a person's own never stands in what is kept."""
    shell = context.get("shell") or {}
    person = shell.get("person")
    token = str(context.get("csrf_token") or "").replace("NOTPROVIDED", "")
    return row(
        name,
        shell.get("shape"),
        csrf_meta=format_html(_META, token) if token else "",
        csrf_input=format_html(_INPUT, token) if token else "",
        q=context.get("q") or "",
        who=person.name if person else "",
        pk=person.pk if person else "",
        avatar=avatar(person.name, "s") if person else "",
        clock=shell.get("clock", ""),
        org=shell.get("org", ""),
    )


@register.simple_tag(takes_context=True)
def pager(context: template.Context, page: Any, name: str = "page") -> SafeString:
    """Pages of a `Paginator` page or a `Stretch`; all else in the query stays. Nothing when there is one page."""
    query = context["request"].GET.copy() if context.get("request") else None
    if isinstance(page, Stretch):
        before, after = page.addresses(query)
        said = gettext("%(all)s in all") % {"all": page.total} if page.count else ""
        return _pager(said, before, (), after)

    def address(number: int) -> str:
        if query is None:
            return f"?{name}={number}"
        query[name] = str(number)
        return f"?{query.urlencode()}"

    paginator = page.paginator
    if paginator.num_pages <= 1:
        return NOTHING
    said = gettext("%(first)s to %(last)s of %(all)s") % {
        "first": page.start_index(),
        "last": page.end_index(),
        "all": paginator.count,
    }
    numbers = [
        _number(each, address(each) if isinstance(each, int) else "", each == page.number)
        for each in paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    ]
    before = address(page.previous_page_number()) if page.has_previous() else ""
    after = address(page.next_page_number()) if page.has_next() else ""
    return _pager(said, before, numbers, after)


class _Ends(NamedTuple):
    """Whether there is a page on either side."""

    before: bool
    after: bool


def _number(number: Any, url: str, is_here: bool) -> SafeString:
    return row("core/_page_number.html", "here" if is_here else "link" if url else "gap", number=number, url=url)


def _pager(said: str, before: str, numbers: Iterable[SafeString], after: str) -> SafeString:
    if not before and not after:
        return NOTHING
    ends = _Ends(bool(before), bool(after))
    links = format_html_join("", "{}", ((number,) for number in numbers))
    return row("core/_pager.html", ends, said=said, before=before, numbers=links, after=after)
