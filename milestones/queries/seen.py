"""One milestone that somebody sees: how each page about it begins."""

from functools import cache
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import User
from core.prepared import One, Prepared, is_key
from engagements.models import Goal, Measurement
from milestones.models import Milestone


@cache
def _seen(role: str) -> Prepared:
    def build(viewer: One, which: One) -> QuerySet:
        viewer.role = role
        return Milestone.objects.visible_to(viewer).for_record().filter(pk=which)

    return Prepared(build)


def milestone_seen_by(viewer: User, pk: int) -> Milestone | None:
    """With its engagement, contractor and budget; None where this person sees none such. One query."""
    found = _seen(viewer.role).records(viewer.pk, pk) if is_key(pk) else []
    return found[0] if found else None


def _measured(milestones: Any) -> QuerySet:
    values = Exists(Measurement.objects.filter(goal=OuterRef("pk")))
    return Goal.objects.filter(milestones__in=milestones).annotate(is_measured=values).order_by("position")


_goals = Prepared(_measured)


def goals_of(milestone: Milestone) -> list[Goal]:
    """In their order, with `is_measured`; one query."""
    return _goals.records([milestone.pk])
