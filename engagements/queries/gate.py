"""What holds an offer back: a goal that nobody could check, a field that is empty, a goal that serves no objective,
work on a core area of ours that would leave nobody inside who knows it.

Vague words hold nothing back; the page only points at them (engagements.clarity).
"""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from engagements.clarity import is_measurable
from engagements.models import Capability, Engagement, Goal, TemplateGoal, TemplateVersion
from engagements.models.template import GoalFields
from engagements.states import Direction


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _baseline_lack(goal: GoalFields, when: object) -> str:
    """Empty when it has a baseline that its target leads away from, or says who measures the first one and when."""
    target = _number(goal.target)
    if not goal.baseline:
        is_planned = bool(goal.baseline_by and when)
        return "" if is_planned else _("say where it stands today, or who measures that first and when")
    baseline = _number(goal.baseline)
    if baseline is None or target is None:
        return _("give it numbers")
    leads = {Direction.AT_LEAST: target > baseline, Direction.AT_MOST: target < baseline}
    if leads.get(Direction(goal.direction), True):
        return ""
    return _("give it a target beyond today’s %(now)s") % {"now": f"{goal.baseline} {goal.unit}".strip()}


def lacks_of_goal(goal: TemplateGoal | Goal) -> list[str]:
    """What to do until this goal can fail, as parts of a sentence; empty when it can."""
    lacks = []
    if not goal.metric.strip():
        lacks.append(_("say what it is"))
    if goal.is_binary:
        if not goal.criterion.strip():
            lacks.append(_("say what anybody can see once it is done"))
        elif not is_measurable(goal.criterion):
            lacks.append(_("name a number, a test that passes, or a thing that can be seen: this can’t be checked yet"))
        return lacks
    if not goal.unit.strip():
        lacks.append(_("give it a unit"))
    if not goal.method.strip():
        lacks.append(_("say how it is measured"))
    low, high = _number(goal.target), _number(goal.target_high)
    if low is None:
        lacks.append(_("give it a target"))
    elif goal.direction == Direction.BETWEEN and (high is None or high <= low):
        lacks.append(_("give it two targets, the lower one first"))
    else:
        when = goal.baseline_after_days if isinstance(goal, TemplateGoal) else goal.baseline_due_on
        lack = _baseline_lack(goal, when)
        lacks += [lack] if lack else []
    return lacks


def lacks_of_goals(goals: Iterable[TemplateGoal | Goal]) -> list[str]:
    """Of each goal that isn't ready, one sentence part with its number."""
    told = []
    for goal in goals:
        lacks = lacks_of_goal(goal)
        if goal.objective_id is None:
            lacks.append(_("choose the objective it serves"))
        if lacks:
            what = goal.metric.strip() or str(goal.position)
            told.append(_("goal “%(what)s”: %(lacks)s") % {"what": what, "lacks": ", ".join(lacks)})
    return told


def lacks_of_areas(areas: Iterable[Capability], goals: Iterable[TemplateGoal | Goal], why: str) -> list[str]:
    """Of work on core areas: who inside owns each, the goal by which it is handed over to us, and why it is done
    outside. `areas` come with their inside owners."""
    core = [area for area in areas if area.is_core]
    if not core:
        return []
    names = ", ".join(f"“{area}”" for area in core)
    lacks = [_("name an inside owner of “%(area)s”") % {"area": area} for area in core if not area.is_owned]
    if not any(goal.is_transfer for goal in goals):
        lacks.append(_("mark the goal that hands the knowledge over to us: %(areas)s is core") % {"areas": names})
    if not why.strip():
        lacks.append(_("say why %(areas)s is done outside: it is core") % {"areas": names})
    return lacks


def _lacks(goals: list[Any], areas: Iterable[Capability], why: str) -> list[str]:
    of_goals = lacks_of_goals(goals) if goals else [_("add a goal that can be measured")]
    return of_goals + lacks_of_areas(areas, goals, why)


def lacks_of_offer(engagement: Engagement) -> list[str]:
    """What holds this offer back; two queries. Empty: it may leave."""
    areas = engagement.areas.select_related("inside_owner")
    return _lacks(list(engagement.goals.all()), areas, engagement.why_outside)


def lacks_of_version(version: TemplateVersion) -> list[str]:
    """What would hold back an offer that is made from it as it stands; two queries."""
    return _lacks(list(version.goals.all()), version.areas.select_related("inside_owner"), version.why_outside)
