"""The delivery record: how each accepted milestone stood to its promise, and what was said against it."""

from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from contractors.models import Contractor
from core.transitions import actor_field
from engagements.models import ContractTemplate
from milestones.models.milestone import Milestone
from milestones.querysets.delivery import DeliveryRowQuerySet, RecordAppealQuerySet
from milestones.states import AppealOutcome


class DeliveryRow(models.Model):
    """One accepted milestone that had an estimate, reckoned when it was accepted (milestones.queries.delivery). Kept
    because people change their hours afterwards, which must not change what was true then. Append-only."""

    milestone = models.ForeignKey(Milestone, on_delete=models.PROTECT, related_name="delivery_rows")
    round = models.PositiveSmallIntegerField()
    # Whose record it stands in and what kind of work it was (what the engagement was made from): a record is counted
    # by both without a look at anything else.
    contractor = models.ForeignKey(Contractor, on_delete=models.PROTECT, related_name="+", db_index=False)
    template = models.ForeignKey(ContractTemplate, on_delete=models.PROTECT, related_name="+", db_index=False)
    promised_on = models.DateField()  # of the estimate that was agreed
    delivered_at = models.DateTimeField()  # the submission that was accepted
    delivered_on = models.DateField()  # the contractor's day of it
    # Working time by which the promise moves:
    funding_wait = models.DurationField()  # ours, until it was funded
    our_share = models.DurationField()  # ours, in our court before it was delivered
    paused = models.DurationField()  # the contractor's, in pauses
    moved_to = models.DateField()
    # The waiting ledger, from funded to accepted:
    theirs = models.DurationField()
    ours = models.DurationField()
    no_overlap = models.DurationField()
    estimated_minutes = models.PositiveIntegerField()
    at = models.DateTimeField()

    objects = DeliveryRowQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["milestone", "round"], name="delivery_is_reckoned_once_a_round"),
            models.CheckConstraint(name="promise_moves_forwards_only", condition=Q(moved_to__gte=F("promised_on"))),
        ]
        indexes = [
            models.Index(fields=["contractor", "at", "id"], name="delivery_of_contractor"),
            # All that a record's sums and its appeals ask of its rows, so that nobody looks at the rows themselves.
            models.Index(fields=["contractor", "template", "delivered_on", "moved_to", "id"], name="delivery_sums"),
        ]

    def __str__(self) -> str:
        return str(self.milestone)

    def history_root(self) -> models.Model:
        return self.milestone.engagement

    @property
    def delay(self) -> timedelta:
        """Working time by which the promise moved."""
        return self.funding_wait + self.our_share + self.paused


class RecordAppeal(models.Model):
    """The contractor says that a row of the own record is wrong. Append-only."""

    row = models.ForeignKey(DeliveryRow, on_delete=models.PROTECT, related_name="appeals")
    reason = models.TextField(_("reason"), max_length=2000)
    by = actor_field()
    at = models.DateTimeField()

    objects = RecordAppealQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.row}: {self.reason[:60]}"

    def history_root(self) -> models.Model:
        return self.row.history_root()


class AppealAnswer(models.Model):
    """What somebody of ours, who was not part of it, found. Append-only."""

    appeal = models.OneToOneField(RecordAppeal, on_delete=models.PROTECT, related_name="answer")
    outcome = models.CharField(max_length=14, choices=AppealOutcome.choices)
    moved_to = models.DateField(null=True)  # the due date by which a corrected row is judged
    note = models.TextField(max_length=2000)
    by = actor_field()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="appeal_is_corrected_iff_dated",
                condition=Q(outcome="corrected", moved_to__isnull=False) | (~Q(outcome="corrected") & Q(moved_to=None)),
            )
        ]

    def __str__(self) -> str:
        return self.get_outcome_display()
