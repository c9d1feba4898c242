"""Shape of a template version: its text, its plan and its goals, on one page.

A draft may have gaps, publishing looks for those. Here only what can't be stored is refused: an amount that is none, a
number that is none, a goal whose milestone is not there.
"""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.validators import URLValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.money import Money, MoneyError, amount_text, currencies, parse_money
from core.widgets import LongSelect, PickSelect
from engagements.forms.fields import KindLinesField, ShareField, WordsField, share_text
from engagements.forms.goals import AnyGoalForm, area_choices, areas_field, objective_choices, why_field
from engagements.models import TemplateVersion
from engagements.queries.clauses import NAMES, unknown_variables
from engagements.queries.templates import GOAL_FIELDS, VERSION_FIELDS
from engagements.services.templates import GoalPlan, MilestonePlan
from engagements.states import NeedKind, PartKind, ReviewEnd

MOST_MILESTONES, MOST_GOALS, MOST_GUIDES = 20, 40, 20
LONGEST_DAYS = 1825


def currency_choices() -> list[tuple[str, str]]:
    return [(code, f"{code} · {name}") for code, name in currencies().items()]


def currency_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=gettext_lazy("Currency"),
        choices=currency_choices,
        widget=LongSelect,
        error_messages={"invalid_choice": gettext_lazy("Choose a currency from the list, such as EUR.")},
    )


def price_field() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("Price of the whole"),
        max_length=24,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )


class PriceMixin:
    """Reads `price` in `currency`; leaves `cleaned_data["price"]` as Money."""

    cleaned_data: dict[str, Any]

    def read_price(self) -> None:
        text, currency = self.cleaned_data.get("price"), self.cleaned_data.get("currency")
        if not text or not currency:
            return
        try:
            price = parse_money(text, currency)
        except MoneyError as error:
            self.add_error("price", str(error))  # type: ignore[attr-defined]
            return
        if price.minor <= 0:
            self.add_error("price", _("Give a price above zero."))  # type: ignore[attr-defined]
            return
        self.cleaned_data["price"] = price


