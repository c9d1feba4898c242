"""“Happy to continue?”, asked of both sides."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.transitions import actor_field
from engagements.states import Side
from milestones.models.milestone import Milestone
from milestones.querysets import PulseQuerySet
from milestones.states import Happiness


class Pulse(models.Model):
    """One side's answer at one milestone. Enters no score. A “no” opens a talk that the comms owner leads; `talked_at`
    says that it was had."""

    milestone = models.ForeignKey(Milestone, on_delete=models.PROTECT, related_name="pulses")
    side = models.CharField(max_length=6, choices=Side.choices)
    answer = models.CharField(_("happy to continue?"), max_length=12, choices=Happiness.choices)
    by = actor_field()
    at = models.DateTimeField()
    talked_at = models.DateTimeField(null=True)
    talked_by = actor_field(null=True)

    objects = PulseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["milestone", "side"], name="side_is_asked_once"),
            models.CheckConstraint(
                name="talk_is_dated_by_somebody",
                condition=Q(talked_at=None, talked_by=None) | Q(talked_at__isnull=False, talked_by__isnull=False),
            ),
        ]
        indexes = [models.Index("milestone", name="pulse_opens_a_talk", condition=Q(answer="no", talked_at=None))]

    def __str__(self) -> str:
        return self.get_answer_display()
