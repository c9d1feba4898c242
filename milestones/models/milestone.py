"""Milestones: what is delivered, by when, for how much, and what both sides said about it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.money import Money
from core.transitions import Stateful, actor_field
from engagements.models import Engagement, Goal
from engagements.states import PartKind
from milestones import states
from milestones.querysets import EstimateQuerySet, MilestoneQuerySet
from milestones.states import MilestoneStatus, Origin, Outcome


class Milestone(Stateful):
    MOVES = states.MOVES
    PEOPLE = ("escalated_to", "accepted_by", "funded_by")
    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="milestones")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(_("title"), max_length=160)
    parts = models.JSONField(_("parts"), default=list, blank=True)  # {kind: PartKind, what}
    deliverable = models.TextField(_("deliverable"), max_length=5000)
    goals = models.ManyToManyField(Goal, related_name="milestones")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    due_on = models.DateField(_("due"))
    status = models.CharField(max_length=18, choices=MilestoneStatus.choices, default=MilestoneStatus.PLANNED)
    round = models.PositiveSmallIntegerField(default=1)  # goes up when its held money is set aside anew
    origin = models.CharField(max_length=9, choices=Origin.choices, default=Origin.PLAN)
    split_from = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=2000, blank=True)  # why it was made, unless it was planned
    agreed_at = models.DateTimeField(null=True)
    funded_at = models.DateTimeField(null=True)
    funded_by = actor_field(null=True)
    submitted_at = models.DateTimeField(null=True)
    # The review window ended and nobody had decided: who decides since then. Cleared when it is handed in anew.
    escalated_to = actor_field(null=True)
    escalated_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    accepted_by = actor_field(null=True)  # None: by the clock
    paid_at = models.DateTimeField(null=True)
    written_off_at = models.DateTimeField(null=True)  # accepted, and yet never to be paid

    objects = MilestoneQuerySet.as_manager()

    class Meta:
        ordering = ["engagement_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["engagement", "position"], name="milestone_has_one_place"),
            models.CheckConstraint(name="milestone_status_is_known", condition=Q(status__in=MilestoneStatus.values)),
            models.CheckConstraint(name="milestone_amount_is_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="milestone_accepted_iff_dated",
                condition=Q(status__in=("accepted", "paid"), accepted_at__isnull=False)
                | (~Q(status__in=("accepted", "paid")) & Q(accepted_at=None, accepted_by=None)),
            ),
            models.CheckConstraint(
                name="milestone_escalated_iff_dated",
                condition=Q(escalated_to=None, escalated_at=None)
                | Q(escalated_to__isnull=False, escalated_at__isnull=False),
            ),
            models.CheckConstraint(
                name="milestone_says_what_it_was_split_from",
                condition=Q(origin__in=("rest", "hold_back"), split_from__isnull=False)
                | Q(origin__in=("plan", "bonus"), split_from=None),
            ),
        ]
        indexes = [
            models.Index(fields=["status", "due_on"], name="milestone_by_due"),
            models.Index(
                "accepted_at", "id", name="milestone_unpaid", condition=Q(status="accepted", written_off_at=None)
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def history_root(self) -> models.Model:
        return self.engagement

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def is_unpaid(self) -> bool:
        """Accepted, and its money is on its way still."""
        return self.status == MilestoneStatus.ACCEPTED and self.written_off_at is None

    @property
    def reviewer(self) -> User:
        """Who decides about it: whoever it was escalated to, else the delegate, else the lead."""
        if self.escalated_to is not None and self.escalated_to.is_active:
            person: User = self.escalated_to
            return person
        return self.engagement.reviewer

    @property
    def court(self) -> str:
        return states.COURT[self.status]


class Estimate(models.Model):
    """The contractor's own working time and date; each version stays. Append-only."""

    milestone = models.ForeignKey(Milestone, on_delete=models.PROTECT, related_name="estimates")
    number = models.PositiveSmallIntegerField()
    work_minutes = models.PositiveIntegerField()
    due_on = models.DateField()
    by = actor_field()
    at = models.DateTimeField()

    objects = EstimateQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["milestone", "number"], name="estimate_number_is_used_once"),
            models.CheckConstraint(name="estimate_is_some_work", condition=Q(work_minutes__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.work_minutes / 60:g} h by {self.due_on}"


class Submission(models.Model):
    """What was handed in. Append-only."""

    milestone = models.ForeignKey(Milestone, on_delete=models.PROTECT, related_name="submissions")
    number = models.PositiveSmallIntegerField()
    note = models.TextField(max_length=10_000)
    link = models.URLField(max_length=500, blank=True)
    by = actor_field()
    at = models.DateTimeField()

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["milestone", "number"], name="submission_number_is_used_once")]

    def __str__(self) -> str:
        return f"{self.milestone} · {self.number}"


class Evidence(models.Model):
    """The measured value that a submission states for one goal, or no value and in `note` why it was not measured."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="evidence")
    goal = models.ForeignKey(Goal, on_delete=models.PROTECT, related_name="+")
    value = models.CharField(max_length=30, blank=True)  # canonical decimal text, in the goal's unit
    note = models.CharField(max_length=1000, blank=True)  # a link or words

    class Meta:
        ordering = ["goal__position"]
        constraints = [models.UniqueConstraint(fields=["submission", "goal"], name="goal_is_evidenced_once")]

    def __str__(self) -> str:
        return self.value or str(_("not measured"))


class Review(models.Model):
    """The team's answer to a submission. Append-only."""

    submission = models.OneToOneField(Submission, on_delete=models.PROTECT, related_name="review")
    outcome = models.CharField(max_length=18, choices=Outcome.choices)
    note = models.TextField(max_length=10_000, blank=True)
    by = actor_field(null=True)  # None: by the clock
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.get_outcome_display()


class GoalVerdict(models.Model):
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="verdicts")
    goal = models.ForeignKey(Goal, on_delete=models.PROTECT, related_name="+")
    is_met = models.BooleanField()
    value = models.CharField(max_length=30, blank=True)  # what the reviewer measured; as in Evidence
    note = models.CharField(max_length=1000, blank=True)

    class Meta:
        ordering = ["goal__position"]
        constraints = [models.UniqueConstraint(fields=["review", "goal"], name="goal_is_judged_once")]

    def __str__(self) -> str:
        return str(_("met") if self.is_met else _("not met"))


class PartVerdict(models.Model):
    """Whether one part of the deliverable was accepted. Append-only; the part is written out, since it may move on to
    another milestone."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="parts")
    position = models.PositiveSmallIntegerField()  # in the milestone's parts as they were then
    kind = models.CharField(max_length=11, choices=PartKind.choices)
    what = models.CharField(max_length=300)
    is_accepted = models.BooleanField()
    note = models.CharField(max_length=1000, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["review", "position"], name="part_is_judged_once")]

    def __str__(self) -> str:
        return self.what
