"""What is learnt when work is completed."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _

from core.widgets import ScaleSelect

YES, NO = "yes", "no"


class CompleteForm(forms.Form):
    went_well = forms.CharField(
        label=_("What went well"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    otherwise = forms.CharField(
        label=_("What you would do otherwise"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    would_hire_again = forms.ChoiceField(
        choices=((YES, _("Yes")), (NO, _("No"))),
        widget=ScaleSelect,
    )
    our_hours = forms.DecimalField(
        label=_("Hours that your side spent, if you know"),
        required=False,
        min_value=Decimal(0),
        max_value=Decimal(100_000),
        max_digits=8,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"step": "0.5", "inputmode": "decimal"}),
    )

    def __init__(self, *args: Any, who: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["would_hire_again"].label = _("Would you hire %(who)s again?") % {"who": who}
        self.fields["would_hire_again"].help_text = _("Yes puts %(who)s on the bench. Only your side sees it.") % {
            "who": escape(who)  # a help text is put on the page as it stands
        }

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        written = [data.get(name) for name in ("went_well", "otherwise")]
        if not any(written) and not {"went_well", "otherwise"} & set(self.errors):
            self.add_error("went_well", _("Write one line here or below: it helps whoever hires next."))
        return data

    @property
    def facts(self) -> dict[str, Any]:
        """What the service takes; only after validation."""
        given = self.cleaned_data
        hours = given["our_hours"]
        return {
            "went_well": given["went_well"],
            "otherwise": given["otherwise"],
            "would_hire_again": given["would_hire_again"] == YES,
            "our_minutes": None if hours is None else round(hours * 60),
        }
