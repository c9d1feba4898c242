"""A bonus: how much, and what for."""

from django import forms
from django.utils.translation import gettext_lazy as _

from milestones.forms.amount import AmountForm


class BonusForm(AmountForm):
    prefix = "bonus"
    reason = forms.CharField(
        label=_("What for"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It is read first, before the amount."),
    )  # fmt: skip
