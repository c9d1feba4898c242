"""Reads about milestones and money."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from stdnum import iban as ibans

from accounts.models import User
from accounts.states import Role
from contractors.models import Contractor
from core.models import Event
from core.money import Money
from engagements.models import Engagement, Goal
from engagements.states import Direction
from milestones.models import (
    Account,
    BankDetail,
    Budget,
    EngagementBudget,
    Estimate,
    Evidence,
    GoalVerdict,
    Milestone,
    Payout,
    Posting,
    Submission,
)
from milestones.states import AccountKind, MilestoneStatus, PayoutStatus

BANK_HOLD = timedelta(days=3)  # between a change of bank details and the first payment to the new account


# --- banks ---------------------------------------------------------------------------
def bank_of(contractor: Contractor) -> BankDetail | None:
    return getattr(contractor, "bank_detail", None)


def replaced_banks(details: Iterable[BankDetail], *, at: datetime) -> set[int]:
    """Those (by primary key) whose number was replaced, not first entered, within `BANK_HOLD`."""
    recent = [d.pk for d in details if d.changed_at > at - BANK_HOLD]
    if not recent:
        return set()
    changes = Event.objects.filter(
        root_type=BankDetail._meta.label_lower, root_id__in=recent, verb="changed", at__gt=at - BANK_HOLD
    )
    return set(changes.values_list("root_id", flat=True))


def bank_problem(contractor: Contractor, *, at: datetime, replaced: set[int] | None = None) -> str:
    """Why nothing can be sent to this person now, as a sentence; '' when it can."""
    detail = bank_of(contractor)
    if detail is None:
        return _("No bank details yet: %(who)s enters them under Money.") % {"who": contractor}
    try:
        is_valid = ibans.is_valid(detail.iban)
    except ValueError:  # encrypted under a key that is gone
        is_valid = False
    if not is_valid:
        return _("The IBAN can’t be right: %(who)s has to enter it again.") % {"who": contractor}
    if detail.pk in (replaced_banks([detail], at=at) if replaced is None else replaced):
        return _("Bank details changed %(when)s. Call %(who)s; it can go out three days after the change.") % {
            "when": date_format(detail.changed_at, "D j M"),
            "who": contractor,
        }
    return ""


# --- one milestone -----------------------------------------------------------------------
@dataclass(frozen=True)
class Step:
    """One stop on the way from planned to paid. `place` is "", is-now or is-todo."""

    status: str
    label: str
    place: str
    on: date | datetime | None = None
    hint: str = ""


@dataclass(frozen=True)
class GoalRow:
    """A goal with what was measured and what the reviewer said about it."""

    goal: Goal
    evidence: Evidence | None = None
    verdict: GoalVerdict | None = None

    @property
    def sign(self) -> str:
        return "≤" if self.goal.direction == Direction.AT_MOST else "≥"

    @property
    def is_reached(self) -> bool | None:
        """Whether the measured value reaches the target; None without a value."""
        if self.evidence is None:
            return None
        value, target = Decimal(self.evidence.value), Decimal(self.goal.target)
        return value <= target if self.goal.direction == Direction.AT_MOST else value >= target


@dataclass(frozen=True)
class HistoryLine:
    """Which state it reached, when and by whom (None: the clock)."""

    text: str
    at: datetime
    by: User | None
    note: str


@dataclass(frozen=True)
class MilestonePage:
    milestone: Milestone
    number: int
    of: int
    steps: Sequence[Step]
    goals: Sequence[GoalRow]
    submissions: Sequence[Submission]  # newest first, each with its review
    estimate: Estimate | None
    payout: Payout | None
    budget: Budget | None
    rest: Money | None  # what is left in that budget
    history: Sequence["HistoryLine"] = field(default_factory=list)

    @property
    def submission(self) -> Submission | None:
        return self.submissions[0] if self.submissions else None

    @property
    def is_affordable(self) -> bool:
        """Whether the budget holds enough to fund it now."""
        return (
            self.rest is not None
            and self.rest.currency == self.milestone.currency
            and self.rest >= self.milestone.amount
        )

    @property
    def review(self) -> Any:
        return getattr(self.submission, "review", None)


PATH = (
    MilestoneStatus.PLANNED,
    MilestoneStatus.ESTIMATED,
    MilestoneStatus.AGREED,
    MilestoneStatus.FUNDED,
    MilestoneStatus.SUBMITTED,
    MilestoneStatus.ACCEPTED,
    MilestoneStatus.PAID,
)
# States beside the straight way, and the stop that they stand at.
STANDS_IN_FOR = {
    MilestoneStatus.CHANGES_REQUESTED: MilestoneStatus.SUBMITTED,
    MilestoneStatus.DISPUTED: MilestoneStatus.SUBMITTED,
}


def steps_of(milestone: Milestone, estimate: Estimate | None, payout: Payout | None) -> list[Step]:
    status = MilestoneStatus(milestone.status)
    if status == MilestoneStatus.CANCELLED:
        return [
            Step(PATH[0], str(PATH[0].label), "", milestone.engagement.created_at),
            Step(status, str(status.label), "is-now", milestone.status_since),
        ]
    now = PATH.index(STANDS_IN_FOR.get(status, status))
    dates: dict[str, Any] = {
        MilestoneStatus.PLANNED: milestone.engagement.created_at,
        MilestoneStatus.ESTIMATED: estimate.at if estimate else None,
        MilestoneStatus.AGREED: milestone.agreed_at or milestone.engagement.agreed_at,
        MilestoneStatus.FUNDED: milestone.funded_at,
        MilestoneStatus.SUBMITTED: milestone.submitted_at,
        MilestoneStatus.ACCEPTED: milestone.accepted_at,
        MilestoneStatus.PAID: milestone.paid_at,
    }
    steps = []
    for place, stop in enumerate(PATH):
        if place > now:
            hint = _hint(stop, milestone, payout)
            steps.append(Step(stop, str(stop.label), "is-todo", hint=hint))
        elif place == now:
            on = dates[stop] if status == stop else milestone.status_since
            steps.append(Step(status, str(status.label), "is-now", on))
        else:
            steps.append(Step(stop, str(stop.label), "", dates[stop]))
    return steps


def _hint(stop: str, milestone: Milestone, payout: Payout | None) -> str:
    """What is known of a stop that lies ahead."""
    if stop == MilestoneStatus.SUBMITTED:
        return _("due %(day)s") % {"day": date_format(milestone.due_on, "j M")}
    if stop == MilestoneStatus.ACCEPTED and milestone.status == MilestoneStatus.SUBMITTED:
        days = milestone.engagement.review_days
        return _("within %(n)d working days") % {"n": days}
    if stop == MilestoneStatus.PAID and payout:
        return _("by %(day)s") % {"day": date_format(payout.due_on, "j M")}
    return ""


def milestone_page(milestone: Milestone) -> MilestonePage:
    """Everything that the page of one milestone shows, in a fixed number of queries."""
    engagement = milestone.engagement
    siblings = list(Milestone.objects.filter(engagement=engagement).order_by("position").values_list("pk", flat=True))
    submissions = list(
        Submission.objects.filter(milestone=milestone)
        .select_related("by", "review__by")
        .prefetch_related("evidence__goal", "review__verdicts__goal")
        .order_by("-number")
    )
    evidence, verdicts = {}, {}
    if submissions:
        evidence = {e.goal_id: e for e in submissions[0].evidence.all()}
        review = getattr(submissions[0], "review", None)
        verdicts = {v.goal_id: v for v in review.verdicts.all()} if review else {}
    estimate = milestone.estimates.select_related("by").order_by("-number").first()
    payout = Payout.objects.filter(milestone=milestone, round=milestone.round).first()
    link = EngagementBudget.objects.select_related("budget").filter(engagement=engagement).first()
    return MilestonePage(
        milestone=milestone,
        number=siblings.index(milestone.pk) + 1,
        of=len(siblings),
        steps=steps_of(milestone, estimate, payout),
        goals=[GoalRow(g, evidence.get(g.pk), verdicts.get(g.pk)) for g in milestone.goals.order_by("position")],
        submissions=submissions,
        estimate=estimate,
        payout=payout,
        budget=link.budget if link else None,
        rest=budget_rest(link.budget) if link else None,
        history=history_of(milestone),
    )


def history_of(milestone: Milestone) -> list[HistoryLine]:
    """Newest first."""
    events = Event.objects.of(milestone.engagement).filter(
        subject_type=Milestone._meta.label_lower, subject_id=milestone.pk
    )
    labels = dict(MilestoneStatus.choices)
    return [
        HistoryLine(str(labels.get(MilestoneStatus(e.became), e.became)) if e.became else e.verb, e.at, e.by, e.note)
        for e in events.for_list()[:30]
    ]


# --- budgets and the ledger --------------------------------------------------------------
def budget_rest(budget: Budget) -> Money:
    found = Account.objects.filter(budget=budget).values_list("balance_minor", flat=True).first()
    return Money(found or 0, budget.currency)


@dataclass(frozen=True)
class BudgetLine:
    """A budget with what is left in it and where the rest of it went."""

    budget: Budget
    rest: Money
    promised: Money  # agreed, not set aside yet
    held: Money
    owed: Money
    paid: Money

    @property
    def is_short(self) -> bool:
        """Whether what was agreed is more than what is left."""
        return self.promised > self.rest


def budget_lines(budgets: Sequence[Budget]) -> list[BudgetLine]:
    """In three queries, however many."""
    rests = dict(Account.objects.filter(budget__in=budgets).values_list("budget", "balance_minor"))
    sums: dict[tuple[int, str], int] = defaultdict(int)
    accounts = Account.objects.filter(engagement__funding__budget__in=budgets)
    for budget, kind, minor in accounts.values_list("engagement__funding__budget", "kind", "balance_minor"):
        sums[budget, kind] += minor
    agreed = (
        Milestone.objects.filter(status=MilestoneStatus.AGREED, engagement__funding__budget__in=budgets)
        .values_list("engagement__funding__budget")
        .annotate(minor=Sum("amount_minor"))
    )
    promised = dict(agreed)

    def money(budget: Budget, minor: int) -> Money:
        return Money(minor, budget.currency)

    return [
        BudgetLine(
            budget,
            money(budget, rests.get(budget.pk, 0)),
            money(budget, promised.get(budget.pk, 0)),
            *(money(budget, sums[budget.pk, k]) for k in (AccountKind.HELD, AccountKind.OWED, AccountKind.PAID)),
        )
        for budget in budgets
    ]


def postings(*, budget: int | None = None, engagement: int | None = None) -> QuerySet[Posting]:
    """Newest first; of one budget (what came in and what its milestones moved) or of one engagement."""
    found = Posting.objects.select_related(
        "by", "milestone", "from_account__budget", "from_account__engagement", "to_account__budget",
        "to_account__engagement",
    ).order_by("-id")  # fmt: skip
    if budget is not None:
        found = found.filter(to_account__budget=budget) | found.filter(from_account__budget=budget)
    if engagement is not None:
        found = found.filter(milestone__engagement=engagement)
    return found


@dataclass(frozen=True)
class Totals:
    """What stands where in one currency. `outside` is negative by construction, so that the row sums to zero."""

    currency: str
    outside: Money
    budget: Money
    held: Money
    owed: Money
    paid: Money

    @property
    def sum(self) -> Money:
        return self.outside + self.budget + self.held + self.owed + self.paid


def totals() -> list[Totals]:
    sums: dict[str, dict[str, int]] = defaultdict(dict)
    for currency, kind, minor in (
        Account.objects.order_by("currency").values_list("currency", "kind").annotate(minor=Sum("balance_minor"))
    ):
        sums[currency][kind] = minor
    return [
        Totals(currency, *(Money(by.get(kind, 0), currency) for kind in AccountKind.values))
        for currency, by in sums.items()
    ]


# --- payouts ---------------------------------------------------------------------------------
# The tabs of the page: name in the address → the state that it lists.
TABS: dict[str, PayoutStatus] = {
    "due": PayoutStatus.DUE,
    "approved": PayoutStatus.APPROVED,
    "sent": PayoutStatus.EXPORTED,
    "paid": PayoutStatus.PAID,
    "aside": PayoutStatus.FAILED,
}


def payout_counts() -> dict[str, int]:
    """Tab → how many."""
    found = dict(Payout.objects.order_by().values_list("status").annotate(n=Count("pk")))
    return {tab: found.get(status, 0) for tab, status in TABS.items()}


@dataclass(frozen=True)
class PayoutRow:
    """`block` says why this viewer can't act on it now; '' when he or she can. `is_aside`: nobody can, because the
    money has nowhere to go."""

    payout: Payout
    block: str
    is_aside: bool
    bank: BankDetail | None


def payout_rows(payouts: Sequence[Payout], viewer: User, *, at: datetime) -> list[PayoutRow]:
    """In one query, however many (they come `for_list`)."""
    banks = [bank for p in payouts if (bank := bank_of(p.milestone.engagement.contractor))]
    replaced = replaced_banks(banks, at=at)
    return [_row(payout, viewer, at=at, replaced=replaced) for payout in payouts]


def _row(payout: Payout, viewer: User, *, at: datetime, replaced: set[int]) -> PayoutRow:
    contractor, problem, block = payout.milestone.engagement.contractor, "", ""
    if payout.status in (PayoutStatus.DUE, PayoutStatus.APPROVED):
        problem = bank_problem(contractor, at=at, replaced=replaced)
        if payout.milestone.accepted_by_id == viewer.pk:
            block = _("You accepted this work, so somebody else pays it.")
        elif payout.status == PayoutStatus.APPROVED and payout.approved_by_id == viewer.pk:
            block = _("You approved this one, so somebody else of finance sends it.")
    return PayoutRow(payout, problem or block, bool(problem), bank_of(contractor))


def payout_sums(payouts: QuerySet[Payout]) -> list[tuple[Money, int]]:
    """Sum and number of each currency."""
    rows = payouts.order_by("currency").values_list("currency").annotate(minor=Sum("amount_minor"), n=Count("pk"))
    return [(Money(minor, currency), n) for currency, minor, n in rows]


def other_finance_people(viewer: User) -> list[User]:
    """Who else can be the second pair of eyes."""
    return list(User.objects.active().with_role(Role.FINANCE).exclude(pk=viewer.pk).order_by("name")[:5])


# --- the contractor's own money ---------------------------------------------------------------
@dataclass(frozen=True)
class OwnMoney:
    """Sums of one currency, as the contractor sees them."""

    currency: str
    held: Money
    owed: Money
    paid: Money


def own_money(user: User) -> list[OwnMoney]:
    sums: dict[str, dict[str, int]] = defaultdict(dict)
    accounts = (
        Account.objects.filter(engagement__in=Engagement.objects.visible_to(user))
        .order_by("currency")
        .values_list("currency", "kind")
        .annotate(minor=Coalesce(Sum("balance_minor"), 0))
    )
    for currency, kind, minor in accounts:
        sums[currency][kind] = minor
    kinds = (AccountKind.HELD, AccountKind.OWED, AccountKind.PAID)
    return [OwnMoney(c, *(Money(by.get(kind, 0), c) for kind in kinds)) for c, by in sums.items()]


def money_rows(user: User) -> QuerySet[Milestone]:
    """The contractor's milestones in which money moved, newest first, each with its payout."""
    moved = (
        MilestoneStatus.FUNDED,
        MilestoneStatus.SUBMITTED,
        MilestoneStatus.CHANGES_REQUESTED,
        MilestoneStatus.DISPUTED,
        MilestoneStatus.ACCEPTED,
        MilestoneStatus.PAID,
    )
    return (
        Milestone.objects.visible_to(user)
        .filter(status__in=moved)
        .select_related("engagement")
        .prefetch_related("payouts")
        .order_by("-status_since", "-pk")
    )
