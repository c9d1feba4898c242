"""Stretches in which the work stands still on purpose."""

from django.db import models
from django.db.models import F, Q

from core.transitions import actor_field
from engagements.models.engagement import Engagement


class Pause(models.Model):
    """No clock of the engagement runs from `began_at` to `ended_at` (null while it lasts). Append-only but for its
    end."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="pauses")
    reason = models.CharField(max_length=2000)
    began_at = models.DateTimeField()
    began_by = actor_field()
    ended_at = models.DateTimeField(null=True)
    ended_by = actor_field(null=True)

    class Meta:
        ordering = ["began_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["engagement"], condition=Q(ended_at=None), name="engagement_has_one_open_pause"
            ),
            models.CheckConstraint(
                name="pause_ends_after_it_began", condition=Q(ended_at=None) | Q(ended_at__gte=F("began_at"))
            ),
        ]

    def __str__(self) -> str:
        return self.reason
