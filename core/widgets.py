"""Radio buttons as cards and as one-tap answers: real inputs, drawn by templates/bootstrap5/layout, so no script.

    decision = ChoiceField(choices=…, widget=PickSelect(consequences={"accepted": _("€1,400 goes to finance today")}))

A view that knows more may set `form.fields["decision"].widget.consequences` before the form is drawn.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


class LongSelect(forms.Select):
    """A list of hundreds, such as all time zones. Django draws each option by a template of its own, which takes longer
    than the rest of the page."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        widget = self.get_context(name, value, attrs)["widget"]
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            (
                (option["value"], SafeString(" selected") if option["selected"] else "", option["label"])
                for _name, group, _index in widget["optgroups"]
                for option in group
            ),
        )
        return format_html('<select name="{}"{}>{}</select>', name, flatatt(widget["attrs"]), options)


class PickSelect(forms.RadioSelect):
    """`.dr-picks`: 2 to 4 choices. `consequences` says under each what follows from it, `icons` puts a symbol before
    it; both by value."""

    look = "picks"

    def __init__(
        self,
        attrs: dict[str, Any] | None = None,
        choices: Iterable[Any] = (),
        consequences: Mapping[str, Any] | None = None,
        icons: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(attrs, choices)
        self.consequences = dict(consequences or {})
        self.icons = dict(icons or {})

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        option["note"] = self.consequences.get(str(value), "")
        option["icon"] = self.icons.get(str(value), "")
        return option


class ScaleSelect(forms.RadioSelect):
    """`.dr-scale`: answers side by side, one tap each. `notes` puts a small word under an answer, `icons` a symbol
    over it; both by value."""

    look = "scale"

    def __init__(
        self,
        attrs: dict[str, Any] | None = None,
        choices: Iterable[Any] = (),
        notes: Mapping[str, Any] | None = None,
        icons: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(attrs, choices)
        self.notes = dict(notes or {})
        self.icons = dict(icons or {})

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        option["note"] = self.notes.get(str(value), "")
        option["icon"] = self.icons.get(str(value), "")
        return option
