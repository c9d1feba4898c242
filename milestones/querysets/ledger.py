"""The ledger: which accounts, locked in one order, and which postings."""

from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection, models
from django.db.models import BigIntegerField, Case, Q, Value, When
from django.db.transaction import TransactionManagementError

from core.prepared import One, Prepared


@cache
def _locked(model: Any) -> Prepared:
    return Prepared(
        lambda pks: model._default_manager.select_for_update(no_key=True).filter(pk__among=pks).order_by("pk")
    )


@cache
def _ends(model: Any, kinds: tuple[str, ...], currency: str, owners: int) -> Prepared:
    accounts = model._default_manager.filter(kind__in=kinds, currency=currency)

    def of_engagement(engagement: One) -> models.QuerySet[Any]:
        found: models.QuerySet[Any] = accounts.filter(engagement=engagement)
        return found

    def of_both(engagement: One, budget: One) -> models.QuerySet[Any]:
        found: models.QuerySet[Any] = accounts.filter(Q(engagement=engagement) | Q(budget=budget))
        return found

    return Prepared(of_engagement if owners == 1 else of_both)


class AccountQuerySet(models.QuerySet):
    def lock(self, *pks: int) -> dict[int, Any]:
        """Accounts by id, locked in ascending order so that two postings can't wait for each other in a ring."""
        if connection.vendor == "postgresql" and not connection.in_atomic_block:
            raise TransactionManagementError("A lock is let go at once outside of a transaction.")
        return {account.pk: account for account in _locked(self.model).records(pks)}

    def ends(self, kinds: Any, currency: str, budget: Any, engagement: Any) -> list[Any]:
        """Those of a budget, where one is named, and of an engagement, of the kinds that are asked for."""
        keys = [engagement.pk] if budget is None else [engagement.pk, budget.pk]
        found: list[Any] = _ends(self.model, tuple(map(str, kinds)), currency, len(keys)).records(*keys)
        return found

    def keep_balances(self, *accounts: Any) -> None:
        """Write what these, locked, hold now; one statement."""
        held = Case(*(When(pk=a.pk, then=Value(a.balance_minor)) for a in accounts), output_field=BigIntegerField())
        self.filter(pk__in=[a.pk for a in accounts]).update(balance_minor=held)


class PostingQuerySet(models.QuerySet):
    def for_list(self) -> "PostingQuerySet":
        return self.select_related(
            "by", "milestone", "from_account__budget", "from_account__engagement", "to_account__budget",
            "to_account__engagement",
        )  # fmt: skip

    def after(self, at: datetime) -> "PostingQuerySet":
        """What moved later."""
        return self.filter(at__gt=at)
