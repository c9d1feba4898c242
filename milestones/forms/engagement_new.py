"""One page from template to offer."""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from contractors.models import Application, Contractor
from contractors.states import ApplicationStatus
from core.money import Money, MoneyError, parse_money
from engagements.forms.fields import ShareField, share_text
from engagements.models import Engagement, TemplateMilestone, TemplateVersion
from engagements.queries.templates import WHOLE
from engagements.states import NeedKind
from milestones.models import Budget
from milestones.queries.candidates import candidates, find_candidates, those_to_offer
from milestones.queries.planned import PlannedStep
from milestones.services.drafting import LAST_START

LISTED = 30  # choices of a plain list; whoever types finds the others
LONGEST_DAYS = 1825
ANSWERS = (
    "version", "title", "contractor", "price", "currency", "budget", "starts_on", "comms_owner", "cover", "days",
    "override_reason", "application",
)  # fmt: skip
STEP_ANSWER = re.compile(r"v\d{1,18}-m\d{1,2}-(title|deliverable|share_bp|due_after_days)", re.ASCII)
MOST_ANSWERS, LONGEST_ANSWER = 200, 5000


def number(text: Any) -> int | None:
    """A row's number, as an address or a hidden field names it."""
    words = str(text or "")
    return int(words) if re.fullmatch(r"\d{1,18}", words, re.ASCII) else None


def typed_answers(data: QueryDict) -> dict[str, Any]:
    """What a draft keeps of the page: the raw words by field name, and which needs were ticked."""
    names = [name for name in data if name in ANSWERS or STEP_ANSWER.fullmatch(name)][:MOST_ANSWERS]
    found: dict[str, Any] = {name: data[name][:LONGEST_ANSWER] for name in names if data[name]}
    stands = [text[:3] for text in data.getlist("stands")[:40]]
    return {**found, "stands": stands} if stands else found


def says_something(answers: Mapping[str, Any]) -> bool:
    """More than what the page came with."""
    return any(answers.get(name) for name in ("version", "title", "contractor", "price"))


class StepForm(forms.Form):
    """One milestone of the template, as it shall be this time."""

    title = forms.CharField(label=_("Title"), max_length=160)
    share_bp = ShareField(label=_("Share in %"))
    due_after_days = forms.IntegerField(label=_("Due after … days"), min_value=0, max_value=LONGEST_DAYS)
    deliverable = forms.CharField(
        label=_("Deliverable"), max_length=5000, widget=forms.Textarea(attrs={"rows": 2}), strip=True
    )


def _step_answers(step: TemplateMilestone) -> dict[str, Any]:
    return {
        "title": step.title,
        "deliverable": step.deliverable,
        "share_bp": share_text(step.share_bp),
        "due_after_days": step.due_after_days,
    }


