"""Many reads of one moment, while others go on writing."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def one_moment() -> Iterator[None]:
    """Every query inside sees the database as it was when the first one ran, takes no lock that a writer would wait
    for, and may take its time. Inside a transaction there is nothing to add: it yields at once."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "sqlite":
        # A deferred transaction reads beside the writer; Django's own would take the writer's place.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
    else:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SET LOCAL work_mem = '128MB'")
            yield
