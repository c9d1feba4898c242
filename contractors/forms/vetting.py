"""Shapes of marking, deciding and checking."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from contractors.models import Claim, Opening
from contractors.states import ClaimStatus, Decision
from core.widgets import PickSelect, ScaleSelect

POINTS = [(n, str(n)) for n in range(1, 6)]


class ScorecardForm(forms.Form):
    """One scale a criterion, and what the marks rest on."""

    evidence = forms.CharField(
        label=gettext_lazy("What your marks rest on"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("What you read, saw or asked. The other reviewers see it once all scorecards are in."),
    )

    def __init__(self, *args: Any, opening: Opening, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.criteria = list(opening.criteria.all())
        for criterion in self.criteria:
            self.fields[self._field(criterion.pk)] = forms.TypedChoiceField(
                label=criterion.name,
                choices=POINTS,
                coerce=int,
                widget=ScaleSelect(notes={"1": gettext_lazy("Not at all"), "5": gettext_lazy("Fully")}),
                error_messages={"required": gettext_lazy("Give 1 to 5.")},
            )
        self.order_fields([self._field(c.pk) for c in self.criteria])

    @staticmethod
    def _field(pk: int) -> str:
        return f"criterion_{pk}"

    def marks(self) -> dict[int, int]:
        """Criterion → points."""
        return {c.pk: self.cleaned_data[self._field(c.pk)] for c in self.criteria}


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        choices=Decision.choices,
        widget=PickSelect(
            consequences={
                Decision.HIRE.value: gettext_lazy("You make the agreement next"),
                Decision.BENCH.value: gettext_lazy("Kept for later work; a kind mail goes out now"),
                Decision.DECLINE.value: gettext_lazy("A kind mail goes out now"),
            }
        ),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason, for the record"), max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )


class CheckForm(forms.Form):
    status = forms.ChoiceField(
        label=gettext_lazy("What you found"),
        choices=ClaimStatus.choices,
        widget=PickSelect(
            consequences={
                ClaimStatus.CLAIMED.value: gettext_lazy("Nobody has checked it"),
                ClaimStatus.VERIFIED.value: gettext_lazy("You saw that it is so"),
                ClaimStatus.CONTRADICTED.value: gettext_lazy("You saw that it is not so"),
            }
        ),
    )
    evidence = forms.CharField(
        label=gettext_lazy("Evidence"),
        max_length=400,
        help_text=gettext_lazy("What you saw and where, for example “27 of 29 in the signed export of 18 Nov”."),
    )
    seen = forms.CharField(max_length=14, required=False, widget=forms.HiddenInput)
    application = forms.IntegerField(
        required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput
    )  # the record to go back to

    @classmethod
    def of(cls, claim: Claim, application: str) -> "CheckForm":
        """The empty form; `application` is taken as the address had it."""
        facts = {"status": claim.status, "evidence": claim.evidence, "seen": claim.status}
        return cls(initial={**facts, "application": application if application.isdecimal() else ""})