class EngagementNewForm(forms.Form):
    """Six answers; everything else comes from the template, and may be changed. An application, if the offer follows
    one, comes with the address or the draft."""

    version = forms.ModelChoiceField(
        TemplateVersion.objects.none(), label=_("Template"), empty_label=_("Choose a template")
    )
    title = forms.CharField(label=_("What will be true when it is done?"), max_length=160)
    contractor = forms.ModelChoiceField(
        Contractor.objects.none(), label=_("Who gets the offer?"), empty_label=_("Choose somebody")
    )
    price = forms.CharField(
        label=_("Price"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    currency = forms.ChoiceField(label=_("Currency"), required=False)
    budget = forms.ModelChoiceField(Budget.objects.none(), label=_("Paid from"), empty_label=_("Choose a budget"))
    starts_on = forms.DateField(label=_("Starts on"), widget=forms.DateInput(attrs={"type": "date"}))
    comms_owner = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Comms owner"),
        empty_label=_("Choose somebody of your team"),
        help_text=_("Answers within a working day, and hears first when somebody goes quiet."),
    )
    cover = forms.ModelChoiceField(User.objects.none(), label=_("Cover"), required=False, empty_label=_("Nobody yet"))
    days = forms.IntegerField(label=_("The offer stands for … days"), min_value=1, max_value=60, initial=7)
    stands = forms.TypedMultipleChoiceField(
        label=_("Stands already"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )

    override_reason = forms.CharField(
        label=_("Send it all the same, because …"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stays on the engagement, with your name, for everybody of the team to read."),
    )

    def __init__(self, *args: Any, user: User, application: Application | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.application = user, application
        fields: dict[str, Any] = self.fields
        fields["version"].queryset = TemplateVersion.objects.visible_to(user).published().for_list()
        people = User.objects.can_own_communication().order_by("name")
        fields["comms_owner"].queryset = people
        fields["cover"].queryset = people
        budgets = list(Budget.objects.visible_to(user).order_by("name"))
        fields["budget"].queryset = Budget.objects.visible_to(user)
        fields["budget"].choices = [("", _("Choose a budget")), *((b.pk, f"{b.name} ({b.currency})") for b in budgets)]
        self.chosen = self._chosen_version()
        codes = {budget.currency for budget in budgets} | ({self.chosen.currency} if self.chosen else set())
        unknown = _("No budget is kept in this currency. Choose one of %(codes)s.")
        fields["currency"].error_messages["invalid_choice"] = unknown % {"codes": ", ".join(sorted(codes))}
        fields["currency"].choices = [("", _("the template’s")), *((code, code) for code in sorted(codes))]
        self._list_versions()
        self._list_contractors()
        needs = list(enumerate(self.chosen.needs, start=1)) if self.chosen else []
        fields["stands"].choices = [
            (str(n), f"{capfirst(NeedKind(need['kind']).label)}: {need['what']}") for n, need in needs
        ]
        self.steps = self._step_forms()

    def _value(self, name: str) -> int | None:
        return number(self[name].value())

    def _chosen_version(self) -> TemplateVersion | None:
        """The version whose contract the page shows, with its plan."""
        pk, versions = self._value("version"), self.fields["version"].queryset  # type: ignore[attr-defined]
        return versions.prefetch_related("milestones", "goals").filter(pk=pk).first() if pk else None

    def _list_versions(self) -> None:
        field: Any = self.fields["version"]
        rows = list(field.queryset[:LISTED])
        if self.chosen and self.chosen not in rows:
            rows.insert(0, self.chosen)
        field.choices = [("", field.empty_label), *((v.pk, str(v)) for v in rows)]
        field.widget.attrs |= {"data-choices": reverse("milestones:offer_choices"), "data-field": "version"}

    def _list_contractors(self) -> None:
        field: Any = self.fields["contractor"]
        today = timezone.localdate()
        if self.application is not None:
            field.queryset = Contractor.objects.filter(pk=self.application.contractor_id).select_related("user")
            found = candidates(list(field.queryset), self.user, day=today, hired=[self.application.contractor_id])
        else:
            field.queryset = those_to_offer(self.user)
            found = find_candidates(self.user, most=LISTED, day=today)
            pk = self._value("contractor")
            if pk and all(each.contractor.pk != pk for each in found):
                found = [*candidates(list(field.queryset.filter(pk=pk)), self.user, day=today), *found]
        field.choices = [("", field.empty_label), *((each.contractor.pk, each.line) for each in found)]
        if self.application is None:
            field.widget.attrs |= {"data-choices": reverse("milestones:offer_choices"), "data-field": "contractor"}

    def _step_forms(self) -> list[StepForm]:
        """Bound where the page showed them, else as drafted, else as the template has them."""
        if self.chosen is None:
            return []
        forms_ = []
        for step in self.chosen.milestones.all():
            prefix = f"v{self.chosen.pk}-m{step.position}"
            initial = _step_answers(step)
            drafted = {name: self.initial[f"{prefix}-{name}"] for name in initial if f"{prefix}-{name}" in self.initial}
            is_shown = self.is_bound and f"{prefix}-title" in self.data
            forms_.append(StepForm(self.data if is_shown else None, prefix=prefix, initial={**initial, **drafted}))
        return forms_

    def is_valid(self) -> bool:
        return all([super().is_valid(), *(form.is_valid() for form in self.steps if form.is_bound)])

    def planned_steps(self) -> list[PlannedStep]:
        """The plan as far as it can be read; what can't stays as the template has it."""
        models: Iterable[Any] = self.chosen.milestones.all() if self.chosen else []
        return [self._planned(model, form) for model, form in zip(models, self.steps, strict=True)]

    @staticmethod
    def _planned(model: Any, form: StepForm) -> PlannedStep:
        form.is_valid()
        given = form.cleaned_data if form.is_bound else {}
        return PlannedStep(**{name: given.get(name, getattr(model, name)) for name in form.fields})

    @property
    def is_plan_changed(self) -> bool:
        """Whether some step is another than the template's: then its part of the page stands open."""
        templates: Iterable[Any] = self.chosen.milestones.all() if self.chosen else []
        return any(
            " ".join(str(form[name].value() or "").split()) != " ".join(str(text).split())
            for model, form in zip(templates, self.steps, strict=True)
            for name, text in _step_answers(model).items()
        )

    def clean_starts_on(self) -> date:
        day: date = self.cleaned_data["starts_on"]
        if day < timezone.localdate():
            raise forms.ValidationError(_("Choose today or a later day."))
        if day > LAST_START:
            raise forms.ValidationError(_("Choose a day before 2100."))
        return day

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        version = data.get("version")
        if version is not None:
            self._read_price(data, version)
        budget, money = data.get("budget"), data.get("money")
        if budget is not None and money is not None and budget.currency != money.currency:
            self.add_error(
                "budget",
                _("This budget is kept in %(has)s, the price is in %(wants)s.")
                % {"has": budget.currency, "wants": money.currency},
            )
        if data.get("cover") and data.get("cover") == data.get("comms_owner"):
            self.add_error("cover", _("The cover stands in for the comms owner, so it is somebody else."))
        bound = [form for form in self.steps if form.is_bound]
        if bound and all(form.is_valid() for form in bound):
            total = sum(step.share_bp for step in self.planned_steps())
            if total != WHOLE:
                self.add_error(None, _("The shares make %(now)s %%; make them 100 %%.") % {"now": f"{total / 100:g}"})
        data["application"] = self.application or self._application_of(data.get("contractor"))
        return data

    def _read_price(self, data: dict[str, Any], version: TemplateVersion) -> None:
        """Empty: the template's price, in the template's currency."""
        if "price" in self.errors or "currency" in self.errors:
            return
        try:
            data["money"] = self._money(data, version)
        except MoneyError as error:
            self.add_error("price", str(error))

    @staticmethod
    def _money(data: Mapping[str, Any], version: TemplateVersion) -> Money:
        currency = data.get("currency") or version.currency
        if not data.get("price"):
            if currency != version.currency:
                text = _("Give the price in %(wants)s: the template’s is in %(has)s.")
                raise MoneyError(text % {"wants": currency, "has": version.currency})
            return version.price
        money = parse_money(data["price"], currency)
        if money.minor <= 0:
            raise MoneyError(_("Give a price above zero."))
        return money

    def known(self) -> dict[str, Any]:
        """What the answers amount to as far as they can be read, with nothing said about the rest."""
        if self.is_bound:
            self.is_valid()
            return self.cleaned_data
        found: dict[str, Any] = {}
        for name, field in self.fields.items():
            with suppress(forms.ValidationError):
                found[name] = field.clean(self[name].value())
        if self.chosen is not None:
            with suppress(MoneyError):
                found["money"] = self._money(found, self.chosen)
        return found

    def _application_of(self, contractor: Contractor | None) -> Application | None:
        """The one decided as a hire that waits for its contract, if the page was not opened from it."""
        if contractor is None:
            return None
        waiting = Application.objects.visible_to(self.user).in_status(ApplicationStatus.OFFERED).by(contractor)
        rows = [a for a in waiting.order_by("-pk") if not Engagement.objects.of_application(a).exists()]
        return rows[0] if rows else None
