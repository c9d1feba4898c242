"""What a row costs where finance works on many at once: `python -m benchmarks.mass [rows …]` fills a throw-away SQLite
and a throw-away PostgreSQL with as many due payouts (500 and 2,000 unless told otherwise), each of a contractor of its
own, and goes their way through the pages: approve everything, confirm, make the files, confirm everything as paid; and
again, with the bank's answer (one in ten refused). Printed for each request: milliseconds of CPU a row, ours and the
database's, seconds by the clock, SQL statements, and how far the memory of this process grew at most. In the end the
books have to hold. `MASS_ON=sqlite` or `postgresql` leaves the other one out.
"""

import itertools
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.ledger import used
from benchmarks.million import statements

AMOUNT = 200_000


def fill(rows: int) -> None:
    """`rows` due payouts more, each with an engagement, a contractor with an account and a user, and its money."""
    from django.db import connection, transaction

    from accounts.models import User
    from benchmarks.books import clone
    from contractors.models import Contractor
    from core import history, secrets, triggers
    from core.inserting import update_many
    from engagements.models import Engagement
    from milestones.models import Account, BankDetail, EngagementBudget, Milestone, Payout, Posting
    from tests import factories as make
    from tests.milestones.conftest import give_bank, make_iban

    make._count = itertools.count(time.time_ns())
    budget = make.make_budget(make.make_user("finance"), minor=AMOUNT * rows)
    rows -= 1  # the pattern is one
    pattern = make.make_engagement(budget=budget, milestones=("accepted",))
    milestone, user = pattern.milestones.get(), pattern.contractor.user
    give_bank(pattern, iban=make_iban(next(make._count) % 10**9))
    due = make.save(Payout, milestone=milestone, round=1, amount_minor=AMOUNT, currency="EUR", due_on=make.TODAY,
                    status_since=make.NOW)  # fmt: skip
    first = (Engagement.objects.latest("pk").pk // 10**6 + 1) * 10**6
    at = f"{first} + n.i"
    with transaction.atomic():
        triggers.drop_all(connection)
        clone(User, user, rows, id=at, email=f"'u' || ({at}) || '@example.net'")
        clone(Contractor, pattern.contractor, rows, id=at, user_id=at, email=f"'c' || ({at}) || '@example.net'",
              profile_id=f"'P' || ({at})")  # fmt: skip
        clone(BankDetail, pattern.contractor.bank_detail, rows, id=at, contractor_id=at, mark=f"'m' || ({at})")
        clone(Engagement, pattern, rows, id=at, contractor_id=at)
        clone(EngagementBudget, pattern.funding, rows, engagement_id=at)
        clone(Milestone, milestone, rows, id=at, engagement_id=at)
        clone(Payout, due, rows, id=at, milestone_id=at)
        accounts, last = Account.objects.filter(engagement=pattern), Account.objects.latest("pk").pk
        places = {account.pk: f"{last + 1 + n * rows} + n.i" for n, account in enumerate(accounts)}
        for account in accounts:
            clone(Account, account, rows, id=places[account.pk], engagement_id=at)
        last = Posting.objects.latest("pk").pk
        for n, posting in enumerate(Posting.objects.filter(milestone=milestone).order_by("pk")):
            moved = {"to_account_id": places[posting.to_account_id]}
            if posting.from_account_id in places:
                moved["from_account_id"] = places[posting.from_account_id]
            clone(Posting, posting, rows, id=f"{last + 1 + n * rows} + n.i", milestone_id=at,
                  key=f"'{first}:{n}:' || n.i", **moved)  # fmt: skip
        rest = Account.objects.get(budget=budget)
        Account.objects.filter(pk=rest.pk).update(balance_minor=rest.balance_minor - rows * AMOUNT)
        # Everybody's own account, encrypted as such: what was read once is remembered.
        own = [(first + n, secrets.encrypt(make_iban(first + n)), secrets.encrypt(user.name)) for n in range(rows)]
        update_many(BankDetail, ["account_cipher", "holder_cipher"], own)
        Contractor.objects.filter(pk__gte=first).update(name=user.name)
    triggers.create_all(connection)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":  # whose sequences know nothing of copies
            for model in (Account, Posting):
                table, top = model._meta.db_table, model.objects.latest("pk").pk
                cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {top})")
    assert history.verify(pattern) == ""


