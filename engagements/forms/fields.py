"""Numbers of goals and shares of a price, as people type them."""

import re
from decimal import Decimal
from typing import Any

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
