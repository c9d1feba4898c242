"""An amount typed in a currency that stands already."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.money import Money, MoneyError, parse_money


class AmountForm(forms.Form):
    amount = forms.CharField(max_length=40, widget=forms.TextInput({"inputmode": "decimal"}))

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.fields["amount"].label = _("Amount in %(currency)s") % {"currency": currency}

    def clean_amount(self) -> Money:
        try:
            return parse_money(self.cleaned_data["amount"], self.currency)
        except MoneyError as error:
            raise forms.ValidationError(str(error)) from error
