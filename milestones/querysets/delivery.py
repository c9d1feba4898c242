"""The delivery record: whose rows, how they count, and what was said about them."""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery

from accounts.states import Role
from milestones.states import AppealOutcome

# Every row has such a day, and the index `delivery_sums` has it, so that no row is looked at.
ALL = Count("moved_to")
ON_TIME = Count("moved_to", filter=Q(delivered_on__lte=F("moved_to")))


class OfGroup(Subquery):
    """Looked up once a group, by the columns that rows are grouped by: Django would group by it, too, and so ask for it
    with each row."""

    def get_group_by_cols(self) -> list[Any]:
        return []


class DeliveryRowQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "DeliveryRowQuerySet":
        """Leads and admins see everybody's record, contractors their own."""
        if user.role in (Role.LEAD, Role.ADMIN):
            return self
        return self.filter(contractor__user=user)

    def of(self, contractors: Iterable[Any]) -> "DeliveryRowQuerySet":
        """Theirs, the newest first."""
        return self.filter(contractor__in=contractors).order_by("-at", "-pk")

    def with_kind_of_work(self) -> "DeliveryRowQuerySet":
        """With `kind_of_work`, the name of the template that the engagement was made from."""
        return self.annotate(kind_of_work=F("template__name"))

    def that_count(self) -> "DeliveryRowQuerySet":
        """Without those that the answer to their newest appeal takes out."""
        made: Any = self.model._meta.get_field("appeals").related_model
        appeals = made._default_manager.filter(row=OuterRef("pk"))
        newest = appeals.order_by("-at", "-pk").values("answer__outcome")[:1]
        left_out = Q(outcome=AppealOutcome.DOES_NOT_COUNT)
        return self.alias(outcome=Subquery(newest)).filter(Q(outcome=None) | ~left_out)

    def counted(self) -> Any:
        """(contractor, how many were on time as they are written, how many there are)."""
        return self.order_by().values_list("contractor").annotate(count=ON_TIME, of=ALL)

    def counted_by_kind(self) -> Any:
        """(contractor, kind of work, how many were on time as they are written, how many there are). Two kinds may have
        one name; names are read once they are counted."""
        templates: Any = self.model._meta.get_field("template").related_model
        name = OfGroup(templates._default_manager.filter(pk=OuterRef("template")).values("name"))
        kinds = self.order_by().values("contractor", "template").annotate(count=ON_TIME, of=ALL, name=name)
        return kinds.values_list("contractor", "name", "count", "of")

    def for_list(self) -> "DeliveryRowQuerySet":
        return self.select_related("template", "milestone__engagement__lead", "milestone__accepted_by")


class RecordAppealQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "RecordAppealQuerySet":
        if user.role in (Role.LEAD, Role.ADMIN):
            return self
        return self.filter(row__contractor__user=user)

    def open(self) -> "RecordAppealQuerySet":
        """Those without an answer."""
        return self.filter(answer=None)

    def about_work_of(self, engagements: Any) -> "RecordAppealQuerySet":
        """Of these engagements, with whom they name."""
        return self.filter(row__milestone__engagement__in=engagements).select_related("row__milestone__engagement")

    def outside(self, people: Any) -> "RecordAppealQuerySet":
        """About engagements that none of these people was part of, as `can_answer_appeal` has it."""
        milestone = "row__milestone"
        part = Q(**{f"{milestone}__accepted_by__in": people})
        for place in ("lead", "comms_owner", "cover"):
            part |= Q(**{f"{milestone}__engagement__{place}__in": people})
        return self.exclude(part)

    def of(self, rows: Any) -> "RecordAppealQuerySet":
        """About these rows (or their keys, as a lookup takes them), in their order, with their answers."""
        return self.filter(row__in=rows).select_related("by", "answer__by").order_by("at", "pk")

    def about(self, contractors: Any) -> "RecordAppealQuerySet":
        """About the records of these, in their order, with their rows and answers."""
        found = self.filter(row__contractor__in=contractors).select_related("by", "answer__by", "row")
        return found.order_by("at", "pk")

    def for_page(self) -> "RecordAppealQuerySet":
        return self.select_related(
            "by",
            "answer__by",
            "row__contractor__user",
            "row__milestone__engagement__lead",
            "row__milestone__accepted_by",
        )
