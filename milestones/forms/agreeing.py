"""What the lead may do about an offer besides signing it: cut, ask, ask for faster."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from milestones.models import Milestone


class CutForm(forms.Form):
    """What is dropped from the offer. `plan`: the milestones that stand, their goals prefetched."""

    milestones = forms.TypedMultipleChoiceField(coerce=int, required=False)
    goals = forms.TypedMultipleChoiceField(coerce=int, required=False)
    reason = forms.CharField(
        label=_("Why? The contractor reads it"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, plan: Sequence[Milestone], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plan = plan
        goals = {goal.pk: str(goal) for milestone in plan for goal in milestone.goals.all()}
        self.fields["milestones"].choices = [(m.pk, str(m)) for m in plan]  # type: ignore[attr-defined]
        self.fields["goals"].choices = list(goals.items())  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        gone = _("Some of this is not in the offer any more. Look at what is left, then tick again.")
        for name in ("milestones", "goals"):
            if name in self.errors:
                del self.errors[name]
                self.add_error(None, gone)
        if not self.errors and not (data.get("milestones") or data.get("goals")):
            self.add_error(None, _("Tick what is dropped."))
        return data

    def rows(self) -> list[tuple[Milestone, bool, list[tuple[Any, bool]]]]:
        """Each milestone and each of its goals with whether it is ticked."""
        ticked = {name: set(map(str, self[name].value() or ())) for name in ("milestones", "goals")}
        return [
            (
                milestone,
                str(milestone.pk) in ticked["milestones"],
                [(goal, str(goal.pk) in ticked["goals"]) for goal in milestone.goals.all()],
            )
            for milestone in self.plan
        ]


class AskForm(forms.Form):
    """A question to the contractor about the estimates."""

    text = forms.CharField(
        label=_("Your question"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3, "id": "ask_text"}),
    )


class FasterForm(forms.Form):
    """An earlier date to propose for one of the estimated milestones."""

    milestone = forms.ChoiceField(label=_("Which milestone?"), widget=forms.Select(attrs={"id": "faster_milestone"}))
    proposed_on = forms.DateField(
        label=_("Could it be done by"),
        widget=forms.DateInput(attrs={"type": "date", "id": "faster_proposed_on"}, format="%Y-%m-%d"),
    )
    reason = forms.CharField(
        label=_("Why does it matter?"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "id": "faster_reason"}),
    )

    def __init__(self, *args: Any, milestones: Sequence[Milestone], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.milestones = {str(m.pk): m for m in milestones}
        self.fields["milestone"].choices = [(pk, str(m)) for pk, m in self.milestones.items()]  # type: ignore[attr-defined]

    def chosen(self) -> Milestone:
        return self.milestones[self.cleaned_data["milestone"]]
