"""A milestone about which the two sides do not agree: what each says, who decides by when, and the decision."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import StoredFile
from core.transitions import actor_field
from engagements.models import Goal
from engagements.states import Side
from milestones.models.milestone import Milestone, Submission
from milestones.querysets.disputes import DisputeQuerySet, StatementFileQuerySet
from milestones.states import DisputeOutcome


class Dispute(models.Model):
    """About one submission; while it is open the money neither moves on nor back. Append-only but for who decides and
    its end."""

    milestone = models.ForeignKey(Milestone, on_delete=models.PROTECT, related_name="disputes")
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="+")
    side = models.CharField(max_length=6, choices=Side.choices)  # who opened it
    reason = models.TextField(_("reason"), max_length=5000)
    goals = models.ManyToManyField(Goal, related_name="+")
    parts = models.JSONField(default=list, blank=True)  # those parts of the deliverable that it is about
    by = actor_field()
    at = models.DateTimeField()
    decider = actor_field()
    asked_at = models.DateTimeField()  # since when the decider was to decide
    asked_before = models.JSONField(default=list, blank=True)  # ids of those who let their time pass
    closed_at = models.DateTimeField(null=True)

    objects = DisputeQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["milestone"], condition=Q(closed_at=None), name="milestone_has_one_open_dispute"
            ),
        ]

    def __str__(self) -> str:
        return str(self.milestone)

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def is_taken_back(self) -> bool:
        """Closed by the side that opened it: nobody decided."""
        return not self.is_open and not hasattr(self, "decision")


class DisputeStatement(models.Model):
    """What one side adds, with a link or files to show it. Append-only."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="statements")
    side = models.CharField(max_length=6, choices=Side.choices)
    text = models.TextField(_("statement"), max_length=10_000)
    link = models.URLField(_("link"), max_length=500, blank=True)
    by = actor_field()
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.text[:80]


class StatementFile(models.Model):
    """A file that shows what a statement says. Append-only."""

    statement = models.ForeignKey(DisputeStatement, on_delete=models.PROTECT, related_name="files")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")

    objects = StatementFileQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["statement", "file"], name="file_shows_a_statement_once"),
        ]

    def __str__(self) -> str:
        return str(self.file)


class DisputeDecision(models.Model):
    """How it ended. Append-only; what was judged of each goal and part stands in the submission's review."""

    dispute = models.OneToOneField(Dispute, on_delete=models.PROTECT, related_name="decision")
    outcome = models.CharField(max_length=8, choices=DisputeOutcome.choices)
    note = models.TextField(_("reason"), max_length=10_000)
    by = actor_field()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="dispute_outcome_is_known", condition=Q(outcome__in=DisputeOutcome.values)),
        ]

    def __str__(self) -> str:
        return self.get_outcome_display()
