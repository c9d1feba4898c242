"""New keys for what is stored encrypted. Columns that hold a cipher are named so (`…_cipher`); second factors keep
theirs inside the library's own rows."""

from collections.abc import Iterator
from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import models, transaction

from core import secrets

BATCH = 200


class Rotation:
    """What a run did: by table, how many rows were written anew; and the rows that no key opens."""

    def __init__(self) -> None:
        self.renewed: dict[str, int] = {}
        self.unreadable: list[str] = []


def rotate_keys() -> Rotation:
    """Write everything that is encrypted anew under the first of FIELD_KEYS.

    Each row is one small write that only happens while the row still holds what was read, so it can run while people
    work; what is under the first key already is left alone, so a run that broke off goes on where it stopped, and a
    second one changes nothing.
    """
    rotation = Rotation()
    for model, names in encrypted_columns():
        _columns(model, names, rotation)
    _second_factors(rotation)
    return rotation


def encrypted_columns() -> Iterator[tuple[type[models.Model], list[str]]]:
    for model in apps.get_models():
        names = [field.attname for field in model._meta.concrete_fields if field.attname.endswith("_cipher")]
        if names:
            yield model, names


def _in_batches(rows: models.QuerySet[Any], *names: str) -> Iterator[dict[str, Any]]:
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk").values("pk", *names)[:BATCH]):
        yield from batch
        last = batch[-1]["pk"]


def _columns(model: type[models.Model], names: list[str], rotation: Rotation) -> None:
    table, rows = model._meta.label, model._base_manager.all()
    rotation.renewed[table] = 0
    for row in _in_batches(rows, *names):
        held = {name: row[name] for name in names}
        try:
            renewed = {name: secrets.renew(cipher) for name, cipher in held.items()}
        except ValueError:
            rotation.unreadable.append(f"{table} {row['pk']}")
            continue
        if renewed != held:
            rotation.renewed[table] += rows.filter(pk=row["pk"], **held).update(**renewed)


def _second_factors(rotation: Rotation) -> None:
    """Their data is JSON with ciphers in it, so the row is locked while it is read and written."""
    table = Authenticator._meta.label
    rotation.renewed[table] = 0
    for pk in Authenticator.objects.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().filter(pk=pk).first()
            if row is None:
                continue
            try:
                renewed = _within(row.data)
            except ValueError:
                rotation.unreadable.append(f"{table} {pk}")
                continue
            if renewed != row.data:
                rotation.renewed[table] += Authenticator.objects.filter(pk=pk).update(data=renewed)


def _within(value: Any) -> Any:
    """`value` with every cipher in it renewed."""
    if isinstance(value, dict):
        return {name: _within(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_within(inner) for inner in value]
    return secrets.renew(value) if isinstance(value, str) and secrets.is_cipher(value) else value
