"""How long the proof of the ledger takes: `python -m benchmarks.ledger [postings]` fills a throw-away SQLite and a
throw-away PostgreSQL with a million postings (benchmarks.books) and takes the CPU of `check()` three times, ours and
the database's, on one core. The goal is ten seconds; ends with 1 when the best of a database is slower, or when the
proof finds anything. Then it shows what the pages of money and a sweep with nothing due cost on so many milestones:
milliseconds of CPU, and statements.
"""

import os
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path

from benchmarks.run import cpu_of

GOAL = 10.0


def measure(postings: int) -> int:
    """In a process of its own, on the database that the settings name."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from benchmarks.books import fill
    from milestones.models import Posting
    from milestones.queries.proof import check
    from milestones.services.sums import write_sums

    call_command("migrate", verbosity=0)
    started = time.monotonic()
    books = fill(postings // 3)
    filled = time.monotonic() - started
    summing = used()
    write_sums()
    summing = used() - summing
    times = []
    for _turn in range(3):
        started = used()
        wrong = check()
        times.append(used() - started)
        assert wrong == [], wrong[:3]
    each = ", ".join(f"{seconds:.1f}" for seconds in times)
    print(
        f"{connection.vendor:<11} {Posting.objects.count():>9,} postings, filled in {filled:.0f} s, summed in "
        f"{summing:.1f} s of CPU; proved in {min(times):.1f} s of CPU (of {each}); goal {GOAL:.0f} s",
        flush=True,
    )
    show_pages(books.budget)
    return int(min(times) > GOAL)


def used() -> float:
    """Seconds of CPU so far, ours and those of our session in the database: a neighbour's work is not ours."""
    from django.db import connection

    if connection.vendor == "sqlite":
        return time.process_time()
    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")  # whose time would be nobody's
        cursor.execute("SELECT pg_backend_pid()")
        return time.process_time() + cpu_of(cursor.fetchone()[0])


def show_pages(budget: int) -> None:
    """The best of five, in this process."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from core.models import Heartbeat, Touched
    from milestones.models import Milestone
    from reminders.services import sweep
    from tests import factories as make

    milestone = Milestone.objects.order_by("pk")[1000]
    yesterday = timezone.localdate() - timedelta(days=1)
    client = Client()
    client.force_login(make.make_user("finance"))
    Touched.objects.all().delete()  # as after a sweep that has seen all of it
    Heartbeat.objects.update_or_create(job="sweep", defaults={"at": timezone.now(), "note": version("holidays")})
    pages = [
        *("/payouts/", "/payouts/?state=paid", "/budgets/", f"/budgets/{budget}/"),
        *(f"/budgets/{budget}/?on={yesterday}", "/ledger/", "/ledger/?kind=top_up", f"/ledger/?on={yesterday}"),
        *(f"/ledger/?engagement={milestone.engagement_id}", f"/milestones/{milestone.pk}/"),
    ]
    acts = {path: partial(client.get, path) for path in pages}
    acts["sweep, nothing due (goal 5 ms, 3 SQL)"] = lambda: sweep(at=timezone.now())
    for name, act in acts.items():
        took = []
        for _turn in range(5):
            started = used()
            with CaptureQueriesContext(connection) as seen:
                act()
            took.append((used() - started) * 1000)
        print(f"{connection.vendor:<11} {name:<42} {min(took):7.1f} ms {len(seen):3} SQL", flush=True)


def main() -> int:
    postings = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    if os.environ.get("LEDGER_BENCH_CHILD"):
        return measure(postings)
    from core.embedded import postgres

    cluster = postgres.Cluster()
    codes = []
    try:
        for url in ("", cluster.url()):
            with tempfile.TemporaryDirectory(prefix="duckrow-ledger-") as folder:
                env = {
                    **os.environ,
                    "LEDGER_BENCH_CHILD": "1",
                    "DUCKROW_MODE": "test",
                    "DUCKROW_VAR": folder,
                    "DJANGO_SETTINGS_MODULE": "config.settings",
                    "DATABASE_URL": url or f"sqlite:///{Path(folder) / 'ledger.sqlite3'}",
                }
                command = [sys.executable, "-m", "benchmarks.ledger", str(postings)]
                codes.append(subprocess.run(command, env=env, check=False).returncode)
    finally:
        cluster.close()
    return int(any(codes))


if __name__ == "__main__":
    raise SystemExit(main())
