"""Shapes of a message and of a check-in."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.widgets import ScaleSelect
from engagements.states import CONFIDENCE

ANSWERS = [(str(value), str(place)) for place, value in enumerate(CONFIDENCE, start=1)]
NOTES = dict(
    zip(
        (value for value, _label in ANSWERS),
        (
            gettext_lazy("No"),
            gettext_lazy("Doubt it"),
            gettext_lazy("Maybe"),
            gettext_lazy("Likely"),
            gettext_lazy("Sure"),
        ),
        strict=True,
    )
)


class MessageForm(forms.Form):
    body = forms.CharField(
        label=gettext_lazy("Message"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": gettext_lazy("Write something first."),
            "max_length": gettext_lazy("A message has at most %(limit_value)d characters; this has %(show_value)d."),
        },
    )
    needs_answer = forms.BooleanField(label=gettext_lazy("Needs an answer"), required=False)


class CheckInForm(forms.Form):
    """One tap (“Nothing new”), or confidence and whatever else there is to say."""

    confidence = forms.TypedChoiceField(
        label=gettext_lazy("Will it be done by its date?"),
        choices=ANSWERS,
        coerce=int,
        empty_value=None,
        required=False,
        widget=ScaleSelect(notes=NOTES),
        error_messages={"invalid_choice": gettext_lazy("Tap one of the five.")},
    )
    progress = forms.CharField(
        label=gettext_lazy("What moved?"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    blocker = forms.CharField(
        label=gettext_lazy("Is anything in your way?"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Leave it empty if nothing is."),
    )
    private_note = forms.CharField(
        label=gettext_lazy("Private note"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": gettext_lazy("In any language. Short is fine.")}),
    )

    def clean(self) -> dict[str, Any]:
        """“Nothing new” pressed after something was written is an ordinary check-in: nothing typed is lost."""
        data: dict[str, Any] = super().clean() or {}
        said = data.get("progress") or data.get("blocker") or data.get("private_note") or data.get("confidence")
        data["nothing_new"] = "nothing_new" in self.data and not said
        if not data["nothing_new"] and data.get("confidence") is None and "confidence" not in self.errors:
            self.add_error("confidence", _("Tap one of the five to say how sure you are of the date."))
        return data
