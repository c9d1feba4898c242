"""Counting tries in the shared cache, so that all processes count together."""

from django.core.cache import cache


def count(key: str, *, seconds: int) -> int:
    """Counts one try under `key` and says how many there were within `seconds` of the first. An approximation: two at
    the same instant may count as one."""
    for _turn in range(2):
        try:
            return cache.incr(key)  # first: to add what is there already fails in the database, and is logged by it
        except ValueError:  # not there, or it expired meanwhile
            if cache.add(key, 1, seconds):
                return 1
    return 1


def is_one_too_many(key: str, *, most: int, seconds: int) -> bool:
    """Counts one try under `key` and says whether there were more than `most`."""
    return count(key, seconds=seconds) > most
