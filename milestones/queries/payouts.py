"""Payouts as finance works through them, and a contractor’s own money."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from operator import itemgetter
from typing import Any, cast

from django.db.models import F, Model, Q, QuerySet

from accounts.models import User
from accounts.states import Role
from contractors.models import Contractor
from core.prepared import One, Prepared
from core.rows import record, tie
from engagements.models import Engagement
from milestones.models import BankDetail, Budget, EngagementBudget, Milestone, Payout
from milestones.queries.banks import bank_of
from milestones.queries.check_facts import Facts, budget_of, facts_of
from milestones.queries.checks import CHECKS, Problem, problems_of
from milestones.states import PayoutStatus

# What a page says of a payout and what its checks rest on: columns of each record that is read with it.
PAYOUT = (
    "id", "status", "status_since", "milestone_id", "amount_minor", "currency", "due_on", "approved_by_id",
    "approved_at", "confirmed_by_id", "exported_at", "paid_at", "problem", "failed_at", "round",
)  # fmt: skip
MILESTONE = ("id", "engagement_id", "title", "currency", "accepted_at", "accepted_by_id", "funded_by_id")
ENGAGEMENT = ("id", "title", "contractor_id")
CONTRACTOR = ("id", "name", "headline", "profile_id", "user_id")
BANK = (
    "id", "form", "bank_country", "holder_cipher", "account_cipher", "code_cipher", "account_type", "last4", "mark",
    "town", "country", "changed_at", "holder_checked_at",
)  # fmt: skip
BUDGET = ("id", "name")
PEOPLE = ("milestone__accepted_by__name", "approved_by__name", "confirmed_by__name")


def _payouts(found: QuerySet) -> QuerySet:
    engagement = "milestone__engagement"
    places = {
        "": PAYOUT,
        "milestone__": MILESTONE,
        f"{engagement}__": ENGAGEMENT,
        f"{engagement}__contractor__": CONTRACTOR,
        f"{engagement}__contractor__bank_detail__": BANK,
        f"{engagement}__funding__budget__": BUDGET,
    }
    names = [place + name for place, columns in places.items() for name in columns]
    return found.order_by().values_list(*names, *PEOPLE)


def _of(engagement: One, milestone: One) -> QuerySet:
    own = Q(milestone=milestone, round=F("milestone__round"))
    return _payouts(Payout.objects.filter(own | Q(status=PayoutStatus.DUE), milestone__engagement=engagement))


_prepared = Prepared(lambda keys: _payouts(Payout.objects.filter(pk__among=keys)))
_prepared_due = Prepared(
    lambda milestones: _payouts(Payout.objects.in_state(PayoutStatus.DUE).filter(milestone__pk__among=milestones))
)
_prepared_rounds = Prepared(lambda milestones: _payouts(Payout.objects.filter(milestone__pk__among=milestones)))
_prepared_of = Prepared(_of)


def payouts_of(keys: Sequence[int]) -> list[Payout]:
    """These, in this order, with all that `PayoutQuerySet.for_list` selects, as far as pages and checks ask for it;
    what several of them have in common is one record. One statement, none for none."""
    known: dict[tuple[type[Model], int], Any] = {}
    found = {row[0]: _payout(iter(row), known) for row in _prepared.rows(keys)} if keys else {}
    return [found[pk] for pk in keys if pk in found]


def due_of(milestones: Iterable[int]) -> list[Payout]:
    """Those of these milestones that are due, as `payouts_of` reads them; one statement."""
    known: dict[tuple[type[Model], int], Any] = {}
    return [_payout(iter(row), known) for row in _prepared_due.rows(milestones)]


def rounds_of(milestones: Iterable[int]) -> list[Payout]:
    """All payouts of these milestones, the later after the earlier ones, as `payouts_of` reads them; one statement."""
    known: dict[tuple[type[Model], int], Any] = {}
    return [_payout(iter(row), known) for row in sorted(_prepared_rounds.rows(milestones), key=itemgetter(0))]


def payouts_about(milestone: Milestone) -> tuple[Payout | None, list[Payout]]:
    """That of its round, as `payouts_of` reads it but with the milestone that is here already (its contractor's bank is
    known from then on); and those of all of its engagement that are due, as `due_of` reads them. One statement."""
    known: dict[tuple[type[Model], int], Any] = {}
    found = [_payout(iter(row), known) for row in _prepared_of.rows(milestone.engagement_id, milestone.pk)]
    own = next((p for p in found if (p.milestone_id, p.round) == (milestone.pk, milestone.round)), None)
    if own is not None:
        tie(milestone.engagement.contractor, bank_detail=bank_of(own.milestone.engagement.contractor))
        tie(own, milestone=milestone)
    return own, [payout for payout in found if payout.status == PayoutStatus.DUE]


def _payout(values: Iterator[Any], known: dict[tuple[type[Model], int], Any]) -> Payout:
    def read(model: type[Model], names: Sequence[str]) -> Any:
        """The next columns as a record; None where there is none."""
        given = [*islice(values, len(names))]
        key = (model, given[0])
        if given[0] is not None and key not in known:
            known[key] = record(model, names, given)
        return known.get(key)

    payout, milestone, engagement = read(Payout, PAYOUT), read(Milestone, MILESTONE), read(Engagement, ENGAGEMENT)
    contractor, bank, budget = read(Contractor, CONTRACTOR), read(BankDetail, BANK), read(Budget, BUDGET)
    people = (milestone.accepted_by_id, payout.approved_by_id, payout.confirmed_by_id)
    accepted_by, approved_by, confirmed_by = (
        record(User, ("id", "name"), (pk, name)) if pk else None for pk, name in zip(people, values, strict=True)
    )
    link = budget and record(EngagementBudget, ("engagement_id", "budget_id"), (engagement.pk, budget.pk))
    if link:
        tie(link, budget=budget)
    tie(contractor, bank_detail=bank)
    tie(engagement, contractor=contractor, funding=link)
    tie(milestone, engagement=engagement, accepted_by=accepted_by)
    tie(payout, milestone=milestone, approved_by=approved_by, confirmed_by=confirmed_by)
    return cast(Payout, payout)


@dataclass(frozen=True)
class PayoutRow:
    """`problems` are what the checks found, blocking ones first; `may_tick` says whether this viewer can approve it,
    `is_ready` whether it is ticked without being asked."""

    payout: Payout
    problems: Sequence[Problem]
    bank: BankDetail | None
    may_tick: bool

    @property
    def is_ready(self) -> bool:
        return self.may_tick and not self.problems

    @property
    def is_aside(self) -> bool:
        return any(not problem.may_go for problem in self.problems)

    @property
    def passed(self) -> int:
        return CHECKS - len(self.problems)


Refusal = Callable[[User, Payout], str]


def payout_rows(
    payouts: Sequence[Payout],
    viewer: User,
    *,
    at: datetime,
    approval_problem: Refusal,
    has_setup: bool,
    facts: Facts | None = None,
) -> list[PayoutRow]:
    """In one query, however many (they come as `payouts_of` reads them), none where their `facts` are known;
    `approval_problem` is that of permissions, and asked of those that are due."""
    due = [p for p in payouts if p.status == PayoutStatus.DUE]
    facts = facts or facts_of(due, at=at)
    with_approvers(due, facts)
    problems = problems_of(due, at=at, has_setup=has_setup, facts=facts)
    refusals = {p.pk: approval_problem(viewer, p) for p in due}
    return [_row(payout, problems.get(payout.pk, []), refusals.get(payout.pk, "")) for payout in payouts]


def with_approvers(payouts: Sequence[Payout], facts: Facts) -> Sequence[Payout]:
    """With the people whom their budgets name to approve, so that nobody has to ask for them row by row."""
    for payout in payouts:
        budget: Any = budget_of(payout)
        if budget:  # where a manager looks before it asks the database
            budget._prefetched_objects_cache = {"approvers": facts.approvers.get(budget.pk, [])}
    return payouts


def _row(payout: Payout, problems: list[Problem], refusal: str) -> PayoutRow:
    problems = sorted(problems, key=lambda problem: problem.may_go)
    if refusal:
        problems = [Problem(refusal, fix=""), *problems]
    may_tick = payout.status == PayoutStatus.DUE and all(problem.may_go for problem in problems)
    return PayoutRow(payout, problems, bank_of(payout.milestone.engagement.contractor), may_tick)


def other_finance_people(viewer: User) -> list[User]:
    """Who else can be the second pair of eyes."""
    return list(User.objects.active().with_role(Role.FINANCE).exclude(pk=viewer.pk).order_by("name")[:5])
