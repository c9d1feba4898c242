"""The bank's answer, and what is carried from its preview to its effect."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import secrets
from core.errors import DomainError
from core.text import one_line
from milestones.queries.answers import Answer, decode, read_answer


class AnswerForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("The bank’s answer"),
        help_text=gettext_lazy("A payment status report (pain.002), or our list with a status beside each row. 2 MB."),
        widget=forms.ClearableFileInput({"accept": ".xml,.csv,.txt"}),
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        upload = given.get("file")
        if upload:
            try:
                given["answer"] = read_answer(one_line(upload.name, 120), decode(upload.read()))
            except DomainError as refusal:
                self.add_error("file", refusal.sentence)
        return given


class TakeForm(forms.Form):
    """`sealed` holds name and text of the answer, encrypted, so that nothing is stored before it is carried out and
    nobody changes it in between; `seen` is the key of what was shown."""

    sealed = forms.CharField(widget=forms.HiddenInput, required=False)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    @classmethod
    def of(cls, answer: Answer) -> "TakeForm":
        sealed = secrets.encrypt("\0".join(("answer", answer.name, answer.text)))
        return cls(initial={"sealed": sealed, "seen": answer.key})

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        try:
            kind, name, text = secrets.decrypt(given.get("sealed", "")).split("\0", 2)
        except ValueError:
            kind = name = text = ""
        if kind != "answer":
            raise forms.ValidationError(_("This preview is not whole any more. Choose the file again."))
        return {"name": name, "text": text, "seen": given.get("seen", "")}
