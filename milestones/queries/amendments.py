"""What of a running engagement an amendment may touch, and a difference as people read it: before beside after."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.money import Money
from engagements.models import Amendment, Engagement, Goal, Measurement
from engagements.queries.differences import paired
from engagements.queries.gate import lacks_of_areas, lacks_of_goals
from engagements.queries.in_force import InForce, text_of, thawed
from engagements.queries.templates import SHARED_GOAL_FIELDS
from engagements.states import PartKind
from milestones.models import Milestone
from milestones.states import MilestoneStatus, Origin

# What of a milestone is work: where one of these changes, only the contractor can say how long it takes now.
WORK = ("deliverable", "parts", "goals", "planned_for")
GOAL_FIELDS = (*SHARED_GOAL_FIELDS, "baseline_due_on")


@dataclass(frozen=True)
class GoalWish:
    """A goal as it shall be. `goal` is the record it is now, None for a new one; `facts` by GOAL_FIELDS."""

    goal: Goal | None
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Wish:
    """A milestone as it shall be. `milestone` is None for a new one; `goals` are all that it shall have. `planned_for`
    is a day that we ask for, None where the date stands as it was estimated."""

    milestone: Milestone | None
    title: str = ""
    deliverable: str = ""
    amount: Money | None = None
    planned_for: date | None = None
    parts: Sequence[Mapping[str, str]] | None = None  # None: those that it has
    goals: Sequence[GoalWish] = field(default_factory=tuple)
    is_dropped: bool = False


@dataclass(frozen=True)
class Place:
    """A milestone of the plan. `why_not` says why an amendment can't touch it, '' where it can."""

    milestone: Milestone
    goals: Sequence[Goal]
    why_not: str


def places_of(engagement: Engagement, standing: InForce) -> list[Place]:
    """The milestones that are not cut, in their order; two queries."""
    plan = list(engagement.milestones.standing().prefetch_related("goals__objective"))
    served: dict[int, list[Milestone]] = {}
    for milestone in plan:
        for goal in milestone.goals.all():
            served.setdefault(goal.pk, []).append(milestone)
    known = {milestone["position"] for milestone in standing.document["milestones"]}
    return [Place(m, list(m.goals.all()), _why_not(m, known, served)) for m in plan]


def _why_not(milestone: Milestone, known: set[int], served: Mapping[int, Sequence[Milestone]]) -> str:
    if milestone.status != MilestoneStatus.AGREED:
        return _("%(state)s: what is funded, handed in or accepted stays as both agreed it.") % {
            "state": milestone.get_status_display()
        }
    if milestone.origin != Origin.PLAN or milestone.position not in known:
        return _("It came to the plan outside the agreement, so it is not changed by an amendment.")
    for goal in milestone.goals.all():
        others = [m for m in served[goal.pk] if m.pk != milestone.pk]
        if others:
            return _("It shares the goal “%(goal)s” with “%(other)s”, so it stays as it is.") % {
                "goal": goal.metric, "other": others[0]
            }  # fmt: skip
    return ""


def measured_among(goals: Iterable[int]) -> set[int]:
    """Those (ids) that have values; one query."""
    return set(Measurement.objects.filter(goal__in=list(goals)).values_list("goal_id", flat=True))


def breaks_of(goal: Goal, facts: Mapping[str, Any]) -> dict[str, str]:
    """Of a goal that has been measured: field → why it can’t become what `facts` say. The values that there are were
    judged by kind, unit and direction, and would mean something else."""
    names = ("kind",) if goal.is_binary or facts.get("kind") != goal.kind else ("unit", "direction")
    words = {"kind": _("how it is judged"), "unit": _("its unit"), "direction": _("its direction")}
    return {
        name: _("“%(goal)s” has been measured already, so %(what)s stays. Add another goal instead.")
        % {"goal": goal.metric, "what": words[name]}
        for name in names
        if (facts.get(name) or "") != getattr(goal, name)
    }


def needs_estimate(change: Mapping[str, Any]) -> bool:
    """Whether work is added or becomes another, or another date is asked for."""
    before, after = change["before"], change["after"]
    if after is None:
        return False
    return before is None or any(before.get(name) != after.get(name) for name in WORK)


def added_minor(changes: Sequence[Mapping[str, Any]]) -> int:
    """What the changes add to the price, in minor units; below zero where they take from it."""

    def amount(milestone: Mapping[str, Any] | None) -> int:
        return int(milestone["amount"]["minor"]) if milestone else 0

    return sum(amount(change["after"]) - amount(change["before"]) for change in changes)