def measure(sizes: Sequence[int]) -> None:
    """In a process of its own, on the database that the settings name."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from accounts import queries
    from milestones.models import BatchFile, Payout, PayoutBatch
    from milestones.services import ledger
    from tests import factories as make
    from tests.milestones.conftest import set_up_payment
    from tests.milestones.test_queries_answers import entry, report

    queries.ORGANISATION_SECONDS = 30  # as it is outside of tests
    call_command("migrate", verbosity=0)
    make.make_organisation()
    people = [make.make_user("finance", name=name) for name in ("Joana Finance", "Rui Finance")]
    set_up_payment(people[0])
    first, second = Client(), Client()
    for client, person in zip((first, second), people, strict=True):
        client.force_login(person)

    def timed(what: str, rows: int, act: Callable[[], Any], *, status: int = 302) -> Any:
        Path("/proc/self/clear_refs").write_text("5")  # the peak is from here on
        memory = memory_of("VmRSS")
        with statements() as seen:
            started, cpu = time.monotonic(), used()
            response = act()
            cpu, took = used() - cpu, time.monotonic() - started
        grown = memory_of("VmHWM") - memory
        assert response.status_code == status, (what, response.status_code, response.content[:3000])
        print(
            f"{connection.vendor:<11} {rows:>6,} {what:<18} {cpu * 1000 / rows:6.2f} ms a row {took:6.1f} s "
            f"{seen[0]:5} SQL {grown:+4} MB",
            flush=True,
        )
        return response

    def to_the_bank(rows: int) -> PayoutBatch:
        fill(rows)
        timed("approve", rows, lambda: first.post("/payouts/approve", {"everything": "on"}))
        batch = PayoutBatch.objects.get(status="open")
        assert batch.lines.count() == rows, batch.lines.count()
        timed("confirm", rows, lambda: second.post(f"/payouts/batches/{batch.pk}/confirm"))
        timed("make the files", rows, lambda: second.post(f"/payouts/batches/{batch.pk}/export"))
        return batch

    for rows in sizes:
        batch = to_the_bank(rows)
        timed("confirm as paid", rows, lambda: first.post(f"/payouts/batches/{batch.pk}/paid", {"everything": "on"}))  # noqa: B023
        assert not batch.lines.exclude(outcome="paid").exists()
        batch = to_the_bank(rows)
        said = [
            entry(Payout(pk=pk).end_to_end, "RJCT" if n % 10 == 0 else "ACSC", "AC04" if n % 10 == 0 else "")
            for n, pk in enumerate(batch.lines.values_list("payout_id", flat=True))
        ]
        text = report(BatchFile.objects.get(batch=batch).message_id, *said)
        shown = timed("read the answer", rows, lambda: read(first, text), status=200)  # noqa: B023
        given = dict(re.findall(r'name="(sealed|seen)" value="([^"]+)"', shown.content.decode()))
        timed("take the answer", rows, lambda: first.post("/payouts/answers/take", given))  # noqa: B023
        # Those that were refused are nobody's next round.
        refused = Payout.objects.filter(status="due")
        break_off(refused)
    assert ledger.check() == [], ledger.check()[:3]


def memory_of(what: str) -> int:
    """Megabytes of this process: now (VmRSS), or at most (VmHWM)."""
    status = Path("/proc/self/status").read_text()
    return int(re.findall(rf"{what}:\s+(\d+) kB", status)[0]) // 1024


def read(client: Any, text: str) -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return client.post("/payouts/answers/read", {"file": SimpleUploadedFile("answer.xml", text.encode())})


def break_off(refused: Any) -> None:
    """What the bank refused is written off, so that the next round has its own rows alone."""
    from milestones.services.write_offs import write_off
    from tests import factories as make

    by = make.make_user("finance")
    for payout in refused:
        write_off(payout, reason="The bank refused it", by=by, at=make.NOW)


def main() -> int:
    sizes = [int(rows) for rows in sys.argv[1:]] or [500, 2000]
    if os.environ.get("MASS_BENCH_CHILD"):
        measure(sizes)
        return 0
    from core.embedded import postgres

    only, codes, cluster = os.environ.get("MASS_ON", ""), [], None
    try:
        if only != "sqlite":
            cluster = postgres.Cluster()
        urls = [] if only == "postgresql" else [""]
        for url in [*urls, *([cluster.url()] if cluster else [])]:
            with tempfile.TemporaryDirectory(prefix="duckrow-mass-") as folder:
                env = {
                    **os.environ,
                    "MASS_BENCH_CHILD": "1",
                    "DUCKROW_MODE": "test",
                    "DUCKROW_VAR": folder,
                    "DJANGO_SETTINGS_MODULE": "config.settings",
                    "DATABASE_URL": url or f"sqlite:///{Path(folder) / 'mass.sqlite3'}",
                }
                command = [sys.executable, "-m", "benchmarks.mass", *map(str, sizes)]
                codes.append(subprocess.run(command, env=env, check=False).returncode)
    finally:
        if cluster:
            cluster.close()
    return int(any(codes))


if __name__ == "__main__":
    raise SystemExit(main())
