"""Numbers of goals, shares of a price and short lists, as people type them."""

import re
from decimal import Decimal
from typing import Any, NoReturn

from django import forms
from django.utils.translation import gettext_lazy as _

PLAIN = re.compile(r"[+-]?\d{1,15}(\.\d{1,15})?", re.ASCII)
SHARE = re.compile(r"\d{1,3}(\.\d{1,2})?", re.ASCII)
MOST_DIGITS = 15


def canonical_number(text: str) -> str:
    """`+01.50` → `1.5`, `-0` → `0`. Raises ValueError for what is no plain decimal of at most 15 digits."""
    bare = text.strip().replace("−", "-").replace(" ", "")
    if not PLAIN.fullmatch(bare) or sum(c.isdigit() for c in bare) > MOST_DIGITS:
        raise ValueError(text)
    number = Decimal(bare)
    return "0" if not number else f"{number.normalize():f}"


class NumberField(forms.CharField):
    """A finite decimal, kept as canonical text. A comma is refused: it means thousands to one half of the world and
    decimals to the other."""

    default_error_messages = {"number": _("Give a plain number with a point, such as 1200 or 0.5.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 30, **kwargs})
        self.widget.attrs["inputmode"] = "text"  # the phone's number pad has no minus

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        if not text:
            return ""
        try:
            return canonical_number(text)
        except ValueError as error:
            raise forms.ValidationError(self.error_messages["number"], code="number") from error


class ShareField(forms.CharField):
    """Percent of the price with at most two decimals, as basis points: `33.33` → 3333."""

    default_error_messages = {"share": _("Give a share of the price between 0.01 and 100 %, such as 25 or 33.33.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 8, **kwargs})
        self.widget.attrs["inputmode"] = "decimal"

    def clean(self, value: Any) -> int | None:  # type: ignore[override]
        text = super().clean(value).replace("%", "").replace(",", ".").strip()
        if not text and not self.required:
            return None
        share = int(Decimal(text) * 100) if SHARE.fullmatch(text) else 0
        if not 1 <= share <= 10_000:
            raise forms.ValidationError(self.error_messages["share"], code="share")
        return share


def share_text(basis_points: int) -> str:
    """What `ShareField` reads back as the same: 3333 → `33.33`."""
    return (
        f"{Decimal(basis_points) / 100:f}".rstrip("0").rstrip(".") if basis_points % 100 else str(basis_points // 100)
    )


class WordsField(forms.CharField):
    """`Kotlin, SQL` as a list of words, each once."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 500, "required": False, **kwargs})

    def clean(self, value: Any) -> list[str]:  # type: ignore[override]
        words = (word.strip() for word in super().clean(value).split(","))
        return list(dict.fromkeys(word for word in words if word))

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value


class KindLinesField(forms.CharField):
    """One thing a line, each with its kind before a colon: `code: a merged pull request`."""

    default_error_messages = {
        "kind": _("Line %(n)d: start with %(kinds)s and a colon."),
        "empty": _("Line %(n)d: say what, after the colon."),
        "long": _("Line %(n)d: at most %(most)d characters."),
        "many": _("At most %(most)d lines."),
    }
    MOST_LINES, LONGEST_LINE = 30, 300

    def __init__(self, *, kinds: Any, **kwargs: Any) -> None:
        super().__init__(
            **{"max_length": 10_000, "required": False, "widget": forms.Textarea(attrs={"rows": 2}), **kwargs}
        )
        self.kinds = kinds

    def clean(self, value: Any) -> list[dict[str, str]]:  # type: ignore[override]
        lines = [(n, line) for n, line in enumerate(super().clean(value).splitlines(), start=1) if line.strip()]
        if len(lines) > self.MOST_LINES:
            self._refuse("many", most=self.MOST_LINES)
        return [self._read(number, line) for number, line in lines]

    def _read(self, number: int, line: str) -> dict[str, str]:
        kind, colon, what = (part.strip() for part in line.partition(":"))
        if not colon or kind.lower() not in self.kinds.values:
            self._refuse("kind", n=number, kinds=" / ".join(self.kinds.values))
        if not what:
            self._refuse("empty", n=number)
        if len(what) > self.LONGEST_LINE:
            self._refuse("long", n=number, most=self.LONGEST_LINE)
        return {"kind": kind.lower(), "what": what}

    def _refuse(self, code: str, **facts: Any) -> NoReturn:
        raise forms.ValidationError(self.error_messages[code] % facts, code=code)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(f"{part['kind']}: {part['what']}" for part in value) if isinstance(value, list) else value
