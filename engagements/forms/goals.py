"""A goal as people write it: a number to reach, or something that is done or not done."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engagements.forms.fields import NumberField
from engagements.models import Capability, Engagement, Goal, Objective
from engagements.queries.templates import SHARED_GOAL_FIELDS
from engagements.states import Direction, GoalKind, Measurer

Choices = Sequence[tuple[Any, Any]]
# Which answers a kind of goal has none of.
DAYS = ("baseline_after_days", "baseline_due_on")
OF_NUMBERS = ("unit", "baseline", "target", "target_high", "baseline_by", *DAYS)


def objective_choices(used: Iterable[int | None] = ()) -> Choices:
    """Objectives that stand, and those that are chosen already; one query."""
    wanted = Objective.objects.filter(Q(retired_at=None) | Q(pk__in=[pk for pk in used if pk]))
    return [("", gettext_lazy("No objective yet")), *wanted.values_list("pk", "title")]


def area_choices(used: Iterable[int] = ()) -> Choices:
    """Areas that stand, and those that are chosen already; core ones are called so. One query."""
    wanted = Capability.objects.filter(Q(retired_at=None) | Q(pk__in=list(used)))
    return [(one.pk, _("%(area)s (core)") % {"area": one} if one.is_core else one.name) for one in wanted]


def areas_field() -> forms.TypedMultipleChoiceField:
    return forms.TypedMultipleChoiceField(
        label=gettext_lazy("Areas of ours it touches"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": gettext_lazy("Choose areas from the list.")},
    )


def why_field() -> forms.CharField:
    return area(
        gettext_lazy("Why it is done outside"),
        help_text=gettext_lazy("Asked for when one of the areas is core. The contractor does not read it."),
    )


def area(label: Any, rows: int = 2, **more: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": rows}), **more
    )


class AnyGoalForm(forms.Form):
    kind = forms.ChoiceField(
        label=gettext_lazy("How it is judged"), choices=GoalKind.choices, initial=GoalKind.MEASURED
    )
    objective_id = forms.TypedChoiceField(
        label=gettext_lazy("Objective it serves"), coerce=int, empty_value=None, required=False
    )
    metric = forms.CharField(
        label=gettext_lazy("What it is"),
        max_length=160,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("Cold start of the widget")}),
    )
    criterion = area(
        gettext_lazy("Done when"),
        help_text=gettext_lazy(
            "What anybody can see then: a test that passes, a page that opens, a person who does it."
        ),
    )
    baseline = NumberField(
        label=gettext_lazy("Today"),
        required=False,
        help_text=gettext_lazy("Empty: nobody has measured it yet."),
        widget=forms.TextInput(attrs={"placeholder": " "}),  # the stylesheet sees by it whether the field is empty
    )
    direction = forms.ChoiceField(label=gettext_lazy("Then"), choices=Direction.choices, initial=Direction.AT_MOST)
    target = NumberField(label=gettext_lazy("Target"), required=False)
    target_high = NumberField(label=gettext_lazy("and"), required=False)
    unit = forms.CharField(
        label=gettext_lazy("Unit"), max_length=40, required=False, widget=forms.TextInput(attrs={"list": "units"})
    )
    baseline_by = forms.ChoiceField(
        label=gettext_lazy("Who measures it first?"),
        choices=[("", gettext_lazy("Nobody yet")), *Measurer.choices],
        required=False,
    )
    method = area(gettext_lazy("Method"))
    measured_by = forms.ChoiceField(
        label=gettext_lazy("Measured by"), choices=Measurer.choices, initial=Measurer.CONTRACTOR
    )
    is_transfer = forms.BooleanField(
        label=gettext_lazy("It hands the knowledge over to us"),
        required=False,
        help_text=gettext_lazy("Reached once our own people can go on without the contractor."),
    )

    def __init__(self, *args: Any, objectives: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chooser: Any = self.fields["objective_id"]
        chooser.choices = objectives

    def clean(self) -> dict[str, Any]:
        """What this kind of goal has none of is emptied, whatever was typed before the kind was changed."""
        given: dict[str, Any] = super().clean() or {}
        if given.get("kind") == GoalKind.BINARY:
            for name in OF_NUMBERS:
                if name in self.fields:
                    self._errors.pop(name, None)  # type: ignore[union-attr]
                    given[name] = None if name in DAYS else ""
            return given
        given["criterion"] = ""
        if given.get("direction") != Direction.BETWEEN:
            self._errors.pop("target_high", None)  # type: ignore[union-attr]
            given["target_high"] = ""
        if given.get("baseline"):
            given["baseline_by"] = ""
            for name in DAYS:
                if name in self.fields:
                    given[name] = None
        return given


class AreasForm(forms.Form):
    """Which areas of ours a contract touches."""

    areas = areas_field()
    why_outside = why_field()

    def __init__(self, *args: Any, used: Iterable[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["areas"].choices = area_choices(used)  # type: ignore[attr-defined]


class EngagementGoalForm(AnyGoalForm):
    """A goal of a draft: with days of its own."""

    baseline_due_on = forms.DateField(
        label=gettext_lazy("By"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    due_on = forms.DateField(label=gettext_lazy("Due"), widget=forms.DateInput(attrs={"type": "date"}))

    def clean_due_on(self) -> Any:
        day = self.cleaned_data["due_on"]
        if day < timezone.localdate():
            raise forms.ValidationError(_("Choose today or a later day."))
        return day


class GoalsPage:
    """All goals of a draft engagement and the areas it touches, on one page."""

    def __init__(self, engagement: Engagement, data: Any = None) -> None:
        self.goals: list[Goal] = list(engagement.goals.all())
        choices = objective_choices(goal.objective_id for goal in self.goals)
        names = (*SHARED_GOAL_FIELDS, "baseline_due_on", "due_on")
        self.forms = [
            EngagementGoalForm(
                data,
                prefix=f"goal-{goal.pk}",
                initial={name: getattr(goal, name) for name in names},
                objectives=choices,
            )
            for goal in self.goals
        ]
        used = list(engagement.areas.values_list("pk", flat=True))
        said = {"areas": used, "why_outside": engagement.why_outside}
        self.areas = AreasForm(data, prefix="contract", initial=said, used=used)

    def is_valid(self) -> bool:
        return all([form.is_valid() for form in (*self.forms, self.areas)])

    def facts(self) -> dict[int, dict[str, Any]]:
        """What `rewrite_goals` takes."""
        return {goal.pk: form.cleaned_data for goal, form in zip(self.goals, self.forms, strict=True)}
