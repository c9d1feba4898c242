"""One engagement that somebody sees: how each page about it begins."""

from functools import cache

from django.db.models import QuerySet

from accounts.models import User
from core.prepared import One, Prepared, is_key
from engagements.models import Engagement, Goal


@cache
def _seen(role: str, more: tuple[str, ...]) -> Prepared:
    def build(viewer: One, which: One) -> QuerySet:
        viewer.role = role
        return Engagement.objects.visible_to(viewer).for_record(*more).filter(pk=which)

    return Prepared(build)


def engagement_seen_by(viewer: User, pk: int, *more: str) -> Engagement | None:
    """With its contractor, and `more` of what it names; None where this person sees none such. One query."""
    found = _seen(viewer.role, more).records(viewer.pk, pk) if is_key(pk) else []
    return found[0] if found else None


_goals = Prepared(lambda engagements: Goal.objects.filter(engagement__in=engagements).select_related("objective"))


def goals_of(engagement: Engagement) -> list[Goal]:
    """In their order, with their objectives; one query."""
    goals: list[Goal] = _goals.records([engagement.pk])
    for goal in goals:
        goal.engagement = engagement
    return goals
