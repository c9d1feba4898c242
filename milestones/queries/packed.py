"""Records of any kind as rows of one union (milestones.queries.times.row): each as JSON in the row's text, so that a
page asks once for what would be a statement for each kind."""

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from django.db.models import BooleanField, DateField, DateTimeField, JSONField, Model, QuerySet, TextField
from django.db.models.functions import Cast, JSONObject

from core.rows import record, tie
from milestones.queries.times import NO_WORD, row

TEXT = 14  # its place in such a row


def packed(rows: QuerySet, kind: str, *own: str, **joined: Sequence[str]) -> QuerySet:
    """(kind, key, …, text) of `rows`, with the columns `own` (all, unless some are named; the key among them), and of
    each relation in `joined` (a path such as decision__by) these."""
    names = [*(own or (field.attname for field in rows.model._meta.concrete_fields))]
    names += [f"{path}__{name}" for path, columns in joined.items() for name in columns]
    told = (NO_WORD, NO_WORD, NO_WORD, NO_WORD, Cast(JSONObject(**{name: name for name in names}), TextField()))
    return row(rows, kind, "pk", told)


def unpack(model: type[Model], found: Sequence[Any]) -> Any:
    """The record of such a row, with those that were joined."""
    return _record(model, json.loads(found[TEXT]))


def _record(model: type[Model], columns: dict[str, Any]) -> Any:
    readers, own = _readers(model), {}
    related: dict[str, dict[str, Any]] = defaultdict(dict)
    for name, value in columns.items():
        relation, _, rest = name.partition("__")
        if rest:
            related[relation][rest] = value
        else:
            own[name] = value if value is None or name not in readers else readers[name](value)
    made = record(model, [*own], [*own.values()])
    for relation, more in related.items():
        other: Any = model._meta.get_field(relation).related_model
        tie(made, **{relation: None if more["id"] is None else _record(other, more)})
    return made


@cache
def _readers(model: type[Model]) -> dict[str, Callable[[Any], Any]]:
    """By column, for those that JSON has no kind for."""
    kinds: dict[Any, Callable[[Any], Any]] = {
        DateTimeField: _instant,
        DateField: date.fromisoformat,
        BooleanField: bool,
        JSONField: _json,
    }
    return {
        field.attname: next(reader for kind, reader in kinds.items() if isinstance(field, kind))
        for field in model._meta.concrete_fields
        if isinstance(field, tuple(kinds))
    }


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)  # SQLite keeps UTC, and does not say so


def _json(value: Any) -> Any:
    """SQLite gives the text of it."""
    return json.loads(value) if isinstance(value, str) else value
