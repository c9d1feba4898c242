"""Disputing, adding to a dispute, and deciding it."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

from core.filetypes import ACCEPT
from core.models import StoredFile
from core.widgets import PickSelect
from engagements.models import Goal
from milestones.forms.review import ACCEPT as FOR_THE_CONTRACTOR
from milestones.forms.review import CHANGES, IN_PART, ReviewForm
from milestones.forms.submission import FilesField, FilesInput
from milestones.states import DisputeOutcome

# The review's own words, and what each is in a dispute.
DECISIONS = (
    (FOR_THE_CONTRACTOR, _("For the contractor: accept it")),
    (IN_PART, _("In part")),
    (CHANGES, _("For the team: changes are needed")),
)
OUTCOMES = {
    FOR_THE_CONTRACTOR: DisputeOutcome.ACCEPT,
    IN_PART: DisputeOutcome.IN_PART,
    CHANGES: DisputeOutcome.CHANGES,
}
ICONS = {FOR_THE_CONTRACTOR: "check", IN_PART: "arrow-right", CHANGES: "undo-2"}


class DisputeForm(forms.Form):
    about = forms.MultipleChoiceField(label=_("What is it about?"), required=False, widget=forms.CheckboxSelectMultiple)
    reason = forms.CharField(
        label=_("What do you not agree about?"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Both sides and who decides read it. Say what you see, and what would settle it."),
        error_messages={"required": _("Say what you do not agree about.")},
    )
    number = forms.IntegerField(min_value=1, max_value=32_767, widget=forms.HiddenInput)

    def __init__(self, *args: Any, goals: Sequence[Goal], parts: Sequence[dict[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.goals, self.parts = goals, parts
        about: Any = self.fields["about"]
        about.choices = [
            *((f"goal_{goal.pk}", goal.metric) for goal in goals),
            *((f"part_{place}", part["what"]) for place, part in enumerate(parts)),
        ]

    def clean_about(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["about"]
        if not chosen and (self.goals or self.parts):
            raise forms.ValidationError(_("Choose the goals or parts that it is about."))
        return chosen

    @property
    def facts(self) -> dict[str, Any]:
        """What `open_dispute` takes; only after validation."""
        given = self.cleaned_data
        return {
            "goals": [goal for goal in self.goals if f"goal_{goal.pk}" in given["about"]],
            "parts": [place for place in range(len(self.parts)) if f"part_{place}" in given["about"]],
            "reason": given["reason"],
            "submission_number": given["number"],
        }


class StatementForm(forms.Form):
    text = forms.CharField(
        label=_("What would you add?"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say it in a sentence first.")},
    )
    link = forms.URLField(
        label=_("Link that shows it"),
        max_length=500,
        required=False,
        assume_scheme="https",
        widget=forms.TextInput(attrs={"inputmode": "url"}),
    )
    files_all = FilesField(label=_("Files"), required=False, widget=FilesInput(attrs={"accept": ACCEPT}))

    def __init__(self, *args: Any, drafts: Sequence[StoredFile] = (), **kwargs: Any) -> None:
        """`drafts` are own files that are part of nothing yet: those that were taken when the rest was wrong."""
        super().__init__(*args, **kwargs)
        self.fields["link"].validators = [
            URLValidator(schemes=["http", "https"], message=_("Give a link that starts with https:// or http://."))
        ]
        self.kept: list[StoredFile] = []
        if self.is_bound:
            wanted = set(getattr(self.data, "getlist", lambda _name: [])("kept_all"))
            self.kept = [file for file in drafts if str(file.pk) in wanted]


class TakeBackForm(forms.Form):
    reason = forms.CharField(
        label=_("Why do you take it back?"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Say why: the other side and who decides read it.")},
    )


class DisputeDecisionForm(ReviewForm):
    """A review by somebody else: the same goals and parts, three ways to end, nothing held back, nobody asked whether
    they are happy."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        decision: Any = self.fields["decision"]
        decision.choices, decision.widget = DECISIONS, PickSelect(icons=ICONS, choices=DECISIONS)
        for name in ("hold_amount", "hold_until", "happy"):
            del self.fields[name]
        self.fields["note"].label = _("Why")
        self.fields["note"].help_text = _("Both sides read it.")
        self.fields["note"].required = True
        self.fields["note"].error_messages["required"] = _("Say why: both sides read it.")

    @property
    def outcome(self) -> str:
        return OUTCOMES[self.cleaned_data["decision"]]
