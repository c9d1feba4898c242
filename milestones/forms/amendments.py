"""An amendment as the lead writes it: every milestone that may change, as it is now; and as the contractor signs it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.money import Money, MoneyError, amount_text, parse_money
from engagements.forms.fields import KindLinesField
from engagements.forms.goals import AnyGoalForm, Choices, objective_choices
from engagements.models import Engagement, Goal
from engagements.states import PartKind
from milestones.forms.signing import SignatureForm
from milestones.models import Milestone
from milestones.queries.amendments import (
    GOAL_FIELDS,
    GoalWish,
    Line,
    Place,
    Wish,
    breaks_of,
    measured_among,
)
from milestones.services.splitting import LAST_DAY


def _bare(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _as_it_was(new: Any, old: Any) -> Any:
    """What was not changed stays letter by letter: a page writes line ends and edges its own way."""
    if isinstance(new, str):
        return old if isinstance(old, str) and _bare(new) == _bare(old) else _bare(new)
    return new


class AmountField(forms.CharField):
    """An amount in the engagement's currency."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Amount"),
            max_length=30,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            **kwargs,
        )


def _money(text: str, currency: str) -> Money:
    try:
        amount = parse_money(text, currency)
    except MoneyError as error:
        raise forms.ValidationError(str(error)) from error
    if amount.minor <= 0:
        raise forms.ValidationError(_("Give an amount of more than nothing."))
    return amount


def _date(label: Any, **more: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **more)


class MilestoneForm(forms.Form):
    """A milestone as it is, or a new one."""

    title = forms.CharField(label=_("Title"), max_length=160)
    deliverable = forms.CharField(
        label=_("What is delivered"), max_length=5000, widget=forms.Textarea(attrs={"rows": 2})
    )
    parts = KindLinesField(
        label=_("Parts"),
        kinds=PartKind,
        help_text=_("One a line: “code: a merged pull request”, or docs, environment."),
    )
    amount = AmountField()
    planned_for = _date(
        _("Done by"), help_text=_("Another day asks for another estimate; only the contractor sets it.")
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency

    def clean_amount(self) -> Money:
        return _money(self.cleaned_data["amount"], self.currency)

    def clean_planned_for(self) -> date:
        day: date = self.cleaned_data["planned_for"]
        if day > LAST_DAY:
            raise forms.ValidationError(_("Choose a day before 2100."))
        return day


class GoalForm(AnyGoalForm):
    baseline_due_on = _date(_("By"), required=False)

    def __init__(self, *args: Any, measured: Goal | None = None, **kwargs: Any) -> None:
        """`measured` is the goal that it is about, where that has values already."""
        super().__init__(*args, **kwargs)
        self.measured = measured

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if self.measured is not None and not self.errors:
            for name, sentence in breaks_of(self.measured, given).items():
                self.add_error(name, sentence)
        return given

    def wished(self, goal: Goal | None = None) -> GoalWish:
        given = self.cleaned_data
        facts = {
            name: _as_it_was(given.get(name), getattr(goal, name)) if goal else _as_it_was(given.get(name), None)
            for name in GOAL_FIELDS
        }
        return GoalWish(goal, facts)


class DropForm(forms.Form):
    is_dropped = forms.BooleanField(required=False)


class GoalPart:
    """One goal of a milestone: its answers, and whether it is dropped."""

    def __init__(self, goal: Goal, data: Any, objectives: Choices, *, is_measured: bool) -> None:
        self.goal, self.is_measured = goal, is_measured
        initial = {name: getattr(goal, name) for name in GOAL_FIELDS}
        self.form = GoalForm(
            data,
            prefix=f"goal-{goal.pk}",
            initial=initial,
            objectives=objectives,
            measured=goal if is_measured else None,
        )
        self.drop = DropForm(data, prefix=f"goal-{goal.pk}")

    @property
    def is_dropped(self) -> bool:
        return bool(self.drop["is_dropped"].value())

    @property
    def has_changed(self) -> bool:
        return self.is_dropped or bool(self.form.errors) or self.form.has_changed()

    def is_valid(self) -> bool:
        return self.drop.is_valid() and (self.is_dropped or self.form.is_valid())


class NewGoal:
    """Blank answers for one more goal, used once something is called."""

    def __init__(self, data: Any, prefix: str, objectives: Choices) -> None:
        self.form = GoalForm(data, prefix=prefix, objectives=objectives, use_required_attribute=False)

    @property
    def is_used(self) -> bool:
        return bool(str(self.form["metric"].value() or "").strip())

    def is_valid(self) -> bool:
        return not self.is_used or self.form.is_valid()

    def wishes(self) -> list[GoalWish]:
        return [self.form.wished()] if self.is_used else []


class MilestonePart:
    """One milestone that may change, with its goals and room for one more. `measured`: those of its goals (ids) that
    have values."""

    def __init__(self, place: Place, data: Any, objectives: Choices, measured: set[int]) -> None:
        self.milestone: Milestone = place.milestone
        milestone, prefix = self.milestone, f"milestone-{place.milestone.pk}"
        initial = {
            "title": milestone.title,
            "deliverable": milestone.deliverable,
            "parts": milestone.parts,
            "amount": amount_text(milestone.amount),
            "planned_for": milestone.due_on,
        }
        self.form = MilestoneForm(data, prefix=prefix, initial=initial, currency=milestone.currency)
        self.drop = DropForm(data, prefix=prefix)
        self.goals = [GoalPart(goal, data, objectives, is_measured=goal.pk in measured) for goal in place.goals]
        self.more = NewGoal(data, f"more-{milestone.pk}", objectives)

    @property
    def is_dropped(self) -> bool:
        return bool(self.drop["is_dropped"].value())

    @property
    def measured(self) -> Goal | None:
        """One that has values, and so keeps its milestone in the plan."""
        return next((part.goal for part in self.goals if part.is_measured), None)

    @property
    def is_open(self) -> bool:
        """Whether its answers are shown at once: something in it was changed or is wrong."""
        parts = any(goal.has_changed for goal in self.goals) or self.more.is_used
        return self.form.is_bound and (self.is_dropped or parts or bool(self.form.errors) or self.form.has_changed())

    def is_valid(self) -> bool:
        if not self.drop.is_valid():
            return False
        return self.is_dropped or all([self.form.is_valid(), self.more.is_valid(), *(g.is_valid() for g in self.goals)])

    def wish(self) -> Wish:
        milestone = self.milestone
        if self.is_dropped:
            return Wish(milestone, is_dropped=True)
        given = self.form.cleaned_data
        day = given["planned_for"]
        kept = [part.form.wished(part.goal) for part in self.goals if not part.is_dropped]
        return Wish(
            milestone,
            title=_as_it_was(given["title"], milestone.title),
            deliverable=_as_it_was(given["deliverable"], milestone.deliverable),
            parts=given["parts"],
            amount=given["amount"],
            planned_for=None if day == milestone.due_on else day,
            goals=[*kept, *self.more.wishes()],
        )


class NewMilestone:
    """A milestone to be added, used once it has a title; with room for two goals."""

    def __init__(self, data: Any, currency: str, objectives: Choices) -> None:
        self.form = MilestoneForm(data, prefix="new", currency=currency, use_required_attribute=False)
        self.goals = [NewGoal(data, f"new-goal-{n}", objectives) for n in (1, 2)]

    @property
    def is_used(self) -> bool:
        return bool(str(self.form["title"].value() or "").strip())

    def is_valid(self) -> bool:
        return not self.is_used or all([self.form.is_valid(), *(goal.is_valid() for goal in self.goals)])

    def wishes(self) -> list[Wish]:
        if not self.is_used:
            return []
        given = self.form.cleaned_data
        goals = [wish for goal in self.goals for wish in goal.wishes()]
        facts = {name: given[name] for name in ("amount", "planned_for", "parts")}
        return [Wish(None, title=given["title"], deliverable=_bare(given["deliverable"]), goals=goals, **facts)]


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Why does it change?"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It stands in the amendment, and both sides sign it."),
    )


