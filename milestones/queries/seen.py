"""One milestone that somebody sees: how each page about it begins."""

from functools import cache

from django.db.models import QuerySet

from accounts.models import User
from core.prepared import One, Prepared, is_key
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
