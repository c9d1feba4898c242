"""Handing in: one number and a note for each goal, a line to the lead, a link."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

from core.numbers import parse_number
from engagements.models import Goal
from engagements.models.template import DONE, NOT_DONE
from milestones.models import Submission


class SubmissionForm(forms.Form):
    note = forms.CharField(
        label=_("What should the lead know?"),
        max_length=10_000,
        widget=forms.Textarea(
            attrs={"rows": 4, "placeholder": _("What works, what does not, what you would do next.")}
        ),
    )
    link = forms.URLField(
        label=_("Link to the work"),
        max_length=500,
        required=False,
        assume_scheme="https",
        help_text=_("A pull request, a build, a document."),
        widget=forms.TextInput(attrs={"inputmode": "url"}),
    )

    def __init__(self, *args: Any, goals: Sequence[Goal], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.goals = goals
        self.fields["link"].validators = [
            URLValidator(schemes=["http", "https"], message=_("Give a link that starts with https:// or http://."))
        ]
        for goal in goals:
            self.fields[f"value_{goal.pk}"] = self._value_field(goal)
            self.fields[f"how_{goal.pk}"] = forms.CharField(
                label=_("Where it can be seen"),
                max_length=1000,
                required=False,
                widget=forms.TextInput(attrs={"placeholder": _("Link or note")}),
            )

    @staticmethod
    def _value_field(goal: Goal) -> forms.Field:
        if goal.is_binary:
            choices = [("", _("Is it done?")), (DONE, _("Done")), (NOT_DONE, _("Not done"))]
            return forms.ChoiceField(label=_("Is it done?"), choices=choices)
        return forms.CharField(
            label=_("Result in %(unit)s") % {"unit": goal.unit},
            max_length=40,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "placeholder": goal.unit}),
        )

    @staticmethod
    def again(submission: Submission | None) -> dict[str, str]:
        """What was handed in last, to start from."""
        if submission is None:
            return {}
        values = {"link": submission.link}
        for evidence in submission.evidence.all():
            values |= {f"value_{evidence.goal_id}": evidence.value, f"how_{evidence.goal_id}": evidence.note}
        return values

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for goal in self.goals:
            name = f"value_{goal.pk}"
            if name in given:
                try:
                    given[name] = parse_number(given[name])
                except ValueError as error:
                    self.add_error(name, str(error))
        return given

    def rows(self) -> list[tuple[Goal, forms.BoundField, forms.BoundField]]:
        return [(goal, self[f"value_{goal.pk}"], self[f"how_{goal.pk}"]) for goal in self.goals]

    @property
    def evidence(self) -> dict[Goal, tuple[str, str]]:
        """What `submit_milestone` takes; only after validation."""
        given = self.cleaned_data
        return {goal: (given[f"value_{goal.pk}"], given[f"how_{goal.pk}"]) for goal in self.goals}
