"""The milestones of many engagements, as the rows of a list need them."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import QuerySet

from core.prepared import Prepared
from core.rows import record
from milestones.models import Milestone

# What a row says of a milestone, and what its engagement's sentence rests on; in the order of the model.
ROW = (
    "id", "status_since", "engagement_id", "position", "title", "amount_minor", "currency", "due_on", "status",
    "origin", "agreed_at", "funded_at", "submitted_at", "escalated_to_id", "escalated_at", "accepted_at",
    "written_off_at",
)  # fmt: skip


def _rows(engagements: Any) -> QuerySet:
    found = Milestone.objects.with_limit().filter(engagement__in=engagements)
    return found.order_by("position").values_list(*ROW, "limit_minor")


_steps = Prepared(_rows)
_plans = Prepared(
    lambda engagements: (
        Milestone.objects.with_limit()
        .filter(engagement__in=engagements)
        .select_related("escalated_to")
        .order_by("position")
    )
)


def steps_of(engagements: Iterable[int]) -> Iterator[Milestone]:
    """Each plan in its order, with `limit_minor`; what a row does not say is read when it is asked for. One query."""
    for *values, limit in _steps.rows(engagements):
        milestone = record(Milestone, ROW, values)
        milestone.limit_minor = limit
        yield milestone


def whole_steps_of(engagements: Iterable[int]) -> list[Milestone]:
    """As `steps_of`, all that is known of each milestone."""
    return _plans.records(engagements)
