from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class ObjectiveForm(forms.Form):
    title = forms.CharField(
        label=_("Objective"),
        max_length=160,
        widget=forms.TextInput(attrs={"placeholder": _("Fewer people leave while they pay")}),
    )
    measure = forms.CharField(
        label=_("How the house sees that it came true"),
        max_length=300,
        widget=forms.TextInput(attrs={"placeholder": _("Abandoned payments under 18 % by March")}),
    )
    owner = forms.ModelChoiceField(User.objects.none(), label=_("Owner"), empty_label=None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner: Any = self.fields["owner"]
        owner.queryset = User.objects.can_own_communication().order_by("name")
