"""Who sees which milestone and payout: whoever sees the engagement; finance sees what is accepted, and all payouts."""

from datetime import date
from typing import Any

from django.db import models

from accounts.states import Role
from core.transitions import StatefulQuerySet
from engagements.models import Engagement
from engagements.states import RUNNING
from milestones.states import AT_WORK, MilestoneStatus, PayoutStatus


class MilestoneQuerySet(StatefulQuerySet):
    def visible_to(self, user: Any) -> "MilestoneQuerySet":
        if user.role == Role.ADMIN:
            return self
        if user.role == Role.FINANCE:
            return self.filter(status__in=(MilestoneStatus.ACCEPTED, MilestoneStatus.PAID))
        return self.filter(engagement__in=Engagement.objects.visible_to(user))

    def at_work(self) -> "MilestoneQuerySet":
        """Funded or returned: the contractor is working on it."""
        return self.filter(status__in=AT_WORK)

    def awaiting_review(self) -> "MilestoneQuerySet":
        return self.filter(status=MilestoneStatus.SUBMITTED)

    def awaiting_funding(self) -> "MilestoneQuerySet":
        return self.filter(status=MilestoneStatus.AGREED, engagement__status__in=RUNNING)

    def overdue(self, today: date) -> "MilestoneQuerySet":
        return self.at_work().filter(due_on__lt=today)

    def for_list(self) -> "MilestoneQuerySet":
        return self.select_related("engagement__contractor__user").order_by("engagement_id", "position")


class PayoutQuerySet(StatefulQuerySet):
    def visible_to(self, user: Any) -> "PayoutQuerySet":
        if user.role in (Role.ADMIN, Role.FINANCE):
            return self
        return self.filter(milestone__engagement__in=Engagement.objects.visible_to(user))

    def open(self) -> "PayoutQuerySet":
        return self.exclude(status=PayoutStatus.PAID)

    def for_list(self) -> "PayoutQuerySet":
        return self.select_related(
            "milestone__engagement__contractor__user", "milestone__accepted_by", "approved_by", "exported_by"
        ).order_by("due_on", "id")


class BudgetQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "BudgetQuerySet":
        """Finance keeps budgets; leads and admins see what is left in them."""
        return self if user.role in (Role.FINANCE, Role.ADMIN, Role.LEAD) else self.none()


class AccountQuerySet(models.QuerySet):
    def lock(self, *pks: int) -> dict[int, Any]:
        """Accounts by id, locked in ascending order so that two postings can't wait for each other in a ring."""
        return {a.pk: a for a in self.select_for_update().filter(pk__in=pks).order_by("pk")}
