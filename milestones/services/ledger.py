"""The ledger: the one place where money moves, and the proof that it still balances (promises D2, L1–L5)."""

from collections import defaultdict
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import DomainError
from core.money import Money
from core.use_case import use_case
from engagements.models import Engagement
from milestones.models import Account, Budget, EngagementBudget, Milestone, Payout, Posting, Split
from milestones.states import ROUTE, AccountKind, MilestoneStatus, PostingKind

# Where the money of a milestone stands, by its state; in every other state none of it has moved.
STANDS_AT: dict[str, str] = {
    MilestoneStatus.FUNDED: AccountKind.HELD,
    MilestoneStatus.SUBMITTED: AccountKind.HELD,
    MilestoneStatus.CHANGES_REQUESTED: AccountKind.HELD,
    MilestoneStatus.DISPUTED: AccountKind.HELD,
    MilestoneStatus.ACCEPTED: AccountKind.OWED,
    MilestoneStatus.PAID: AccountKind.PAID,
}


def account_of(
    kind: str, currency: str, *, budget: Budget | None = None, engagement: Engagement | None = None
) -> Account:
    """The account, made when money reaches it for the first time."""
    account, _is_new = Account.objects.get_or_create(kind=kind, currency=currency, budget=budget, engagement=engagement)
    return account


@use_case
def post(
    kind: str,
    *,
    amount: Money,
    source: Account,
    target: Account,
    by: User | None,
    at: datetime,
    cause: str,
    key: str,
    milestone: Milestone | None = None,
) -> Posting:
    """Move `amount` from `source` to `target` and return the posting.

    Both accounts are locked in ascending order. Asked again with a `key` that was used, for the same movement, it
    returns the posting of the first time. Raises DomainError when the source holds less, when the key was used for
    another movement, and when this step of the milestone's round was posted before; ValueError for a route or currency
    that the kind does not allow.
    """
    if ROUTE[kind] != (source.kind, target.kind):
        raise ValueError(f"{kind} does not lead from {source.kind} to {target.kind}.")
    if {source.currency, target.currency} != {amount.currency}:
        raise ValueError(f"{amount} can’t move between {source.currency} and {target.currency}.")
    accounts = Account.objects.lock(source.pk, target.pk)
    source, target = accounts[source.pk], accounts[target.pk]
    posted = Posting.objects.filter(key=key).first()
    if posted is not None:
        seen = (posted.kind, posted.from_account_id, posted.to_account_id, posted.amount)
        if milestone is None and seen == (kind, source.pk, target.pk, amount):
            return posted
        raise DomainError(_("This money has moved already. Reload to see where it is."))
    if source.kind != AccountKind.OUTSIDE and source.balance_minor < amount.minor:
        raise DomainError(_overdrawn(source, amount))
    try:
        with transaction.atomic():
            posting = Posting.objects.create(
                from_account=source,
                to_account=target,
                amount_minor=amount.minor,
                currency=amount.currency,
                kind=kind,
                milestone=milestone,
                round=milestone.round if milestone else None,
                cause=cause[:200],
                key=key,
                by=by,
                at=at,
            )
            for account, change in ((source, -amount.minor), (target, amount.minor)):
                account.balance_minor += change
                account.save(update_fields=["balance_minor"])
    except IntegrityError as error:
        raise DomainError(_("This money has moved already. Reload to see where it is.")) from error
    return posting


def _overdrawn(account: Account, amount: Money) -> str:
    facts = {"left": account.balance, "needed": amount}
    if account.budget:
        return _("The budget “%(budget)s” has %(left)s left; this needs %(needed)s. Finance can top it up.") % {
            "budget": account.budget,
            **facts,
        }
    return _("The account has %(left)s; this needs %(needed)s.") % facts


def move_milestone(milestone: Milestone, kind: str, *, by: User | None, at: datetime) -> Posting:
    """Post one step of a milestone (locked by the caller) along its route: fund, release, refund, pay or write-off."""
    source, target = (_end(milestone, account_kind) for account_kind in ROUTE[kind])
    return post(
        kind,
        amount=milestone.amount,
        source=source,
        target=target,
        milestone=milestone,
        key=f"milestone:{milestone.pk}:{milestone.round}:{kind}",
        by=by,
        at=at,
        cause=_("%(engagement)s, %(milestone)s") % {"engagement": milestone.engagement, "milestone": milestone},
    )


def _end(milestone: Milestone, kind: str) -> Account:
    if kind == AccountKind.BUDGET:
        return account_of(kind, milestone.currency, budget=budget_of(milestone.engagement))
    return account_of(kind, milestone.currency, engagement=milestone.engagement)


def budget_of(engagement: Engagement) -> Budget:
    """Raises DomainError when nobody has named the budget that pays."""
    link = EngagementBudget.objects.select_related("budget").filter(engagement=engagement).first()
    if link is None:
        raise DomainError(_("No budget pays for “%(what)s”, so nothing in it can be funded.") % {"what": engagement})
    return link.budget


