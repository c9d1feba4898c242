"""A notice that ends an engagement before its work is done."""

from django.db import models
from django.db.models import F, Q

from core.transitions import actor_field
from engagements.models.engagement import Engagement
from engagements.querysets import TerminationQuerySet
from engagements.states import Side


class Termination(models.Model):
    """Given by one side: for a day (`last_on`), or at once if the other side agrees. Append-only but for what becomes
    of it: agreed to, taken back, carried out."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="terminations")
    side = models.CharField(max_length=6, choices=Side.choices)
    reason = models.CharField(max_length=2000)
    last_on = models.DateField(null=True)
    ends_at = models.DateTimeField(null=True)  # when that day is over on the contractor's clock
    given_by = actor_field()
    given_at = models.DateTimeField()
    agreed_by = actor_field(null=True)
    agreed_at = models.DateTimeField(null=True)
    taken_back_by = actor_field(null=True)
    taken_back_at = models.DateTimeField(null=True)
    carried_out_at = models.DateTimeField(null=True)

    objects = TerminationQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["engagement"],
                condition=Q(taken_back_at=None, carried_out_at=None),
                name="engagement_has_one_notice",
            ),
            models.CheckConstraint(
                name="notice_for_a_day_ends_with_it",
                condition=Q(last_on=None, ends_at=None) | Q(last_on__isnull=False, ends_at__isnull=False),
            ),
            models.CheckConstraint(
                name="notice_at_once_is_agreed_to",
                condition=Q(carried_out_at=None) | Q(last_on__isnull=False) | Q(agreed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="notice_is_agreed_to_by_the_other", condition=Q(agreed_by=None) | ~Q(agreed_by=F("given_by"))
            ),
            models.CheckConstraint(
                name="notice_is_taken_back_or_carried_out", condition=Q(taken_back_at=None) | Q(carried_out_at=None)
            ),
        ]
        indexes = [
            models.Index("ends_at", name="notice_runs_out", condition=Q(taken_back_at=None, carried_out_at=None))
        ]

    def __str__(self) -> str:
        return self.reason

    @property
    def is_at_once(self) -> bool:
        return self.last_on is None
