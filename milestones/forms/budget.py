"""A new budget, and money put into one."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.money import Money, MoneyError, currencies, parse_money
from core.widgets import LongSelect
from milestones.models import Budget


class BudgetForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("Such as “Web 2026”."))
    currency = forms.ChoiceField(
        label=_("Currency"), help_text=_("It pays engagements in this currency only."), widget=LongSelect
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["currency"].choices = [  # type: ignore[attr-defined]
            (code, f"{code} · {name}") for code, name in currencies().items()
        ]


class TopUpForm(forms.Form):
    amount = forms.CharField(label=_("Amount"), max_length=30, widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    cause = forms.CharField(
        label=_("Because"), max_length=200, help_text=_("What explains it later, such as the number of the decision.")
    )

    def __init__(self, *args: Any, budget: Budget, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.budget = budget
        self.fields["amount"].label = _("Amount in %(currency)s") % {"currency": budget.currency}

    def clean_amount(self) -> Money:
        try:
            return parse_money(self.cleaned_data["amount"], self.budget.currency)
        except MoneyError as error:
            raise forms.ValidationError(str(error)) from error
