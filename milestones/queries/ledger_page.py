"""What the page of the ledger rests on besides its postings: what stands where, and the budgets to choose from."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, CharField, F, QuerySet, Subquery, Value, Window
from django.db.models.functions import Cast, RowNumber

from accounts.models import User
from core.prepared import One, Prepared
from engagements.models import Engagement
from milestones.models import Budget, LedgerSum
from milestones.queries.sums import FEW, Sums, moved_lately, sums_of_house

OFFERED = 200  # budgets to choose from
NO_NUMBER, NO_WORD = Cast(Value(None), BigIntegerField()), Value("", CharField())


class Offered(NamedTuple):
    """A budget to choose."""

    pk: int
    name: str


@dataclass(frozen=True)
class LedgerFacts:
    sums: Sums
    budgets: list[Offered]  # by name


@cache
def _facts(role: str) -> Prepared:
    def build(viewer: One) -> QuerySet:
        viewer.role = role
        seen = Budget.objects.visible_to(viewer).order_by("name", "pk").values("pk")[:OFFERED]
        place = Window(RowNumber(), order_by=[F("name"), F("pk")])  # in the database's order of letters
        return (
            LedgerSum.objects.filter(budget=None)
            .values_list(Value("sum", CharField()), NO_NUMBER, "currency", "kind", NO_WORD, "minor", NO_NUMBER)
            .union(
                moved_lately().values_list(
                    Value("moved", CharField()), NO_NUMBER, "currency", "source", "target", "minor", "rows"
                ),
                Budget.objects.filter(pk__within=Subquery(seen)).values_list(
                    Value("budget", CharField()), "pk", "name", NO_WORD, NO_WORD, NO_NUMBER, place
                ),
                all=True,
            )
        )

    return Prepared(build)


def ledger_facts(viewer: User) -> LedgerFacts:
    """In one statement, and in three where much has moved since the sums were written."""
    sums: Sums = defaultdict(int)
    budgets, moved = [], 0
    for what, pk, word, kind, other, minor, n in _facts(viewer.role).rows(viewer.pk):
        if what == "budget":
            budgets.append((n, Offered(pk, word)))
        elif what == "sum":
            sums[None, word, kind] += minor
        else:
            moved += n
            sums[None, word, kind] -= minor
            sums[None, word, other] += minor
    return LedgerFacts(sums if moved <= FEW else sums_of_house(), [each for _place, each in sorted(budgets)])


_titles = Prepared(lambda engagements: Engagement.objects.filter(pk__in=engagements).values_list("title"))


def title_of_engagement(pk: int) -> str | None:
    """None where there is no such engagement."""
    found: list[Any] = list(_titles.rows([pk]))
    return found[0][0] if found else None