def goals_after(engagement: Engagement, changes: Sequence[Mapping[str, Any]]) -> list[Goal]:
    """All goals of the engagement as they would be; those that change are not stored."""
    touched = {row["milestone"] for row in (change["rows"] for change in changes) if row["milestone"]}
    kept = engagement.goals.exclude(milestones__in=touched)
    facts = [goal["facts"] for change in changes if change["after"] for goal in change["rows"]["goals"]]
    return [*kept, *(Goal(engagement=engagement, position=0, **stored(one)) for one in facts)]


def stored(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts of a goal out of JSON, as the columns take them."""
    day = facts.get("baseline_due_on")
    return {**facts, "baseline_due_on": date.fromisoformat(day) if isinstance(day, str) else day}


def lacks_after(engagement: Engagement, changes: Sequence[Mapping[str, Any]]) -> list[str]:
    """What would hold an offer with these goals back and did not hold it back before."""
    areas = list(engagement.areas.select_related("inside_owner"))
    before = list(engagement.goals.all())
    after = goals_after(engagement, changes)

    def lacks(goals: list[Goal]) -> list[str]:
        return lacks_of_goals(goals) + lacks_of_areas(areas, goals, engagement.why_outside)

    known = lacks(before)
    return [lack for lack in lacks(after) if lack not in known]


@dataclass(frozen=True)
class Fact:
    """One part of a milestone in words, before and after; empty where there is none, then `gone` says why."""

    label: str
    before: str
    after: str
    gone: str = ""


@dataclass(frozen=True)
class Line:
    """One milestone of an amendment as it is read."""

    position: int
    title: str
    kind: str  # added, changed, dropped
    facts: Sequence[Fact]
    goals: Sequence[tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]]  # those that differ
    needs_estimate: bool


def lines_of(changes: Sequence[Mapping[str, Any]]) -> list[Line]:
    """Milestone by milestone; no query."""
    return [_line(change, thawed(change["before"]) or {}, thawed(change["after"]) or {}) for change in changes]


def _line(change: Mapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any]) -> Line:
    names = (
        ("title", _("Title")),
        ("deliverable", _("What is delivered")),
        ("parts", _("Parts")),
        ("amount", _("Amount")),
        ("planned_for", _("Planned for")),
    )
    facts = [
        Fact(label, _words(old.get(name)), _words(new.get(name)), _("dropped"))
        for name, label in names
        if (old.get(name) or None) != (new.get(name) or None)
    ]
    if old.get("estimate") != new.get("estimate"):
        gone = _("dropped") if not new else _("the contractor estimates it")
        facts.append(Fact(_("Estimate"), _words(old.get("estimate")), _words(new.get("estimate")), gone))
    return Line(
        position=change["position"],
        title=new.get("title") or old.get("title", ""),
        kind="dropped" if not new else "changed" if old else "added",
        facts=facts,
        goals=_goals(old.get("goals", []), new.get("goals", [])),
        needs_estimate=needs_estimate(change),
    )


def _words(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, date):
        return date_format(value, "D j M Y")
    if isinstance(value, list):
        kinds = dict(PartKind.choices)
        return "\n".join(f"{str(kinds[part['kind']]).capitalize()}: {part['what']}" for part in value)
    if isinstance(value, Mapping):
        hours = f"{value['work_minutes'] / 60:g}"
        return _("%(hours)s h, by %(day)s") % {"hours": hours, "day": date_format(value["due_on"], "D j M Y")}
    return str(value)


def _goals(before: Sequence[Any], after: Sequence[Any]) -> list[tuple[Any, Any]]:
    pairs = paired([goal["metric"] for goal in before], [goal["metric"] for goal in after])
    found = [(None if old is None else before[old], None if new is None else after[new]) for old, new in pairs]
    return [(old, new) for old, new in found if old != new]


@dataclass(frozen=True)
class AmendmentView:
    """An amendment as it is read: milestone by milestone, and what it does to the price."""

    lines: Sequence[Line]
    price_before: Money
    price_after: Money


def view_of(amendment: Amendment) -> AmendmentView:
    """What was signed, else what is proposed; no query for an amendment that came `for_page`."""
    text = text_of(amendment)
    if text is not None:
        return view_of_document(json.loads(text.canonical))
    price = amendment.engagement.price
    after = Money(price.minor + added_minor(amendment.changes), price.currency)
    return AmendmentView(lines_of(amendment.changes), price, after)


def view_of_document(document: Mapping[str, Any]) -> AmendmentView:
    """Of the text that is signed."""
    price = thawed(document["price"])
    return AmendmentView(lines_of(document["changes"]), price["before"], price["after"])
