"""Who sees which vetting records (product.md, Who uses it): leads and admins see them; members the openings they are
named on as reviewers; a contractor only himself."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q

from accounts.states import Role
from contractors.states import IN_VETTING, OPEN
from core.transitions import StatefulQuerySet


class ContractorQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "ContractorQuerySet":
        if user.role in (Role.LEAD, Role.ADMIN):
            return self
        if user.role == Role.MEMBER:
            return self.filter(applications__opening__reviewers=user).distinct()
        return self.filter(user=user)

    def for_list(self) -> "ContractorQuerySet":
        return self.select_related("user").order_by("name", "id")


class OpeningQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "OpeningQuerySet":
        if user.role == Role.ADMIN:
            return self
        if user.role in (Role.LEAD, Role.MEMBER):
            return self.filter(
                Q(lead=user) | Q(pk__in=self.model.reviewers.through.objects.filter(user=user).values("opening"))
            )
        return self.none()

    def public(self, at: datetime) -> "OpeningQuerySet":
        """Those whose public page takes applications."""
        return self.filter(published_at__lte=at, closed_at=None)

    def for_list(self) -> "OpeningQuerySet":
        return self.select_related("lead").order_by("-created_at", "-id")


class ApplicationQuerySet(StatefulQuerySet):
    def visible_to(self, user: Any) -> "ApplicationQuerySet":
        if user.role == Role.ADMIN:
            return self
        if user.role in (Role.LEAD, Role.MEMBER):
            from contractors.models import Opening

            return self.filter(opening__in=Opening.objects.visible_to(user))
        return self.filter(contractor__user=user)

    def open(self) -> "ApplicationQuerySet":
        return self.filter(status__in=OPEN)

    def in_vetting(self) -> "ApplicationQuerySet":
        return self.filter(status__in=IN_VETTING)

    def for_list(self) -> "ApplicationQuerySet":
        return self.select_related("contractor", "opening").order_by("-received_at", "-id")
