"""Sums over many accounts: what is written down up to a mark, and the few postings after it.

No posting waits for a sum, and no page adds up more than what moved lately; `services.sums` moves the mark. Inside a
transaction its own postings count, since they are after the mark. That the sums are those of the postings is part of
the proof (law L5)."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from django.db.models import BigIntegerField, Count, F, FilteredRelation, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Cast, Coalesce

from milestones.models import LedgerMark, Posting
from milestones.states import AccountKind

FEW = 1000  # postings after the mark that are added up beside what else a page reads
# (budget or None for the whole house, currency, kind of account) → minor units
Sums = dict[tuple[int | None, str, str], int]
# Both ends of a posting belong to one budget; only money from outside or back has an end that belongs to none.
BUDGET = Coalesce("to_account__budget", "from_account__budget", "to_account__engagement__funding__budget")
ENDS = ("currency", "from_account__kind", "to_account__kind")


def sums_of_house() -> Sums:
    """What stands now in all accounts, in two statements."""
    found, mark = _written(Q(sums__budget=None))
    return _added(found, moved_in_house(Posting.objects.filter(pk__gt=mark)))


def sums_of_budgets(budgets: Collection[int]) -> Sums:
    """What stands now in the accounts of each of these budgets and of the engagements it pays, in two statements."""
    found, mark = _written(Q(sums__budget__in=budgets))
    return _added(found, moved_in_budgets(Posting.objects.filter(pk__gt=mark), budgets))


def _written(wanted: Q) -> tuple[Sums, int]:
    """(sums, the mark that they are of): read by one statement, so that no sweep can come between the two."""
    found: Sums = defaultdict(int)
    mark = 0
    rows = LedgerMark.objects.annotate(own=FilteredRelation("sums", condition=wanted))
    columns = ("posting_id", "own__budget", "own__currency", "own__kind", "own__minor")
    for row in rows.values_list(*columns):
        mark = row[0]
        if row[3] is not None:
            found[row[1:4]] = row[4]
    return found, mark


def moved_lately(*by: str) -> QuerySet[Any, Any]:
    """What moved after the mark, for a statement that reads the sums as well: `minor` in so many `rows`, by `currency`
    and by the kinds `source` and `target`; and by "budget", where it is asked for. When these are more than FEW rows
    together there may be more still."""
    mark = Coalesce(Subquery(LedgerMark.objects.values("posting_id")[:1]), 0)
    after = Posting.objects.filter(pk__gt=mark).order_by("pk").values("pk")[: FEW + 1]
    return (
        Posting.objects.filter(pk__within=Subquery(after))
        .order_by()
        .annotate(**({"budget": BUDGET} if by else {}))
        .values(*by, "currency", source=F("from_account__kind"), target=F("to_account__kind"))
        .annotate(minor=Cast(Sum("amount_minor"), BigIntegerField()), rows=Count("pk"))
    )


def _added(sums: Sums, moved: Sums) -> Sums:
    for key, minor in moved.items():
        sums[key] += minor
    return sums


def moved_in_house(postings: QuerySet[Posting]) -> Sums:
    found: Sums = defaultdict(int)
    for currency, source, target, minor in postings.order_by().values_list(*ENDS).annotate(minor=Sum("amount_minor")):
        found[None, currency, source] -= minor
        found[None, currency, target] += minor
    return found


def moved_in_budgets(postings: QuerySet[Posting], budgets: Collection[int] | None = None) -> Sums:
    """Of all budgets for None."""
    found: Sums = defaultdict(int)
    rows: Any = postings.order_by().annotate(budget=BUDGET)
    if budgets is not None:
        rows = rows.filter(budget__in=budgets)
    for budget, currency, source, target, minor in rows.values_list("budget", *ENDS).annotate(
        minor=Sum("amount_minor")
    ):
        for kind, change in ((source, -minor), (target, minor)):
            if kind != AccountKind.OUTSIDE:
                found[budget, currency, kind] += change
    return found
