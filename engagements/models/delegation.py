"""Somebody who reviews in the lead's place for a time."""

from django.db import models
from django.db.models import F, Q

from core.transitions import actor_field
from engagements.models.engagement import Engagement
from engagements.states import StandIn


class Delegation(models.Model):
    """`person` reviews from `from_on` to `until_on`, both included, on the lead's calendar, unless it is ended before.
    Append-only but for its end."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="delegations")
    person = actor_field()
    cause = models.CharField(max_length=5, choices=StandIn.choices)
    from_on = models.DateField()
    until_on = models.DateField()
    by = actor_field(null=True)  # None: the clock, when the lead's leave began
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = actor_field(null=True)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["engagement"], condition=Q(ended_at=None), name="engagement_has_one_delegate"
            ),
            models.CheckConstraint(name="delegation_cause_is_known", condition=Q(cause__in=StandIn.values)),
            models.CheckConstraint(name="delegation_ends_after_it_begins", condition=Q(until_on__gte=F("from_on"))),
        ]

    def __str__(self) -> str:
        return str(self.person)
