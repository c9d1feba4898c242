"""Shapes of a read-back and of its answer."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ReadBackForm(forms.Form):
    read_back = forms.CharField(
        label=_("The goals in your own words"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("What will be different once you are done, and how will everybody see it?"),
        error_messages={"required": _("Say the goals in your own words first.")},
    )
    open_questions = forms.CharField(
        label=_("What is still open to you?"),
        max_length=5_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Leave it empty if nothing is."),
    )


class ReplyForm(forms.Form):
    """Which version was read, and what was meant instead."""

    number = forms.IntegerField(min_value=1, max_value=32_000, widget=forms.HiddenInput)


class AskAgainForm(ReplyForm):
    note = forms.CharField(
        label=_("What did you mean?"),
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say in a sentence what was meant.")},
    )
