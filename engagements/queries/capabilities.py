"""Reads about the capability map: what touches an area."""

from dataclasses import dataclass

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import User
from engagements.models import Capability, Engagement, TemplateVersion
from engagements.querysets import CapabilityQuerySet
from engagements.states import OPEN, VersionStatus

A_FEW = 20


def _touching(links: QuerySet) -> Coalesce:
    counted = links.filter(capability=OuterRef("pk")).order_by().values("capability")
    return Coalesce(Subquery(counted.annotate(n=Count("pk")).values("n")), 0)


def capabilities(user: User) -> CapabilityQuerySet:
    """The map: areas that stand, core ones first, each with `contracts`, the number of open engagements that touch it,
    and `plans`, of live template versions."""
    return (
        Capability.objects.visible_to(user)
        .live()
        .for_list()
        .annotate(
            contracts=_touching(Engagement.areas.through.objects.filter(engagement__status__in=OPEN)),
            plans=_touching(
                TemplateVersion.areas.through.objects.exclude(templateversion__status=VersionStatus.RETIRED)
            ),
        )
    )


def unowned(user: User) -> int:
    """How many core areas have nobody inside who owns them."""
    found = Capability.objects.visible_to(user).live().core()
    return found.exclude(inside_owner__is_active=True).count()


@dataclass(frozen=True)
class Touching:
    """What touches an area, as far as somebody may see it; at most 20 of each."""

    engagements: list[Engagement]
    versions: list[TemplateVersion]


def touching(area: Capability, user: User) -> Touching:
    """Two queries."""
    engagements = Engagement.objects.visible_to(user).open().filter(areas=area).for_list()
    versions = TemplateVersion.objects.visible_to(user).published().filter(areas=area).for_list()
    return Touching(list(engagements[:A_FEW]), list(versions[:A_FEW]))
