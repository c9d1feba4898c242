"""Pages and sweeps as the house grows: `make bench-million`, or BENCH_MILESTONES=100000 python -m benchmarks.million.

Fills throw-away PostgreSQLs with 10,000, 100,000 and a million milestones (benchmarks.books), starts a site on each and
asks for the same pages in rounds, interleaved with each other and with the bare page behind a session. What counts is
the growth: CPU (web and database) at the largest over that at the smallest, with the same SQL statements; beside it
p50, and CPU as a ratio to the bare page. Then the sweep (benchmarks.million_sweeps); BENCH_DUE (10,000) says how many
of each are due. Ends with 1 under STRICT=1 when a goal is missed.
"""

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.run import ROOT, Site, Target, cookie_of, measure
from core.embedded import postgres
from core.embedded.processes import stop

MILESTONES = int(os.environ.get("BENCH_MILESTONES", "1000000"))
SIZES = sorted({10_000, 100_000, MILESTONES})
GROWTH = 1.2
FIRST = 10_000_000  # as in benchmarks.books
# name → who asks, and for what; {budget}, {engagement} and the like are filled in
PAGES = {
    "payouts to approve": ("finance", "/payouts/"),
    "batches": ("finance", "/payouts/?state=batches"),
    "paid": ("finance", "/payouts/?state=paid"),
    "paid, far down": ("finance", f"/payouts/?state=paid&before={FIRST + 2000}"),
    "ledger": ("finance", "/ledger/"),
    "ledger, far down": ("finance", f"/ledger/?before={FIRST + 2000}"),
    "ledger, payments": ("finance", "/ledger/?kind=pay"),
    "ledger, one engagement": ("finance", f"/ledger/?engagement={FIRST}"),
    "ledger, one budget": ("finance", "/ledger/?budget={budget}"),
    "budgets": ("finance", "/budgets/"),
    "budget of all": ("finance", "/budgets/{budget}/"),
    "invoices": ("finance", "/invoices/"),
    "invoices, far down": ("finance", f"/invoices/?before={FIRST + 200}"),
    "bank answers": ("finance", "/payouts/answers/"),
    "Today of a lead": ("lead", "/"),
    "engagements": ("lead", "/engagements/"),
    "engagement, much said": ("lead", "/engagements/{engagement}/"),
    "conversation": ("lead", "/engagements/{engagement}/conversation/"),
    "milestone": ("admin", f"/milestones/{FIRST}/"),
    "portal home": ("contractor", "/"),
    "own money": ("contractor", "/money/"),
    "delivery record": ("contractor", "/record/"),
    "calendar feed": ("", "/calendar/{feed}.ics"),
    "interface, engagements": ("token", "/api/v1/engagements"),
}


def prepare(milestones: int) -> dict[str, Any]:
    """In a process of its own: fill the database that the settings name; what is needed to ask for its pages."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.test import Client
    from django.utils import timezone

    from accounts.services.tokens import make_token
    from benchmarks import books
    from core.models import Heartbeat
    from milestones.services.sums import write_sums
    from reminders.services.feeds import make_feed

    call_command("migrate", verbosity=0)
    started = time.monotonic()
    filled = books.fill(milestones)
    write_sums()
    now = timezone.now()
    Heartbeat.objects.update_or_create(job="sweep", defaults={"at": now, "note": version("holidays")})
    people = {who: getattr(filled, who) for who in ("lead", "finance", "admin", "contractor")}
    _token, text = make_token("bench", scope="read", days=1, by=people["lead"], at=now)
    places = {"budget": filled.budget, "engagement": filled.engagement, "feed": make_feed(by=people["lead"], at=now)}
    found: dict[str, Any] = {
        "seconds": time.monotonic() - started,
        "paths": {name: path.format(**places) for name, (_who, path) in PAGES.items()},
        "cookies": {who: cookie_of(person) for who, person in people.items()},
        "token": text,
        "statements": {},
    }
    for name, (who, _path) in PAGES.items():
        client = Client(headers={"Authorization": f"Bearer {text}"} if who == "token" else None)
        if who in people:
            client.force_login(people[who])
        for _turn in range(2):
            with statements() as seen:
                answer = client.get(found["paths"][name])
            assert answer.status_code == 200, name
        assert name != "calendar feed" or answer.content.count(b"BEGIN:VEVENT") >= books.OPEN
        found["statements"][name] = seen[0]
    return found


@contextmanager
def statements() -> Iterator[list[int]]:
    """A list that holds, afterwards, how many SQL statements ran."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    count = [0]
    with CaptureQueriesContext(connection) as seen:
        yield count
    count[0] = sum(not re.match(r"(SAVEPOINT|RELEASE|BEGIN|COMMIT)", q["sql"]) for q in seen.captured_queries)


