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
from babel.numbers import format_currency, get_currency_precision, get_currency_symbol
from django.conf import settings
from django.utils.translation import get_language, to_locale
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
    """Read what a person typed: `1400`, `1,400.50`, `1.400,50`, `1 400`, `€1,400`, `1400 EUR`.

    Only ASCII digits count, and only this currency's code and sign. One mark before exactly three digits (`1.400`) is
    read as thousands, or as decimals after a leading 0 (`0.001`, in euros one decimal too many). In a currency with
    three decimals it could be either, and is refused unless it is written as this house shows amounts (`BHD 1.400`). A
    mark used twice is always thousands. Raises MoneyError with a sentence.
    """
    text, digits = text or "", exponent(currency)
    bare = unicodedata.normalize("NFKC", text).strip()
    found = TYPED.fullmatch(bare)
    if not found or any(unicodedata.category(each) == "No" for each in text):  # “5²” is not 52
        raise _wrong(digits)
    for beside in (found["head"], found["tail"]):
        _refuse_sign(beside, currency)
    number = re.sub(r"[\s'’_]+", " ", found["number"].strip())
    groups, marks = re.split(r"[., ]", number), re.findall(r"[., ]", number)
    if len(number) > 26 or "" in groups:
        raise _wrong(digits)
    is_whole = not marks or (len(set(marks)) == 1 and _are_thousands(groups))
    is_decimal = (
        bool(marks)
        and marks[-1] != " "
        and marks.count(marks[-1]) == 1
        and (len(marks) == 1 or (len(set(marks[:-1])) == 1 and _are_thousands(groups[:-1])))
    )
    if is_whole and is_decimal and digits == 3:
        return _as_shown(bare, "".join(groups), currency)
    if not is_whole and not is_decimal:
        raise _wrong(digits)
    fraction = "" if is_whole else groups.pop()
    if len(fraction) > digits and fraction.strip("0"):
        raise MoneyError(_("%(code)s has %(n)d decimals; give at most that many.") % {"code": currency, "n": digits})
    return _bounded("".join(groups) + fraction[:digits].ljust(digits, "0"), currency)


TYPED = re.compile(r"(?P<head>\D*?)(?P<number>\d[\d.,\s'’_]*)(?P<tail>\D*)", re.ASCII)
EXAMPLES = {0: "1,400", 2: "1400.50", 3: "1,400.500"}  # none of which can be read in two ways


def _wrong(digits: int) -> MoneyError:
    plain = "1400" if digits != 2 else "1,400"
    return MoneyError(
        _("Give an amount such as %(one)s or %(other)s.") % {"one": plain, "other": EXAMPLES.get(digits, "1400")}
    )


def _are_thousands(groups: list[str]) -> bool:
    """Whether digits parted like this are one whole number: by three, or as in India by two before the last three."""
    first, between, last = groups[0], {len(group) for group in groups[1:-1]}, groups[-1]
    return not first.startswith("0") and len(last) == 3 and (
        (len(first) <= 3 and between <= {3}) or (len(first) <= 2 and between == {2})
    )  # fmt: skip


def _squeezed(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).casefold()


@cache
def _signs(currency: str) -> frozenset[str]:
    """How this currency is named beside an amount: by its code, and by its sign in every language of the product."""
    languages = {"en", *(to_locale(code) for code, _name in settings.LANGUAGES)}
    shown = {get_currency_symbol(currency, locale=language) for language in languages}
    return frozenset(_squeezed(sign) for sign in (currency, *shown, *(["US$"] if currency == "USD" else [])))


def _refuse_sign(beside: str, currency: str) -> None:
    """Raises MoneyError for what stands before or after an amount and isn't this currency's."""
    mark = beside.strip()
    if not mark or _squeezed(mark) in _signs(currency):
        return
    if all(each.isalpha() or each in " ." or unicodedata.category(each) == "Sc" for each in mark) and mark != ".":
        raise MoneyError(
            _("This amount is in %(code)s: type it without “%(mark)s”.") % {"code": currency, "mark": mark[:20]}
        )
    raise _wrong(exponent(currency))


def _as_shown(bare: str, digits: str, currency: str) -> Money:
    """`BHD 1,400` or `BHD 1.400`, which without the code could both be either. Raises MoneyError for anything else."""
    ways = [_bounded(digits + "000", currency), _bounded(digits, currency)]
    shown = [[format_money(way, _locale(), ledger) for ledger in (False, True)] for way in ways]
    for way, written in zip(ways, shown, strict=True):
        if _squeezed(bare) in map(_squeezed, written):
            return way
    raise MoneyError(
        _("“%(typed)s” can mean two amounts. Type %(more)s or %(less)s.")
        % {"typed": bare[:30], "more": shown[0][0], "less": shown[1][1]}
    )


def _bounded(minor: str, currency: str) -> Money:
    if int(minor) > MAX_MINOR:
        raise MoneyError(_("That is more than one amount may be."))
    return Money(int(minor), currency)


def _locale() -> str:
    return to_locale(get_language() or "en")


def amount_text(money: Money) -> str:
    """What a field shows of it, and `parse_money` reads back as the same: `1400.00`; with the code where digits alone
    could be two amounts, `BHD 1.400`."""
    plain = f"{money.decimal:.{exponent(money.currency)}f}"
    try:
        parse_money(plain, money.currency)
    except MoneyError:
        return format_money(money, _locale(), ledger=True)
    return plain


def amount_of_file(amount: object, currency: str) -> str:
    """The same for an amount of a file, where a point always parts decimals; what is none stays as it is."""
    text = str(amount)
    if re.fullmatch(r"\d{1,12}\.\d{3}", text, re.ASCII) and currency in currencies() and exponent(currency) == 3:
        return amount_text(Money(int(text.replace(".", "")), currency))
    return text


def format_money(money: Money, locale: str = "en", ledger: bool = False) -> str:
    """`€1,400` in prose (decimals only where there are any), `US$600.00` in ledgers. A currency that has letters only
    stands apart from its amount, by a space that doesn't break: `BHD 1.230`."""
    digits = exponent(money.currency)
    whole = not ledger and money.minor % 10**digits == 0
    pattern = "¤#,##0;-¤#,##0" if whole or not digits else f"¤#,##0.{'0' * digits};-¤#,##0.{'0' * digits}"
    text = format_currency(money.decimal, money.currency, format=pattern, locale=locale, currency_digits=False)
    text = re.sub(r"^(-?)\$", r"\1US$", text)
    return re.sub(r"(?<=[^\W\d_])(?=\d)", "\u00a0", text, count=1)
