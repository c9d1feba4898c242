"""What the page of payouts shows around its rows, and which rows these are: one statement."""

import json
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from django.core.paginator import Paginator
from django.db.models import (
    BigIntegerField,
    CharField,
    Count,
    DateField,
    DateTimeField,
    QuerySet,
    Sum,
    TextField,
    Value,
    Window,
)
from django.db.models.functions import Cast, RowNumber

from accounts.models import User
from accounts.states import Role
from contractors.models import Contractor
from core.kept_lists import Counted
from core.keyset import MOST, asked_for, laid_out
from core.money import Money
from core.parts import Beyond, first_of, part_of
from core.prepared import One, Prepared
from core.rows import record, tie
from engagements.models import Engagement
from milestones.models import Milestone, PaymentSetup, Payout, PayoutBatch
from milestones.states import PayoutStatus

# The tabs of the page: name in the address → the state of payouts that it lists; batches are listed by themselves.
TABS: dict[str, PayoutStatus | None] = {
    "due": PayoutStatus.DUE,
    "batches": None,
    "paid": PayoutStatus.PAID,
}
LATE_SHOWN = 10  # of the oldest promises
WAITING_SHOWN = 5
A_PLAN = ("engagement_id", "position")
OTHERS_SHOWN = 5
TO_CONFIRM_SHOWN = 3
NO_NUMBER, NO_WORD = Cast(Value(None), BigIntegerField()), Value("", CharField())
NO_INSTANT, NO_DAY = Cast(Value(None), DateTimeField()), Cast(Value(None), DateField())
NUMBERS = ("place", "number", "other")
WORDS = ("word", "name", "headline", "profile_id", "title", "step")
# A list that has passed what is counted is not counted again so soon: it only grows.
MANY, MANY_SECONDS = Value(MOST + 1, BigIntegerField()), 300
_many_until: dict[str, float] = {}
CONTRACTOR = ("id", "name", "headline", "profile_id")


class _Row(NamedTuple):
    """Of the union. `place` among those of its kind, where one is given."""

    kind: str
    pk: int
    place: int
    number: int
    other: int
    word: str
    name: str
    headline: str
    profile_id: str
    title: str
    step: str
    at: datetime
    on: date


def _row(kind: str, rows: QuerySet, pk: str = "pk", **facts: Any) -> QuerySet:
    columns: dict[str, Any] = {**dict.fromkeys(NUMBERS, NO_NUMBER), **dict.fromkeys(WORDS, NO_WORD)}
    columns |= {"at": NO_INSTANT, "on": NO_DAY, **facts}
    return rows.order_by().values_list(Value(kind, CharField()), pk, *columns.values())


def _in_order(*columns: str) -> Window:
    return Window(RowNumber(), order_by=columns)


def _milestone(kind: str, rows: QuerySet, at: str, *order: str) -> QuerySet:
    whose = "engagement__contractor"
    about = {name: f"{whose}__{name}" for name in CONTRACTOR[1:]}
    about |= {"number": "amount_minor", "other": f"{whose}_id", "word": "currency", "title": "engagement__title"}
    return _row(kind, rows, place=_in_order(*order), step="title", at=at, **about)


def _batch(kind: str, rows: QuerySet) -> QuerySet:
    return _row(kind, rows, number="created_by_id", word="status", name="created_by__name", at="created_at")


def _listed(tab: str, viewer: Any) -> QuerySet:
    """Everything in a tab, in its order."""
    if tab == "batches":
        return PayoutBatch.objects.visible_to(viewer).order_by("-pk")
    found = Payout.objects.visible_to(viewer)
    if tab == "paid":
        return found.in_state(PayoutStatus.PAID).order_by("-paid_at", "-pk")
    return found.owed_longest().in_state(PayoutStatus.DUE)  # an index finds what is owed


