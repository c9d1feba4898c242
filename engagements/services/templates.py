"""Contract templates: drafts are rewritten whole, what is published never changes again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import count
from typing import Any, NotRequired, TypedDict

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import User
from core import history
from core.errors import DomainError
from core.money import Money
from core.transitions import born, move
from core.use_case import use_case
from engagements.models import ContractTemplate, TemplateGoal, TemplateMilestone, TemplateVersion
from engagements.queries.templates import GOAL_FIELDS, MILESTONE_FIELDS, VERSION_FIELDS, draft_version, missing
from engagements.states import Direction, GoalKind, Measurer, VersionStatus


class MilestonePlan(TypedDict):
    """One step. `share_bp` is basis points of the price, 1 to 10,000."""

    title: str
    deliverable: str
    share_bp: int
    due_after_days: int
    parts: NotRequired[list[dict[str, str]]]


class GoalPlan(TypedDict):
    """One goal. Numbers are canonical decimal text; `milestone` is the number of its step, from 1. What is left out is
    as in NO_ANSWERS."""

    metric: str
    milestone: int
    kind: NotRequired[str]
    objective_id: NotRequired[int | None]
    criterion: NotRequired[str]
    unit: NotRequired[str]
    baseline: NotRequired[str]
    baseline_by: NotRequired[str]
    baseline_after_days: NotRequired[int | None]
    target: NotRequired[str]
    target_high: NotRequired[str]
    direction: NotRequired[str]
    method: NotRequired[str]
    measured_by: NotRequired[str]
    is_transfer: NotRequired[bool]


NO_ANSWERS: dict[str, Any] = {
    **dict.fromkeys(GOAL_FIELDS, ""),
    "kind": GoalKind.MEASURED,
    "objective_id": None,
    "baseline_after_days": None,
    "direction": Direction.AT_MOST,
    "measured_by": Measurer.CONTRACTOR,
    "is_transfer": False,
}


@use_case
def create_template(name: str, *, role: str, price: Money, by: User, at: datetime) -> TemplateVersion:
    """A new template; returns its draft version 1. Raises DomainError when the name is taken."""
    try:
        with transaction.atomic():
            template = ContractTemplate.objects.create(name=name, lead=by, created_at=at)
    except IntegrityError as error:
        raise DomainError(_("There is a template of this name already. Open it, or choose another name.")) from error
    history.record(template, verb="created", by=by, at=at)
    version = TemplateVersion.objects.create(
        template=template,
        number=1,
        status=VersionStatus.DRAFT,
        status_since=at,
        role=role,
        currency=price.currency,
        price_minor=price.minor,
        created_by=by,
        created_at=at,
    )
    return born(version, by=by, at=at)


def _lock_draft(version: TemplateVersion) -> TemplateVersion:
    version = TemplateVersion.objects.lock(version)
    if version.status != VersionStatus.DRAFT:
        raise DomainError(
            _("“%(what)s” is published, so it never changes. Start a new version of it.") % {"what": version}
        )
    return version


@use_case
def save_draft(
    version: TemplateVersion,
    *,
    fields: Mapping[str, Any],
    milestones: Sequence[MilestonePlan],
    goals: Sequence[GoalPlan],
    areas: Sequence[int] | None = None,
    by: User,
    at: datetime,
    seen: str | None = None,
) -> TemplateVersion:
    """Write a draft: those of its own `fields` (VERSION_FIELDS) that are given, its whole plan and all its goals, in
    the order given. `areas` are the capabilities it touches, by primary key; None leaves them. It may still lack
    things; publishing looks at them.

    `seen` is the `queries.draft_version` that the page showed; a page that another tab has overtaken is refused."""
    version = _lock_draft(version)
    if seen is not None and seen != draft_version(version):
        raise DomainError(
            _(
                "Somebody saved this draft after you opened it. Yours still stands below, unsaved. Look at theirs in "
                "another tab; saving once more replaces it with yours."
            )
        )
    for number, goal in enumerate(goals, start=1):
        if not 1 <= goal["milestone"] <= len(milestones):
            raise DomainError(_("Goal %(n)d needs a milestone of the plan.") % {"n": number})
    TemplateVersion.objects.filter(pk=version.pk).update(
        **{name: fields[name] for name in VERSION_FIELDS if name in fields}
    )
    if areas is not None:
        version.areas.set(areas)
    version.goals.all().delete()
    version.milestones.all().delete()
    steps = [
        TemplateMilestone(version=version, position=place, **step) for place, step in enumerate(milestones, start=1)
    ]
    TemplateMilestone.objects.bulk_create(steps)
    TemplateGoal.objects.bulk_create(
        TemplateGoal(
            version=version,
            position=place,
            milestone=steps[goal["milestone"] - 1],
            **{name: goal.get(name, NO_ANSWERS[name]) for name in GOAL_FIELDS},
        )
        for place, goal in enumerate(goals, start=1)
    )
    version.refresh_from_db()
    history.record(version, verb="edited", by=by, at=at)
    return version


@use_case
def publish(version: TemplateVersion, *, by: User, at: datetime) -> TemplateVersion:
    """From now on the database itself refuses to change it. Raises DomainError with everything that is missing."""
    version = _lock_draft(version)
    lacks = missing(version)
    if lacks:
        raise DomainError(_("Not published yet: %(what)s.") % {"what": "; ".join(lacks)})
    return move(version, to=VersionStatus.PUBLISHED, by=by, at=at, published_by=by, published_at=at)


@use_case
def new_draft(template: ContractTemplate, *, by: User, at: datetime) -> TemplateVersion:
    """The next version, a copy of the latest one that was published. Raises DomainError while a draft is open."""
    template = ContractTemplate.objects.lock(template)
    if template.versions.filter(status=VersionStatus.DRAFT).exists():
        raise DomainError(_("A draft of “%(what)s” is open already. Go on with that one.") % {"what": template})
    source = template.versions.order_by("-number").first()
    if source is None:
        raise DomainError(_("“%(what)s” has no version to start from.") % {"what": template})
    last = template.versions.aggregate(last=Max("number"))["last"] or 0
    return _copy(source, template=template, number=last + 1, by=by, at=at)


@use_case
def duplicate(source: TemplateVersion, *, by: User, at: datetime) -> TemplateVersion:
    """A new template that starts as this version says; returns its draft. Its name says where it comes from."""
    taken = set(ContractTemplate.objects.values_list("name", flat=True))
    name = next(name for number in count(1) if (name := _copy_name(source.template.name, number)) not in taken)
    template = ContractTemplate.objects.create(name=name, lead=by, created_at=at)
    history.record(template, verb="created", by=by, at=at)
    return _copy(source, template=template, number=1, by=by, at=at)


def _copy_name(name: str, number: int) -> str:
    suffix = _("copy") if number == 1 else _("copy %(n)d") % {"n": number}
    return f"{name[:100]} ({suffix})"


def _copy(
    source: TemplateVersion, *, template: ContractTemplate, number: int, by: User, at: datetime
) -> TemplateVersion:
    version = TemplateVersion.objects.create(
        template=template,
        number=number,
        status=VersionStatus.DRAFT,
        status_since=at,
        created_by=by,
        created_at=at,
        **{name: getattr(source, name) for name in VERSION_FIELDS},
    )
    steps = {
        old.pk: TemplateMilestone(
            version=version, position=old.position, **{name: getattr(old, name) for name in MILESTONE_FIELDS}
        )
        for old in source.milestones.all()
    }
    TemplateMilestone.objects.bulk_create(steps.values())
    TemplateGoal.objects.bulk_create(
        TemplateGoal(
            version=version,
            position=old.position,
            milestone=steps[old.milestone_id],
            **{name: getattr(old, name) for name in GOAL_FIELDS},
        )
        for old in source.goals.all()
    )
    version.areas.set(source.areas.all())
    return born(version, by=by, at=at)


@use_case
def retire(version: TemplateVersion, *, by: User, at: datetime) -> TemplateVersion:
    """Take a published version out of choice. Engagements made from it keep it."""
    return move(TemplateVersion.objects.lock(version), to=VersionStatus.RETIRED, by=by, at=at)
