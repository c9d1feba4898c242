"""A PDF to compare with the one that is kept."""

import hashlib
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class PaperForm(forms.Form):
    """The file is hashed and forgotten."""

    file = forms.FileField(
        label=gettext_lazy("A PDF that you were given"),
        allow_empty_file=True,
        error_messages={"required": gettext_lazy("Choose the PDF that you want to compare.")},
    )

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > settings.UPLOAD_MAX_BYTES:
            raise forms.ValidationError(_("This file is too large to be an agreement of ours."))
        return upload

    def sha256(self) -> str:
        """Hex, of the file's bytes."""
        digest = hashlib.sha256()
        for chunk in self.cleaned_data["file"].chunks():
            digest.update(chunk)
        return digest.hexdigest()
