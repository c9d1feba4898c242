"""Reads about objectives: what serves them, and what serves none."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from accounts.models import User
from engagements.models import Engagement, Goal, Objective, TemplateGoal
from engagements.querysets import ObjectiveQuerySet
from engagements.states import EngagementStatus, VersionStatus

A_FEW = 20
OPEN = (EngagementStatus.DRAFT, EngagementStatus.OFFERED, EngagementStatus.ACTIVE, EngagementStatus.PAUSED)


def _serving(goals: QuerySet[Any]) -> Coalesce:
    counted = goals.filter(objective=OuterRef("pk")).order_by().values("objective").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


def objectives(user: User) -> ObjectiveQuerySet:
    """Those that stand, each with `goals`, the number of goals in open engagements, and `plans`, in live templates."""
    return (
        Objective.objects.visible_to(user)
        .live()
        .select_related("owner")
        .annotate(
            goals=_serving(Goal.objects.filter(engagement__status__in=OPEN)),
            plans=_serving(TemplateGoal.objects.exclude(version__status=VersionStatus.RETIRED)),
        )
    )


@dataclass(frozen=True)
class Orphan:
    """A goal that serves no objective, and the page where that can be changed."""

    metric: str
    where: str
    url: str


def orphans(user: User) -> list[Orphan]:
    """At most 20 of drafts and 20 of templates; two queries."""
    drafts = Engagement.objects.visible_to(user).filter(status=EngagementStatus.DRAFT)
    goals = Goal.objects.filter(objective=None, engagement__in=drafts).select_related("engagement").order_by("pk")
    plans = TemplateGoal.objects.filter(objective=None).exclude(version__status=VersionStatus.RETIRED)
    plans = plans.annotate(name=F("version__template__name"), number=F("version__number"))
    return [
        *(
            Orphan(g.metric, str(g.engagement), reverse("engagements:engagement_goals", args=[g.engagement_id]))
            for g in goals[:A_FEW]
        ),
        *(
            Orphan(g.metric, f"{g.name} v{g.number}", reverse("engagements:version_edit", args=[g.version_id]))
            for g in plans.order_by("pk")[:A_FEW]
        ),
    ]
