from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.states import TokenScope

LASTS = ((30, _("30 days")), (90, _("90 days")), (365, _("One year")))


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("What uses it"), max_length=80, widget=forms.TextInput(attrs={"placeholder": _("Build pipeline")})
    )
    scope = forms.ChoiceField(
        label=_("It may"), choices=TokenScope.choices, initial=TokenScope.READ, widget=forms.RadioSelect
    )
    days = forms.TypedChoiceField(label=_("It works for"), choices=LASTS, coerce=int, initial=90)
