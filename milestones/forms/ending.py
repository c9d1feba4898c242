"""How a contract ends before its work is done."""

from datetime import date
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.widgets import PickSelect

NOTICE, AT_ONCE = "notice", "at_once"


class EndForm(forms.Form):
    how = forms.ChoiceField(
        label=_("When"),
        choices=((NOTICE, _("With notice")), (AT_ONCE, _("At once"))),
        initial=NOTICE,
        widget=PickSelect(icons={NOTICE: "calendar", AT_ONCE: "hand"}),
    )
    last_on = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    reason = forms.CharField(label=_("Why it ends"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, earliest: date, days: int, other: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["last_on"].initial = earliest
        self.fields["last_on"].help_text = ngettext(
            "The contract asks for %(days)d day’s notice: %(day)s at the earliest. At once needs no day.",
            "The contract asks for %(days)d days’ notice: %(day)s at the earliest. At once needs no day.",
            days,
        ) % {"days": days, "day": date_format(earliest, "D j M")}
        self.fields["how"].widget.consequences = {
            NOTICE: _("Work goes on until the last day"),
            AT_ONCE: _("Only if %(who)s agrees to it") % {"who": other},
        }
        # A help text is put on the page as it stands.
        self.fields["reason"].help_text = _("%(who)s reads this.") % {"who": escape(other)}

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("how") == AT_ONCE:
            data["last_on"] = None
            self.errors.pop("last_on", None)
        elif not data.get("last_on") and "last_on" not in self.errors:
            self.add_error("last_on", _("Choose the last day."))
        return data
