"""Where the contractor is paid: the fields follow from the bank's country."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from milestones.forms.payout import country_field
from milestones.queries.accounts import WrongAccount, form_of, read_account
from milestones.states import AccountForm, AccountType

LABELS = {
    AccountForm.IBAN: (gettext_lazy("IBAN"), gettext_lazy("BIC, if you know it")),
    AccountForm.US: (gettext_lazy("Account number"), gettext_lazy("Routing number")),
    AccountForm.VN: (gettext_lazy("Account number"), gettext_lazy("Bank code or SWIFT code")),
    AccountForm.SWIFT: (gettext_lazy("Account number"), gettext_lazy("SWIFT code (BIC)")),
}


# What was typed stays when another country brings other fields, also what is typed while they are on their way.
KEPT = {"hx-preserve": "true"}
NUMBER = {"autocomplete": "off", "spellcheck": "false", **KEPT}


class BankForm(forms.Form):
    """`form` is how accounts of the chosen country are written; the page asks for nothing else."""

    bank_country = country_field(gettext_lazy("Country of your bank"))
    holder = forms.CharField(
        label=gettext_lazy("Account holder"), max_length=140, widget=forms.TextInput({"autocomplete": "name", **KEPT})
    )
    account = forms.CharField(max_length=60, widget=forms.TextInput(NUMBER))
    code = forms.CharField(max_length=20, required=False, widget=forms.TextInput(NUMBER))
    account_type = forms.ChoiceField(
        label=gettext_lazy("Kind of account"), choices=[("", "---------"), *AccountType.choices], required=False
    )
    town = forms.CharField(
        label=gettext_lazy("Town you live in"),
        max_length=35,
        help_text=gettext_lazy("Banks ask for town and country of whoever is paid."),
        widget=forms.TextInput({"autocomplete": "address-level2", **KEPT}),
    )
    country = country_field(gettext_lazy("Country you live in"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        country = self.data.get("bank_country") or self.initial.get("bank_country") or ""
        self.form = form_of(country) if country else AccountForm.IBAN
        self.fields["account"].label, self.fields["code"].label = LABELS[self.form]
        self.fields["country"].widget.attrs |= KEPT
        self.fields["code"].required = self.form != AccountForm.IBAN
        if self.form != AccountForm.US:
            del self.fields["account_type"]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if "bank_country" in given and "account" in given:
            try:
                given["account"], given["code"], _kind = read_account(
                    given["bank_country"],
                    account=given["account"],
                    code=given.get("code", ""),
                    account_type=given.get("account_type", ""),
                )
            except WrongAccount as refusal:
                self.errors.pop(refusal.field, None)  # it says what is missing, too
                self.add_error(refusal.field if refusal.field in self.fields else None, refusal.sentence)
        return given
