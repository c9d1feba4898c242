"""What the pages of budgets rest on, besides postings: sums, promises, rates, and what their forms offer."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple

from django.core.paginator import Page, Paginator
from django.db.models import BigIntegerField, CharField, DateField, F, OuterRef, QuerySet, Subquery, Sum, Value, Window
from django.db.models.functions import Cast, Coalesce, RowNumber

from accounts.models import Organisation, User
from accounts.states import Role
from core.kept_lists import Counted
from core.money import Money
from core.prepared import One, Prepared, is_key
from engagements.models import Objective
from milestones.models import Budget, LedgerSum, Milestone, Rate
from milestones.queries.ledger import BudgetLine
from milestones.queries.sums import FEW, Sums, moved_lately, sums_of_budgets
from milestones.states import AccountKind

RATES_SHOWN = 5
WAITING_SHOWN = 10
MOST = 10**6  # pages
HOME = "EUR"  # before an organisation has said what it reckons in
NO_NUMBER, NO_WORD = Cast(Value(None), BigIntegerField()), Value("", CharField())
NO_DAY = Cast(Value(None), DateField())
Choice = tuple[int, str]


class Listed(NamedTuple):
    """A budget as a list names it."""

    pk: int
    name: str
    currency: str
    team: str
    objective: str | None


class Told(NamedTuple):
    """A rate, as `Rate` says it, and who typed it."""

    source: str
    target: str
    rate: str
    on: date
    by: str

    def __str__(self) -> str:
        return f"1 {self.source} = {self.rate} {self.target}"


@dataclass(frozen=True)
class BudgetFacts:
    """Of some budgets: their `lines` in their order; `rates` by source, the newest into the currency of the house;
    `latest`, the rates that were typed last; and what forms offer, each (number, words) in order."""

    lines: Sequence[BudgetLine]
    rates: Mapping[str, Told]
    latest: Sequence[Told]
    objectives: tuple[Choice, ...]
    people: tuple[Choice, ...]  # of finance
    approvers: tuple[Choice, ...]


def _arm(rows: QuerySet[Any], what: str, pk: Any = NO_NUMBER, *words: Any, **more: Any) -> QuerySet[Any]:
    four = (*words, *[NO_WORD] * (4 - len(words)))
    numbers = (more.get("minor", NO_NUMBER), more.get("n", NO_NUMBER), more.get("on", NO_DAY))
    return rows.order_by().values_list(Value(what, CharField()), pk, *four, *numbers)


def _place(*by: Any) -> Window:
    """In the database's order of letters."""
    return Window(RowNumber(), order_by=[*by])


def _facts(budgets: Any) -> QuerySet[Any]:
    home = Coalesce(Subquery(Organisation.objects.values("home_currency")[:1]), Value(HOME))
    newer = Rate.objects.filter(target=OuterRef("target"), source=OuterRef("source")).order_by("-on", "-id")
    newest = Rate.objects.order_by("-on", "-id").values("pk")[:RATES_SHOWN]
    promised = (
        Milestone.objects.promised()
        .filter(engagement__funding__budget__in=budgets)
        .order_by()
        .values(budget=F("engagement__funding__budget"))
        .annotate(minor=Cast(Sum("amount_minor"), BigIntegerField()))
    )
    finance = User.objects.active().with_role(Role.FINANCE)
    return _arm(
        LedgerSum.objects.filter(budget__in=budgets), "sum", "budget_id", "currency", "kind", minor="minor"
    ).union(
        _arm(moved_lately("budget"), "moved", "budget", "currency", "source", "target", minor="minor", n="rows"),
        _arm(promised, "promised", "budget", minor="minor"),
        _arm(
            Rate.objects.filter(target=home, pk=Subquery(newer.values("pk")[:1])),
            "rate", "pk", "source", "target", "rate", "by__name", on="on",
        ),
        _arm(
            Rate.objects.filter(pk__within=Subquery(newest)),
            "latest", "pk", "source", "target", "rate", "by__name", n=_place(F("on").desc(), F("id").desc()), on="on",
        ),
        _arm(Objective.objects.live(), "objective", "pk", "title", n=_place("title", "pk")),
        _arm(finance, "person", "pk", "name", n=_place("name")),
        _arm(Budget.approvers.through.objects.filter(budget__in=budgets), "approver", "user", "user__name", n="pk"),
        all=True,
    )  # fmt: skip


_prepared = Prepared(_facts)


