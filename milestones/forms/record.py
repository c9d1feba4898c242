"""Appealing a row of the delivery record, and answering."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.widgets import PickSelect
from milestones.models import RecordAppeal
from milestones.states import AppealOutcome


class AppealForm(forms.Form):
    reason = forms.CharField(
        label=_("What is wrong with this row?"),
        max_length=2000,
        help_text=_("Somebody who was not part of the work reads it and answers."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class AnswerForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("What becomes of the row"),
        choices=AppealOutcome.choices,
        widget=PickSelect(
            icons={
                AppealOutcome.COUNTS: "check",
                AppealOutcome.DOES_NOT_COUNT: "minus",
                AppealOutcome.CORRECTED: "pencil",
            },
            consequences={
                AppealOutcome.COUNTS: _("It stays as it is"),
                AppealOutcome.DOES_NOT_COUNT: _("It is left out of every count, and shown as left out"),
                AppealOutcome.CORRECTED: _("It is judged by another day"),
            },
        ),
    )
    moved_to = forms.DateField(
        label=_("Judged by"),
        required=False,
        help_text=_("Only for a corrected row: the last day on which it would have been on time."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    note = forms.CharField(label=_("What you found"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, appeal: RecordAppeal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["moved_to"].widget.attrs["min"] = appeal.row.promised_on.isoformat()

    def clean_moved_to(self) -> Any:
        day = self.cleaned_data["moved_to"]
        if day is not None and not 2000 <= day.year < 2100:
            raise forms.ValidationError(_("Choose a day before 2100."))
        return day
