"""Markdown as people write it in messages and briefs, to HTML that can do no harm."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

TAGS = {"p", "br", "em", "strong", "code", "pre", "ul", "ol", "li", "blockquote", "a", "h3", "h4", "h5", "h6", "hr"}
SAFE_LINK = re.compile(r"(https?://|mailto:)[^\s]")
_parser = MarkdownIt("commonmark", {"html": False, "breaks": True})


# The same messages and briefs are read again and again, and what they look like follows from their words alone.
@lru_cache(maxsize=512)
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


def as_blocks(text: str) -> list[dict[str, Any]]:
    """Markdown as blocks of core.pdf. Raw HTML is text; links keep http, https and mailto; a heading is a bold line,
    because the paper that it stands in has headings of its own."""
    return _blocks_of(_parser.parse(text or ""), 0)[0]


def _blocks_of(tokens: Sequence[Token], start: int, end: str = "") -> tuple[list[dict[str, Any]], int]:
    """The blocks from `start` to the token of type `end`, and the place after that."""
    found: list[dict[str, Any]] = []
    place = start
    while place < len(tokens):
        token = tokens[place]
        place += 1
        if token.type == end:
            break
        if token.type in ("bullet_list_open", "ordered_list_open"):
            items, place = _items_of(tokens, place, token.type.replace("open", "close"))
            is_ordered = token.type.startswith("ordered")
            first = int(token.attrGet("start") or 1) if is_ordered else 1
            found.append({"k": "list", "ordered": is_ordered, "start": first, "items": items})
        elif token.type == "blockquote_open":
            inner, place = _blocks_of(tokens, place, "blockquote_close")
            found.append({"k": "quote", "blocks": inner})
        elif token.type == "inline":
            is_heading = tokens[place - 2].type == "heading_open"
            found.append({"k": "p", "runs": _runs_of(token.children or (), is_bold=is_heading)})
        elif token.type in ("fence", "code_block"):
            found.append({"k": "mono", "t": token.content})
        elif token.type == "html_block":
            found.append({"k": "p", "runs": [{"t": token.content}]})
        elif token.type == "hr":
            found.append({"k": "rule"})
    return found, place


def _items_of(tokens: Sequence[Token], start: int, end: str) -> tuple[list[list[dict[str, Any]]], int]:
    items = []
    place = start
    while tokens[place].type != end:
        item, place = _blocks_of(tokens, place + 1, "list_item_close")
        items.append(item)
    return items, place + 1


def _runs_of(tokens: Sequence[Token], *, is_bold: bool) -> list[dict[str, Any]]:
    bold, italic, hrefs = int(is_bold), 0, [""]
    runs: list[dict[str, Any]] = []
    for token in tokens:
        kind = token.type
        if kind in ("strong_open", "strong_close"):
            bold += token.nesting
        elif kind in ("em_open", "em_close"):
            italic += token.nesting
        elif kind == "link_open":
            hrefs.append(str(token.attrGet("href") or ""))
        elif kind == "link_close":
            hrefs.pop()
        elif kind in ("softbreak", "hardbreak"):
            runs.append({"br": True})
        elif token.content:
            run: dict[str, Any] = {"t": token.content}
            run |= {"b": True} if bold else {}
            run |= {"i": True} if italic else {}
            run |= {"code": True} if kind == "code_inline" else {}
            run |= {"href": hrefs[-1]} if SAFE_LINK.match(hrefs[-1]) else {}
            runs.append(run)
    return runs
