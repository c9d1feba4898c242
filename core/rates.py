"""Counting tries in the shared cache, so that all processes count together."""

from django.core.cache import cache


def is_one_too_many(key: str, *, most: int, seconds: int) -> bool:
    """Counts one try under `key` and says whether there were more than `most` within `seconds` of the first. An
    approximation: two at the same instant may count as one."""
    if cache.add(key, 1, seconds):
        return False
    try:
        return cache.incr(key) > most
    except ValueError:  # it expired between the two
        return False
