"""Ticked rows of payouts and of a batch, the payment setup, and what the bank sent back."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import DomainError
from core.widgets import LongSelect
from core.zones import country_choices
from milestones.models import PaymentSetup
from milestones.queries.accounts import read_bic, read_iban
from milestones.queries.answers import reasons

MOST = 500  # rows that are ticked one by one: more than a page has


class TickedForm(forms.Form):
    """`pick` once for each row, or `everything` for all rows of the list, not only those on the page; `keys` are
    theirs, in the order of the list."""

    everything = forms.BooleanField(required=False)

    def __init__(self, *args: Any, rows: QuerySet[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.queryset = rows
        typed = self.data.getlist("pick") if hasattr(self.data, "getlist") else []
        self.picked = {int(pk) for pk in typed[:MOST] if pk.isascii() and pk.isdigit() and len(pk) < 19}
        self.keys: list[int] = []

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        rows = self.queryset if given.get("everything") else self.queryset.filter(pk__in=self.picked)
        self.keys = list(rows.values_list("pk", flat=True))
        if not self.keys:
            raise forms.ValidationError(_("Tick at least one payout. What was ticked may have moved on already."))
        return given


class ReasonForm(TickedForm):
    """Ticked rows, and why."""

    reason = forms.CharField(label=gettext_lazy("Why"), max_length=300)


class FailForm(TickedForm):
    """What the bank refused, and its reason: of those that are known, or in its own words."""

    reason = forms.CharField(
        label=gettext_lazy("What the bank says"),
        max_length=300,
        help_text=gettext_lazy("A code such as AC04, or choose what it means: then whoever can put it right is asked."),
        widget=forms.TextInput({"list": "bank-reasons", "autocomplete": "off"}),
    )
    to_choose = staticmethod(reasons.to_choose)

    def clean_reason(self) -> str:
        return reasons.from_words(self.cleaned_data["reason"])


class VoidForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=300)


def country_field(label: Any, **more: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=lambda: [("", "---------"), *country_choices()],
        widget=LongSelect,
        error_messages={"invalid_choice": gettext_lazy("Choose a country from the list.")},
        **more,
    )


class PaymentSetupForm(forms.Form):
    """Without a new IBAN the account stays as it is; it is never shown again."""

    name = forms.CharField(label=gettext_lazy("Name on the account"), max_length=70)
    iban = forms.CharField(label=gettext_lazy("IBAN"), max_length=60, widget=forms.TextInput({"autocomplete": "off"}))
    bic = forms.CharField(label=gettext_lazy("BIC"), max_length=20, widget=forms.TextInput({"autocomplete": "off"}))
    street = forms.CharField(label=gettext_lazy("Street and number"), max_length=70, required=False)
    postcode = forms.CharField(label=gettext_lazy("Postcode"), max_length=16, required=False)
    town = forms.CharField(label=gettext_lazy("Town"), max_length=35)
    country = country_field(gettext_lazy("Country"))
    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Payouts leave on"),
        choices=[(day, WEEKDAYS[day]) for day in range(5)],
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one day on which payouts leave.")},
    )
    bank_days = forms.IntegerField(
        label=gettext_lazy("Working days that the bank takes"),
        min_value=0,
        max_value=10,
        help_text=gettext_lazy("Contractors are promised the money on this day after the batch leaves."),
    )

    def __init__(self, *args: Any, setup: PaymentSetup | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.setup = setup
        if setup:
            for name in ("iban", "bic"):
                self.fields[name].required = False
            self.fields["iban"].help_text = _("Leave both empty to keep the account ending in %(last4)s.") % {
                "last4": setup.last4
            }

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if self.errors or not (given.get("iban") or given.get("bic")):
            return given
        for name, read in (("iban", read_iban), ("bic", read_bic)):
            try:
                given[name] = read(given[name])
            except DomainError as refusal:
                self.add_error(name, refusal.sentence)
        return given
