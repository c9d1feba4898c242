"""Money: an integer number of minor units and an ISO 4217 code; never a float, never a Decimal column.

Decimal columns are wrong on SQLite (they pass through doubles), so amounts are stored as integers in the currency's
own minor unit: 1 yen = 1, 1 euro = 100, 1 Bahraini dinar = 1000 (exponents from CLDR through babel).
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, total_ordering

from babel import Locale
from babel.core import get_global
from babel.numbers import format_currency, get_currency_precision
from django.utils.translation import gettext as _

# What one amount may be. Sums of millions of these still fit in a signed 64-bit column.
MAX_MINOR = 10**12
OBSOLETE = {"XXX", "XTS", "XAU", "XAG", "XPT", "XPD", "XBA", "XBB", "XBC", "XBD", "XDR", "XSU", "XUA"}


class MoneyError(ValueError):
    """An amount or currency that can't be taken; the text is a sentence for the person who typed it."""


@cache
def currencies() -> dict[str, str]:
    """Code → English name of every currency that some country uses as tender today, sorted by code."""
    names = Locale("en").currencies
    current = {
        code
        for periods in get_global("territory_currencies").values()
        for code, _start, end, tender in periods
        if end is None and tender
    }
    return {code: names.get(code, code) for code in sorted(current - OBSOLETE)}


def exponent(currency: str) -> int:
    """How many decimals the currency has: 0 for JPY, 2 for EUR, 3 for BHD."""
    if currency not in currencies():
        raise MoneyError(
            _("“%(code)s” is not a currency in use. Give its three letters, such as EUR.") % {"code": currency[:10]}
        )
    return get_currency_precision(currency)


@total_ordering
@dataclass(frozen=True, slots=True)
class Money:
    """`minor` minor units of `currency`. Adding or comparing two currencies raises MoneyError."""

    minor: int
    currency: str

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise MoneyError(f"{self.currency} and {other.currency} can’t be mixed.")

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor < other.minor

    def __bool__(self) -> bool:
        return self.minor != 0

    def __str__(self) -> str:
        return format_money(self)

    @property
    def decimal(self) -> Decimal:
        """The amount in whole units, exact."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))


def split(total: Money, shares: list[int]) -> list[Money]:
    """Divide `total` by integer shares (such as basis points), losing and inventing no minor unit.

    Largest remainders first; ties go to the earlier share. Raises MoneyError for no or negative shares.
    """
    whole = sum(shares)
    if not shares or min(shares) < 0 or whole <= 0:
        raise MoneyError(_("Shares must be positive."))
    floors = [total.minor * share // whole for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda i: (-(total.minor * shares[i] % whole), i))
    for i in by_remainder[: total.minor - sum(floors)]:
        floors[i] += 1
    return [Money(part, total.currency) for part in floors]


def parse_money(text: str, currency: str) -> Money:
    """Read what a person typed: `1400`, `1,400.50`, `1.400,50`, `1 400`, `€1,400`.

    Only ASCII digits count. A separator that could mean either thousands or decimals (`1.400` in a two-decimal
    currency) is read as thousands when exactly three digits follow it and the currency has not three decimals; a
    separator used twice is always thousands. Raises MoneyError with a sentence.
    """
    digits = exponent(currency)
    wrong = MoneyError(_("Give an amount such as 1,400 or 1400.50."))
    bare = unicodedata.normalize("NFKC", text or "").strip()
    bare = re.sub(r"[\s' ’_]", "", bare)
    bare = re.sub(r"^[A-Za-z]{0,3}[$€£¥₹₽₩₺]?|[$€£¥₹₽₩₺]?[A-Za-z]{0,3}$", "", bare)
    if not bare or not re.fullmatch(r"\d[\d.,]*", bare, re.ASCII) or len(bare) > 20:
        raise wrong
    last = max(bare.rfind("."), bare.rfind(","))
    whole, fraction = bare, ""
    if last >= 0:
        mark, tail = bare[last], bare[last + 1 :]
        other = "," if mark == "." else "."
        is_decimal = bare.count(mark) == 1 and (other in bare or len(tail) != 3 or digits == 3)
        if is_decimal:
            whole, fraction = bare[:last], tail
            if not 1 <= len(fraction) <= max(digits, 0) and fraction.strip("0"):
                raise MoneyError(
                    _("%(code)s has %(n)d decimals; give at most that many.") % {"code": currency, "n": digits}
                )
            fraction = fraction[:digits]
        groups = re.split(r"[.,]", whole)
        if len(groups) > 1 and (
            not 1 <= len(groups[0]) <= 3 or any(len(g) not in (2, 3) for g in groups[1:]) or len(groups[-1]) != 3
        ):
            raise wrong
    minor = int(re.sub(r"[.,]", "", whole) + fraction.ljust(digits, "0"))
    if minor > MAX_MINOR:
        raise MoneyError(_("That is more than one amount may be."))
    return Money(minor, currency)


def format_money(money: Money, locale: str = "en", ledger: bool = False) -> str:
    """`€1,400` in prose (decimals only where there are any), `US$600.00` in ledgers. A currency that has letters only
    stands apart from its amount, by a space that doesn't break: `BHD 1.230`."""
    digits = exponent(money.currency)
    whole = not ledger and money.minor % 10**digits == 0
    pattern = "¤#,##0;-¤#,##0" if whole or not digits else f"¤#,##0.{'0' * digits};-¤#,##0.{'0' * digits}"
    text = format_currency(money.decimal, money.currency, format=pattern, locale=locale, currency_digits=False)
    text = re.sub(r"^(-?)\$", r"\1US$", text)
    return re.sub(r"(?<=[^\W\d_])(?=\d)", "\u00a0", text, count=1)
