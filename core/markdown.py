"""Markdown as people write it in messages and briefs, to HTML that can do no harm."""

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

TAGS = {"p", "br", "em", "strong", "code", "pre", "ul", "ol", "li", "blockquote", "a", "h3", "h4", "h5", "h6", "hr"}
_parser = MarkdownIt("commonmark", {"html": False, "breaks": True})


def render(text: str) -> SafeString:
    """Safe HTML. Raw HTML shows as text; links keep http, https and mailto only and open without a referrer."""
    html = _parser.render(text or "").replace("<h1>", "<h3>").replace("</h1>", "</h3>")
    html = html.replace("<h2>", "<h3>").replace("</h2>", "</h3>")
    return mark_safe(  # noqa: S308 (nh3 has just cleaned it)
        nh3.clean(
            html,
            tags=TAGS,
            attributes={"a": {"href"}},
            url_schemes={"http", "https", "mailto"},
            link_rel="noopener noreferrer nofollow",
        )
    )


def blocks(text: str) -> list[str]:
    """The markdown of each part of `text` that stands on its own, in order: a paragraph, a list, a quote; a heading
    goes with what follows it."""
    lines = (text or "").splitlines()
    found: list[str] = []
    start: int | None = None
    for token in _parser.parse(text or ""):
        if token.level or token.map is None or token.nesting < 0:
            continue
        start = token.map[0] if start is None else start
        if token.type != "heading_open":
            found.append("\n".join(lines[start : token.map[1]]).strip("\n"))
            start = None
    if start is not None:
        found.append("\n".join(lines[start:]).strip("\n"))
    return found
