"""Shape of the public page: who applies, for what price, with which answers."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contractors.models import Opening, Question
from contractors.states import PricePer
from core.money import Money, MoneyError, parse_money


class ApplyForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Your name"), max_length=160, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=gettext_lazy("We answer to this address, and use it for nothing else."),
    )
    price = forms.CharField(max_length=40, widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    per = forms.ChoiceField(label=gettext_lazy("The price is"), choices=PricePer.choices, initial=PricePer.WHOLE)
    # People do not see this field; programs that fill in everything do.
    website = forms.CharField(required=False, max_length=300, label=gettext_lazy("Leave this empty"))

    def __init__(self, *args: Any, opening: Opening, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.opening = opening
        self.questions: list[Question] = list(opening.questions.all())
        self.fields["price"].label = _("Your price in %(currency)s") % {"currency": opening.currency}
        self.fields["website"].widget.attrs |= {"autocomplete": "off", "tabindex": "-1"}
        for question in self.questions:
            self.fields[self._field(question)] = forms.CharField(
                label=question.text,
                max_length=5000,
                required=question.is_required,
                widget=forms.Textarea(attrs={"rows": 4}),
            )

    @staticmethod
    def _field(question: Question) -> str:
        return f"answer_{question.pk}"

    def asked(self) -> list[forms.BoundField]:
        """The fields that people see, in their order."""
        return [field for field in self if field.name != "website"]

    def clean_price(self) -> Money:
        try:
            price = parse_money(self.cleaned_data["price"], self.opening.currency)
        except MoneyError as error:
            raise forms.ValidationError(str(error)) from error
        if not price.minor:
            raise forms.ValidationError(_("Give a price above zero."))
        return price

    def is_from_a_program(self) -> bool:
        return bool(self.data.get("website"))

    def answers(self) -> dict[Question, str]:
        return {question: self.cleaned_data[self._field(question)] for question in self.questions}
