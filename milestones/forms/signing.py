"""Estimates, signatures, and the reasons for saying no."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from engagements.models import Engagement
from milestones.models import Estimate, Milestone

LAST_DAY = date(2100, 1, 1)


class SignatureForm(forms.Form):
    """A name typed under what was read."""

    SIGNATURE = "typed_name"
    typed_name = forms.CharField(
        label=_("Type your name to sign"), max_length=160, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )


class HashBox(forms.CheckboxInput):
    """A box whose ticked value is the hash of what stands beside it, so that the server knows which text was read."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return data.get(name, "")

    def format_value(self, value: Any) -> None:
        """The value is the attribute's, ticked or not."""


class EstimatesForm(SignatureForm):
    """Hours and date of each milestone, the read-back (which may also follow later), the policy where there is one to
    accept, and the signature. The policy's box holds the hash of the text that was shown."""

    field_order: Sequence[str] | None = None
    read_back = forms.CharField(
        label=_("What will be different once you are done, and how will everybody see it?"),
        max_length=10_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("In your own words. You may also do this after signing; the work starts once it is accepted."),
    )
    open_questions = forms.CharField(
        label=_("What is still open to you?"),
        max_length=5_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(
        self,
        *args: Any,
        engagement: Engagement,
        milestones: Sequence[Milestone],
        latest: dict[int, Estimate],
        policy_sha256: str = "",
        may_say_back: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.engagement, self.milestones = engagement, milestones
        for milestone in milestones:
            known = latest.get(milestone.pk)
            self.fields[f"hours-{milestone.pk}"] = forms.DecimalField(
                label=_("Hours of work"),
                min_value=Decimal("0.25"),
                max_value=Decimal(8784),
                max_digits=7,
                decimal_places=2,
                initial=f"{known.work_minutes / 60:g}" if known else None,
                widget=forms.NumberInput(attrs={"step": "0.25", "inputmode": "decimal"}),
            )
            self.fields[f"due-{milestone.pk}"] = forms.DateField(
                label=_("Done by"),
                initial=known.due_on if known else milestone.due_on,
                widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            )
        if not may_say_back:
            del self.fields["read_back"], self.fields["open_questions"]
        if policy_sha256:
            self.fields["policy"] = forms.CharField(
                label=_("I accept the delivery policy and the clauses"),
                widget=HashBox(attrs={"value": policy_sha256}, check_test=bool),
                error_messages={"required": _("Read the delivery policy and the clauses, then tick this box.")},
            )
        last = ("read_back", "open_questions", "policy", "typed_name")
        self.order_fields([name for name in self.fields if name not in last] + list(last))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for milestone in self.milestones:
            day = data.get(f"due-{milestone.pk}")
            if day is not None and day < self.engagement.starts_on:
                self.add_error(f"due-{milestone.pk}", _("Choose a day on or after the start."))
            elif day is not None and day >= LAST_DAY:
                self.add_error(f"due-{milestone.pk}", _("Choose a day before 2100."))
        return data

    def rows(self) -> list[tuple[Milestone, Any, Any]]:
        """Each milestone with its two bound fields."""
        return [(m, self[f"hours-{m.pk}"], self[f"due-{m.pk}"]) for m in self.milestones]

    def estimates(self) -> dict[int, tuple[int, date]]:
        """Milestone id → (minutes, date)."""
        return {
            m.pk: (round(self.cleaned_data[f"hours-{m.pk}"] * 60), self.cleaned_data[f"due-{m.pk}"])
            for m in self.milestones
        }


class AgreeForm(SignatureForm):
    """The page writes the hash that it shows; after a refusal that is the new one."""

    sha256 = forms.RegexField(r"^[0-9a-f]{64}$", widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if "sha256" in self.errors:
            del self.errors["sha256"]
            self.add_error(self.SIGNATURE, _("The page came in without the text you read. Read it again, then sign."))
        return data


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class FasterForm(forms.Form):
    """A date to propose for one of the estimated milestones."""

    milestone = forms.ChoiceField(label=_("Which milestone?"))
    proposed_on = forms.DateField(
        label=_("Could it be done by"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    reason = forms.CharField(
        label=_("Why does it matter?"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, milestones: Sequence[Milestone], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.milestones = {str(m.pk): m for m in milestones}
        self.fields["milestone"].choices = [(pk, str(m)) for pk, m in self.milestones.items()]  # type: ignore[attr-defined]

    def chosen(self) -> Milestone:
        return self.milestones[self.cleaned_data["milestone"]]


class DeclineForm(forms.Form):
    reason = forms.CharField(
        label=_("Why not? You may leave this empty"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class QuestionForm(forms.Form):
    """Asked at one place of the offer; the page writes which."""

    anchor = forms.RegexField(r"^(whole|(goal|milestone|clause)-[1-9][0-9]{0,3})$", widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("Your question"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Write your question first.")},
    )

    @property
    def sentence(self) -> str:
        """What is wrong with it, or that the place is not known."""
        if "text" in self.errors:
            return str(self.errors["text"][0])
        return str(_("Reload the page: it no longer says where you ask.")) if self.errors else ""


class AnswerForm(forms.Form):
    text = forms.CharField(
        label=_("Answer"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Write the answer first.")},
    )