class AmendmentPage:
    """All of it on one page."""

    def __init__(self, engagement: Engagement, places: Sequence[Place], data: Any = None) -> None:
        used = (goal.objective_id for place in places for goal in place.goals)
        objectives = objective_choices(used)
        open_ones = [place for place in places if not place.why_not]
        measured = measured_among(goal.pk for place in open_ones for goal in place.goals)
        parts = {place.milestone.pk: MilestonePart(place, data, objectives, measured) for place in open_ones}
        self.rows = [(place, parts.get(place.milestone.pk)) for place in places]
        self.parts = [part for _place, part in self.rows if part is not None]
        self.new = NewMilestone(data, engagement.currency, objectives)
        self.reason = ReasonForm(data)

    def is_valid(self) -> bool:
        return all([self.reason.is_valid(), self.new.is_valid(), *(part.is_valid() for part in self.parts)])

    def wishes(self) -> list[Wish]:
        return [*(part.wish() for part in self.parts), *self.new.wishes()]


class AmendmentSignForm(SignatureForm):
    """The contractor's hours and date for each milestone whose work changes, and the signature."""

    def __init__(self, *args: Any, lines: Iterable[Line], known: Mapping[int, Any], **kwargs: Any) -> None:
        """`known`: position → the estimate in force ({work_minutes, due_on}) or the day that we ask for."""
        super().__init__(*args, **kwargs)
        self.lines = [line for line in lines if line.needs_estimate]
        for line in self.lines:
            estimate = known.get(line.position) or {}
            minutes = estimate.get("work_minutes")
            self.fields[f"hours-{line.position}"] = forms.DecimalField(
                label=_("Hours of work"),
                min_value=Decimal("0.25"),
                max_value=Decimal(8784),
                max_digits=7,
                decimal_places=2,
                initial=f"{minutes / 60:g}" if minutes else None,
                widget=forms.NumberInput(attrs={"step": "0.25", "inputmode": "decimal"}),
            )
            self.fields[f"due-{line.position}"] = _date(_("Done by"), initial=estimate.get("due_on"))
        self.order_fields([*(name for name in self.fields if name != self.SIGNATURE), self.SIGNATURE])

    def rows(self) -> list[tuple[Line, Any, Any]]:
        return [(line, self[f"hours-{line.position}"], self[f"due-{line.position}"]) for line in self.lines]

    def estimates(self) -> dict[int, tuple[int, date]]:
        """Position → (minutes, date)."""
        given = self.cleaned_data
        return {
            line.position: (round(given[f"hours-{line.position}"] * 60), given[f"due-{line.position}"])
            for line in self.lines
        }
