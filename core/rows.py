"""Rows of long lists.

Django's template language walks through a template anew for each row, which for a list of many columns takes longer
than everything else about the page. A row's template is therefore drawn once (in each language) with marks in place of
its values, and a row is the text between the marks with its own values put in, escaped as a template would.
"""

import re
from collections.abc import Hashable, Iterable, Sequence
from functools import cache, lru_cache
from html import escape
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, models
from django.db.models.base import ModelState
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

_MARK = re.compile("\ue000(\\w+)\ue001")


def _drawn(template: str, values: tuple[str, ...], language: str, shape: Hashable) -> tuple[str, ...]:
    """Text, name of a value, text, name, … text."""
    marks = {name: mark_safe(f"\ue000{name}\ue001") for name in values}  # noqa: S308 (no value yet, only its name)
    return tuple(_MARK.split(render_to_string(template, {"shape": shape, **marks})))


_kept = lru_cache(maxsize=256)(_drawn)


def _escaped(value: Any) -> str:
    """As `conditional_escape` does it, without making a safe string of each piece."""
    return value.__html__() if hasattr(value, "__html__") else escape(str(value))


def row(template: str, shape: Hashable = None, **values: Any) -> SafeString:
    """The template with these values. It may place them, also more than once, but not ask about them: a cell that comes
    in several shapes is a value of its own. What it may ask about is `shape`, of which there are few."""
    draw = _drawn if settings.DEBUG else _kept
    pieces = [*draw(template, tuple(values), get_language() or "", shape)]
    pieces[1::2] = [_escaped(values[name]) for name in pieces[1::2]]
    return mark_safe("".join(pieces))  # noqa: S308 (each value was escaped)


def joined(drawn: Iterable[SafeString]) -> SafeString:
    """One after the other. Raises TypeError for what nobody drew or escaped."""
    pieces = [*drawn]
    if not all(isinstance(piece, SafeString) for piece in pieces):
        raise TypeError("Only what was escaped is put together.")
    return mark_safe("".join(pieces))  # noqa: S308 (each was escaped)


def options(choices: Iterable[tuple[Any, Any]], chosen: Any = None) -> SafeString:
    """The options of a select field, as Django draws them: (value, words)."""
    drawn = [
        f'<option value="{escape(str(value))}"{" selected" if value == chosen else ""}>{escape(str(words))}</option>'
        for value, words in choices
    ]
    return mark_safe("".join(drawn))  # noqa: S308 (both were escaped)


def filled(form: SafeString, **values: Any) -> SafeString:
    """A form that was drawn empty, with these in its fields as Django would draw them: a text, the chosen value of a
    select field, and of boxes a list of those that are ticked."""
    text: str = form
    for name, value in values.items():
        start, select, rest = text.partition(f'<select name="{name}"')
        if isinstance(value, list):
            for each in value:
                text = re.sub(rf'( name="{name}" value="{each:d}"[^>]*)>', r"\1 checked>", text, count=1)
        elif select and value is not None:
            inside, end, after = rest.partition("</select>")
            inside = inside.replace(" selected>", ">").replace(f' value="{value:d}">', f' value="{value:d}" selected>')
            text = start + select + inside + end + after
        elif not select and value:
            text = text.replace(f' name="{name}"', f' name="{name}" value="{escape(value)}"', 1)
    return mark_safe(text)  # noqa: S308 (drawn by Django, and each value escaped or a number)


_KEY = 9_111_111_111_111_111  # no record's


@cache
def _address(name: str) -> tuple[str, str]:
    before, after = reverse(name, args=[_KEY]).split(str(_KEY))
    return before, after


def link(name: str, pk: int) -> str:
    """`reverse(name, args=[pk])`, whose patterns are searched once."""
    before, after = _address(name)
    return f"{before}{pk}{after}"


def record(model: type[models.Model], names: Sequence[str], values: Sequence[Any]) -> Any:
    """A record of the columns `names` (attnames, the key among them); what else it has is read when it is asked for.
    As `Model.from_db`, which looks at every column of the model for each of a page's hundred records."""
    found = model.__new__(model)
    found._state = ModelState()
    found._state.adding, found._state.db = False, DEFAULT_DB_ALIAS
    found.__dict__.update(zip(names, values, strict=True))
    return found


def tie(record: models.Model, **others: Any) -> None:
    """Which records the names of these relations stand for (None: there is none), as `select_related` would know."""
    record._state.fields_cache.update(others)