class NewTemplateForm(PriceMixin, forms.Form):
    """What a template starts with; the rest is written in the editor."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=120,
        help_text=gettext_lazy("What your team calls it: Mobile feature, fixed scope."),
    )
    role = forms.CharField(
        label=gettext_lazy("Role"), max_length=120, help_text=gettext_lazy("Who you look for: Android developer.")
    )
    currency = currency_field()
    price = price_field()

    def clean(self) -> dict[str, Any]:
        super().clean()
        self.read_price()
        return self.cleaned_data


def rule(label: Any, example: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"placeholder": example})
    return forms.CharField(label=label, max_length=200, required=False, widget=widget)


class VersionForm(PriceMixin, forms.Form):
    role = forms.CharField(label=gettext_lazy("Role"), max_length=120, required=False)
    brief = forms.CharField(
        label=gettext_lazy("What it is about"),
        max_length=20_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("What will be better when it is done, and for whom. Markdown works."),
    )
    clauses = forms.CharField(
        label=gettext_lazy("Clauses"),
        max_length=50_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy(
            "What stands in every agreement made from this. Markdown works, and so do variables such as "
            "{{ contractor.name }} and {{ organisation.legal_name }}."
        ),
    )
    currency = currency_field()
    price = price_field()
    checkin_days = forms.IntegerField(label=gettext_lazy("A check-in every … working days"), min_value=1, max_value=60)
    review_days = forms.IntegerField(
        label=gettext_lazy("We answer a submission within … working days"), min_value=1, max_value=60
    )

    review_end = forms.ChoiceField(
        label=gettext_lazy("And if nobody has decided by then?"),
        choices=ReviewEnd.choices,
        required=False,
        initial=ReviewEnd.ESCALATE,
        widget=PickSelect(
            icons={ReviewEnd.ESCALATE: "users", ReviewEnd.ACCEPT: "check"},
            consequences={
                ReviewEnd.ESCALATE: gettext_lazy("The comms owner or the cover gets it. The money stays held."),
                ReviewEnd.ACCEPT: gettext_lazy(
                    "The money is owed, as if we had said yes. Never on a day of leave. Stands in the agreement."
                ),
            },
        ),
    )
    notice_days = forms.IntegerField(
        label=gettext_lazy("Either side ends it with … days’ notice"), min_value=0, max_value=180
    )
    skills = WordsField(
        label=gettext_lazy("Skills"), help_text=gettext_lazy("With commas: Kotlin, Compose, profiling.")
    )
    needs = KindLinesField(
        label=gettext_lazy("What it needs from us"),
        kinds=NeedKind,
        help_text=gettext_lazy("A line each, such as “access: the repository” or “environment: two test phones”."),
    )
    repository = rule(gettext_lazy("Repository"), "github.example/shop/app")
    branch_rule = rule(gettext_lazy("Branch rule"), gettext_lazy("One branch a milestone, from main"))
    version_rule = rule(gettext_lazy("Version rule"), gettext_lazy("Semantic; the pipeline tags"))
    merged_by = rule(gettext_lazy("Who merges"), gettext_lazy("The comms owner, after one review"))
    areas = areas_field()
    why_outside = why_field()

    def __init__(self, *args: Any, used: Iterable[int] = (), **kwargs: Any) -> None:
        """`used`: areas that the draft names already, by primary key."""
        super().__init__(*args, **kwargs)
        self.fields["areas"].choices = area_choices(used)  # type: ignore[attr-defined]

    def clean_review_end(self) -> str:
        return self.cleaned_data["review_end"] or ReviewEnd.ESCALATE.value

    def clean_clauses(self) -> str:
        text: str = self.cleaned_data["clauses"]
        if unknown := unknown_variables(text):
            raise forms.ValidationError(
                _("These are no variables: %(what)s. Known are: %(known)s.")
                % {"what": ", ".join(unknown), "known": ", ".join(NAMES)}
            )
        return text

    def clean(self) -> dict[str, Any]:
        super().clean()
        self.read_price()
        return self.cleaned_data


class GuideForm(forms.Form):
    """Something to read before the work starts: a link, or a page written here."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=160)
    url = forms.CharField(
        label=gettext_lazy("Link"),
        max_length=500,
        required=False,
        validators=[
            URLValidator(
                schemes=["http", "https"],
                message=gettext_lazy("Give a link that starts with https:// or http://."),
            )
        ],
        widget=forms.TextInput(attrs={"inputmode": "url"}),
    )
    body = forms.CharField(
        label=gettext_lazy("Or the page itself"),
        max_length=20_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Markdown works."),
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if not self.errors and bool(given.get("url")) == bool(given.get("body")):
            self.add_error("url", _("Give a link, or write the page: one of the two."))
        return given


class MilestoneForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Title"), max_length=160, required=False)
    deliverable = forms.CharField(
        label=gettext_lazy("Deliverable"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    parts = KindLinesField(
        label=gettext_lazy("Parts"),
        kinds=PartKind,
        help_text=gettext_lazy("A line each, such as “code: a merged pull request” or “docs: how to run it”."),
    )
    share_bp = ShareField(
        label=gettext_lazy("Share of the price, %"),
        error_messages={"required": gettext_lazy("Say what share of the price it pays, such as 25.")},
    )
    due_after_days = forms.IntegerField(
        label=gettext_lazy("Due … days after the start"),
        min_value=1,
        max_value=LONGEST_DAYS,
        error_messages={"required": gettext_lazy("Say after how many days it is due.")},
    )


class GoalForm(AnyGoalForm):
    """A goal of a template: due with its milestone."""

    baseline_after_days = forms.IntegerField(
        label=gettext_lazy("… days after the start"), min_value=1, max_value=LONGEST_DAYS, required=False
    )
    milestone = forms.IntegerField(
        label=gettext_lazy("At milestone number"),
        min_value=1,
        max_value=MOST_MILESTONES,
        initial=1,
        help_text=gettext_lazy("It is due when that is."),
    )


class Rows(forms.BaseFormSet):
    """Rows that were touched and not taken out, by their number on the page."""

    default_error_messages = {
        "missing_management_form": gettext_lazy("The form came in without its rows. Reload the page and try again."),
        "too_many_forms": gettext_lazy("That is more than %(num)d rows. Take some out."),
        "too_few_forms": gettext_lazy("There are fewer than %(num)d rows."),
    }

    def initial_form_count(self) -> int:
        """Of a form that was sent every row counts alike: one that was emptied is as good as taken out."""
        count: int = 0 if self.is_bound else super().initial_form_count()
        return count

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["DELETE"].label = _("Take it out")

    def kept(self) -> list[tuple[int, Any]]:
        """(number on the page from 1, form) of every row that counts."""
        return [
            (number, form)
            for number, form in enumerate(self.forms, start=1)
            if form.has_changed() and not self._should_delete_form(form)
        ]


def _rows(form: type[forms.Form], most: int) -> type[Rows]:
    return forms.formset_factory(  # type: ignore[return-value]
        form, formset=Rows, extra=0, can_delete=True, max_num=most, absolute_max=most, validate_max=True
    )


MilestoneRows = _rows(MilestoneForm, MOST_MILESTONES)
GoalRows = _rows(GoalForm, MOST_GOALS)
GuideRows = _rows(GuideForm, MOST_GUIDES)
# What a button asks for → which rows, and how many of them there may be.
ADDERS = {
    "add_milestone": ("milestones", MOST_MILESTONES),
    "add_goal": ("goals", MOST_GOALS),
    "add_guide": ("guides", MOST_GUIDES),
}


class DraftPage:
    """The version's form and its two lists as one thing: bound, checked and turned into plans together.

    Rows that came from the database always count (they have content); an untouched blank row does not."""

    def __init__(self, version: TemplateVersion | None, data: Any = None) -> None:
        """`version` is the draft that is shown; there need be none when `data` is given."""
        self.version = version
        is_bound = data is not None
        used = [] if version is None else list(version.areas.values_list("pk", flat=True))
        self.form = VersionForm(data, initial=None if is_bound else self._initial(used), used=used)
        steps = [] if is_bound else self._steps()
        goals = [] if is_bound else self._goals()
        self.milestones: Any = MilestoneRows(data, prefix="milestones", initial=steps)
        objectives = {"objectives": objective_choices(goal["objective_id"] for goal in goals)}
        self.goals: Any = GoalRows(data, prefix="goals", initial=goals, form_kwargs=objectives)
        self.guides: Any = GuideRows(data, prefix="guides", initial=None if is_bound else version.guides)
        if not is_bound:  # one blank row more of what is still empty
            self.milestones.extra = 0 if steps else 1
            self.goals.extra = 0 if goals else 1

    @classmethod
    def with_one_more(cls, version: TemplateVersion, data: Any, act: str) -> "DraftPage":
        """What was typed, and a further row: the way to more rows without script."""
        data = data.copy()
        prefix, most = ADDERS[act]
        name = f"{prefix}-TOTAL_FORMS"
        count = data.get(name, "0")
        if count.isdecimal() and len(count) < 4:
            data[name] = str(min(int(count) + 1, most))
        return cls(version, data)

    def _initial(self, areas: list[int]) -> dict[str, Any]:
        version = self.version
        facts = {name: getattr(version, name) for name in VERSION_FIELDS if name in VersionForm.base_fields}
        return {**facts, "price": amount_text(version.price), "areas": areas}

    def _steps(self) -> list[dict[str, Any]]:
        return [
            {
                "title": step.title,
                "deliverable": step.deliverable,
                "parts": step.parts,
                "share_bp": share_text(step.share_bp),
                "due_after_days": step.due_after_days,
            }
            for step in self.version.milestones.all()
        ]

    def _goals(self) -> list[dict[str, Any]]:
        goals = self.version.goals.select_related("milestone")
        return [{**{n: getattr(goal, n) for n in GOAL_FIELDS}, "milestone": goal.milestone.position} for goal in goals]

    @property
    def is_bound(self) -> bool:
        return self.form.is_bound

    def is_valid(self) -> bool:
        """All three are asked, so that every error shows at once; then goals are tied to the plan."""
        lists = (self.form, self.milestones, self.goals, self.guides)
        return all([part.is_valid() for part in lists]) and self._tie_goals()

    @property
    def has_errors(self) -> bool:
        rows = (self.milestones, self.goals, self.guides)
        return bool(self.form.errors or any(r.total_error_count() or r.non_form_errors() for r in rows))

    def _tie_goals(self) -> bool:
        places = self._places()
        for _number, form in self.goals.kept():
            chosen = form.cleaned_data["milestone"]
            if chosen not in places:
                form.add_error(
                    "milestone", _("There is no milestone %(n)d in the plan. Choose another.") % {"n": chosen}
                )
        return all(not form.errors for _number, form in self.goals.kept())

    def _places(self) -> dict[int, int]:
        """Number on the page → place in the plan: rows that were taken out or left blank don't count."""
        return {number: place for place, (number, _form) in enumerate(self.milestones.kept(), start=1)}

    def facts(self) -> dict[str, Any]:
        """What `save_draft` takes."""
        given = dict(self.form.cleaned_data)
        price: Money = given.pop("price")
        areas: list[int] = given.pop("areas")
        guides = [self._without_mark(form) for _number, form in self.guides.kept()]
        fields = {**given, "price_minor": price.minor, "guides": guides}
        places = self._places()
        milestones: list[MilestonePlan] = [self._without_mark(form) for _number, form in self.milestones.kept()]
        goals: list[GoalPlan] = [
            self._without_mark(form) | {"milestone": places[form.cleaned_data["milestone"]]}
            for _number, form in self.goals.kept()
        ]
        return {"fields": fields, "milestones": milestones, "goals": goals, "areas": areas}

    @staticmethod
    def _without_mark(form: Any) -> Any:
        return {name: value for name, value in form.cleaned_data.items() if name != "DELETE"}
