"""What the checks of payouts rest on besides the payouts themselves: one statement."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, CharField, DateTimeField, F, Max, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Cast, Coalesce, Concat, NullIf

from accounts.models import User
from contractors.models import Contractor
from core.models import Event
from core.prepared import Prepared
from core.rows import record
from milestones.models import Account, BankDetail, Budget, Payout
from milestones.queries.banks import BANK_HOLD, bank_of
from milestones.states import AccountKind, PayoutStatus

ALIKE_WITHIN = timedelta(days=90)
NO_NUMBER, NO_WORD = Cast(Value(None), BigIntegerField()), Value("", CharField())
NO_INSTANT = Cast(Value(None), DateTimeField())
# As a contractor calls itself, as long as there are words for it.
SHOWN = Coalesce(NullIf("contractor__name", NO_WORD), NullIf("contractor__headline", NO_WORD), "contractor__profile_id")
CONTRACTOR = ("id", "name", "headline", "profile_id")
Alike = tuple[int, int, str, str]  # contractor, amount, currency, title
ON_THE_WAY = (PayoutStatus.FAILED, PayoutStatus.DUE, PayoutStatus.APPROVED, PayoutStatus.EXPORTED)


class Twin(NamedTuple):
    """A payout that is not paid yet, as another one's check names it."""

    payout: int
    status: str
    engagement: str


@dataclass(frozen=True)
class Facts:
    """`approvers` by budget; `shared`: account mark → (detail, contractor's name) of everybody who has it; `short`:
    engagements that owe more than their account holds; `alike`: when the same was paid last; `twins`: the same that is
    still to be paid, the payout itself among them; `replaced`: bank details whose number was changed lately."""

    approvers: Mapping[int, Sequence[User]]
    shared: Mapping[str, Sequence[tuple[int, str]]]
    short: frozenset[int]
    alike: Mapping[Alike, datetime]
    twins: Mapping[Alike, Sequence[Twin]]
    replaced: frozenset[int]


def _row(kind: str, rows: QuerySet, pk: str, **facts: Any) -> QuerySet:
    columns = {
        "number": NO_NUMBER, "other": NO_NUMBER, "word": NO_WORD, "name": NO_WORD, "at": NO_INSTANT, "more": NO_WORD,
        **facts,
    }  # fmt: skip
    return rows.order_by().values_list(Value(kind, CharField()), pk, *columns.values())


def _all(budgets: Any, details: Any, recent: Any, engagements: Any, contractors: Any, amounts: Any) -> QuerySet:
    owed = Account.objects.filter(kind=AccountKind.OWED, engagement=OuterRef("milestone__engagement"))
    wanted = Payout.objects.open().filter(milestone__engagement__in=engagements).order_by()
    wanted = wanted.values("milestone__engagement_id").annotate(
        minor=Cast(Sum("amount_minor"), BigIntegerField()), owed=Subquery(owed.values("balance_minor")[:1])
    )
    whose = "milestone__engagement__contractor_id"
    paid = Payout.objects.in_state(PayoutStatus.PAID).filter(**{f"{whose}__in": contractors}, amount_minor__in=amounts)
    paid = paid.order_by().values(whose, "amount_minor", "currency", "milestone__title").annotate(last=Max("paid_at"))
    unpaid = Payout.objects.open().filter(**{f"{whose}__in": contractors}, amount_minor__in=amounts)
    marks = BankDetail.objects.marked().filter(pk__in=details).values("mark")
    same_accounts = BankDetail.objects.filter(mark__in=marks)
    changes = Event.objects.filter(root_type=BankDetail._meta.label_lower, root_id__in=recent, verb="changed")
    named = Budget.approvers.through.objects.filter(budget__in=budgets)
    return _row("replaced", changes, "root_id", at="at").union(
        _row("approver", named, "budget_id", number="user_id", other="pk", name="user__name"),
        _row("shared", same_accounts, "pk", number="contractor_id", word="mark", name=SHOWN),
        _row("short", wanted, "milestone__engagement_id", number="minor", other="owed"),
        _row("alike", paid, whose, number="amount_minor", word="currency", name="milestone__title", at="last"),
        _row(
            "twin",
            unpaid,
            whose,
            number="amount_minor",
            other="pk",
            name="milestone__title",
            word=Concat(F("currency"), Value(" "), F("status"), output_field=CharField()),
            more="milestone__engagement__title",
        ),
        all=True,
    )


_prepared = Prepared(_all)


def budget_of(payout: Payout) -> Budget | None:
    """The one that pays it, where it was read with it."""
    link: Any = payout.milestone.engagement._state.fields_cache.get("funding")
    return link.budget if link else None


def facts_of(payouts: Sequence[Payout], *, at: datetime, also: Iterable[Payout] = ()) -> Facts:
    """About these, and which banks of `also` these others were replaced; none for none. They come with contractor, bank
    and budget selected."""
    banks = [bank for p in payouts if (bank := bank_of(p.milestone.engagement.contractor))]
    others = [bank for p in also if (bank := bank_of(p.milestone.engagement.contractor))]
    recent = {bank.pk for bank in (*banks, *others) if bank.changed_at > at - BANK_HOLD}
    if not payouts and not recent:
        return Facts({}, {}, frozenset(), {}, {}, frozenset())
    return _facts(
        _prepared.rows(
            {budget.pk for p in payouts if (budget := budget_of(p))},
            {bank.pk for bank in banks},
            recent,
            {p.milestone.engagement_id for p in payouts},
            {p.milestone.engagement.contractor_id for p in payouts},
            {p.amount_minor for p in payouts},
        ),
        at,
    )


def _facts(rows: Iterable[tuple[Any, ...]], at: datetime) -> Facts:
    approvers: dict[int, list[tuple[int, User]]] = defaultdict(list)
    shared: dict[str, list[tuple[int, str]]] = defaultdict(list)
    twins: dict[Alike, list[Twin]] = defaultdict(list)
    short, alike, replaced = set(), {}, set()
    for kind, pk, number, other, word, name, when, more in rows:
        if kind == "approver":
            approvers[pk].append((other, record(User, ("id", "name"), (number, name))))
        elif kind == "shared":
            shared[word].append((pk, str(record(Contractor, CONTRACTOR, (number, name, "", "")))))
        elif kind == "short" and number > (other or 0):
            short.add(pk)
        elif kind == "alike" and when > at - ALIKE_WITHIN:
            alike[pk, number, word, name] = when
        elif kind == "twin":
            currency, status = word.split(" ")
            twins[pk, number, currency, name].append(Twin(other, status, more))
        elif kind == "replaced" and when > at - BANK_HOLD:
            replaced.add(pk)
    return Facts(
        {pk: [user for _place, user in sorted(named, key=lambda each: each[0])] for pk, named in approvers.items()},
        {mark: sorted(held) for mark, held in shared.items()},
        frozenset(short),
        alike,
        twins,
        frozenset(replaced),
    )
