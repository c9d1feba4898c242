"""A budget, its rules, and money put into one and taken out again; rates; what the ledger page shows."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.states import Role
from core.money import MoneyError, currencies, parse_money
from core.widgets import LongSelect
from engagements.models import Objective
from milestones.forms.amount import AmountForm
from milestones.models import Budget
from milestones.states import PostingKind

Choices = Sequence[tuple[int, str]]


def _choices() -> list[tuple[str, str]]:
    return [(code, f"{code} · {name}") for code, name in currencies().items()]


def _day(**attrs: str) -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date", **attrs})


class RulesForm(forms.Form):
    """Whose a budget is and who decides about it."""

    team = forms.CharField(label=_("Team"), max_length=120, required=False)
    objective = forms.ModelChoiceField(
        Objective.objects.none(), label=_("Objective"), required=False, empty_label=_("None in particular")
    )
    approvers = forms.ModelMultipleChoiceField(
        User.objects.none(),
        label=_("Who approves its payouts?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Named in advance. Without a name, anybody of finance does. Never whoever accepted the work."),
    )
    limit = forms.CharField(
        label=_("A lead funds up to"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        help_text=_("For one milestone, in the budget’s currency; finance funds what is over it. Empty: no limit."),
    )

    def __init__(
        self, *args: Any, budget: Budget | None = None, offers: tuple[Choices, Choices] | None = None, **kwargs: Any
    ) -> None:
        """`offers`, for a form that is only drawn: the objectives and people to choose from, already read."""
        super().__init__(*args, **kwargs)
        self.budget = budget
        fields: dict[str, Any] = self.fields
        if offers is not None:
            fields["objective"].choices = [("", fields["objective"].empty_label), *offers[0]]
            fields["approvers"].choices = offers[1]
            return
        fields["objective"].queryset = Objective.objects.live()
        fields["approvers"].queryset = User.objects.active().with_role(Role.FINANCE).order_by("name")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        currency = self.budget.currency if self.budget else data.get("currency")
        typed = data.get("limit", "")
        data["limit"] = None
        if typed and currency:
            try:
                data["limit"] = parse_money(typed, currency)
            except MoneyError as error:
                self.add_error("limit", str(error))
        return data

    def rules(self) -> dict[str, Any]:
        """What the services take."""
        return {name: self.cleaned_data[name] for name in ("team", "objective", "limit", "approvers")}


class BudgetForm(RulesForm):
    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("Such as “Web 2026”."))
    currency = forms.ChoiceField(
        label=_("Currency"), help_text=_("It pays engagements in this currency only."), widget=LongSelect
    )
    field_order = ["name", "currency", "team", "objective", "approvers", "limit"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["currency"].choices = _choices()  # type: ignore[attr-defined]


class PostingForm(AmountForm):
    """Money of one budget, put in or taken out."""

    cause = forms.CharField(
        label=_("Because"), max_length=200, help_text=_("What explains it later, such as the number of the decision.")
    )


class RateForm(forms.Form):
    """“1 USD = 0.92 EUR on 24 Nov”."""

    source = forms.ChoiceField(label=_("One"), widget=LongSelect)
    rate = forms.CharField(label=_("is worth"), max_length=30, widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    target = forms.ChoiceField(label=_("of"), widget=LongSelect)
    on = forms.DateField(label=_("on"), widget=_day())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("source", "target"):
            self.fields[name].choices = _choices()  # type: ignore[attr-defined]


class DayForm(forms.Form):
    """Balances at the end of a day; the address says which."""

    on = forms.DateField(label=_("At the end of"), required=False, widget=_day(**{"class": "form-control"}))

    def clean_on(self) -> date | None:
        return _possible(self.cleaned_data["on"])

    def ends_at(self) -> datetime | None:
        """The last instant of that day on the viewer's clock."""
        day = self.cleaned_data.get("on") if self.is_valid() else None
        return _midnight(day + timedelta(days=1)) - timedelta(microseconds=1) if day else None


class LedgerForm(DayForm):
    """What the ledger page shows. Budget and engagement are read apart, since other pages link to them."""

    kind = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        choices=[("", _("All kinds")), *PostingKind.choices],
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    since = forms.DateField(label=_("From"), required=False, widget=_day(**{"class": "form-control"}))
    field_order = ["kind", "since", "on"]

    def clean_since(self) -> date | None:
        return _possible(self.cleaned_data["since"])

    def starts_at(self) -> datetime | None:
        day = self.cleaned_data.get("since") if self.is_valid() else None
        return _midnight(day) if day else None


def _possible(day: date | None) -> date | None:
    if day is not None and not 2000 <= day.year < 2100:
        raise forms.ValidationError(_("Choose a day between 2000 and 2100."))
    return day


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), timezone.get_current_timezone())
