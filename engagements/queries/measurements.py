"""What was measured of a goal, against where it began and where it should be."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from engagements.models import Goal, Measurement
from engagements.states import Direction

WIDTH, HEIGHT = 72, 22  # of the drawing
LEFT, RIGHT, TOP, BOTTOM = 3, 69, 3, 19
MOST_DRAWN = 24  # of the latest values


@dataclass(frozen=True)
class Drawing:
    """Geometry for the attributes of one SVG of WIDTH × HEIGHT, larger values higher. One step is one measurement:
    their days stand in the list of values. `targets` are heights: two of a goal that lies between."""

    line: str  # x,y x,y …
    end: tuple[str, str]
    targets: tuple[str, ...]


def draw(values: Sequence[Decimal], targets: Sequence[Decimal]) -> Drawing | None:
    """Values in their order, and the target or both its ends; None without any value."""
    if not values:
        return None
    low, high = min(*values, *targets), max(*values, *targets)

    def y(value: Decimal) -> str:
        share = float((value - low) / (high - low)) if high > low else 0.5
        return f"{BOTTOM - share * (BOTTOM - TOP):.1f}"

    steps = max(len(values) - 1, 1)
    places = [f"{LEFT + (RIGHT - LEFT) * place / steps:.1f}" for place in range(len(values))]
    if len(values) == 1:
        places = [f"{RIGHT:.1f}"]
    points = [(x, y(value)) for x, value in zip(places, values, strict=True)]
    return Drawing(" ".join(f"{x},{h}" for x, h in points), points[-1], tuple(y(target) for target in targets))


@dataclass(frozen=True)
class Trend:
    """A goal and those of its measurements that count, in the order of their days."""

    goal: Goal
    points: Sequence[Measurement] = ()

    @property
    def latest(self) -> Measurement | None:
        return self.points[-1] if self.points else None

    @property
    def value(self) -> str:
        """The latest, in words."""
        return self.goal.value_words(self.latest.value) if self.latest else ""

    @property
    def is_met(self) -> bool | None:
        """Whether the latest value reaches the target; None before anything was measured."""
        return self.goal.is_reached_by(self.latest.value) if self.latest else None

    @property
    def answers_baseline(self) -> Measurement | None:
        """The first measurement, where the contract says that there is no baseline yet."""
        lacks = not self.goal.is_binary and not self.goal.baseline
        return self.points[0] if lacks and self.points else None

    @property
    def baseline(self) -> str:
        """In words: as agreed, else as it was measured first; empty while nobody knows, and of what is done or not."""
        known = self.answers_baseline.value if self.answers_baseline else self.goal.baseline
        return self.goal.value_words(known) if known and not self.goal.is_binary else ""

    @property
    def is_plain(self) -> bool:
        """Whether the baseline is just the one that was agreed."""
        return bool(self.goal.baseline) and not self.goal.is_binary

    @cached_property
    def drawing(self) -> Drawing | None:
        """None of what is done or not done, and before anything was measured."""
        goal = self.goal
        if goal.is_binary or not self.points or not goal.target:
            return None
        values = [Decimal(goal.baseline)] if goal.baseline else []
        values += [Decimal(point.value) for point in self.points[-MOST_DRAWN:]]
        ends = [goal.target, goal.target_high] if goal.direction == Direction.BETWEEN else [goal.target]
        return draw(values, [Decimal(end) for end in ends if end])

    @property
    def words(self) -> str:
        """The drawing for those who do not see it."""
        told = ", ".join(
            _("%(value)s on %(day)s")
            % {"value": self.goal.value_words(point.value), "day": date_format(point.measured_on, "j M Y")}
            for point in self.points[-MOST_DRAWN:]
        )
        began = _("Baseline %(value)s. ") % {"value": self.baseline} if self.goal.baseline else ""
        return began + _("Measured: %(values)s. Target: %(target)s.") % {
            "values": told, "target": self.goal.target_words
        }  # fmt: skip


def trends(goals: Sequence[Goal]) -> list[Trend]:
    """One a goal, in their order; one query, none for no goals."""
    found: dict[int, list[Measurement]] = defaultdict(list)
    if goals:
        for point in Measurement.objects.of_goals(goals).counted().in_order():
            found[point.goal_id].append(point)
    return [Trend(goal, found[goal.pk]) for goal in goals]


def awaiting_baseline(engagements: Sequence[int]) -> dict[int, list[Goal]]:
    """Goals without a baseline that somebody is to measure by a day and nobody has, by engagement id; one query."""
    found: dict[int, list[Goal]] = defaultdict(list)
    for goal in Goal.objects.awaiting_baseline().filter(engagement__in=engagements).order_by("position"):
        found[goal.engagement_id].append(goal)
    return found
