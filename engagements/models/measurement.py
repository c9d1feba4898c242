"""A value of a goal, as it was measured on a day."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.transitions import actor_field
from engagements.models.engagement import Goal
from engagements.querysets import MeasurementQuerySet
from engagements.states import MeasurementSource, Side


class Measurement(models.Model):
    """Append-only: a wrong one is superseded by a new one with a reason, and stays. The words may be erased."""

    goal = models.ForeignKey(Goal, on_delete=models.PROTECT, related_name="measurements")
    value = models.CharField(_("value"), max_length=30)  # canonical decimal text, in the goal's unit; 1 done, 0 not
    measured_on = models.DateField(_("measured on"))
    evidence = models.CharField(_("how one knows"), max_length=1000, blank=True)  # a link or words
    source = models.CharField(max_length=9, choices=MeasurementSource.choices)
    side = models.CharField(max_length=6, choices=Side.choices)
    supersedes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="superseded_by")
    reason = models.CharField(_("why it is corrected"), max_length=1000, blank=True)
    by = actor_field()
    at = models.DateTimeField()

    objects = MeasurementQuerySet.as_manager()

    class Meta:
        ordering = ["measured_on", "pk"]
        constraints = [
            models.CheckConstraint(name="measurement_has_a_value", condition=~Q(value="")),
            models.CheckConstraint(
                name="measurement_supersedes_another", condition=Q(supersedes=None) | ~Q(supersedes=F("id"))
            ),
        ]

    def __str__(self) -> str:
        return self.value

    @property
    def words(self) -> str:
        return self.goal.value_words(self.value)

    @property
    def is_met(self) -> bool:
        return self.goal.is_reached_by(self.value)
