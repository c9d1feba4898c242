"""The sweep on a database that benchmarks.million has filled, in CPU of ours and the database's: with nothing due, with
many sides gone quiet beside the same rows by set-based SQL, with late promises of payment, and with many reminders.

By itself: DATABASE_URL=… python -m benchmarks.million_sweeps, on a copy, since it changes what it finds.
"""

import os
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from benchmarks.million import statements
from benchmarks.run import cpu_of

DUE = int(os.environ.get("BENCH_DUE", "10000"))
PATIENCE = 3


def sweeps() -> list[str]:
    """In a process of its own, on a filled database. Prints, and returns what misses its goal."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection, transaction
    from django.utils import timezone

    from core.models import OutboxMail
    from engagements.models import Engagement
    from milestones.models import Milestone, Payout
    from milestones.states import PayoutStatus
    from reminders.models import PlannedNotice, Presence
    from reminders.services import sweep
    from reminders.tasks import settle

    def used() -> float:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            return time.process_time() + cpu_of(cursor.fetchone()[0])

    def timed(act: Callable[[], Any]) -> tuple[float, Any]:
        """Seconds of CPU, ours and the database's: a neighbour's work is not ours."""
        before = used()
        answer = act()
        return used() - before, answer

    missed = []

    def say(what: str, is_held: bool) -> None:
        missed.extend([] if is_held else [what.split(":")[0]])
        print(f"{what}{'' if is_held else '  missed'}", flush=True)

    now = timezone.now().replace(hour=15)
    now -= timedelta(days=max(now.weekday() - 2, 0))  # a working afternoon
    call_command("migrate", verbosity=0)  # so that the guards are known
    sweep(at=now)  # what the pages left
    took = min(timed(lambda: sweep(at=now))[0] for _turn in range(9))
    with statements() as seen:
        sweep(at=now)
    each = seen[0]
    say(f"sweep, nothing due: {took * 1000:.1f} ms, {each} SQL (goal 5 ms, 3 SQL)", took <= 0.005 and each <= 3)

    due = Presence.objects.filter(side="ours").order_by("pk").values("pk")[:DUE]
    quiet = Presence.objects.filter(pk__in=list(due.values_list("pk", flat=True)))
    calm = list(quiet.values_list("pk", flat=True))

    def fall_quiet() -> None:
        Presence.objects.filter(pk__in=calm).update(status="in_touch", quiet_at=now - timedelta(hours=1))

    def break_promises() -> list[int]:
        """As many payouts as are measured are with the bank, which has not answered by the day that was promised."""
        pks = list(Payout.objects.open().order_by("pk").values_list("pk", flat=True)[:DUE])
        day = now.date() - timedelta(days=20)
        Payout.objects.filter(pk__in=pks).update(
            late_told_on=None, due_on=day, exported_at=now, status=PayoutStatus.EXPORTED
        )
        return pks

    def as_sql() -> None:
        """The same rows by SQL that knows no rule: the state, a flag, an event, a mail of fixed words."""
        with connection.cursor() as cursor:
            for start in range(0, len(calm), 500):
                with transaction.atomic():
                    for sql in SET_BASED:
                        cursor.execute(sql, [calm[start : start + 500]])

    # What a worker loads once in its life (the holidays of the world, kept statements) is no part of it.
    Presence.objects.filter(pk__in=calm[:2]).update(status="in_touch", quiet_at=now - timedelta(hours=1))
    sweep(at=now)
    settle()  # as a worker does after its first sweep
    undo(calm)
    fall_quiet()
    plain, _none = timed(as_sql)
    undo(calm)
    fall_quiet()
    took, done = timed(lambda: sweep(at=now)["flagged"])
    assert done == len(calm), done
    ratio = took / plain
    say(
        f"sweep, {done:,} gone quiet: {done / took:,.0f} a second, {ratio:.1f} × the set-based SQL, "
        f"which takes {plain / done * 1e6:.0f} µs a row (goal {PATIENCE} ×)",
        ratio <= PATIENCE,
    )
    again = sweep(at=now).get("flagged", 0)
    say(f"swept again: {again} rows (goal 0)", again == 0)

    promises = break_promises()
    mails = OutboxMail.objects.count()
    took, done = timed(lambda: sweep(at=now)["late"])
    assert done == len(promises), done
    mails = OutboxMail.objects.count() - mails
    print(f"late promises, {done:,} told by {mails:,} mails: {done / took:,.0f} a second", flush=True)

    running = Milestone.objects.filter(engagement__in=Engagement.objects.open()).select_related("engagement__lead")
    wanted = [
        PlannedNotice(
            rule="overdue", engagement=m.engagement, subject_id=m.pk, recipient=m.engagement.lead,
            about_on=now.date() - timedelta(days=n), fire_at=now,
        )
        for n in range(1 + DUE // max(running.count(), 1)) for m in running
    ][:DUE]  # fmt: skip
    queueing, _rows = timed(lambda: PlannedNotice.objects.bulk_create(wanted, batch_size=1000))
    handling, done = timed(lambda: sweep(at=now)["reminded"])
    assert done == len(wanted), done
    rate = done / (queueing + handling)
    say(f"reminders, {done:,} queued and handled: {rate:,.0f} a second (goal 2,000)", rate >= 2000)
    return missed


SET_BASED = (
    "UPDATE reminders_presence SET status = 'quiet', status_since = now() WHERE id = ANY(%s)",
    "INSERT INTO reminders_quietflag (engagement_id, side, silent_since, raised_at, told_id) SELECT p.engagement_id, "
    "p.side, p.quiet_at, now(), e.lead_id FROM reminders_presence p JOIN engagements_engagement e "
    "ON e.id = p.engagement_id WHERE p.id = ANY(%s)",
    "INSERT INTO core_event (root_type, root_id, seq, subject_type, subject_id, subject_label, verb, was, became, at, "
    "note, salt, note_digest, previous, digest) SELECT 'bench', id, 1, 'bench', id, '', 'moved', 'in_touch', 'quiet', "
    "now(), '', '', '', '', '' FROM reminders_presence WHERE id = ANY(%s)",
    "INSERT INTO core_outboxmail (key, kind, address, subject, text, status, attempt, created_at, not_before, "
    "last_error) SELECT 'bench:' || id, 'bench', 'a@example.net', 'Quiet', repeat('x', 300), 'new', 0, "
    "now(), now(), '' FROM reminders_presence WHERE id = ANY(%s)",
)


def undo(calm: list[int]) -> None:
    """What the control wrote goes, so that the sweep finds what it found."""
    from django.db import connection

    from core import triggers

    triggers.drop_all(connection)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM reminders_quietflag")
        cursor.execute("DELETE FROM core_event WHERE root_type = 'bench'")
        cursor.execute("DELETE FROM core_outboxmail WHERE kind IN ('bench', 'quiet')")
    triggers.create_all(connection)


if __name__ == "__main__":
    raise SystemExit(len(sweeps()))
