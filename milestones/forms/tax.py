"""Tax details of both sides. Shape only; what a number has to look like is read by milestones.queries.tax."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import DomainError
from core.widgets import LongSelect, PickSelect
from core.zones import country_choices
from milestones.queries.tax import mode_problem, read_vat_id
from milestones.states import TaxMode

VAT_HELP = gettext_lazy("With the letters of the country, such as PT501964843. Leave it empty if there is none.")
NOTES = {
    "reverse_charge_note": gettext_lazy("Reverse charge: the customer accounts for the tax."),
    "small_business_note": gettext_lazy("No tax is charged: small business, exempt."),
    "no_tax_note": gettext_lazy("Not subject to VAT."),
}


class PartyForm(forms.Form):
    """A side of an invoice."""

    legal_name = forms.CharField(label=gettext_lazy("Legal name"), max_length=160)
    street = forms.CharField(
        label=gettext_lazy("Street and number"),
        max_length=140,
        widget=forms.TextInput({"autocomplete": "street-address"}),
    )
    postcode = forms.CharField(label=gettext_lazy("Postcode"), max_length=20, required=False)
    town = forms.CharField(label=gettext_lazy("Town"), max_length=80)
    country = forms.ChoiceField(
        label=gettext_lazy("Country"),
        choices=lambda: [("", "---------"), *country_choices()],
        widget=LongSelect,
        error_messages={"invalid_choice": gettext_lazy("Choose a country from the list.")},
    )
    vat_id = forms.CharField(
        label=gettext_lazy("VAT number"),
        max_length=30,
        required=False,
        help_text=VAT_HELP,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    registration = forms.CharField(
        label=gettext_lazy("Company registration"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("The number in the companies register, if there is one."),
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("vat_id") and given.get("country"):
            try:
                given["vat_id"] = read_vat_id(given["vat_id"], given["country"])
            except DomainError as refusal:
                self.add_error("vat_id", refusal.sentence)
        return given

    @property
    def party_fields(self) -> list[forms.BoundField]:
        return [self[n] for n in ("legal_name", "street", "postcode", "town", "country")]


class InvoiceSetupForm(PartyForm):
    self_bills = forms.BooleanField(
        label=gettext_lazy("We write invoices for contractors who agree to it"),
        required=False,
        help_text=gettext_lazy("Without it every payment gets a receipt, which is no invoice."),
    )
    reverse_charge_note = forms.CharField(label=gettext_lazy("With reverse charge"), max_length=300)
    small_business_note = forms.CharField(label=gettext_lazy("For small businesses"), max_length=300)
    no_tax_note = forms.CharField(label=gettext_lazy("Where no tax applies"), max_length=300)

    @property
    def number_fields(self) -> list[forms.BoundField]:
        return [self[n] for n in ("vat_id", "registration")]

    @property
    def note_fields(self) -> list[forms.BoundField]:
        return [self[n] for n in NOTES]


class TaxDetailForm(PartyForm):
    mode = forms.ChoiceField(
        label=gettext_lazy("What stands on invoices for your work about tax?"),
        choices=TaxMode.choices,
        widget=PickSelect(
            consequences={
                TaxMode.REVERSE_CHARGE: gettext_lazy("The customer accounts for the tax; needs a VAT or tax number"),
                TaxMode.SMALL_BUSINESS: gettext_lazy("You charge none; needs a VAT or tax number"),
                TaxMode.NO_TAX: gettext_lazy("Your work is outside of VAT; carries no VAT number"),
                TaxMode.OWN_INVOICES: gettext_lazy("You write them yourself; each payment gets a receipt from us"),
            }
        ),
        error_messages={"required": gettext_lazy("Choose one of the four.")},
    )
    tax_number = forms.CharField(
        label=gettext_lazy("Tax number"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("That of your own tax office, where you have no VAT number."),
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    agrees = forms.BooleanField(required=False)

    def __init__(self, *args: Any, consent: str, **kwargs: Any) -> None:
        """`consent` is the sentence beside the tick."""
        super().__init__(*args, **kwargs)
        self.fields["agrees"].label = consent

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        problem = mode_problem(
            given.get("mode", ""), vat_id=given.get("vat_id", ""), tax_number=given.get("tax_number", "")
        )
        if problem and "vat_id" not in self.errors:
            self.add_error("vat_id", problem)
        if given.get("agrees") and given.get("mode") == TaxMode.OWN_INVOICES:
            self.add_error(
                "agrees", _("Either you write the invoices or we do. Take the tick away, or choose another answer.")
            )
        return given

    @property
    def number_fields(self) -> list[forms.BoundField]:
        return [self[n] for n in ("vat_id", "tax_number", "registration")]
