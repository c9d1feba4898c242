"""A bonus: how much, and what for."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.money import Money, MoneyError, parse_money


class BonusForm(forms.Form):
    prefix = "bonus"
    amount = forms.CharField(label=_("Amount"), max_length=40, widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    reason = forms.CharField(
        label=_("What for"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It is read first, before the amount."),
    )  # fmt: skip

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.fields["amount"].label = _("Amount in %(currency)s") % {"currency": currency}

    def clean_amount(self) -> Money:
        try:
            return parse_money(self.cleaned_data["amount"], self.currency)
        except MoneyError as error:
            raise forms.ValidationError(str(error)) from error
