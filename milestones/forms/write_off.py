"""Why money that is owed will never be paid."""

from django import forms
from django.utils.translation import gettext_lazy as _


class WriteOffForm(forms.Form):
    reason = forms.CharField(
        label=_("Why will it never be paid?"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The contractor reads it, and it stays."),
    )
