"""Shapes of the import pages."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contractors import importing


class UploadForm(forms.Form):
    """A platform export and where it comes from."""

    file = forms.FileField(
        label=_("CSV file"), help_text=_("Up to 10 MB. You see every row before anything is stored.")
    )
    source = forms.CharField(
        label=_("Platform"), max_length=80, help_text=_("Where the file comes from. A profile id is one person there.")
    )
    captured_on = forms.DateField(
        label=_("Captured on"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("The day on which the platform showed these figures."),
    )

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > min(importing.MOST_BYTES, settings.UPLOAD_MAX_BYTES):
            raise forms.ValidationError(_("The file is larger than 10 MB. Split it and import the parts."))
        return upload

    def clean_captured_on(self) -> Any:
        day = self.cleaned_data["captured_on"]
        if day.year < 2000 or day > timezone.localdate():
            raise forms.ValidationError(_("Give a day between 2000 and today."))
        return day


class ColumnsForm(forms.Form):
    """One choice a column of the file."""

    def __init__(self, *args: Any, columns: list[str], mapping: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.columns = columns
        for place, column in enumerate(columns):
            self.fields[f"column-{place}"] = forms.ChoiceField(
                label=column, choices=importing.field_choices(), required=False, initial=mapping.get(column, "")
            )

    def mapping(self) -> dict[str, str]:
        return {column: self.cleaned_data[f"column-{place}"] for place, column in enumerate(self.columns)}