def _page_of(tab: str, way: str, viewer: Any, place: Any, size: int) -> QuerySet:
    """What is due from the number `place` on; else the newest, or those `way` ("before", "after") the row `place`. One
    more than a page has, where nothing is counted."""
    rows = _listed(tab, viewer)
    if tab == "due":
        return part_of(rows, size, place)
    if way:
        by, is_back = ("pk",) if tab == "batches" else ("paid_at", "pk"), way == "after"
        rows = rows.filter(Beyond(*by, of=rows.model.objects.filter(pk=place), is_back=is_back))
        rows = rows.reverse() if is_back else rows
    return first_of(rows, size + 1)


@cache
def _prepared(role: str, tab: str, way: str, size: int, is_counted: bool) -> Prepared:
    def build(viewer: One, place: One) -> QuerySet:
        viewer.role = role
        counted = Counted(_listed(tab, viewer).order_by().values("pk")[: MOST + 1])
        unsettled = Counted(PayoutBatch.objects.unsettled().order_by().values("pk"))
        due = Payout.objects.in_state(PayoutStatus.DUE).order_by()
        waiting = NO_NUMBER if tab == "due" else Counted(due.values("pk"))
        page, me = _page_of(tab, way, viewer, place, size), User.objects.filter(pk=viewer)
        arms = [
            _row("counts", me, place=waiting, number=unsettled, other=counted if is_counted else MANY),
            _row("setup", PaymentSetup.objects.all(), word=Cast("weekdays", TextField())),
            _batch("page", page) if tab == "batches" else _row("page", page, at="paid_at", on="due_on"),
            _row("late", first_of(Payout.objects.owed_longest(), LATE_SHOWN), on="due_on"),
            _milestone("waits", first_of(Milestone.objects.over_the_limit(), WAITING_SHOWN), "status_since", *A_PLAN),
            _milestone("oldest", first_of(Milestone.objects.unpaid(), 1), "accepted_at", "pk"),
        ]
        if tab == "due":
            by_currency = due.values("currency")
            sums = by_currency.annotate(minor=Cast(Sum("amount_minor"), BigIntegerField()), n=Count("*"))
            arms.append(_row("sum", sums, "n", number="minor", word="currency"))
        if tab == "due" and role == Role.FINANCE:
            others = User.objects.active().with_role(Role.FINANCE).exclude(pk=viewer).order_by("name")
            arms.append(_row("other", first_of(others, OTHERS_SHOWN), place=_in_order("name"), name="name"))
        if role == Role.FINANCE:
            arms.append(_batch("confirm", first_of(PayoutBatch.objects.to_confirm_by(viewer), TO_CONFIRM_SHOWN)))
        return arms[0].union(*arms[1:], all=True)

    return Prepared(build)


@dataclass(frozen=True)
class PayoutPage:
    """`page` is one of a `Paginator` for what is due, else a `Stretch`. What only finance has to do is empty for
    everybody else."""

    page: Any
    keys: Sequence[int]  # of the rows of the page
    listed: Sequence[PayoutBatch]  # the same rows, with who made them, where the tab lists batches
    counts: Mapping[str, int | None]  # by tab; None for what is paid, which only grows
    sums: Sequence[tuple[Money, int]]  # of what is due, where the tab lists it: sum and number in each currency
    weekdays: Sequence[int] | None  # on which batches leave; None while our own account isn't entered
    promised: Sequence[tuple[date, int]]  # days of the oldest open payouts, and these
    waiting: Sequence[Milestone]  # for finance to fund
    oldest: Milestone | None  # accepted first of what is unpaid
    others: Sequence[str]  # of finance
    to_confirm: Sequence[PayoutBatch]

    def late_on(self, day: date) -> list[int]:
        """Payouts whose promise is past, the oldest first."""
        return [pk for due_on, pk in self.promised if due_on < day]


