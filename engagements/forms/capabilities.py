from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.models import Capability

KINDS = (
    ("core", _("Core: we must be able to do it ourselves")),
    ("supporting", _("Supporting: anybody good may do it")),
)


class CapabilityForm(forms.Form):
    name = forms.CharField(label=_("Area"), max_length=80, widget=forms.TextInput(attrs={"placeholder": _("Payments")}))
    kind = forms.ChoiceField(label=_("It is"), choices=KINDS, initial="supporting", widget=forms.RadioSelect)
    inside_owner = forms.TypedChoiceField(
        label=_("Inside owner"),
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("Knows it, and keeps it known here."),
    )
    inside_authors = forms.TypedMultipleChoiceField(
        label=_("Inside authors"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Who of us has built a part of it."),
    )

    def __init__(self, *args: Any, area: Capability | None = None, **kwargs: Any) -> None:
        """Somebody who has left stays named until another is chosen."""
        authors = list(area.inside_authors.all()) if area else []
        if area:
            kwargs["initial"] = {
                "name": area.name,
                "kind": "core" if area.is_core else "supporting",
                "inside_owner": area.inside_owner_id,
                "inside_authors": [person.pk for person in authors],
            }
        super().__init__(*args, **kwargs)
        owner = [area.inside_owner] if area and area.inside_owner else []
        here = list(User.objects.can_own_communication())
        self.people = {person.pk: person for person in sorted([*here, *authors, *owner], key=lambda one: one.name)}
        choices = [(pk, person.name) for pk, person in self.people.items()]
        fields: dict[str, Any] = self.fields
        fields["inside_owner"].choices = [("", _("Nobody yet")), *choices]
        fields["inside_authors"].choices = choices

    def facts(self) -> dict[str, Any]:
        """What `add_capability` and `change_capability` take."""
        given = self.cleaned_data
        return {
            "name": given["name"],
            "is_core": given["kind"] == "core",
            "inside_owner": self.people.get(given["inside_owner"]),
            "inside_authors": [self.people[pk] for pk in given["inside_authors"]],
        }
