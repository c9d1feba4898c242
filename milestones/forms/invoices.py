"""The filter of the list, and taking an invoice back."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.money import Money, MoneyError, parse_money


class InvoiceFilter(forms.Form):
    """From the address: what can't be read filters nothing. Years have four digits."""

    year = forms.IntegerField(required=False, min_value=1000, max_value=9999)
    name = forms.CharField(required=False, max_length=80)

    @property
    def chosen(self) -> tuple[int | None, str]:
        self.is_valid()
        return self.cleaned_data.get("year"), self.cleaned_data.get("name", "")


class CreditForm(forms.Form):
    amount = forms.CharField(max_length=30, widget=forms.TextInput({"inputmode": "decimal"}))
    reason = forms.CharField(
        label=gettext_lazy("Because"),
        max_length=300,
        help_text=gettext_lazy("It stands on the paper, and the contractor gets it by mail."),
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.fields["amount"].label = _("Amount in %(currency)s") % {"currency": currency}

    def clean_amount(self) -> Money:
        try:
            return parse_money(self.cleaned_data["amount"], self.currency)
        except MoneyError as error:
            raise forms.ValidationError(str(error)) from error
