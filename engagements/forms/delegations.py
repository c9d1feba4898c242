"""Who reviews in the lead's place, and until when."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.models import Engagement


class DelegateForm(forms.Form):
    person = forms.ModelChoiceField(
        User.objects.none(), label=_("Who reviews"), empty_label=_("Choose a person"),
        error_messages={"required": _("Choose who reviews in your place.")},
    )  # fmt: skip
    until_on = forms.DateField(
        label=_("Until the end of"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Choose the last day.")},
    )

    def __init__(self, *args: Any, engagement: Engagement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person: Any = self.fields["person"]
        person.queryset = User.objects.can_own_communication().exclude(pk=engagement.lead_id).order_by("name")
