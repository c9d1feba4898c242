"""Which file made an engagement."""

from django.db import models

from core.transitions import actor_field
from engagements.models import Engagement


class EngagementFile(models.Model):
    """The same key by the same person makes one engagement, however often it is sent. Append-only."""

    engagement = models.OneToOneField(Engagement, on_delete=models.PROTECT, related_name="file")
    key = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)  # of the file's text
    by = actor_field()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["by", "key"], name="file_makes_one_engagement")]

    def __str__(self) -> str:
        return self.key
