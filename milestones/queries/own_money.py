"""A contractor’s own money: sums, the milestones in which money moved, and what the page says beside them."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.core.paginator import Paginator
from django.db.models import BigIntegerField, CharField, QuerySet, Sum, TextField, Value
from django.db.models.functions import Cast

from accounts.models import User
from accounts.states import Role
from contractors.models import Contractor
from core.kept_lists import Counted
from core.money import Money
from core.parts import part_of
from core.prepared import One, Prepared
from core.rows import record, tie
from engagements.models import Engagement
from milestones.models import Account, InvoiceSetup, Milestone, PaymentSetup
from milestones.queries.payouts import rounds_of
from milestones.queries.promise import rhythm
from milestones.queries.timeline import Timeline, timelines
from milestones.states import AccountKind, MilestoneStatus

MOVED = (
    MilestoneStatus.FUNDED,
    MilestoneStatus.SUBMITTED,
    MilestoneStatus.CHANGES_REQUESTED,
    MilestoneStatus.DISPUTED,
    MilestoneStatus.ACCEPTED,
    MilestoneStatus.PAID,
)
ROW = (
    "id", "status", "status_since", "engagement_id", "title", "amount_minor", "currency", "funded_at", "accepted_at",
    "paid_at",
)  # fmt: skip
NO_NUMBER, NO_WORD = Cast(Value(None), BigIntegerField()), Value("", CharField())


@dataclass(frozen=True)
class OwnMoney:
    """Sums of one currency, as the contractor sees them."""

    currency: str
    held: Money
    owed: Money
    paid: Money


@dataclass(frozen=True)
class MoneyPage:
    """`rows` are milestones, each with the way of its money; `payment_rhythm` says when payouts leave."""

    page: Any
    rows: Sequence[tuple[Milestone, Timeline | None]]
    sums: Sequence[OwnMoney]
    payment_rhythm: str
    invoice_setup: InvoiceSetup | None  # as far as it decides whether we write invoices


def _row(kind: str, rows: QuerySet, *columns: Any) -> QuerySet:
    return rows.order_by().values_list(Value(kind, CharField()), *columns)


def _moved(viewer: Any) -> QuerySet:
    """Newest first."""
    return Milestone.objects.visible_to(viewer).filter(status__in=MOVED).order_by("-status_since", "-pk")


def _around(viewer: One) -> QuerySet:
    """(kind, number, two words, a longer one)."""
    viewer.role = Role.CONTRACTOR
    accounts = Account.objects.filter(engagement__in=Engagement.objects.visible_to(viewer)).order_by()
    sums = accounts.values("currency", "kind").annotate(minor=Cast(Sum("balance_minor"), BigIntegerField()))
    counted = Counted(_moved(viewer).order_by().values("pk"))
    weekdays = Cast("weekdays", TextField())
    return _row("count", User.objects.filter(pk=viewer), counted, NO_WORD, NO_WORD, NO_WORD).union(
        _row("sum", sums, "minor", "currency", "kind", NO_WORD),
        _row("rhythm", PaymentSetup.objects.all(), Cast("bank_days", BigIntegerField()), NO_WORD, NO_WORD, weekdays),
        _row("bills", InvoiceSetup.objects.filter(self_bills=True), NO_NUMBER, "vat_id", "registration", NO_WORD),
        _row("bills not", InvoiceSetup.objects.filter(self_bills=False), NO_NUMBER, "vat_id", "registration", NO_WORD),
        all=True,
    )


_prepared_around = Prepared(_around)


@cache
def _prepared_rows(size: int) -> Prepared:
    def build(viewer: One, start: One) -> QuerySet:
        viewer.role = Role.CONTRACTOR
        return part_of(_moved(viewer), size, start).values_list(*ROW, "engagement__title")

    return Prepared(build)


def _contractor(user: One) -> QuerySet:
    return Contractor.objects.select_related("bank_detail", "tax_detail").filter(user=user)


_prepared_contractor = Prepared(_contractor)


def contractor_of(user: User) -> Contractor | None:
    """Who signs in as this person, with bank and tax details; one statement."""
    return next(iter(_prepared_contractor.records(user.pk)), None)


def money_page(contractor: Contractor, viewer: User, number: Any, size: int, *, at: datetime) -> MoneyPage:
    """Of a contractor with its bank, who is the viewer; three statements, two where nothing moved yet."""
    found: dict[str, list[Any]] = defaultdict(list)
    for kind, *facts in _prepared_around.rows(viewer.pk):
        found[kind].append(facts)
    page: Any = Paginator(range(found["count"][0][0]), size).get_page(number)
    page.object_list = _read(contractor, viewer, (page.number - 1) * size, size) if page.paginator.count else []
    ways = {t.payout.milestone_id: t for t in _ways(page.object_list, viewer, at)}
    days, _none, _nothing, weekdays = next(iter(found["rhythm"]), (None, "", "", "null"))
    return MoneyPage(
        page,
        [(milestone, ways.get(milestone.pk)) for milestone in page.object_list],
        _sums(found["sum"]),
        rhythm(json.loads(weekdays), days),
        next((_setup(row, kind) for kind in ("bills", "bills not") for row in found[kind]), None),
    )


def _setup(facts: Sequence[Any], kind: str) -> InvoiceSetup:
    setup: InvoiceSetup = record(InvoiceSetup, ("self_bills", "vat_id", "registration"), (kind == "bills", *facts[1:3]))
    return setup


def _sums(rows: Sequence[Sequence[Any]]) -> list[OwnMoney]:
    sums: dict[str, dict[str, int]] = defaultdict(dict)
    for minor, currency, kind, _word in sorted(rows, key=lambda row: row[1]):
        sums[currency][kind] = minor
    kinds = (AccountKind.HELD, AccountKind.OWED, AccountKind.PAID)
    return [OwnMoney(c, *(Money(by.get(kind, 0), c) for kind in kinds)) for c, by in sums.items()]


def _read(contractor: Contractor, viewer: User, start: int, size: int) -> list[Milestone]:
    found = []
    for *values, title in _prepared_rows(size).rows(viewer.pk, start):
        milestone: Milestone = record(Milestone, ROW, values)
        engagement = record(Engagement, ("id", "title", "contractor_id"), (values[3], title, contractor.pk))
        tie(engagement, contractor=contractor)
        tie(milestone, engagement=engagement)
        found.append(milestone)
    return sorted(found, key=lambda milestone: (milestone.status_since, milestone.pk), reverse=True)


def _ways(milestones: Sequence[Milestone], viewer: User, at: datetime) -> Iterable[Timeline]:
    """Of their payouts, the last round's after the others."""
    by_key = {milestone.pk: milestone for milestone in milestones}
    payouts = rounds_of(by_key) if by_key else []
    for payout in payouts:
        tie(payout, milestone=by_key[payout.milestone_id])
    return timelines(payouts, viewer, at=at).values()
