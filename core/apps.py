"""Once, when Django has loaded: the sentences of its form fields in our voice."""

from django import forms
from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        fill_in, choose = _("Please fill this in."), _("Please choose one.")
        forms.Field.default_error_messages["required"] = fill_in
        for field in (forms.ChoiceField, forms.ModelChoiceField, forms.TypedChoiceField):
            field.default_error_messages = {**field.default_error_messages, "required": choose}
