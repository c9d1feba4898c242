"""Moving the mark up to which the sums of the ledger are written down: a step of the sweep, and nothing else."""

import structlog
from django.db import OperationalError, connection, transaction
from django.db.models import F, Subquery

from core.use_case import use_case
from milestones.models import LedgerMark, LedgerSum, Posting
from milestones.queries.sums import moved_in_budgets, moved_in_house

log = structlog.get_logger()
WORTH_IT = 200  # postings after the mark that every page may add up for itself
A_STEP = 50_000


def newest() -> Subquery:
    """The number of the newest posting; with `marked` what `is_worth_it` asks for. Two looks at an index: whether any
    number is above the mark is a question for which PostgreSQL reads the whole table."""
    return Subquery(Posting.objects.order_by("-pk").values("pk")[:1])


def marked() -> Subquery:
    return Subquery(LedgerMark.objects.values("posting_id")[:1])


def is_worth_it(newest: int | None, marked: int | None) -> bool:
    return (newest or 0) - (marked or 0) > WORTH_IT


def write_sums() -> int:
    """Bring the sums up to what has moved by now; returns how many postings that were."""
    last = _last_settled()
    done = 0
    while last and (more := _step(last)):
        done += more
    return done


def _last_settled() -> int | None:
    """The number of the last posting, when it is certain that none below it is still to come: numbers are given out
    before a transaction ends, so one that is still open may hold a lower number. On PostgreSQL the lock waits for all
    who are writing now and whoever comes later draws a higher number; it is let go at once. None when somebody writes
    for so long that it isn't worth waiting for: the next sweep tries again."""
    try:
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL lock_timeout = '200ms'")
                    cursor.execute("LOCK TABLE milestones_posting IN SHARE MODE")
            return Posting.objects.order_by("-pk").values_list("pk", flat=True).first()
    except OperationalError as error:
        log.info("sums_wait", error=type(error.__cause__).__name__)
        return None


@use_case
def _step(last: int) -> int:
    LedgerMark.objects.get_or_create(pk=1)
    mark = LedgerMark.objects.select_for_update().get()
    rows = Posting.objects.filter(pk__gt=mark.posting_id, pk__lte=last)
    end = rows.order_by("pk").values_list("pk", flat=True)[A_STEP - 1 : A_STEP].first() or last
    rows = rows.filter(pk__lte=end)
    done = rows.count()
    if done:
        for (budget, currency, kind), minor in [*moved_in_house(rows).items(), *moved_in_budgets(rows).items()]:
            known = LedgerSum.objects.filter(budget=budget, currency=currency, kind=kind)
            if not known.update(minor=F("minor") + minor):
                LedgerSum.objects.create(mark=mark, budget_id=budget, currency=currency, kind=kind, minor=minor)
        LedgerMark.objects.update(posting_id=end)
    return done
