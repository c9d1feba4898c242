"""A value of a goal as people write it down."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.numbers import parse_number
from core.widgets import ScaleSelect
from engagements.models import Goal, Measurement
from engagements.models.template import DONE, NOT_DONE


class MeasurementForm(forms.Form):
    measured_on = forms.DateField(
        label=_("Measured on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    evidence = forms.CharField(
        label=_("How one knows"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("A link, or a line: the run, the report, who saw it."),
    )
    field_order = ("value", "measured_on", "evidence", "reason")

    def __init__(self, *args: Any, goal: Goal, today: date, corrects: Measurement | None = None, **kwargs: Any) -> None:
        if corrects is not None:
            kwargs["initial"] = {name: getattr(corrects, name) for name in ("value", "measured_on", "evidence")}
        super().__init__(*args, **kwargs)
        self.fields["measured_on"].initial = today
        self.fields["value"] = (
            forms.ChoiceField(
                label=_("Is it done?"),
                choices=((DONE, _("done")), (NOT_DONE, _("not done"))),
                widget=ScaleSelect,
                help_text=goal.criterion and _("Done when the contract’s words are true."),
            )
            if goal.is_binary
            else forms.CharField(
                label=_("Value in %(unit)s") % {"unit": goal.unit} if goal.unit else _("Value"),
                max_length=40,
                widget=forms.TextInput(attrs={"inputmode": "text"}),  # the phone's number pad has no minus
            )
        )
        if corrects is not None:
            self.fields["reason"] = forms.CharField(
                label=_("Why it is corrected"),
                max_length=1000,
                widget=forms.Textarea(attrs={"rows": 2}),
                help_text=_("The old value stays, with this beside it."),
            )
        self.order_fields(self.field_order)

    def clean_value(self) -> str:
        try:
            return parse_number(self.cleaned_data["value"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error
