"""Where the contractor is paid."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from milestones.services.bank import iban_of


class BankForm(forms.Form):
    holder = forms.CharField(
        label=_("Account holder"), max_length=140, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    iban = forms.CharField(
        label=_("IBAN"),
        max_length=60,
        help_text=_("Two letters, two check digits, then your account, such as PT50 0002 0123 1234 5678 9015 4."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_iban(self) -> str:
        try:
            return iban_of(self.cleaned_data["iban"])
        except DomainError as refusal:
            raise forms.ValidationError(refusal.sentence) from refusal
