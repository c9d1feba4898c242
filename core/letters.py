"""The words of a mail: its text, and the same words as HTML.

What css_inline makes of the frame is the same for every mail, so it is asked once; paragraphs and links are put in as
it would have written them. Of a template that is written by the thousand (`drawn`) the text is drawn once as well,
with marks in place of its values.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any, NamedTuple

import css_inline
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import linebreaks, urlize

# What an HTML parser changes on its way through, and our marks: such a mail is left to it.
_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f\ue000\ue001\ufeff\ufffe\uffff"
_ODD = re.compile(f"[{_CONTROLS}]")
# A value with one of these may become a link, or more than one line, by what stands around it.
_LIVELY = re.compile(rf"[@\n\xa0{_CONTROLS}]|://|www\.|\.(?:com|edu|gov|int|mil|net|org)", re.IGNORECASE)
_MARK = re.compile("\ue000(\\w+)\ue001")
_AROUND = re.compile("[^.@:/]*[.:]?")  # what may touch a value that stays words
_PATH = re.compile(r"/(?:[a-z0-9-]+/)+")
_LINK = "https://example.org/a/"
_SAMPLE = re.compile(
    "(?P<head>.*)\ue000subject\ue001(?P<top>.*)<p(?P<p>[^>]*)>\ue000text\ue001</p>\\s*<p[^>]*>"
    f'<a href="{_LINK}" rel="nofollow"(?P<a>[^>]*)>{_LINK}</a></p>(?P<foot>.*)',
    re.DOTALL,
)
Pieces = tuple[str, ...]  # text, name of a value, text, name, … text
Flags = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class _Frame:
    """`mail/_frame.html` around title and text; `p` and `a` are the attributes of these tags."""

    head: str
    top: str
    foot: str
    p: str
    a: str

    def around(self, subject: str, body: str) -> str:
        return f"{self.head}{_shown(subject)}{self.top}{body}{self.foot}"

    def body(self, text: str) -> str:
        """Paragraphs and links."""
        found = linebreaks(urlize(text, nofollow=True, autoescape=True))
        found = found.replace("&#x27;", "'").replace("&quot;", '"').replace("\xa0", "&nbsp;")
        return re.sub(r"<a ([^>]*)>", rf"<a \1{self.a}>", found.replace("<p>", f"<p{self.p}>"))


class _Drawn(NamedTuple):
    text: Pieces
    body: Pieces
    names: frozenset[str]  # of the values in it, without `link`


def text_of(template: str, context: Mapping[str, Any]) -> str:
    """The words of `templates/mail/<template>.txt` in the language of this moment."""
    return render_to_string(f"mail/{template}.txt", {"site": settings.SITE_URL, **context}).strip() + "\n"


def html_of(text: str, subject: str) -> str:
    """The same words as a page."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _ODD.search(text) or _ODD.search(subject):
        return by_parser(text, subject)
    frame = _framed()
    return frame.around(subject, frame.body(text))


def by_parser(text: str, subject: str) -> str:
    """The whole frame drawn and its styles put in; the other ways give the same, sooner."""
    context = {"site": settings.SITE_URL, "subject": subject, "text": text}
    return str(css_inline.inline(render_to_string("mail/_frame.html", context)))


def drawn(template: str, values: Mapping[str, str], flags: Flags, subject: str, language: str) -> tuple[str, str]:
    """Text and page of a template that is written by the thousand. It places `values` and asks about `flags` alone, and
    is drawn anew for each combination of these and each language, which is the one of this moment. The value `link`
    leads to a page of ours and stands alone."""
    draw = _draw if settings.DEBUG else _kept
    found = draw(template, tuple(values), flags, settings.SITE_URL, language)
    text = _filled(found.text, values)
    link = values.get("link", "")
    is_ours = link.startswith(settings.SITE_URL) and _PATH.fullmatch(link, len(settings.SITE_URL))
    if not is_ours or _ODD.search(subject) or any(_LIVELY.search(values[name]) for name in found.names):
        return text, html_of(text, subject)
    shown = {name: escape(values[name], quote=False) for name in found.names}
    return text, _framed().around(subject, _filled(found.body, {**shown, "link": link}))


def _draw(template: str, names: tuple[str, ...], flags: Flags, site: str, language: str) -> _Drawn:
    """Raises ValueError when a value stands where it could become a part of a link, or `link` not alone."""
    text = text_of(template, {**{name: _marked(name) for name in names}, **dict(flags)})
    link = _marked("link")
    for word in re.split(r"[\s<>\"']+", text):
        if _MARK.search(word) and word != link and (link in word or not _AROUND.fullmatch(word)):
            raise ValueError(f"{template}: “{word}” can’t be drawn in advance.")
    body = _framed().body(text.replace(link, f"{site}/link/")).replace(f"{site}/link/", link)
    pieces = tuple(_MARK.split(text))
    return _Drawn(pieces, tuple(_MARK.split(body)), frozenset(pieces[1::2]) - {"link"})


def _marked(name: str) -> str:
    return f"\ue000{name}\ue001"


_kept = lru_cache(maxsize=512)(_draw)


def _filled(pieces: Pieces, values: Mapping[str, str]) -> str:
    found = [*pieces]
    found[1::2] = [values[name] for name in pieces[1::2]]
    return "".join(found)


def _shown(words: str) -> str:
    return escape(words, quote=False).replace("\xa0", "&nbsp;")


def _framed() -> _Frame:
    return _frame(settings.SITE_URL)


@lru_cache(maxsize=8)
def _frame(site: str) -> _Frame:
    found = _SAMPLE.fullmatch(by_parser(f"{_marked('text')}\n\n{_LINK}", _marked("subject")))
    assert found is not None, "mail/_frame.html has a title, and the text in paragraphs"
    return _Frame(**found.groupdict())
