"""Days in words."""

from datetime import date
from functools import lru_cache

from django.utils.formats import date_format
from django.utils.translation import get_language


def day_words(day: date, pattern: str, language: str = "") -> str:
    """`Thu 26 Nov` for "D j M", in the language that is on (`language` is that one, for whoever knows it: to ask takes
    longer than the rest); of an instant, its day on the clock that it is given in. A page names the same few days again
    and again, so they are kept."""
    return _kept(day.year, day.month, day.day, pattern, language or get_language() or "en")


@lru_cache(maxsize=4096)
def _kept(year: int, month: int, day: int, pattern: str, language: str) -> str:
    return date_format(date(year, month, day), pattern)
