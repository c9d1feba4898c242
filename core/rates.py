"""Counting tries in one table, so that all processes count together.

One statement a try, exact also for two at the same instant. Outside a transaction, where pages count, it stands at
once: whatever is refused or fails afterwards was tried nevertheless. Inside one it would be undone with it.
"""

from datetime import datetime, timedelta
from hashlib import sha256

from django.db import connection

from core.models import Tries

# Of a window that is over nothing stays, so that no tidying has to come in between.
_COUNT = """
    INSERT INTO core_tries (key, n, until) VALUES (%s, 1, %s) ON CONFLICT (key) DO UPDATE SET
    n = CASE WHEN core_tries.until > %s THEN core_tries.n + 1 ELSE 1 END,
    until = CASE WHEN core_tries.until > %s THEN core_tries.until ELSE excluded.until END
    RETURNING n"""


def count(key: str, *, until: datetime, at: datetime) -> int:
    """Counts one try under `key`, which may be any text, and says how many there were in its window. The first one
    opens it, and says until when."""
    digest = sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    end, now = (connection.ops.adapt_datetimefield_value(moment) for moment in (until, at))
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [digest, end, now, now])
        [(tried,)] = cursor.fetchall()  # to the end: before that SQLite has not stored it
    return int(tried)


def is_one_too_many(key: str, *, most: int, seconds: int, at: datetime) -> bool:
    """Counts one try under `key` and says whether there were more than `most` within `seconds` of the first."""
    return count(key, until=at + timedelta(seconds=seconds), at=at) > most


def forget(*, at: datetime) -> int:
    """Drop the windows that are over; returns how many."""
    return Tries.objects.filter(until__lte=at).delete()[0]
