"""The row of ducks as a page shows it: each missing one with the link that fixes it, for whoever may."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from engagements.models import Engagement, Goal, Need, TemplateVersion
from engagements.permissions import can_edit_goals, can_provide, can_write_templates
from engagements.queries.readiness import Standing, summary
from engagements.states import OPEN, Duck, EngagementStatus
from milestones.models import Budget
from milestones.permissions import can_see_budgets
from milestones.queries.readiness import row_of_engagement

BEFORE_WORK = (EngagementStatus.DRAFT, EngagementStatus.OFFERED, EngagementStatus.AGREED)
FROM_TEMPLATE = (Duck.ROLE, Duck.DOCS, Duck.POLICY)


@dataclass(frozen=True)
class ShownDuck:
    """`url` and `fix` (what the link says) are empty where it stands, or where the viewer can't do anything."""

    standing: Standing
    url: str = ""
    fix: str = ""


def shown(row: Sequence[Standing], viewer: User, links: dict[str, tuple[str, Any]]) -> dict[str, Any]:
    """The context of `engagements/_ducks.html`. `links` by duck: address, and its words."""
    if not can_see_budgets(viewer):
        row = [replace(each, said="") if each.duck == Duck.BUDGET else each for each in row]
    ducks = [ShownDuck(each, *(("", "") if each.stands else links.get(each.duck, ("", "")))) for each in row]
    return {"ducks": ducks, "ducks_said": summary(row), "ducks_missing": sum(not each.stands for each in row)}


def template_links(version: TemplateVersion | None, viewer: User) -> dict[str, tuple[str, Any]]:
    if version is None or not can_write_templates(viewer):
        return {}
    address = reverse("engagements:template", args=[version.template_id])
    return dict.fromkeys(FROM_TEMPLATE, (address, _("Edit the template")))


def of_engagement(engagement: Engagement, goals: Sequence[Goal], viewer: User, has: Collection[str]) -> dict[str, Any]:
    """Before the work starts always; afterwards while an access or an environment is missing; else nothing. `has`:
    whether there is any need, and one that is missing."""
    if engagement.status not in (BEFORE_WORK if "missing" not in has else OPEN):
        return {}
    needs: list[Need] = list(engagement.needs.select_related("stands_by")) if "need" in has else []
    missing = [need for need in needs if need.stands_at is None]
    may_provide = can_provide(viewer, engagement)
    links = template_links(engagement.version, viewer)
    if may_provide:
        links |= dict.fromkeys((Duck.ACCESS, Duck.ENVIRONMENT), ("#needs", _("Say it stands")))
    if can_edit_goals(viewer, engagement) and engagement.status == EngagementStatus.DRAFT:
        links[Duck.GOALS] = (reverse("engagements:engagement_goals", args=[engagement.pk]), _("Get them ready"))
    budget = Budget.objects.of_engagement(engagement)
    if budget is not None and can_see_budgets(viewer):
        links[Duck.BUDGET] = (reverse("milestones:budget", args=[budget.pk]), _("Look at it"))
    return {
        **shown(row_of_engagement(engagement, goals=goals, needs=needs, budget=budget), viewer, links),
        "missing_needs": missing,
        "standing_needs": [need for need in needs if need.stands_at is not None],
        "may_provide": may_provide,
    }
