"""What a template's file would change, and changing it. The same file twice changes nothing the second time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from core.money import Money
from core.use_case import use_case
from engagements.files.templates import Parsed, document_of, parse
from engagements.models import ContractTemplate, TemplateVersion
from engagements.queries.differences import Difference, differences
from engagements.services import templates
from engagements.states import VersionStatus


@dataclass(frozen=True)
class Applied:
    """What a file changed, or would change. Without differences `version` is the one that says the same already."""

    version: TemplateVersion
    differences: list[Difference]
    is_new: bool


class _Look(Exception):
    """Ends a look ahead: nothing of it stays."""


def plan(text: str, *, by: User, at: datetime) -> Applied:
    """What `apply` would change; nothing is stored. Raises FileError, DomainError as `apply` does."""
    found: list[Applied] = []
    try:
        with transaction.atomic():
            found.append(apply(text, by=by, at=at))
            raise _Look
    except _Look:
        return found[0]


@use_case
def apply(text: str, *, by: User, at: datetime, publish: bool = False) -> Applied:
    """Make the template of this name say what the file says: a new template, its open draft, or a new draft.

    Raises FileError with the line of everything that is wrong, DomainError when it can't be published."""
    parsed = parse(text)
    applied = _write(parsed, by=by, at=at)
    if publish and applied.version.status == VersionStatus.DRAFT:
        templates.publish(applied.version, by=by, at=at)
    return applied


def _write(parsed: Parsed, *, by: User, at: datetime) -> Applied:
    template = ContractTemplate.objects.filter(name=parsed.name).first()
    if template is None:
        version = _new(parsed, by=by, at=at)
        return Applied(version, differences({}, document_of(version)), is_new=True)
    template = ContractTemplate.objects.lock(template)
    current = _current(template)
    before = document_of(current)
    # What the file says as a document is known once it is written: so it is written, compared, and undone if equal.
    with transaction.atomic():
        draft = current if current.status == VersionStatus.DRAFT else templates.new_draft(template, by=by, at=at)
        draft = templates.save_draft(draft, **parsed.facts, by=by, at=at)
        changes = differences(before, document_of(draft))
        if not changes:
            transaction.set_rollback(True)
    return Applied(draft if changes else current, changes, is_new=False)


def _current(template: ContractTemplate) -> TemplateVersion:
    """The open draft, or the latest version."""
    versions = template.versions.select_related("template").order_by("-number")
    return versions.filter(status=VersionStatus.DRAFT).first() or versions[0]


def _new(parsed: Parsed, *, by: User, at: datetime) -> TemplateVersion:
    fields: dict[str, Any] = parsed.facts["fields"]
    price = Money(fields["price_minor"], fields["currency"])
    version = templates.create_template(parsed.name, role=fields["role"], price=price, by=by, at=at)
    return templates.save_draft(version, **parsed.facts, by=by, at=at)
