"""Radio buttons as cards (`.dr-picks`) and as one-tap answers (`.dr-scale`): real inputs, so no script is needed."""

from collections.abc import Iterable
from typing import Any

from django import forms


class PickSelect(forms.RadioSelect):
    """2 to 4 choices, each with the line that says what follows from it.

    Give the field plain `choices` and the widget the lines: `PickSelect(consequences={"accept": _("€1,400 goes to
    finance today")}, icons={"accept": "check"})`. A view may set `field.widget.consequences` once it knows the amount.
    """

    template_name = "core/widgets/picks.html"
    option_template_name = "core/widgets/pick.html"

    def __init__(
        self,
        attrs: dict[str, Any] | None = None,
        choices: Iterable[Any] = (),
        consequences: dict[str, Any] | None = None,
        icons: dict[str, str] | None = None,
    ) -> None:
        super().__init__(attrs, choices)
        self.consequences = consequences or {}
        self.icons = icons or {}

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        option["consequence"] = self.consequences.get(str(value), "")
        option["icon"] = self.icons.get(str(value), "")
        return option


class ScaleSelect(forms.RadioSelect):
    """Answers side by side, one tap each. `notes` puts a small word under the answer: `{"4": _("Likely")}`."""

    template_name = "core/widgets/scale.html"
    option_template_name = "core/widgets/scale_option.html"

    def __init__(
        self,
        attrs: dict[str, Any] | None = None,
        choices: Iterable[Any] = (),
        notes: dict[str, Any] | None = None,
        icons: dict[str, str] | None = None,
    ) -> None:
        super().__init__(attrs, choices)
        self.notes = notes or {}
        self.icons = icons or {}

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        option["note"] = self.notes.get(str(value), "")
        option["icon"] = self.icons.get(str(value), "")
        return option
