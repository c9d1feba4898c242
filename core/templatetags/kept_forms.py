"""Empty forms, as many pages end with one."""

from functools import lru_cache
from typing import Any

from crispy_forms.templatetags.crispy_forms_filters import as_crispy_field, as_crispy_form
from django import template
from django.forms import BoundField, Form
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()


@register.filter
def kept(asked: Form | BoundField) -> SafeString:
    """`|crispy` of a form, `|as_crispy_field` of one of its fields. A form that nobody has filled in looks the same
    each time, and to draw it takes as long as everything else that a page says about a person: it is drawn once in each
    language. Only for forms whose fields are those of their class."""
    form: Any = asked.form if isinstance(asked, BoundField) else asked
    name = asked.name if isinstance(asked, BoundField) else ""
    if form.is_bound or form.initial:
        return _drawn(form, name)
    kind: Any = type(form)
    return _kept(kind, form.auto_id, form.prefix, name, get_language())


def _drawn(form: Any, name: str) -> SafeString:
    drawn: SafeString = as_crispy_field(form[name]) if name else as_crispy_form(form)
    return drawn


@lru_cache(maxsize=256)
def _kept(form: Any, auto_id: Any, prefix: str | None, name: str, _language: str | None) -> SafeString:
    return _drawn(form(auto_id=auto_id, prefix=prefix), name)
