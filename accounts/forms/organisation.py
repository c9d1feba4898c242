"""First run: the organisation and its first admin, on one page."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from accounts.forms.people import password_field, zone_field
from accounts.models import User
from core.money import currencies
from core.widgets import LongSelect
from core.zones import country_choices

LOGO_BYTES = 200_000


def image_type(head: bytes) -> str:
    """The media type that the first bytes show, or '' for anything but PNG, JPEG and WebP."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return ""


def currency_choices() -> list[tuple[str, str]]:
    return [("", "---------"), *((code, f"{code}, {name}") for code, name in currencies().items())]


class FirstRunForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("As people say it: Harbour & Pine."))
    legal_name = forms.CharField(
        label=_("Legal name"), max_length=200, help_text=_("As it stands in agreements: Harbour & Pine Ltd.")
    )
    address = forms.CharField(
        label=_("Address"), max_length=500, widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "street-address"})
    )
    country = forms.ChoiceField(
        label=_("Country"),
        choices=lambda: [("", "---------"), *country_choices()],
        widget=LongSelect,
        error_messages={"invalid_choice": _("Choose a country from the list.")},
    )
    home_currency = forms.ChoiceField(
        label=_("Home currency"),
        choices=currency_choices,
        widget=LongSelect,
        error_messages={"invalid_choice": _("Choose a currency from the list, such as EUR.")},
    )
    zone = zone_field()
    logo = forms.FileField(
        label=_("Logo"),
        required=False,
        help_text=_("PNG, JPEG or WebP, at most 200 kB. You can leave it out."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )
    admin_name = forms.CharField(
        label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    admin_email = forms.EmailField(
        label=_("Your e-mail"),
        max_length=254,
        help_text=_("You sign in with it."),
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    password = password_field()

    @property
    def organisation_fields(self) -> list[forms.BoundField]:
        return [self[n] for n in ("name", "legal_name", "address", "country", "home_currency", "zone", "logo")]

    @property
    def admin_fields(self) -> list[forms.BoundField]:
        return [self[n] for n in ("admin_name", "admin_email", "password")]

    def clean_logo(self) -> tuple[bytes, str]:
        """The bytes and their type; (b"", "") without a logo."""
        upload: UploadedFile | None = self.cleaned_data["logo"]
        if not upload:
            return b"", ""
        if upload.size is None or upload.size > LOGO_BYTES:
            raise forms.ValidationError(_("The logo is larger than 200 kB. Choose a smaller one, or leave it out."))
        content = upload.read()
        kind = image_type(content)
        if not kind:
            raise forms.ValidationError(_("This is no PNG, JPEG or WebP picture. Choose another, or leave it out."))
        return content, kind

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("password"):
            try:
                person = User(email=data.get("admin_email", ""), name=data.get("admin_name", ""))
                validate_password(data["password"], person)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return data
