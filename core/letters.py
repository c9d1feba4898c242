"""The words of a mail: its text, and the same words as HTML.

The text is written when a mail is decided, the page when it is sent: it follows from the text. What css_inline makes of
the frame is the same for every mail, so it is asked once; paragraphs and links are put in as it would have written
them. Of a template that is written by the thousand (`Writer`) the text is drawn once as well, with marks in place of
its values.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any

import css_inline
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import linebreaks, urlize

# What an HTML parser changes on its way through, and our marks: such a mail is left to it.
_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f\ue000\ue001\ufeff\ufffe\uffff"
_ODD = re.compile(f"[{_CONTROLS}]")
# Of the words between spaces, brackets and quotes Django makes links of such alone.
_LINKED = re.compile(
    r"""(?<![^\s<>"'])([^\s<>"']*?(?:@|://|www\.|\.(?:com|edu|gov|int|mil|net|org))[^\s<>"']*)""", re.IGNORECASE
)
_MARK = re.compile("\ue000(\\w+)\ue001")
_LINK = "https://example.org/a/"
_SAMPLE = re.compile(
    "(?P<head>.*)\ue000subject\ue001(?P<top>.*)<p(?P<p>[^>]*)>\ue000text\ue001</p>\\s*<p[^>]*>"
    f'<a href="{_LINK}" rel="nofollow"(?P<a>[^>]*)>{_LINK}</a></p>(?P<foot>.*)',
    re.DOTALL,
)
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
        pieces = _LINKED.split(text)  # words, a link, words, a link, … words
        pieces[::2] = [escape(words, quote=False) for words in pieces[::2]]
        pieces[1::2] = [self._link(word) for word in pieces[1::2]]
        return linebreaks("".join(pieces)).replace("\xa0", "&nbsp;").replace("<p>", f"<p{self.p}>")

    def _link(self, word: str) -> str:
        found = urlize(word, nofollow=True, autoescape=True).replace("&#x27;", "'").replace("&quot;", '"')
        return re.sub(r"<a ([^>]*)>", rf"<a \1{self.a}>", found)


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


class Writer:
    """Writes templates that are written by the thousand; made for one transaction."""

    def __init__(self) -> None:
        self.site = settings.SITE_URL
        self.drawn: dict[Any, str] = {} if settings.DEBUG else _DRAWN

    def write(self, template: str, values: Mapping[str, str], flags: Flags, language: str) -> str:
        """The template places `values` and asks about `flags` alone, and is drawn anew for each combination of these
        and each `language`, which is the one of this moment."""
        shape = template, flags, language, self.site
        text = self.drawn.get(shape)
        if text is None:
            text = self.drawn[shape] = _drawn(template, values, flags)
        return text % values


_DRAWN: dict[Any, str] = {}


def _drawn(template: str, names: Iterable[str], flags: Flags) -> str:
    """With `%(name)s` in place of the values."""
    text = text_of(template, {**{name: _marked(name) for name in names}, **dict(flags)})
    return _MARK.sub(r"%(\1)s", text.replace("%", "%%"))


def _marked(name: str) -> str:
    return f"\ue000{name}\ue001"


def _shown(words: str) -> str:
    return escape(words, quote=False).replace("\xa0", "&nbsp;")


def _framed() -> _Frame:
    return _frame(settings.SITE_URL)


@lru_cache(maxsize=8)
def _frame(site: str) -> _Frame:
    found = _SAMPLE.fullmatch(by_parser(f"{_marked('text')}\n\n{_LINK}", _marked("subject")))
    assert found is not None, "mail/_frame.html has a title, and the text in paragraphs"
    return _Frame(**found.groupdict())
