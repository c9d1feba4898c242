"""Budgets: where the money of engagements comes from. Finance keeps them."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core import history
from core.errors import DomainError
from core.money import Money
from core.use_case import use_case
from milestones.models import Budget, Posting
from milestones.services import ledger
from milestones.states import AccountKind, PostingKind


@use_case
def create_budget(name: str, *, currency: str, by: User, at: datetime) -> Budget:
    """An empty budget. Raises DomainError when the name is taken."""
    try:
        with transaction.atomic():
            budget = Budget.objects.create(name=name, currency=currency, created_by=by, created_at=at)
    except IntegrityError as error:
        raise DomainError(_("There is a budget of this name already. Top it up, or choose another name.")) from error
    ledger.account_of(AccountKind.BUDGET, currency, budget=budget)
    history.record(budget, verb="created", by=by, at=at)
    return budget


@use_case
def top_up(budget: Budget, *, amount: Money, cause: str, by: User, at: datetime) -> Posting:
    """Put money of the budget's currency in. `cause` is whatever explains it, such as the decision's number."""
    budget = Budget.objects.select_for_update().get(pk=budget.pk)
    if amount.currency != budget.currency:
        raise DomainError(_("“%(budget)s” is kept in %(currency)s.") % {"budget": budget, "currency": budget.currency})
    if amount.minor <= 0:
        raise DomainError(_("Give an amount above zero."))
    return ledger.post(
        PostingKind.TOP_UP,
        amount=amount,
        source=ledger.account_of(AccountKind.OUTSIDE, budget.currency),
        target=ledger.account_of(AccountKind.BUDGET, budget.currency, budget=budget),
        by=by,
        at=at,
        cause=cause,
    )
