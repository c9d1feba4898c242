"""The ledger: the one place where money moves, and the proof that it still balances (promises D2, L1–L5)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import DomainError
from core.money import Money
from core.use_case import use_case
from engagements.models import Engagement
from milestones.models import Account, Budget, Milestone, Posting
from milestones.permissions import budget_behind
from milestones.queries.proof import check
from milestones.states import ROUTE, AccountKind

__all__ = ["account_of", "budget_of", "check", "move_milestone", "post"]


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
        raise DomainError(_("This money has moved already. Reload to see where it is."))
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
    source, target = _ends(milestone, ROUTE[kind])
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
