"""The ledger: which accounts, locked in one order, and which postings."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import BigIntegerField, Case, Q, Value, When


class AccountQuerySet(models.QuerySet):
    def lock(self, *pks: int) -> dict[int, Any]:
        """Accounts by id, locked in ascending order so that two postings can't wait for each other in a ring."""
        rows: Any = self.select_for_update(no_key=True).filter(pk__in=pks).order_by("pk")
        return {account.pk: account for account in rows}

    def ends(self, kinds: Any, currency: str, budget: Any, engagement: Any) -> "AccountQuerySet":
        """Those of a budget and of an engagement, of the kinds that are asked for."""
        owned = Q(engagement=engagement) if budget is None else Q(engagement=engagement) | Q(budget=budget)
        return self.filter(owned, kind__in=kinds, currency=currency)

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
