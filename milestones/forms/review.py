"""The lead's answer on one screen: goal by goal, part by part, and what follows from it."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.money import Money, MoneyError, parse_money
from core.numbers import parse_number
from core.widgets import PickSelect
from engagements.models import Goal
from milestones.forms.submission import happy_field
from milestones.services.reviews import Verdict, nothing_is_open

MET, NOT_MET = "met", "not_met"
VIEWS = ((MET, _("Met")), (NOT_MET, _("Not met")))
PART_VIEWS = ((MET, _("Accept")), (NOT_MET, _("Not yet")))
ACCEPT, IN_PART, HOLD_BACK, CHANGES = "accepted", "accepted_in_part", "hold_back", "changes_requested"
DECISIONS = (
    (ACCEPT, _("Accept")),
    (IN_PART, _("Accept in part")),
    (HOLD_BACK, _("Accept, hold some back")),
    (CHANGES, _("Ask for changes")),
)
ICONS = {ACCEPT: "check", IN_PART: "arrow-right", HOLD_BACK: "clock", CHANGES: "undo-2"}


class ReviewForm(forms.Form):
    decision = forms.ChoiceField(label=_("Choose one"), choices=DECISIONS, widget=PickSelect(icons=ICONS))
    amount = forms.CharField(
        label=_("Released now"),
        max_length=40,
        required=False,
        help_text=_("Empty: the share of goals and parts that stand."),
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    rest_due_on = forms.DateField(
        label=_("The rest is due"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    hold_amount = forms.CharField(
        label=_("Held back"), max_length=40, required=False, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    hold_until = forms.DateField(
        label=_("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    note = forms.CharField(
        label=_("A line to the contractor"),
        max_length=10_000,
        required=False,
        help_text=_("Needed for changes and for a part: what is missing, and what would meet it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    submission_number = forms.IntegerField(min_value=1, max_value=32_767, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        goals: Sequence[Goal],
        parts: Sequence[dict[str, str]] = (),
        currency: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.goals, self.parts, self.currency = goals, parts, currency
        for goal in goals:
            self.fields[f"view_{goal.pk}"] = forms.ChoiceField(
                label=_("Your view"), choices=VIEWS, widget=forms.RadioSelect
            )
            self.fields[f"saw_{goal.pk}"] = forms.CharField(
                label=_("You measured"),
                max_length=40,
                required=False,
                widget=forms.TextInput(attrs={"inputmode": "decimal"}),
            )
            self.fields[f"why_{goal.pk}"] = forms.CharField(
                label=_("Why"), max_length=1000, required=False, widget=forms.TextInput
            )
        for place in range(len(parts)):
            self.fields[f"part_{place}"] = forms.ChoiceField(
                label=_("Your view"), choices=PART_VIEWS, widget=forms.RadioSelect
            )
            self.fields[f"partwhy_{place}"] = forms.CharField(
                label=_("Why"), max_length=1000, required=False, widget=forms.TextInput
            )
        self.fields["happy"] = happy_field()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for goal in self.goals:
            name = f"saw_{goal.pk}"
            if given.get(name):
                try:
                    given[name] = parse_number(given[name])
                except ValueError as error:
                    self.add_error(name, str(error))
        decision = given.get("decision")
        for name, of in (("amount", IN_PART), ("hold_amount", HOLD_BACK)):
            if decision == of and given.get(name):
                try:
                    given[name] = parse_money(given[name], self.currency)
                except MoneyError as error:
                    self.add_error(name, str(error))
            else:
                given[name] = None
        if decision == IN_PART and not given.get("rest_due_on") and "rest_due_on" not in self.errors:
            self.add_error("rest_due_on", _("Choose the day by which the rest is handed in."))
        if decision == HOLD_BACK:
            if given.get("hold_amount") is None and "hold_amount" not in self.errors:
                self.add_error("hold_amount", _("Give the amount that stays held."))
            if not given.get("hold_until") and "hold_until" not in self.errors:
                self.add_error("hold_until", _("Choose the day until which it is held."))
        if decision in (IN_PART, CHANGES) and not given.get("note", "").strip() and "note" not in self.errors:
            self.add_error("note", _("Say what is missing, and what would meet it."))
        views = [given.get(name) for name in self._views]
        if decision == CHANGES and views and set(views) == {MET}:
            self.add_error("decision", nothing_is_open())
        return given

    @property
    def verdicts(self) -> dict[Goal, Verdict]:
        """What the services take; only after validation."""
        given = self.cleaned_data
        return {
            goal: Verdict(given[f"view_{goal.pk}"] == MET, given[f"why_{goal.pk}"], given[f"saw_{goal.pk}"])
            for goal in self.goals
        }

    @property
    def part_verdicts(self) -> dict[int, tuple[bool, str]]:
        given = self.cleaned_data
        return {place: (given[f"part_{place}"] == MET, given[f"partwhy_{place}"]) for place in range(len(self.parts))}

    @property
    def _views(self) -> list[str]:
        """Names of the fields that say what stands, of goals and parts."""
        return [f"view_{goal.pk}" for goal in self.goals] + [f"part_{place}" for place in range(len(self.parts))]

    def fields_of(self, goal: Goal) -> tuple[forms.BoundField, forms.BoundField, forms.BoundField]:
        return self[f"view_{goal.pk}"], self[f"saw_{goal.pk}"], self[f"why_{goal.pk}"]

    def fields_of_part(self, place: int) -> tuple[forms.BoundField, forms.BoundField]:
        return self[f"part_{place}"], self[f"partwhy_{place}"]

    def chosen(self) -> tuple[str, int, int, int]:
        """(decision, met, not met, not judged yet) as the form stands, also half filled."""
        views = [str(self[name].value() or "") for name in self._views]
        met, unmet = views.count(MET), views.count(NOT_MET)
        decision = str(self["decision"].value() or "")
        offered: Any = self.fields["decision"]
        if decision not in dict(offered.choices):
            decision = ""
        return decision, met, unmet, len(views) - met - unmet

    def money(self, name: str) -> Money | None:
        """A typed amount; None where none is typed. Raises MoneyError with a sentence for what can't be read."""
        typed = str(self[name].value() or "").strip()
        return parse_money(typed, self.currency) if typed else None
