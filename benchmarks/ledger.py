"""How long the proof of the ledger takes: `python -m benchmarks.ledger [postings]` fills a throw-away SQLite and a
throw-away PostgreSQL with a million postings (three a milestone, each with its payout) and times `check()` three times.
The goal is ten seconds; ends with 1 when the best of a database is slower, or when the proof finds anything. Then it
shows what the pages of money and a sweep with nothing due cost on so many milestones: milliseconds and statements.
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
from typing import Any

GOAL = 10.0
ENGAGEMENTS = 10_000
AMOUNT = 200_000


def clone(model: Any, pattern: Any, number: int, **changes: str) -> None:
    """`number` copies of the row `pattern`; `changes` are columns as SQL over `n.i`, the copy's number from 0."""
    from django.db import connection

    columns = [field.column for field in model._meta.concrete_fields]
    picked = ", ".join(changes.get(column, f't."{column}"') for column in columns)
    table, key = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {number}) "
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {picked} FROM {table} t, n WHERE t.{key} = {pattern.pk}"
        )


def seed(postings: int) -> None:
    from django.db import connection

    from engagements.models import Engagement
    from milestones.models import Account, EngagementBudget, Milestone, Payout, Posting
    from tests import factories as make

    budget = make.make_budget(minor=10**12)
    engagement = make.make_engagement(budget=budget, milestones=("paid",))
    milestone = engagement.milestones.get()
    payout = make.save(
        Payout, milestone=milestone, round=1, amount_minor=AMOUNT, currency="EUR", due_on=make.TODAY, status="paid",
        status_since=make.NOW, paid_at=make.NOW,
    )  # fmt: skip
    first, number = 10_000_000, postings // 3
    clone(Engagement, engagement, ENGAGEMENTS, id=f"{first} + n.i")
    clone(EngagementBudget, engagement.funding, ENGAGEMENTS, engagement_id=f"{first} + n.i")
    engagement_id = f"{first} + n.i % {ENGAGEMENTS}"
    clone(
        Milestone, milestone, number, id=f"{first} + n.i", engagement_id=engagement_id, position=f"n.i / {ENGAGEMENTS}"
    )
    clone(Payout, payout, number, id=f"{first} + n.i", milestone_id=f"{first} + n.i")
    accounts = {kind: Account.objects.get(engagement=engagement, kind=kind) for kind in ("held", "owed", "paid")}
    place = {kind: first * (2 + k) for k, kind in enumerate(accounts)}
    for kind, account in accounts.items():
        clone(Account, account, ENGAGEMENTS, id=f"{place[kind]} + n.i", engagement_id=f"{first} + n.i")
    ends = {"fund": (None, "held"), "release": ("held", "owed"), "pay": ("owed", "paid")}
    for step, (kind, (source, target)) in enumerate(ends.items()):
        moved = {"to_account_id": f"{place[target]} + n.i % {ENGAGEMENTS}"}
        if source:
            moved["from_account_id"] = f"{place[source]} + n.i % {ENGAGEMENTS}"
        clone(
            Posting,
            Posting.objects.get(milestone=milestone, kind=kind),
            number,
            id=f"{first * (1 + step)} + n.i",
            milestone_id=f"{first} + n.i",
            key=f"'{kind}:' || n.i",
            **moved,
        )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE milestones_account SET balance_minor = balance_minor - "
            f"(SELECT COUNT(*) FROM milestones_posting WHERE key LIKE 'fund:%%') * {AMOUNT} "
            "WHERE budget_id IS NOT NULL",
            [],
        )
        for kind, sign in (("held", 0), ("owed", 0), ("paid", 1)):
            cursor.execute(
                f"UPDATE milestones_account SET balance_minor = {sign} * {AMOUNT} * (SELECT COUNT(*) FROM "
                "milestones_milestone m WHERE m.engagement_id = milestones_account.engagement_id) WHERE kind = %s",
                [kind],
            )
        cursor.execute("ANALYZE")


def measure(postings: int) -> int:
    """In a process of its own, on the database that the settings name."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection, transaction

    from core import triggers
    from milestones.models import Posting
    from milestones.queries.proof import check

    call_command("migrate", verbosity=0)
    started = time.monotonic()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
    with transaction.atomic():
        triggers.drop_all(connection)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL session_replication_role = replica")  # rows that fit: no look at each
        seed(postings)
    triggers.create_all(connection)
    filled = time.monotonic() - started
    times, own = [], []
    for _turn in range(3):
        started, cpu = time.monotonic(), time.process_time()
        wrong = check()
        times.append(time.monotonic() - started)
        own.append(time.process_time() - cpu)
        assert wrong == [], wrong[:3]
    print(
        f"{connection.vendor:<11} {Posting.objects.count():>9,} postings, filled in {filled:.0f} s; "
        f"proved in {min(times):.1f} s (of {', '.join(f'{t:.1f}' for t in times)}; {min(own):.1f} s of it this "
        f"process’s own); goal {GOAL:.0f} s",
        flush=True,
    )
    show_pages()
    return int(min(times) > GOAL)


def show_pages() -> None:
    """The best of five, in this process."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from core.models import Heartbeat, Touched
    from milestones.models import Budget, Milestone
    from reminders.services import sweep
    from tests import factories as make

    budget, milestone = Budget.objects.get(), Milestone.objects.order_by("pk")[1000]
    yesterday = timezone.localdate() - timedelta(days=1)
    client = Client()
    client.force_login(make.make_user("finance"))
    Touched.objects.all().delete()  # as after a sweep that has seen all of it
    Heartbeat.objects.update_or_create(job="sweep", defaults={"at": timezone.now(), "note": version("holidays")})
    pages = [
        *("/payouts/", "/payouts/?state=paid", "/budgets/", f"/budgets/{budget.pk}/"),
        *(f"/budgets/{budget.pk}/?on={yesterday}", "/ledger/", "/ledger/?kind=top_up", f"/ledger/?on={yesterday}"),
        *(f"/ledger/?engagement={milestone.engagement_id}", f"/milestones/{milestone.pk}/"),
    ]
    acts = {path: partial(client.get, path) for path in pages}
    acts["sweep, nothing due (goal 5 ms, 3 SQL)"] = lambda: sweep(at=timezone.now())
    for name, act in acts.items():
        took = []
        for _turn in range(5):
            started = time.monotonic()
            with CaptureQueriesContext(connection) as seen:
                act()
            took.append((time.monotonic() - started) * 1000)
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
