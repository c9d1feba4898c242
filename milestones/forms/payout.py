"""Ticked rows of the payouts page."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from milestones.models import Payout

MOST = 500  # payouts in one go


class TickedForm(forms.Form):
    """`pick` once for each row, or `everything` for all rows of the tab, not only those on the page."""

    everything = forms.BooleanField(required=False)

    def __init__(self, *args: Any, payouts: QuerySet[Payout], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.payouts = payouts
        typed = self.data.getlist("pick") if hasattr(self.data, "getlist") else []
        self.picked = {int(pk) for pk in typed[:MOST] if pk.isascii() and pk.isdigit() and len(pk) < 19}
        self.rows: list[Payout] = []

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        rows = self.payouts if given.get("everything") else self.payouts.filter(pk__in=self.picked)
        self.rows = list(rows[:MOST])
        if not self.rows:
            raise forms.ValidationError(_("Tick at least one payout. What was ticked may have moved on already."))
        return given


class ExportForm(TickedForm):
    bank_reference = forms.CharField(
        label=_("Reference of the bank run"),
        max_length=70,
        help_text=_("It stands in the message to the people who are paid."),
    )


class FailForm(TickedForm):
    problem = forms.CharField(label=_("What the bank says"), max_length=300)
