"""What a sweep does one by one, each in its own transaction, on a database that benchmarks.million has filled: ends
of review windows (accepted by silence, or passed on), offers that nobody answered, endings of engagements; and, by the
dozen, the replanning that follows. In CPU of ours and the database's, and SQL statements of one.

DATABASE_URL=… python -m benchmarks.one_by_one, on a copy, since it changes what it finds. BENCH_ONES says how many.
"""

import itertools
import os
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any

from benchmarks.million import statements
from benchmarks.run import cpu_of

ONES = int(os.environ.get("BENCH_ONES", "60"))


def ones() -> None:
    """In a process of its own. Prints."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from core.models import Touched
    from engagements.models import Engagement, Termination
    from engagements.states import EngagementStatus, ReviewEnd
    from milestones.services import ending, offers
    from milestones.states import MilestoneStatus
    from reminders.models import PlannedNotice
    from reminders.services import acts, planning, sweep
    from reminders.services.sweep import A_PLAN
    from tests import factories as make
    from tests.milestones.conftest import hand_in

    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    make._count = itertools.count(time.time_ns())  # the database has people already
    later = make.NOW + timedelta(days=14)
    sweep(at=later)  # what else is due by then
    lead, other = make.make_user(zone="UTC"), make.make_user(zone="UTC")
    budget = make.make_budget(lead, minor=10**12)
    people = [make.make_contractor(True) for _ in range(20)]

    def engagements(**facts: Any) -> list[Engagement]:
        facts |= {"lead": lead, "comms_owner": other, "budget": budget}
        return [make.make_engagement(contractor=people[n % 20], **facts) for n in range(ONES)]

    def timed(what: str, act: Callable[[], Iterable[Any]]) -> None:
        started = time.process_time() + cpu_of(pid)
        with statements() as seen:
            done = len(list(act()))
        each = (time.process_time() + cpu_of(pid) - started) / done
        print(f"{what:40} {1 / each:7,.0f} a second, {each * 1000:5.1f} ms, {seen[0] / done:5.1f} SQL", flush=True)

    def planned(*engagements: int) -> None:
        for pk in engagements:
            planning.replan(pk, at=make.NOW)

    def planned_together(engagements: Sequence[int]) -> set[int]:
        each = sorted(set(engagements))
        batches = [each[start : start + A_PLAN] for start in range(0, len(each), A_PLAN)]
        return {pk for batch in batches for pk in planning.replan_free(batch, at=later)}

    for what, end in (("windows, accepted by silence", ReviewEnd.ACCEPT), ("windows, passed on", ReviewEnd.ESCALATE)):
        made = engagements(milestones=(MilestoneStatus.FUNDED,), review_end=end)
        for each in made:
            make.make_agreement(each, review_end=end)
            hand_in(each.milestones.get())
            planned(each.pk)
        ends = PlannedNotice.objects.filter(rule="review_end", engagement__in=made, fired_at=None)
        pks = list(ends.values_list("pk", flat=True))
        timed(what, lambda pks=pks: [True for pk in pks if acts.perform(pk, at=later)])  # type: ignore[misc]
    engagements(status=EngagementStatus.OFFERED)
    timed("offers that end unanswered", lambda: range(offers.expire_offers(at=later)))
    for each in engagements():
        make.save(Termination, engagement=each, side="ours", reason="Enough", last_on=make.TODAY, given_by=lead,
                  given_at=make.NOW, ends_at=make.NOW + timedelta(days=1))  # fmt: skip
    timed("endings", lambda: range(ending.end_due(at=later)))
    touched = list(Touched.objects.filter(subject_type="engagements.engagement").values_list("subject_id", flat=True))
    timed("replanned, over", lambda: planned_together(touched))
    running = [each.pk for each in engagements()]
    timed("replanned for the first time", lambda: planned_together(running))
    timed("replanned, nothing new", lambda: planned_together(running))


if __name__ == "__main__":
    ones()
