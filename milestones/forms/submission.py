"""Handing in on one screen: a value and evidence for each goal, a place for each part, files, a line to the lead.

A file that was taken stays as a draft and comes back as `kept` when the rest has to be corrected; one that was not is
named in its field's sentence. Each place for files is a slot: `all`, `goal_<id>` or `part_<n>`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

from core.filetypes import ACCEPT
from core.models import StoredFile
from core.numbers import parse_number
from core.widgets import ScaleSelect
from engagements.models import Goal
from engagements.models.template import DONE, NOT_DONE
from engagements.states import PartKind
from milestones.models import Submission
from milestones.services.submissions import Delivered, Measured
from milestones.states import Happiness

FACES = {Happiness.YES: "smile", Happiness.WITH_CHANGES: "meh", Happiness.NO: "frown"}
MOST_FILES = 10  # in one slot


def happy_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("Happy to continue?"), choices=Happiness.choices, required=False, widget=ScaleSelect(icons=FACES)
    )


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files, as a list."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        given = data if isinstance(data, list) else [data] if data else []
        if len(given) > MOST_FILES:
            raise forms.ValidationError(_("At most 10 files in one place. Give a link to the rest."))
        # An empty one goes on: it is told by its name when it is stored.
        return [upload for upload in given if upload]


@dataclass(frozen=True)
class GoalInput:
    goal: Goal
    value: forms.BoundField
    how: forms.BoundField
    missing: forms.BoundField
    files: forms.BoundField
    kept: list[StoredFile]


@dataclass(frozen=True)
class PartInput:
    part: dict[str, str]
    where: forms.BoundField
    files: forms.BoundField
    kept: list[StoredFile]

    @property
    def kind(self) -> str:
        return str(PartKind(self.part["kind"]).label)


class SubmissionForm(forms.Form):
    note = forms.CharField(
        label=_("What should the lead know?"),
        max_length=10_000,
        widget=forms.Textarea(
            attrs={"rows": 4, "placeholder": _("What works, what does not, what you would do next.")}
        ),
    )
    link = forms.URLField(
        label=_("Link to the work"),
        max_length=500,
        required=False,
        assume_scheme="https",
        help_text=_("A pull request, a build, a document."),
        widget=forms.TextInput(attrs={"inputmode": "url"}),
    )

    def __init__(
        self,
        *args: Any,
        goals: Sequence[Goal],
        parts: Sequence[dict[str, str]] = (),
        drafts: Iterable[StoredFile] = (),
        **kwargs: Any,
    ) -> None:
        """`drafts` are the files that the person may hand in: own ones that are part of nothing yet, and those of the
        submission before."""
        super().__init__(*args, **kwargs)
        self.goals, self.parts = goals, parts
        self.fields["link"].validators = [
            URLValidator(schemes=["http", "https"], message=_("Give a link that starts with https:// or http://."))
        ]
        for goal in goals:
            self.fields[f"value_{goal.pk}"] = self._value_field(goal)
            self.fields[f"how_{goal.pk}"] = forms.CharField(
                label=_("Where it can be seen"),
                max_length=1000,
                required=False,
                widget=forms.TextInput(attrs={"placeholder": _("Link or note")}),
            )
            self.fields[f"missing_{goal.pk}"] = forms.BooleanField(
                label=_("I could not measure this, I say why"), required=False
            )
        for place in range(len(parts)):
            self.fields[f"where_{place}"] = forms.CharField(
                label=_("Where it is"),
                max_length=1000,
                required=False,
                widget=forms.TextInput(attrs={"placeholder": _("Link or note")}),
            )
        for slot in self.slots:
            self.fields[f"files_{slot}"] = FilesField(
                label=_("Files"), required=False, widget=FilesInput(attrs={"accept": ACCEPT})
            )
        self.fields["happy"] = happy_field()
        self.kept: dict[str, list[StoredFile]] = {slot: [] for slot in self.slots}
        if self.is_bound:
            self._take_back({file.pk: file for file in drafts})

    @property
    def slots(self) -> list[str]:
        goals = [f"goal_{goal.pk}" for goal in self.goals]
        return ["all", *goals, *(f"part_{place}" for place in range(len(self.parts)))]

    def _take_back(self, mine: dict[int, StoredFile]) -> None:
        """Files that were uploaded with an earlier try and are still wanted."""
        for slot in self.slots:
            ids = self.data.getlist(f"kept_{slot}") if hasattr(self.data, "getlist") else []
            known = dict.fromkeys(int(pk) for pk in ids if pk.isascii() and pk.isdigit() and len(pk) < 19)
            self.kept[slot] = [mine[pk] for pk in known if pk in mine]

    @staticmethod
    def _value_field(goal: Goal) -> forms.Field:
        if goal.is_binary:
            choices = [("", _("Is it done?")), (DONE, _("Done")), (NOT_DONE, _("Not done"))]
            return forms.ChoiceField(label=_("Is it done?"), choices=choices, required=False)
        return forms.CharField(
            label=_("Result in %(unit)s") % {"unit": goal.unit},
            max_length=40,
            required=False,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "placeholder": goal.unit}),
        )

    @staticmethod
    def again(submission: Submission | None) -> dict[str, Any]:
        """What was handed in last, to start from."""
        if submission is None:
            return {}
        values: dict[str, Any] = {"link": submission.link}
        for evidence in submission.evidence.all():
            values |= {
                f"value_{evidence.goal_id}": evidence.value,
                f"how_{evidence.goal_id}": evidence.note,
                f"missing_{evidence.goal_id}": not evidence.value,
            }
        values |= {f"where_{part.position}": part.where for part in submission.parts.all()}
        return values

    def hold_earlier(self, submission: Submission | None) -> None:
        """The files of the last submission, to be handed in again unless they are taken out."""
        for attachment in submission.attachments.all() if submission else ():
            slot = "all"
            if attachment.goal_id:
                slot = f"goal_{attachment.goal_id}"
            elif attachment.part is not None:
                slot = f"part_{attachment.part}"
            self.kept.get(slot, self.kept["all"]).append(attachment.file)

    def uploads(self) -> Iterator[tuple[str, UploadedFile]]:
        """(slot, file) of everything that came with this request; only after validation."""
        for slot in self.slots:
            for upload in self.cleaned_data.get(f"files_{slot}") or ():
                yield slot, upload

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for goal in self.goals:
            name, is_missing = f"value_{goal.pk}", given.get(f"missing_{goal.pk}")
            if is_missing:
                if not given.get(f"how_{goal.pk}", "").strip() and f"how_{goal.pk}" not in self.errors:
                    self.add_error(f"how_{goal.pk}", _("Say why it was not measured."))
                given[name] = ""
            elif name in given:
                try:
                    given[name] = parse_number(given[name])
                except ValueError as error:
                    self.add_error(name, str(error) if given[name] else self._asks_for(goal))
        return given

    @staticmethod
    def _asks_for(goal: Goal) -> str:
        if goal.is_binary:
            return str(_("Say whether it is done."))
        return str(_("Give the number that you measured, or say below why there is none."))

    def refuse_bare_parts(self) -> None:
        """After the files are stored: a part is somewhere."""
        for place in range(len(self.parts)):
            name = f"where_{place}"
            if (
                not self.cleaned_data.get(name, "").strip()
                and not self.kept[f"part_{place}"]
                and name not in self.errors
            ):
                self.add_error(name, _("Say where it is: a link, a file or a line."))

    def rows(self) -> list[GoalInput]:
        return [
            GoalInput(
                goal,
                self[f"value_{goal.pk}"],
                self[f"how_{goal.pk}"],
                self[f"missing_{goal.pk}"],
                self[f"files_goal_{goal.pk}"],
                self.kept[f"goal_{goal.pk}"],
            )
            for goal in self.goals
        ]

    def part_rows(self) -> list[PartInput]:
        return [
            PartInput(part, self[f"where_{place}"], self[f"files_part_{place}"], self.kept[f"part_{place}"])
            for place, part in enumerate(self.parts)
        ]

    @property
    def all_files(self) -> forms.BoundField:
        return self["files_all"]

    @property
    def evidence(self) -> dict[Goal, Measured]:
        """What `submit_milestone` takes; only after validation."""
        given = self.cleaned_data
        return {
            goal: Measured(
                given[f"value_{goal.pk}"],
                given[f"how_{goal.pk}"],
                given[f"missing_{goal.pk}"],
                tuple(self.kept[f"goal_{goal.pk}"]),
            )
            for goal in self.goals
        }

    @property
    def delivered(self) -> dict[int, Delivered]:
        given = self.cleaned_data
        return {
            place: Delivered(given[f"where_{place}"], tuple(self.kept[f"part_{place}"]))
            for place in range(len(self.parts))
        }
