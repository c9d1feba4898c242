"""The ledger: the one place where money moves, and the proof that it still balances (promises D2, L1–L5)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import DomainError
from core.inserting import insert_many, update_many
from core.money import Money
from core.prepared import among
from core.use_case import use_case
from engagements.models import Engagement
from milestones.models import Account, Budget, Milestone, Posting
from milestones.permissions import budget_behind
from milestones.queries.proof import check
from milestones.states import ROUTE, AccountKind

__all__ = ["account_of", "budget_of", "check", "move_milestone", "move_milestones", "post"]


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
    has_too_little = source.kind != AccountKind.OUTSIDE and source.balance_minor < amount.minor
    # A milestone's step that was taken before, the keys below refuse.
    posted = Posting.objects.filter(key=key).first() if milestone is None or has_too_little else None
    if posted is not None:
        seen = (posted.kind, posted.from_account_id, posted.to_account_id, posted.amount)
        if milestone is None and seen == (kind, source.pk, target.pk, amount):
            return posted
        raise DomainError(_moved_already())
    if has_too_little:
        raise DomainError(_overdrawn(source, amount))
    try:
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
        source.balance_minor -= amount.minor
        target.balance_minor += amount.minor
        Account.objects.keep_balances(source, target)
    except IntegrityError as error:
        raise DomainError(_moved_already()) from error
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
    source, target = _ends(milestone, ROUTE[kind])
    return post(
        kind,
        amount=milestone.amount,
        source=source,
        target=target,
        milestone=milestone,
        key=_key(milestone, kind),
        by=by,
        at=at,
        cause=_cause(milestone),
    )


def move_milestones(milestones: Sequence[Milestone], kind: str, *, by: User | None, at: datetime) -> None:
    """`move_milestone` for many (all locked by the caller) between accounts of their engagements, in a number of
    statements that doesn't grow with them: all or none. Raises DomainError as `post` does."""
    if not milestones:
        return
    accounts = _accounts_of(milestones, ROUTE[kind])
    rows = []
    for milestone in milestones:
        source, target = (accounts[milestone.engagement_id, each] for each in ROUTE[kind])
        if {source.currency, target.currency} != {milestone.currency}:
            raise ValueError(f"{milestone.amount} can’t move between {source.currency} and {target.currency}.")
        key = _key(milestone, kind)
        if source.balance_minor < milestone.amount_minor:
            is_known = Posting.objects.filter(key=key).exists()
            raise DomainError(_moved_already() if is_known else _overdrawn(source, milestone.amount))
        source.balance_minor -= milestone.amount_minor
        target.balance_minor += milestone.amount_minor
        ends, amount = (source.pk, target.pk), (milestone.amount_minor, milestone.currency)
        step = (str(kind), milestone.pk, milestone.round, _cause(milestone)[:200], by and by.pk, key, at)
        rows.append((*ends, *amount, *step))
    names = ("from_account_id", "to_account_id", "amount_minor", "currency", "kind", "milestone_id", "round", "cause",
             "by_id", "key", "at")  # fmt: skip
    try:
        with transaction.atomic():
            insert_many(Posting, names, rows)
            update_many(Account, ["balance_minor"], [(each.pk, each.balance_minor) for each in accounts.values()])
    except IntegrityError as error:
        raise DomainError(_moved_already()) from error


def _accounts_of(milestones: Sequence[Milestone], kinds: Sequence[str]) -> dict[tuple[int, str], Account]:
    """By engagement and kind, locked in ascending order; made when money reaches them for the first time."""
    wanted = {(m.engagement_id, str(kind)): m.currency for m in milestones for kind in kinds}
    engagements = {engagement for engagement, _kind in wanted}

    def known() -> dict[tuple[int, str], int]:
        rows = Account.objects.filter(engagement__in=among(engagements), kind__in=kinds)
        return {(engagement, kind): pk for engagement, kind, pk in rows.values_list("engagement_id", "kind", "pk")}

    found = known()
    if missing := [(currency, *key) for key, currency in sorted(wanted.items()) if key not in found]:
        rows = [(kind, currency, engagement, 0) for currency, engagement, kind in missing]
        insert_many(Account, ("kind", "currency", "engagement_id", "balance_minor"), rows)
        found = known()
    locked = Account.objects.lock(*(found[key] for key in wanted))
    return {key: locked[found[key]] for key in wanted}


def _key(milestone: Milestone, kind: str) -> str:
    return f"milestone:{milestone.pk}:{milestone.round}:{kind}"


def _cause(milestone: Milestone) -> str:
    return _("%(engagement)s, %(milestone)s") % {"engagement": milestone.engagement, "milestone": milestone}


def _moved_already() -> str:
    return _("This money has moved already. Reload to see where it is.")


def _ends(milestone: Milestone, kinds: Sequence[str]) -> list[Account]:
    """The accounts of these kinds that a milestone's money goes between; one query once they exist."""
    engagement, currency = milestone.engagement, milestone.currency
    budget = budget_of(engagement) if AccountKind.BUDGET in kinds else None
    known = {account.kind: account for account in Account.objects.ends(kinds, currency, budget, engagement)}
    for kind in kinds:
        if kind not in known:
            owner = {"budget": budget} if kind == AccountKind.BUDGET else {"engagement": engagement}
            known[kind] = account_of(kind, currency, **owner)
    return [known[kind] for kind in kinds]


def budget_of(engagement: Engagement) -> Budget:
    """Raises DomainError when nobody has named the budget that pays."""
    budget = budget_behind(engagement)
    if budget is None:
        raise DomainError(_("No budget pays for “%(what)s”, so nothing in it can be funded.") % {"what": engagement})
    return budget
