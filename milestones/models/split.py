"""A milestone whose held money was divided in two."""

from django.db import models
from django.db.models import F, Q

from core.transitions import actor_field
from milestones.models.milestone import Milestone


class Split(models.Model):
    """In `round`, `milestone` was over `whole`; from the next on it is over `kept`, and `rest` is over the rest.
    Append-only: it is what the ledger's older postings are measured against."""

    milestone = models.ForeignKey(Milestone, on_delete=models.PROTECT, related_name="splits")
    rest = models.OneToOneField(Milestone, on_delete=models.PROTECT, related_name="split")
    round = models.PositiveSmallIntegerField()
    whole_minor = models.BigIntegerField()
    kept_minor = models.BigIntegerField()
    rest_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    by = actor_field()
    at = models.DateTimeField()

    class Meta:
        ordering = ["round"]
        constraints = [
            models.UniqueConstraint(fields=["milestone", "round"], name="round_is_split_once"),
            models.CheckConstraint(
                name="split_sums_to_the_whole",
                condition=Q(whole_minor=F("kept_minor") + F("rest_minor"), kept_minor__gt=0, rest_minor__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.milestone} → {self.rest}"