def payout_page(viewer: User, tab: str, asked: Mapping[str, str], size: int) -> PayoutPage:
    """The page of this tab that an address asks for: by its number, or by the row beside it. One statement; two for an
    address that leads nowhere."""
    page: Any
    if tab == "due":
        number = _number(asked)
        found = _found(viewer, tab, "", (number - 1) * size, size)
        page = Paginator(range(_due(found)), size).get_page(asked.get("page"))
        if page.number != number:
            found = _found(viewer, tab, "", (page.number - 1) * size, size)
        return _page(page, sorted(found["page"], key=lambda row: (row.on, row.pk)), found)
    way, place = asked_for(asked)
    found = _found(viewer, tab, way, place, size)
    # Nothing there, or the start of the list, which is as long as any other page.
    if way and len(found["page"]) <= (size if way == "after" else 0):
        way, found = "", _found(viewer, tab, "", 0, size)
    rows = sorted(found["page"], key=lambda row: row.pk)
    if tab == "paid":
        rows.sort(key=lambda row: row.at)
    rows, is_back = rows if way == "after" else rows[::-1], way == "after"
    page = laid_out(rows, size, is_beside=bool(way), is_back=is_back, count=found["counts"][0].other)
    return _page(page, page.object_list, found, is_batches=tab == "batches")


def _number(asked: Mapping[str, str]) -> int:
    text = asked.get("page", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 and int(text) else 1


def _found(viewer: User, tab: str, way: str, place: int, size: int) -> dict[str, list[_Row]]:
    rows: dict[str, list[_Row]] = defaultdict(list)
    is_counted = tab != "due" and _many_until.get(tab, 0) < time.monotonic()
    for row in _prepared(viewer.role, tab, way, size, is_counted).rows(viewer.pk, place):
        rows[row[0]].append(_Row(*row))
    if is_counted and rows["counts"][0].other > MOST:
        _many_until[tab] = time.monotonic() + MANY_SECONDS
    return rows


def _due(found: Mapping[str, list[_Row]]) -> int:
    """How many wait: counted, or summed where they are listed."""
    counted = found["counts"][0].place
    return sum(row.pk for row in found["sum"]) if counted is None else counted


def _page(page: Any, rows: Sequence[_Row], found: Mapping[str, list[_Row]], *, is_batches: bool = False) -> PayoutPage:
    return PayoutPage(
        page,
        [row.pk for row in rows],
        [_as_batch(row) for row in rows] if is_batches else [],
        {"due": _due(found), "batches": found["counts"][0].number, "paid": None},
        [(Money(row.number, row.word), row.pk) for row in sorted(found["sum"], key=lambda row: row.word)],
        json.loads(found["setup"][0].word) if found["setup"] else None,
        sorted((row.on, row.pk) for row in found["late"]),
        [_as_milestone(row, "status_since") for row in sorted(found["waits"], key=lambda row: row.place)],
        next((_as_milestone(row, "accepted_at") for row in found["oldest"]), None),
        [row.name for row in sorted(found["other"], key=lambda row: row.place)],
        [_as_batch(row) for row in sorted(found["confirm"], key=lambda row: row.pk)],
    )


def _as_milestone(row: _Row, dated: str) -> Milestone:
    names = ("id", "title", "amount_minor", "currency", dated)
    milestone: Milestone = record(Milestone, names, (row.pk, row.step, row.number, row.word, row.at))
    engagement = record(Engagement, ("title",), (row.title,))
    facts = (row.other, row.name, row.headline, row.profile_id)
    tie(engagement, contractor=record(Contractor, CONTRACTOR, facts))
    tie(milestone, engagement=engagement)
    return milestone


def _as_batch(row: _Row) -> PayoutBatch:
    names = ("id", "status", "created_at", "created_by_id")
    batch: PayoutBatch = record(PayoutBatch, names, (row.pk, row.word, row.at, row.number))
    tie(batch, created_by=record(User, ("id", "name"), (row.number, row.name)))
    return batch
