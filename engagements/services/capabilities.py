"""The capability map: what we can do, what of it is core, and who inside knows it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core import history
from core.errors import DomainError
from core.use_case import use_case
from engagements.models import Capability

FACTS = ("name", "is_core", "inside_owner")


def _save(area: Capability, inside_authors: Iterable[User]) -> None:
    try:
        with transaction.atomic():
            area.save()
    except IntegrityError as error:
        raise DomainError(_("There is an area of this name already. Open it, or choose another name.")) from error
    area.inside_authors.set(inside_authors)


@use_case
def add_capability(
    name: str, *, is_core: bool, inside_owner: User | None, inside_authors: Iterable[User], by: User, at: datetime
) -> Capability:
    """Raises DomainError when an area of this name stands."""
    area = Capability(name=name, is_core=is_core, inside_owner=inside_owner, created_at=at)
    _save(area, inside_authors)
    history.record(area, verb="created", by=by, at=at)
    return area


@use_case
def change_capability(
    area: Capability,
    *,
    name: str,
    is_core: bool,
    inside_owner: User | None,
    inside_authors: Iterable[User],
    by: User,
    at: datetime,
) -> Capability:
    """Raises DomainError when it is retired, or another area of this name stands."""
    area = Capability.objects.select_for_update(of=("self",)).get(pk=area.pk)
    if area.retired_at is not None:
        raise DomainError(_("“%(what)s” is retired, so it stays as it was.") % {"what": area})
    given: dict[str, Any] = {"name": name, "is_core": is_core, "inside_owner": inside_owner}
    for fact in FACTS:
        setattr(area, fact, given[fact])
    _save(area, inside_authors)
    history.record(area, verb="edited", by=by, at=at)
    return area


@use_case
def retire_capability(area: Capability, *, by: User, at: datetime) -> Capability:
    """Take it out of choice. Contracts that touch it keep it."""
    area = Capability.objects.select_for_update(of=("self",)).get(pk=area.pk)
    if area.retired_at is None:
        area.retired_at = at
        area.save(update_fields=["retired_at"])
        history.record(area, verb="retired", by=by, at=at)
    return area