def fill(size: int, env: dict[str, str]) -> Any:
    """`prepare` in a process of its own: one database a process."""
    command = [sys.executable, "-m", "benchmarks.million", str(size)]
    done = subprocess.run(command, env=env, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> int:
    if len(sys.argv) > 1:
        print(json.dumps(prepare(int(sys.argv[1]))))
        return 0
    folder = Path(tempfile.mkdtemp(prefix="duckrow-million-"))
    cluster = postgres.Cluster()
    sites: list[Site] = []
    try:
        return run(folder, cluster, sites)
    finally:
        for site in sites:
            stop(site.process)
        cluster.close()
        shutil.rmtree(folder, ignore_errors=True)


def run(folder: Path, cluster: postgres.Cluster, sites: list[Site]) -> int:
    import psycopg

    with psycopg.connect(cluster.url(), autocommit=True) as admin:
        for name in ("bare", *(f"of_{size}" for size in SIZES)):
            admin.execute(f"CREATE DATABASE {name}")
    env = {**os.environ, "PYTHONPATH": str(ROOT), "DUCKROW_VAR": str(folder), "BARE_URL": cluster.url("bare")}
    env |= {"DUCKROW_MODE": "demo", "RING_BROKER": "0", "LOG_LEVEL": "ERROR"}
    env["DJANGO_SETTINGS_MODULE"] = "config.settings"
    bare_env = {name: value for name, value in env.items() if name != "DJANGO_SETTINGS_MODULE"}
    command = [sys.executable, "-m", "benchmarks.bare", "100000"]
    session = subprocess.run(command, env=bare_env, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
    subprocess.run([sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"], env=env, cwd=ROOT, check=True)
    sites.append(Site("bare", "benchmarks.bare:application", bare_env, folder))
    bare = Target("bare-auth list", sites[0].port, f"sessionid={session}", "/list-auth/")
    targets, filled = [bare], {}
    for size in SIZES:
        own = {**env, "DATABASE_URL": cluster.url(f"of_{size}")}
        filled[size] = facts = fill(size, own)
        print(f"{size:>9,} milestones filled in {facts['seconds']:.0f} s", flush=True)
        sites.append(Site(f"of_{size}", "config.wsgi:application", own, folder))
        for name, (who, _path) in PAGES.items():
            target = Target(f"{name} {size}", sites[-1].port, facts["cookies"].get(who, ""), facts["paths"][name])
            target.statements = facts["statements"][name]
            target.bearer = facts["token"] if who == "token" else ""
            targets.append(target)
    measure(targets, sites, cluster)
    missed = report({t.name: t for t in targets}, bare)
    own = {**env, "DATABASE_URL": cluster.url(f"of_{SIZES[-1]}")}
    missed += subprocess.run(
        [sys.executable, "-m", "benchmarks.million_sweeps"], env=own, cwd=ROOT, check=False
    ).returncode
    return int(bool(missed) and bool(os.environ.get("STRICT")))


def report(targets: dict[str, Target], bare: Target) -> int:
    """A line a page: p50 in ms at each size, growth, SQL, CPU over the bare page's, bytes. How many miss a goal."""
    missed = 0
    print(
        f"{'':26}"
        + "".join(f"{f'{size:,}':>11}" for size in SIZES)
        + f"{'growth':>8}{'SQL':>10}{'× bare':>8}{'bytes':>8}"
    )
    for name in PAGES:
        rows = [targets[f"{name} {size}"] for size in SIZES]
        p50 = [statistics.median(row.p50) for row in rows]
        growth = statistics.median(b / a for a, b in zip(rows[0].cpu, rows[-1].cpu, strict=True))
        ratio = statistics.median(a / b for a, b in zip(rows[-1].cpu, bare.cpu, strict=True))
        sql = sorted({row.statements for row in rows})
        over = [what for what, is_over in (("growth", growth > GROWTH), ("SQL", len(sql) > 1),
                ("bytes", rows[-1].size > 60_000)) if is_over]  # fmt: skip
        missed += bool(over)
        print(
            f"{name:26}" + "".join(f"{ms:11.1f}" for ms in p50) + f"{growth:8.2f}{'-'.join(map(str, sql)):>10}"
            f"{ratio:8.1f}{rows[-1].size:8,}  {'missed: ' + ', '.join(over) if over else ''}",
            flush=True,
        )
    cpu, p50_of_bare = statistics.median(bare.cpu), statistics.median(bare.p50)
    print(f"bare page behind a session: {cpu:.1f} ms CPU, p50 {p50_of_bare:.1f} ms")
    return missed


if __name__ == "__main__":
    raise SystemExit(main())
