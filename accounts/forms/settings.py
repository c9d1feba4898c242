"""The settings page: a person, working hours, holidays, leave, notices."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import queries
from accounts.forms.people import zone_field
from accounts.models import NotificationPreference, User
from accounts.services.leave import DAY, Stretch, adds_past_days, too_late
from accounts.services.people import Span, overlapping
from accounts.states import NoticeChoice, NoticeKind
from core.widgets import LongSelect
from core.zones import country_choices

DAYS = (
    gettext_lazy("Monday"),
    gettext_lazy("Tuesday"),
    gettext_lazy("Wednesday"),
    gettext_lazy("Thursday"),
    gettext_lazy("Friday"),
    gettext_lazy("Saturday"),
    gettext_lazy("Sunday"),
)
HOURS = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*[-–—]\s*(\d{1,2})(?:[:.](\d{2}))?")
SPANS_A_DAY = 8
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)


def parse_hours(text: str) -> list[tuple[int, int]]:
    """“09:00-12:30, 13:00-17:00” → [(540, 750), (780, 1020)] in minutes of the day; an end at or before its start lies
    behind midnight (“22:00-06:00” → (1320, 1800)). Raises ValueError with a sentence."""
    spans = []
    for part in filter(None, (p.strip() for p in re.split(r"[,;]", text))):
        found = HOURS.fullmatch(part)
        if not found:
            raise ValueError(
                _("“%(part)s” can’t be read as hours. Write them like 09:00-12:30, 13:00-17:00.") % {"part": part[:30]}
            )
        from_hour, from_minute, to_hour, to_minute = (int(n or 0) for n in found.groups())
        start, end = from_hour * 60 + from_minute, to_hour * 60 + to_minute
        if from_hour > 23 or from_minute > 59 or to_minute > 59 or end > 1440:
            raise ValueError(_("“%(part)s” is no time of a day. Hours go from 00:00 to 24:00.") % {"part": part})
        if start == end:
            raise ValueError(
                _("“%(part)s” begins and ends at the same time. A whole day is 00:00-24:00.") % {"part": part}
            )
        spans.append((start, end if end > start else end + 1440))
    if len(spans) > SPANS_A_DAY:
        raise ValueError(_("At most %(n)d stretches a day.") % {"n": SPANS_A_DAY})
    return spans


def clock(minute: int) -> str:
    minute = minute if minute <= 1440 else minute - 1440
    return f"{minute // 60:02}:{minute % 60:02}"


def format_hours(spans: Iterable[tuple[int, int]]) -> str:
    """What `parse_hours` reads back as the same."""
    return ", ".join(f"{clock(start)}-{clock(end)}" for start, end in spans)


class SettingsForm(forms.Form):
    """Everything but leave, which has a form a row. `cleaned_data` has the arguments of `change_settings`."""

    seen = forms.CharField(max_length=32, required=False, widget=forms.HiddenInput)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    pronoun = forms.ChoiceField(
        label=gettext_lazy("Screens say"),
        choices=User._meta.get_field("pronoun").choices,
        help_text=gettext_lazy("Whose turn it is: “Hers”, “His” or “Theirs”."),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=User._meta.get_field("language").choices)
    theme = forms.ChoiceField(label=gettext_lazy("Look"), choices=User._meta.get_field("theme").choices)
    zone = zone_field()
    country = forms.ChoiceField(
        label=gettext_lazy("Country for holidays"),
        required=False,
        choices=lambda: [("", gettext_lazy("None: no public holidays")), *country_choices()],
        error_messages={"invalid_choice": gettext_lazy("Choose a country from the list.")},
        widget=LongSelect(
            attrs={"hx-get": reverse_lazy("accounts:regions"), "hx-target": "#region", "hx-swap": "outerHTML"}
        ),
    )
    region = forms.ChoiceField(label=gettext_lazy("Region"), required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)
        for number, day in enumerate(DAYS):
            self.fields[f"hours_{number}"] = forms.CharField(
                label=day,
                max_length=120,
                required=False,
                widget=forms.TextInput(attrs={"placeholder": _("off"), "inputmode": "text", "autocomplete": "off"}),
            )
        for kind in NoticeKind:
            self.fields[f"notice_{kind.value}"] = forms.ChoiceField(label=kind.label, choices=NoticeChoice.choices)
        country = self.data.get("country", "") if self.is_bound else self.get_initial_for_field(*self._named("country"))
        region: Any = self.fields["region"]
        region.choices = [("", _("Whole country")), *queries.region_choices(str(country))]
        region.error_messages["invalid_choice"] = _("Choose a region of the country you chose.")

    def _named(self, name: str) -> tuple[forms.Field, str]:
        return self.fields[name], name

    @classmethod
    def initial_of(cls, user: User) -> dict[str, Any]:
        """What the page shows when it is opened."""
        names = ("name", "pronoun", "language", "theme", "zone", "country", "region")
        initial: dict[str, Any] = {name: getattr(user, name) for name in names}
        days: dict[int, list[tuple[int, int]]] = {number: [] for number in range(7)}
        for span in user.spans.all():
            days[span.weekday].append((span.start_minute, span.end_minute))
        initial |= {f"hours_{number}": format_hours(spans) for number, spans in days.items()}
        chosen = dict(NotificationPreference.objects.filter(user=user).values_list("kind", "choice"))
        initial |= {f"notice_{kind.value}": chosen.get(kind.value, NoticeChoice.NOW) for kind in NoticeKind}
        return {**initial, "seen": queries.settings_version(user)}

    @property
    def hours_fields(self) -> list[forms.BoundField]:
        return [self[f"hours_{number}"] for number in range(7)]

    @property
    def notice_fields(self) -> list[forms.BoundField]:
        return [self[f"notice_{kind.value}"] for kind in NoticeKind]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        spans: list[Span] = []
        for day in range(7):
            try:
                spans += [(day, start, end) for start, end in parse_hours(data.get(f"hours_{day}", ""))]
            except ValueError as error:
                self.add_error(f"hours_{day}", str(error))
        clash = overlapping(spans)
        if clash:
            (one_day, *one), (other_day, *_other) = clash
            self.add_error(
                f"hours_{other_day}",
                _("This overlaps with %(day)s %(hours)s. Shorten one of them.")
                % {"day": DAYS[one_day], "hours": format_hours([(one[0], one[1])])},
            )
        if not spans and not self.errors:
            self.add_error("hours_0", _("Give hours for at least one day, so that Duckrow knows when to reach you."))
        data["spans"] = spans
        data["preferences"] = {kind.value: data.get(f"notice_{kind.value}") for kind in NoticeKind}
        return data


def day_field(label: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget)


class LeaveForm(forms.Form):
    """One stretch of leave, whole days, both included; a row without days is none. Days before `today` stay what they
    were: those that are leave by now are `known`."""

    starts_on = day_field(gettext_lazy("First day"))
    ends_on = day_field(gettext_lazy("Last day"))

    def __init__(self, *args: Any, today: date, known: Sequence[Stretch] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.known = today, known

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        first, last = data.get("starts_on"), data.get("ends_on")
        for name, day, other in (("starts_on", first, last), ("ends_on", last, first)):
            if day and not FIRST_DAY <= day <= LAST_DAY:
                limits = {"first": date_format(FIRST_DAY, "j M Y"), "last": date_format(LAST_DAY, "j M Y")}
                self.add_error(name, _("Give a day between %(first)s and %(last)s.") % limits)
            if other and not day and name not in self.errors:
                self.add_error(name, _("Give this day too; for a single day both are the same."))
        if first and last and last < first:
            self.add_error("ends_on", _("The last day lies before the first."))
        elif first and last and first < self.today and not self.errors:
            self._keep_the_past(first, last)
        return data

    def _keep_the_past(self, first: date, last: date) -> None:
        """Leave that has begun ends when one is back; the rest of it is settled."""
        begun = [until for since, until in self.known if since == first]
        if not begun or adds_past_days((first, last), self.known, self.today):
            self.add_error("starts_on", too_late(self.today))
        elif last < min(max(begun), self.today - DAY):
            yesterday = {"day": date_format(self.today - DAY, "j M Y")}
            self.add_error("ends_on", _("Days that have passed stay leave: give %(day)s or a later day.") % yesterday)


class BaseLeaveFormSet(forms.BaseFormSet):
    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["DELETE"].label = _("Take this leave back")

    @property
    def days(self) -> list[tuple[date, date]]:
        """What remains: filled in and not marked for removal."""
        kept = [form.cleaned_data for form in self.forms if form not in self.deleted_forms]
        return sorted({(row["starts_on"], row["ends_on"]) for row in kept if row.get("starts_on")})


LeaveFormSet = forms.formset_factory(
    LeaveForm, formset=BaseLeaveFormSet, extra=1, max_num=100, absolute_max=120, can_delete=True, validate_max=True
)
