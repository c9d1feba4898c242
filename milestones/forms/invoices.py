"""The filter of the list, and taking an invoice back."""

from django import forms
from django.utils.translation import gettext_lazy

from milestones.forms.amount import AmountForm


class InvoiceFilter(forms.Form):
    """From the address: what can't be read filters nothing. Years have four digits."""

    year = forms.IntegerField(required=False, min_value=1000, max_value=9999)
    name = forms.CharField(required=False, max_length=80)

    @property
    def chosen(self) -> tuple[int | None, str]:
        self.is_valid()
        return self.cleaned_data.get("year"), self.cleaned_data.get("name", "")


class CreditForm(AmountForm):
    reason = forms.CharField(
        label=gettext_lazy("Because"),
        max_length=300,
        help_text=gettext_lazy("It stands on the paper, and the contractor gets it by mail."),
    )
