"""What stays of work that is completed: the lesson, the measured goals, and a row to compare later work with."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.money import Money
from core.transitions import actor_field
from engagements.models import Engagement
from milestones.states import SizeClass


class Completion(models.Model):
    """Append-only; the words of the lesson may be erased. For our side alone."""

    engagement = models.OneToOneField(Engagement, on_delete=models.PROTECT, related_name="completion")
    went_well = models.TextField(_("what went well"), max_length=2000, blank=True)
    otherwise = models.TextField(_("what we would do otherwise"), max_length=2000, blank=True)
    would_hire_again = models.BooleanField(_("would hire again"))
    results = models.JSONField(default=list)  # {goal, target, value, is_met: bool or null}, as words, goal by goal
    by = actor_field()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.engagement)


class BaselineRow(models.Model):
    """What such work took: estimated, and the contractor's own working time from funded to accepted without pauses and
    without our turns. Append-only."""

    engagement = models.OneToOneField(Engagement, on_delete=models.PROTECT, related_name="baseline_row")
    kind_of_work = models.CharField(max_length=120)  # the template's name
    skills = models.JSONField(default=list)
    size = models.CharField(max_length=6, choices=SizeClass.choices, blank=True)
    estimate_minutes = models.PositiveIntegerField(null=True)
    actual_minutes = models.PositiveIntegerField(null=True)
    our_minutes = models.PositiveIntegerField(null=True)  # typed by the lead
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["kind_of_work", "size"], name="baseline_by_kind")]
        constraints = [
            models.CheckConstraint(
                name="baseline_size_follows_the_estimate",
                condition=Q(estimate_minutes=None, size="") | (Q(estimate_minutes__isnull=False) & ~Q(size="")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind_of_work}, {self.get_size_display()}"

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)
