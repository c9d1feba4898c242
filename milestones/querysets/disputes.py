"""Which disputes, and which files that show what is said in them."""

from collections.abc import Iterable
from typing import Any

from django.db import models


class DisputeQuerySet(models.QuerySet):
    def lock(self, row: Any) -> Any:
        """The row, re-read and locked until the use case ends. Its milestone is locked before it."""
        return self.select_related("submission", "decider", "by").select_for_update(of=("self",)).get(pk=row.pk)

    def open(self) -> "DisputeQuerySet":
        return self.filter(closed_at=None)

    def decided_by(self, people: Iterable[Any]) -> "DisputeQuerySet":
        """Those that one of these people (rows or ids) is to decide."""
        return self.filter(decider__in=people)

    def outside(self, engagements: Iterable[int]) -> "DisputeQuerySet":
        """Not in these engagements; the oldest first."""
        return (
            self.exclude(milestone__engagement__in=engagements)
            .select_related("milestone__engagement")
            .order_by("asked_at", "pk")
        )

    def about(self, milestone: Any) -> "DisputeQuerySet":
        return self.filter(milestone=milestone)

    def latest_of(self, milestone: Any) -> "DisputeQuerySet":
        """At most one."""
        newest = self.filter(milestone=milestone).order_by("-at", "-pk").values("pk")[:1]
        return self.filter(pk__in=list(newest.values_list("pk", flat=True))).select_related("decider", "by")

    def for_page(self) -> "DisputeQuerySet":
        return self.select_related("milestone", "by", "decider", "decision__by")


class StatementFileQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "StatementFileQuerySet":
        """Whoever sees the milestone sees what is said about it."""
        statements: Any = self.model._meta.get_field("statement").related_model
        disputes: Any = statements._meta.get_field("dispute").related_model
        milestones = disputes._meta.get_field("milestone").related_model._default_manager
        return self.filter(statement__dispute__milestone__in=milestones.visible_to(user))
