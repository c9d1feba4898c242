"""Budgets: where the money of engagements comes from. Finance keeps them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.states import Role
from core import history
from core.errors import DomainError
from core.money import Money
from core.use_case import use_case
from engagements.models import Objective
from milestones.models import Budget, Posting
from milestones.services import commitments, ledger
from milestones.states import AccountKind, PostingKind


@use_case
def create_budget(
    name: str,
    *,
    currency: str,
    team: str = "",
    objective: Objective | None = None,
    limit: Money | None = None,
    approvers: Sequence[User] = (),
    by: User,
    at: datetime,
) -> Budget:
    """An empty budget; see `change_budget`. Raises DomainError when the name is taken."""
    rules = _rules(currency, team, objective, limit, approvers)
    try:
        with transaction.atomic():
            budget = Budget.objects.create(name=name, currency=currency, created_by=by, created_at=at, **rules)
    except IntegrityError as error:
        raise DomainError(_("There is a budget of this name already. Top it up, or choose another name.")) from error
    budget.approvers.set(approvers)
    ledger.account_of(AccountKind.BUDGET, currency, budget=budget)
    history.record(budget, verb="created", by=by, at=at)
    return budget


@use_case
def change_budget(
    budget: Budget,
    *,
    team: str,
    objective: Objective | None,
    limit: Money | None,
    approvers: Sequence[User],
    by: User,
    at: datetime,
) -> Budget:
    """Whose it is and who decides about it: `limit` is the most that a lead may fund from it in one milestone (None:
    whatever it holds), `approvers` the people of finance who approve its payouts (none: any of them). Each change is
    kept in the budget's history."""
    budget = Budget.objects.lock(budget)
    rules = _rules(budget.currency, team, objective, limit, approvers)
    was = _rules_in_words(budget)
    for name, value in rules.items():
        setattr(budget, name, value)
    budget.save(update_fields=list(rules))
    budget.approvers.set(approvers)
    if (became := _rules_in_words(budget)) != was:
        history.record(budget, verb="changed", by=by, at=at, note=f"{was} → {became}")
    return budget


def _rules(
    currency: str, team: str, objective: Objective | None, limit: Money | None, approvers: Sequence[User]
) -> dict[str, Any]:
    if limit is not None and limit.currency != currency:
        raise DomainError(_("Give the limit in %(currency)s.") % {"currency": currency})
    for person in approvers:
        if person.role != Role.FINANCE or not person.is_active:
            raise DomainError(_("%(who)s is not of finance, so somebody else approves.") % {"who": person})
    return {"team": team, "objective": objective, "limit_minor": None if limit is None else limit.minor}


def _rules_in_words(budget: Budget) -> str:
    who = ", ".join(person.name for person in budget.approvers.order_by("name"))
    return _("team %(team)s, objective %(objective)s, a lead funds up to %(limit)s, approved by %(who)s") % {
        "team": budget.team or "–",
        "objective": budget.objective or "–",
        "limit": _("the rest") if budget.limit is None else budget.limit,
        "who": who or _("anybody of finance"),
    }


@use_case
def top_up(budget: Budget, *, amount: Money, cause: str, key: str = "", by: User, at: datetime) -> Posting:
    """Put money of the budget's currency in. `cause` is whatever explains it, such as the decision's number; asked
    twice with one `key`, it goes in once."""
    budget = Budget.objects.lock(budget)
    _refuse_other_money(budget, amount)
    return ledger.post(
        PostingKind.TOP_UP,
        amount=amount,
        source=ledger.account_of(AccountKind.OUTSIDE, budget.currency),
        target=ledger.account_of(AccountKind.BUDGET, budget.currency, budget=budget),
        by=by,
        at=at,
        cause=cause,
        key=key or f"top-up:{uuid4().hex}",
    )


@use_case
def return_money(budget: Budget, *, amount: Money, cause: str, key: str = "", by: User, at: datetime) -> Posting:
    """Give money back to where it came from: budget → outside. Raises DomainError for more than is uncommitted, since
    the rest is promised to somebody. Asked twice with one `key`, it leaves once."""
    budget = Budget.objects.lock(budget)
    _refuse_other_money(budget, amount)
    if not Posting.objects.filter(key=key).exists():
        commitments.require_uncommitted(budget, amount)
    return ledger.post(
        PostingKind.RETURN,
        amount=amount,
        source=ledger.account_of(AccountKind.BUDGET, budget.currency, budget=budget),
        target=ledger.account_of(AccountKind.OUTSIDE, budget.currency),
        by=by,
        at=at,
        cause=cause,
        key=key or f"return:{uuid4().hex}",
    )


def _refuse_other_money(budget: Budget, amount: Money) -> None:
    if amount.currency != budget.currency:
        raise DomainError(_("“%(budget)s” is kept in %(currency)s.") % {"budget": budget, "currency": budget.currency})
    if amount.minor <= 0:
        raise DomainError(_("Give an amount above zero."))
