"""What our pages cost, as ratios to a bare Django page of the same run: `make bench`.

Machines and neighbours differ, so no absolute time is judged: CPU per request (web workers and database, from the
kernel's own accounts) over that of the control, rounds interleaved, the median of the rounds. BENCH_ROWS (100,000),
BENCH_ROUNDS (7) and BENCH_REQUESTS (40 a round) can be set. Ends with 1 under STRICT=1 when a goal is missed.
"""

import gzip
import http.client
import os
import re
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.embedded import postgres  # noqa: E402
from core.embedded.processes import free_port, spawn, stop  # noqa: E402

ROWS = int(os.environ.get("BENCH_ROWS", "100000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "7"))
REQUESTS = int(os.environ.get("BENCH_REQUESTS", "40"))
WORKERS = 2


@dataclass
class Target:
    """One kind of request and what it may cost: CPU over the control's, SQL statements, bytes of its page."""

    name: str
    port: int
    cookie: str
    path: str | Callable[[], str]
    times: float | None = None
    sql: int | None = None
    body: Callable[[], dict[str, str]] | None = None
    against: str = "bare-auth list"
    heaviest: int | None = 60_000
    user: Any = None
    bearer: str = ""  # a token of the interface
    cpu: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    size: int = 0
    statements: int = 0

    def request(self) -> bytes:
        path = self.path() if callable(self.path) else self.path
        headers = {"Cookie": self.cookie, "Host": f"localhost:{self.port}"}
        if self.bearer:
            headers["Authorization"] = f"Bearer {self.bearer}"
        data = None
        if self.body:
            data = urlencode({"csrfmiddlewaretoken": TOKEN, "form_key": secrets.token_hex(16), **self.body()})
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("POST" if data else "GET", path, data, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status != (302 if data else 200):
            raise SystemExit(f"{self.name}: {path} answered {answer.status}\n{content[:600].decode(errors='replace')}")
        return content


TOKEN = secrets.token_hex(16)


def children(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            yield int(child)
            yield from children(int(child))


def cpu_of(pid: int) -> float:
    """Seconds of CPU that a process has used, all its threads, in nanoseconds' precision."""
    used = 0.0
    for stat in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        try:
            used += int(stat.read_text().split()[0]) / 1e9
        except OSError:
            continue
    return used


def backends(pid: int) -> list[int]:
    """The sessions of a PostgreSQL, without its own housekeepers."""
    found = []
    for child in children(pid):
        try:
            title = Path(f"/proc/{child}/cmdline").read_text()
        except OSError:
            continue
        if title.startswith("postgres: postgres "):
            found.append(child)
    return found


def rss(pid: int) -> float:
    """Resident memory in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def share(pid: int) -> float:
    """As `rss`, with what it shares counted by its share."""
    found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    assert found
    return int(found[1]) * 1024 / 1e6


class Site:
    """gunicorn with two workers over one database."""

    def __init__(self, name: str, app: str, env: dict[str, str], folder: Path) -> None:
        self.port = free_port()
        self.log = folder / f"{name}.log"
        command = [sys.executable, "-m", "gunicorn", app, "--workers", str(WORKERS), "--bind", f"127.0.0.1:{self.port}"]
        self.process = spawn([*command, "--no-control-socket"], env=env, log=self.log, cwd=ROOT)
        deadline = time.monotonic() + 30
        while True:
            try:
                http.client.HTTPConnection("127.0.0.1", self.port, timeout=5).connect()
                return
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise SystemExit(self.log.read_text()[-2000:]) from None
                time.sleep(0.1)

    def workers(self) -> list[int]:
        return list(children(self.process.pid))


def measure(targets: list[Target], sites: list[Site], cluster: postgres.Cluster) -> None:
    """Rounds in which every target has its turn, so that a neighbour's burst meets all of them."""
    for target in targets:
        for _turn in range(6):
            target.size = len(target.request())
    for _round in range(ROUNDS):
        for target in targets:
            site = next(s for s in sites if s.port == target.port)
            pids = site.workers() + backends(cluster.process.pid)
            before = sum(map(cpu_of, pids))
            times = []
            for _turn in range(REQUESTS):
                start = time.perf_counter()
                target.request()
                times.append(time.perf_counter() - start)
            target.cpu.append((sum(map(cpu_of, pids)) - before) / REQUESTS * 1000)
            target.p50.append(statistics.median(times) * 1000)


def count_statements(target: Target) -> int:
    """SQL statements of one request, in this process, once everything is warm."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client()
    client.force_login(target.user)
    for turn in range(2):
        path = target.path() if callable(target.path) else target.path
        with CaptureQueriesContext(
            connection,
        ) as seen:
            if target.body:
                client.post(path, {"form_key": secrets.token_hex(16), **target.body()})
            else:
                client.get(path)
        if turn:
            return sum(not re.match(r"(SAVEPOINT|RELEASE|BEGIN|COMMIT)", q["sql"]) for q in seen.captured_queries)
    raise AssertionError


def cookie_of(user: Any) -> str:
    """A signed-in session, as the sign-in page would leave it."""
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    return f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={TOKEN}"


def assets() -> int:
    """Bytes, gzipped, of everything a first visit loads from us."""
    from django.test import Client

    page = Client().get("/accounts/login/").content.decode()
    wanted = set(re.findall(r'(?:src|href)="(/static/[^"#?]+)', page))
    total = 0
    for address in wanted:
        content = b"".join(Client().get(address))
        total += len(content if address.endswith((".woff2", ".png")) else gzip.compress(content))
        for name in re.findall(rb"url\([\"']?([^\"')#?]+)", content) if address.endswith(".css") else ():
            if name.endswith(b".woff2"):
                font = ROOT / "static" / "fonts" / Path(name.decode()).name
                total += font.stat().st_size if font.exists() else 0
    return total


def main() -> int:
    folder = Path(tempfile.mkdtemp(prefix="duckrow-bench-"))
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
        for name in ("bare", "duckrow"):
            admin.execute(f"CREATE DATABASE {name}")
    env = {**os.environ, "PYTHONPATH": str(ROOT), "DUCKROW_VAR": str(folder)}
    bare_env = {**env, "BARE_URL": cluster.url("bare")}
    bare_session = subprocess.run(
        [sys.executable, "-m", "benchmarks.bare", str(ROWS)],
        env=bare_env,
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    ours = {"DATABASE_URL": cluster.url("duckrow"), "DUCKROW_MODE": "demo", "RING_BROKER": "0", "LOG_LEVEL": "ERROR"}
    ours["DUCKROW_VAR"] = str(folder)
    os.environ.update(ours, DJANGO_SETTINGS_MODULE="config.settings")

    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    from benchmarks import seed as seeding

    started = time.monotonic()
    seeded = seeding.seed(ROWS)
    seeding_took = time.monotonic() - started
    print(f"seeded {ROWS:,} contractors, engagements and milestones in {seeding_took:.0f} s (goal ≤ 60)")

    sites += [Site("bare", "benchmarks.bare:application", bare_env, folder)]
    sites += [Site("duckrow", "config.wsgi:application", {**env, **ours}, folder)]
    bare, product = (site.port for site in sites)
    people = {who: cookie_of(getattr(seeded, who)) for who in ("lead", "other_lead", "contractor", "admin")}
    money = iter(seeded.fundable)
    spoken = iter(seeded.open_engagements * 10_000)

    def page(name: str, who: str, path: Any, times: float | None, sql: int | None, **more: Any) -> Target:
        return Target(name, product, people[who], path, times, sql, user=getattr(seeded, who), **more)

    last = ROWS // 25 - 20
    bare_cookie = f"sessionid={bare_session}"
    targets = [
        Target("bare list", bare, "", "/list/"),
        Target("bare-auth list", bare, bare_cookie, "/list-auth/"),
        Target("bare-auth search", bare, bare_cookie, "/search/?q=Contractor+77"),
        page("engagements", "lead", "/engagements/", 2.5, 6),
        page("engagements, page 500", "lead", "/engagements/?page=500", 2.5, 6),
        page("engagements, near the end", "lead", f"/engagements/?page={last}", None, 6),
        page("contractors", "lead", "/contractors/", 2.5, 6),
        page("templates, 5,000", "lead", "/templates/", 2.5, 6),
        page("templates, page 150", "lead", "/templates/?page=150", 2.5, 6),
        page("engagement, 20 milestones", "lead", f"/engagements/{seeded.large}/", 2, 8),
        page("milestone", "lead", f"/milestones/{seeded.milestone}/", 2, 8),
        page("Today, 30 open", "lead", "/", 3, 10),
        page("portal home, 5 open", "contractor", "/", 3, 10),
        page("search", "lead", "/search/?q=Contractor+77", 2.5, 6, against="bare-auth search"),
        page(
            "message",
            "lead",
            lambda: f"/engagements/{next(spoken)}/message",
            2.2,
            10,
            body=lambda: {"body": "Shall we look at it on Thursday?"},
        ),
        page(
            "fund a milestone",
            "other_lead",
            lambda: f"/milestones/{next(money)}/fund",
            2.2,
            16,
            body=lambda: {},
        ),
    ]
    for target in targets:
        if target.user:
            target.statements = count_statements(target)
    before = max(map(rss, sites[1].workers()))
    measure(targets, sites, cluster)
    after, own = (max(map(size, sites[1].workers())) for size in (rss, share))
    return report(targets, before, after, own)


def report(targets: list[Target], before: float, after: float, own: float) -> int:
    by_name = {t.name: t for t in targets}
    missed = []
    print(f"{'':28}{'CPU ms':>8}{'ratio':>8}{'goal':>6}{'p50 ms':>8}{'SQL':>5}{'goal':>6}{'bytes':>9}")
    for target in targets:
        control = by_name[target.against]
        ratio = statistics.median(a / b for a, b in zip(target.cpu, control.cpu, strict=True))
        goals = [
            target.times is not None and ratio > target.times and "CPU",
            target.sql is not None and target.statements > target.sql and "SQL",
            bool(target.heaviest) and target.size > target.heaviest and "bytes",
        ]
        over = [str(goal) for goal in goals if goal]
        missed += [f"{target.name}: {', '.join(over)}"] if over else []
        print(
            f"{target.name:28}{statistics.median(target.cpu):8.2f}{ratio:8.2f}{target.times or '':>6}"
            f"{statistics.median(target.p50):8.2f}{target.statements or '':>5}{target.sql or '':>6}{target.size:9,}"
            f"  {'missed: ' + ', '.join(over) if over else ''}"
        )
    weight = assets()
    print(f"first visit, all assets: {weight:,} bytes gzip (goal ≤ 250,000)")
    print(
        f"a web worker: {after:.0f} MB resident (goal ≤ 110), {own:.0f} MB with what it shares counted by its share, "
        f"{after - before:+.0f} MB over the run (goal ≤ 15)"
    )
    for is_over, what in ((weight > 250_000, "assets"), (after > 110, "memory"), (after - before > 15, "growth")):
        missed += [what] if is_over else []
    print(f"missed: {'; '.join(missed)}" if missed else "every goal is held")
    return int(bool(missed) and bool(os.environ.get("STRICT")))


if __name__ == "__main__":
    raise SystemExit(main())
