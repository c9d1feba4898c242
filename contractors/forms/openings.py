"""Shape of an opening: its text, and its lists of criteria and questions."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from contractors.models import Opening
from contractors.services.openings import MOST_CRITERIA, MOST_QUESTIONS, REVIEWERS
from core.money import currencies
from core.widgets import LongSelect


class OpeningForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Title"), max_length=160)
    brief = forms.CharField(
        label=gettext_lazy("What it is about"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=gettext_lazy("Applicants read this. Markdown works. Say what will be better when it is done."),
    )
    currency = forms.ChoiceField(label=gettext_lazy("Currency of the price"), widget=LongSelect)
    reviewers = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Who marks each application"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Name at least one reviewer; two is the rule.")},
        help_text=gettext_lazy(
            "Two people, each alone: nobody sees the other’s marks until all are in. They can’t be changed later."
        ),
    )
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["currency"].choices = [(code, f"{code} · {name}") for code, name in currencies().items()]  # type: ignore[attr-defined]
        people = User.objects.active().with_role(*REVIEWERS).order_by("name", "pk")
        self.people = {person.pk: person for person in people}
        self.fields["reviewers"].choices = [  # type: ignore[attr-defined]
            (pk, f"{person.name}, {person.get_role_display().lower()}") for pk, person in self.people.items()
        ]

    def clean_reviewers(self) -> list[User]:
        return [self.people[pk] for pk in self.cleaned_data["reviewers"]]


class CriterionForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Criterion"), max_length=120, required=False)
    weight = forms.IntegerField(label=gettext_lazy("Weight, 1 to 10"), min_value=1, max_value=10, initial=1)


class QuestionForm(forms.Form):
    text = forms.CharField(label=gettext_lazy("Question"), max_length=300, required=False)
    is_required = forms.BooleanField(label=gettext_lazy("Must be answered"), required=False, initial=True)


class CriteriaRows(forms.BaseFormSet):
    def rows(self) -> list[tuple[str, int]]:
        """(name, weight); a row without a name is dropped."""
        return [(row["name"], row["weight"]) for row in self.cleaned_data if row.get("name")]

    def clean(self) -> None:
        if any(self.errors) or not self.management_form.is_valid():
            return
        names = [name.casefold() for name, _weight in self.rows()]
        if not names:
            raise forms.ValidationError(_("Give at least one criterion: it is what reviewers mark."))
        if len(set(names)) != len(names):
            raise forms.ValidationError(_("Two criteria have the same name. Give each its own."))


class QuestionRows(forms.BaseFormSet):
    def rows(self) -> list[tuple[str, bool]]:
        """(text, must be answered); a row without a text is dropped."""
        return [(row["text"], row["is_required"]) for row in self.cleaned_data if row.get("text")]


CriteriaFormSet = forms.formset_factory(
    CriterionForm,
    formset=CriteriaRows,
    extra=1,
    max_num=MOST_CRITERIA,
    absolute_max=MOST_CRITERIA + 8,
    validate_max=True,
)
QuestionsFormSet = forms.formset_factory(
    QuestionForm,
    formset=QuestionRows,
    extra=1,
    max_num=MOST_QUESTIONS,
    absolute_max=MOST_QUESTIONS + 8,
    validate_max=True,
)


class OpeningPage:
    """The form and its two lists as one thing: bound and checked together."""

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None, opening: Opening | None = None):
        facts = dict(initial or {})
        criteria: list[dict[str, Any]] = []
        questions: list[dict[str, Any]] = []
        if opening:
            facts |= {
                "title": opening.title,
                "brief": opening.brief,
                "currency": opening.currency,
                "reviewers": list(opening.reviewers.values_list("pk", flat=True)),
            }
            criteria = [{"name": c.name, "weight": c.weight} for c in opening.criteria.all()]
            questions = [{"text": q.text, "is_required": q.is_required} for q in opening.questions.all()]
        self.form = OpeningForm(data, initial=facts)
        self.criteria: Any = CriteriaFormSet(data, prefix="criteria", initial=criteria)
        self.questions: Any = QuestionsFormSet(data, prefix="questions", initial=questions)

    @property
    def is_bound(self) -> bool:
        return self.form.is_bound

    def is_valid(self) -> bool:
        """All three are asked, so that every error shows at once."""
        return all([self.form.is_valid(), self.criteria.is_valid(), self.questions.is_valid()])

    def facts(self) -> dict[str, Any]:
        """What the services take."""
        given = self.form.cleaned_data
        return {
            "title": given["title"],
            "brief": given["brief"],
            "currency": given["currency"],
            "reviewers": given["reviewers"],
            "criteria": self.criteria.rows(),
            "questions": self.questions.rows(),
        }
