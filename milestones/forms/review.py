"""The lead's answer, goal by goal."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.widgets import PickSelect
from engagements.models import Goal
from milestones.states import Outcome

MET, NOT_MET = "met", "not_met"
VIEWS = ((MET, _("Met")), (NOT_MET, _("Not met")))


class ReviewForm(forms.Form):
    decision = forms.ChoiceField(
        label=_("Choose one"),
        choices=((Outcome.ACCEPTED, _("Accept")), (Outcome.CHANGES_REQUESTED, _("Ask for changes"))),
        widget=PickSelect(icons={Outcome.ACCEPTED: "check", Outcome.CHANGES_REQUESTED: "undo-2"}),
    )
    note = forms.CharField(
        label=_("A line to the contractor"),
        max_length=10_000,
        required=False,
        help_text=_("Needed when you ask for changes: what is missing, and what would meet the goal."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    submission_number = forms.IntegerField(min_value=1, max_value=32_767, widget=forms.HiddenInput)

    def __init__(self, *args: Any, goals: Sequence[Goal], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.goals = goals
        for goal in goals:
            self.fields[f"view_{goal.pk}"] = forms.ChoiceField(
                label=_("Your view"), choices=VIEWS, widget=forms.RadioSelect
            )
            self.fields[f"why_{goal.pk}"] = forms.CharField(
                label=_("Why"), max_length=1000, required=False, widget=forms.TextInput
            )

    @property
    def verdicts(self) -> dict[Goal, tuple[bool, str]]:
        """What the services take; only after validation."""
        given = self.cleaned_data
        return {goal: (given[f"view_{goal.pk}"] == MET, given[f"why_{goal.pk}"]) for goal in self.goals}

    def fields_of(self, goal: Goal) -> tuple[forms.BoundField, forms.BoundField]:
        return self[f"view_{goal.pk}"], self[f"why_{goal.pk}"]