def check() -> list[str]:
    """Replay every posting and say what does not hold, a sentence each; [] when the books are right.

    L1 each currency sums to zero; L2 nothing but outside was ever below zero; L3 a milestone's money stands where its
    state says; L4 funded once, ended once, paid once a round; L5 the balances shown are the sums of the postings.
    """
    accounts = {account.pk: account for account in Account.objects.all()}
    balance: dict[int, int] = defaultdict(int)
    stands: dict[int, str] = {}
    done: dict[tuple[int, int], list[str]] = defaultdict(list)
    wrong: list[str] = []
    columns = ("id", "kind", "from_account", "to_account", "amount_minor", "currency", "milestone", "round")
    for pk, kind, source, target, minor, currency, milestone, number in (
        Posting.objects.order_by("id").values_list(*columns).iterator()
    ):
        ends = accounts[source], accounts[target]
        if ROUTE.get(kind) != (ends[0].kind, ends[1].kind):
            wrong.append(f"Route: posting {pk} ({kind}) leads from {ends[0].kind} to {ends[1].kind}.")
        if {ends[0].currency, ends[1].currency} != {currency}:
            wrong.append(f"L1: posting {pk} mixes currencies.")
        balance[source] -= minor
        balance[target] += minor
        if balance[source] < 0 and ends[0].kind != AccountKind.OUTSIDE:
            wrong.append(f"L2: posting {pk} overdrew account {source} ({ends[0].kind}).")
        if milestone:
            done[milestone, number].append(kind)
            stands[milestone] = ROUTE[kind][1]
    sums: dict[str, int] = defaultdict(int)
    for pk, account in accounts.items():
        sums[account.currency] += account.balance_minor
        if account.balance_minor != balance[pk]:
            wrong.append(
                f"L5: account {pk} ({account.kind}) shows {account.balance_minor}, its postings sum to {balance[pk]}."
            )
    wrong += [f"L1: {currency} sums to {minor}, not to zero." for currency, minor in sums.items() if minor]
    orders = (
        [PostingKind.FUND],
        [PostingKind.FUND, PostingKind.REFUND],
        [PostingKind.FUND, PostingKind.RELEASE],
        [PostingKind.FUND, PostingKind.RELEASE, PostingKind.PAY],
        [PostingKind.FUND, PostingKind.RELEASE, PostingKind.WRITE_OFF],
    )
    for (milestone, number), kinds in done.items():
        if kinds not in orders:
            wrong.append(f"L4: milestone {milestone}, round {number} was posted as {', '.join(kinds)}.")
    return wrong + _check_states(stands) + _check_amounts()


def _check_states(stands: dict[int, str]) -> list[str]:
    """L3: state equals ledger. Refunded or written off, its money stands in the budget, which is as good as nowhere."""
    wrong = []
    for pk, status, written_off_at in Milestone.objects.values_list("pk", "status", "written_off_at").iterator():
        expected = STANDS_AT.get(status, "") if written_off_at is None else ""
        found = stands.get(pk, "")
        if (found if found != AccountKind.BUDGET else "") != expected:
            wrong.append(f"L3: milestone {pk} is {status}, but its money is {found or 'not set aside'}.")
    return wrong


def _check_amounts() -> list[str]:
    """L3, L4: what moved for a milestone, and what is to be paid out, is its amount in that round; a split divides the
    amount of the round that it ended and nothing else."""
    wrong = []
    splits = {(s.milestone_id, s.round): s for s in Split.objects.all()}
    rows = Posting.objects.exclude(milestone=None).values_list(
        "pk", "amount_minor", "currency", "milestone", "round", "milestone__amount_minor", "milestone__currency"
    )
    for pk, minor, currency, milestone, number, now, agreed in rows.iterator():
        split = splits.get((milestone, number or 0))
        whole = split.whole_minor if split else now
        if (minor, currency) != (whole, agreed):
            wrong.append(f"L3: posting {pk} moved {minor} {currency} of a milestone over {whole} {agreed}.")
    payouts = Payout.objects.values_list(
        "pk", "amount_minor", "currency", "milestone__amount_minor", "milestone__currency", "status",
        "milestone__status",
    )  # fmt: skip
    for pk, minor, currency, whole, agreed, status, stage in payouts.iterator():
        if (minor, currency) != (whole, agreed):
            wrong.append(f"L4: payout {pk} is over {minor} {currency}, its milestone over {whole} {agreed}.")
        if (status == "paid") != (stage == MilestoneStatus.PAID):
            wrong.append(f"L4: payout {pk} is {status}, its milestone {stage}.")
    return wrong + _check_splits(splits)


def _check_splits(splits: dict[tuple[int, int], Split]) -> list[str]:
    """L3: after a split both halves are over what it says, until they are split again."""
    wrong = []
    halves = {pk for split in splits.values() for pk in (split.milestone_id, split.rest_id)}
    now = dict(Milestone.objects.filter(pk__in=halves).values_list("pk", "amount_minor"))
    for split in splits.values():
        for pk, number, half in (
            (split.milestone_id, split.round + 1, split.kept_minor),
            (split.rest_id, 1, split.rest_minor),
        ):
            again = splits.get((pk, number))
            found = again.whole_minor if again else now[pk]
            if found != half:
                wrong.append(f"L3: split {split.pk} left {half} to milestone {pk}, which is over {found}.")
    return wrong