def budget_facts(budgets: Sequence[Any]) -> BudgetFacts:
    """Of `Budget`s or `Listed` ones; one statement, three where much has moved since the sums were written."""
    keys = [budget.pk for budget in budgets]
    sums: Sums = defaultdict(int)
    promised: dict[int, int] = {}
    rates: dict[str, Told] = {}
    placed: dict[str, list[tuple[int, Any]]] = defaultdict(list)
    moved = 0
    for what, pk, word, other, third, fourth, minor, n, on in _prepared.rows(keys):
        if what == "sum":
            sums[pk, word, other] += minor
        elif what == "moved":
            moved += n
            for kind, change in ((other, -minor), (third, minor)):
                if kind != AccountKind.OUTSIDE:
                    sums[pk, word, kind] += change
        elif what == "promised":
            promised[pk] = minor
        elif what == "rate":
            rates[word] = Told(word, other, third, on, fourth)
        elif what == "latest":
            placed[what].append((n, Told(word, other, third, on, fourth)))
        else:
            placed[what].append((n, (pk, word)))
    if moved > FEW:
        sums = sums_of_budgets(keys)
    in_place = {what: [each for _n, each in sorted(found)] for what, found in placed.items()}
    return BudgetFacts(
        [_line(budget, sums, promised.get(budget.pk, 0)) for budget in budgets],
        rates,
        in_place.get("latest", ()),
        tuple(in_place.get("objective", ())),
        tuple(in_place.get("person", ())),
        tuple(in_place.get("approver", ())),
    )


def _line(budget: Any, sums: Sums, promised: int) -> BudgetLine:
    rest, held, owed, paid = (
        Money(sums[budget.pk, budget.currency, kind], budget.currency)
        for kind in (AccountKind.BUDGET, AccountKind.HELD, AccountKind.OWED, AccountKind.PAID)
    )
    return BudgetLine(budget, rest, Money(promised, budget.currency), held, owed, paid)


@lru_cache(maxsize=64)
def _page(role: str, first: int, size: int) -> Prepared:
    def build(viewer: One) -> QuerySet[Any, Any]:
        viewer.role = role
        seen = Budget.objects.visible_to(viewer)
        columns = ("pk", "name", "currency", "team", "objective__title")
        rows = seen.order_by("name", "pk").values_list(Counted(seen.order_by().values("pk")), *columns)
        return rows[first : first + size]

    return Prepared(build)


def budget_list(viewer: User, asked: str | None, size: int) -> Page:
    """A page of `Listed` budgets by name, as `Paginator.get_page` understands its number; one statement."""
    number = _number(asked)
    rows = list(_page(viewer.role, (number - 1) * size, size).rows(viewer.pk)) if number else []
    if not rows and number != 1:  # beyond the end: the last page
        number = max(1, -(-Budget.objects.visible_to(viewer).count() // size))
        rows = list(_page(viewer.role, (number - 1) * size, size).rows(viewer.pk))
    page: Page = Paginator(range(rows[0][0] if rows else 0), size).get_page(number)
    page.object_list = [Listed(*row[1:]) for row in rows]
    return page


def _number(asked: str | None) -> int:
    """0: none that there is."""
    try:
        number = int(asked) if asked is not None else 1
    except ValueError:
        return 1
    return number if 0 < number < MOST else 0


@cache
def _seen(role: str) -> Prepared:
    def build(viewer: One, which: One) -> QuerySet[Any, Any]:
        viewer.role = role
        return Budget.objects.visible_to(viewer).select_related("objective").filter(pk=which)

    return Prepared(build)


def budget_seen_by(viewer: User, pk: int) -> Budget | None:
    """With its objective; None where this person sees none such. One statement."""
    found = _seen(viewer.role).records(viewer.pk, pk) if is_key(pk) else []
    return found[0] if found else None


class Work(NamedTuple):
    title: str
    contractor: str

    def __str__(self) -> str:
        return self.title


class Waiting(NamedTuple):
    """A milestone that finance funds, since it is over what a lead may."""

    pk: int
    title: str
    engagement: Work
    minor: int
    currency: str
    status_since: datetime

    def __str__(self) -> str:
        return self.title

    @property
    def amount(self) -> Money:
        return Money(self.minor, self.currency)


def _waiting(budget: One) -> QuerySet[Any, Any]:
    rows = Milestone.objects.over_the_limit_of(budget).order_by("engagement_id", "position")
    return rows.values_list(
        "pk", "title", "engagement__title", "engagement__contractor__name", "amount_minor", "currency", "status_since"
    )[:WAITING_SHOWN]


_prepared_waiting = Prepared(_waiting)


def waiting_in(budget: Budget) -> list[Waiting]:
    """The first of them; one statement, none where the budget has no limit."""
    rows = _prepared_waiting.rows(budget.pk) if budget.limit_minor is not None else []
    return [
        Waiting(pk, title, Work(*work), minor, currency, since) for pk, title, *work, minor, currency, since in rows
    ]
