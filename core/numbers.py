"""Measured values and targets: kept as canonical decimal text, because they are compared and shown, never summed."""

import re
from decimal import Decimal

from django.utils.translation import gettext as _

NUMBER = re.compile(r"([-+]?)(\d{1,15})(?:[.,](\d{1,15}))?", re.ASCII)
DIGITS = 15


def parse_number(text: str) -> str:
    """Canonical decimal text of what a person typed: `1200`, `-0.5`, `0,94` → `0.94`, `007.50` → `7.5`.

    A comma or point followed by exactly three digits could mean thousands or decimals; only the point is taken, as
    decimals. At most 15 digits. Raises ValueError with a sentence.
    """
    bare = text.strip().replace("\u2212", "-").replace("\u00a0", "").replace("\u202f", "").replace(" ", "")
    found = NUMBER.fullmatch(bare)
    if not found:
        raise ValueError(_("Give a number such as 1200 or 0.94, without its unit."))
    sign, whole, fraction = found.group(1), found.group(2).lstrip("0") or "0", (found.group(3) or "").rstrip("0")
    if "," in bare and len(found.group(3)) == 3:
        raise ValueError(_("Write thousands without a mark and decimals with a point: 1200 or 1.2."))
    if len(whole) + len(fraction) > DIGITS:
        raise ValueError(_("Give at most 15 digits."))
    number = f"{whole}.{fraction}" if fraction else whole
    return f"-{number}" if sign == "-" and Decimal(number) else number
