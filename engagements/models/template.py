"""Contract templates. A published version never changes: triggers on both engines refuse it."""

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import validate_currency
from contractors.models import Opening
from core.money import Money
from core.transitions import Labelled, Stateful, actor_field
from engagements import states
from engagements.models.capability import Capability
from engagements.models.objective import Objective
from engagements.querysets import ContractTemplateQuerySet, TemplateVersionQuerySet
from engagements.states import Direction, GoalKind, Measurer, ReviewEnd, VersionStatus

DONE, NOT_DONE = "1", "0"  # the measured value of a goal that is done or not done
POLICY_FIELDS = ("repository", "branch_rule", "version_rule", "merged_by")
SIGNS: dict[str, str] = {Direction.AT_LEAST: "≥", Direction.AT_MOST: "≤", Direction.EXACTLY: "="}


class ContractTemplate(models.Model):
    name = models.CharField(_("name"), max_length=120, unique=True)
    lead = actor_field()
    created_at = models.DateTimeField()

    objects = ContractTemplateQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class TemplateVersion(Stateful):
    MOVES = states.VERSION_MOVES
    template = models.ForeignKey(ContractTemplate, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=VersionStatus.choices, default=VersionStatus.DRAFT)
    role = models.CharField(_("role"), max_length=120)
    brief = models.TextField(_("what it is about"), max_length=20_000)
    clauses = models.TextField(_("clauses"), max_length=50_000, blank=True)
    currency = models.CharField(_("currency"), max_length=3, validators=[validate_currency])
    price_minor = models.BigIntegerField(_("price"))
    checkin_days = models.PositiveSmallIntegerField(_("check-in every … working days"), default=5)
    review_days = models.PositiveSmallIntegerField(_("review within … working days"), default=3)
    review_end = models.CharField(
        _("when nobody has decided by then"), max_length=8, choices=ReviewEnd.choices, default=ReviewEnd.ESCALATE
    )
    notice_days = models.PositiveSmallIntegerField(_("notice in days"), default=10)
    skills = models.JSONField(_("skills"), default=list, blank=True)  # words
    guides = models.JSONField(_("guides"), default=list, blank=True)  # {title, url, body}: a link or a markdown page
    needs = models.JSONField(_("needs"), default=list, blank=True)  # {kind: NeedKind, what}
    # The delivery policy.
    repository = models.CharField(_("repository"), max_length=200, blank=True)
    branch_rule = models.CharField(_("branch rule"), max_length=200, blank=True)
    version_rule = models.CharField(_("version rule"), max_length=200, blank=True)
    merged_by = models.CharField(_("who merges"), max_length=200, blank=True)
    # Which areas of ours it touches, and why work on a core one is given outside.
    areas = models.ManyToManyField(Capability, related_name="+")
    why_outside = models.CharField(_("why it is done outside"), max_length=2000, blank=True)
    created_by = actor_field()
    created_at = models.DateTimeField()
    published_by = actor_field(null=True)
    published_at = models.DateTimeField(null=True)

    objects = TemplateVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["template", "number"], name="version_number_is_used_once"),
            models.UniqueConstraint(fields=["template"], condition=Q(status="draft"), name="template_has_one_draft"),
            models.CheckConstraint(name="version_price_is_positive", condition=Q(price_minor__gt=0)),
            models.CheckConstraint(
                name="version_days_are_positive", condition=Q(checkin_days__gte=1, review_days__gte=1)
            ),
            models.CheckConstraint(name="version_review_end_is_known", condition=Q(review_end__in=ReviewEnd.values)),
            models.CheckConstraint(
                name="version_published_iff_dated",
                condition=Q(status="draft", published_at=None) | (~Q(status="draft") & Q(published_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} v{self.number}"

    def history_root(self) -> models.Model:
        return self.template

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)


class TemplateMilestone(models.Model):
    """One step of the plan. Shares are basis points of the price; those of a version sum to 10,000."""

    version = models.ForeignKey(TemplateVersion, on_delete=models.CASCADE, related_name="milestones")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(_("title"), max_length=160)
    deliverable = models.TextField(_("deliverable"), max_length=5000)
    parts = models.JSONField(_("parts"), default=list, blank=True)  # {kind: PartKind, what}
    share_bp = models.PositiveIntegerField(_("share of the price"))
    due_after_days = models.PositiveSmallIntegerField(_("due … days after the start"))

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="template_milestone_has_one_place"),
            models.CheckConstraint(name="share_is_of_the_whole", condition=Q(share_bp__gte=1, share_bp__lte=10_000)),
        ]

    def __str__(self) -> str:
        return self.title


class GoalFields(Labelled):
    """What makes a goal measurable. Numbers are kept as canonical decimal text: they are compared, never summed."""

    kind = models.CharField(_("kind"), max_length=8, choices=GoalKind.choices, default=GoalKind.MEASURED)
    objective = models.ForeignKey(Objective, null=True, on_delete=models.PROTECT, related_name="+")
    metric = models.CharField(_("metric"), max_length=160)
    # Of a goal that is done or not done: what anybody can see once it is done. Then no number is asked for.
    criterion = models.TextField(_("criterion"), max_length=2000, blank=True)
    unit = models.CharField(_("unit"), max_length=40)
    baseline = models.CharField(_("baseline"), max_length=30)
    # Without a baseline: who measures it first. When stands with the goal.
    baseline_by = models.CharField(_("baseline measured by"), max_length=12, choices=Measurer.choices, blank=True)
    target = models.CharField(_("target"), max_length=30)
    target_high = models.CharField(_("and"), max_length=30, blank=True)
    direction = models.CharField(_("direction"), max_length=10, choices=Direction.choices)
    method = models.TextField(_("method"), max_length=2000)
    measured_by = models.CharField(_("measured by"), max_length=12, choices=Measurer.choices)
    # Reached only when our own people can go on without the contractor.
    is_transfer = models.BooleanField(_("hands knowledge over to us"), default=False)
    position = models.PositiveSmallIntegerField()

    class Meta:
        abstract = True
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.metric}: {self.criterion if self.is_binary else self.target_words}"

    @property
    def is_binary(self) -> bool:
        return self.kind == GoalKind.BINARY

    @property
    def target_words(self) -> str:
        """`at most 500 ms`, `between 3 and 5 %`."""
        high = _(" and %(high)s") % {"high": self.target_high} if self.direction == Direction.BETWEEN else ""
        return f"{self.get_direction_display()} {self.target}{high} {self.unit}"

    @property
    def target_short(self) -> str:
        """`≤ 500 ms`, `3–5 %`; of one that is done or not done, that it is done."""
        if self.is_binary:
            return gettext("done")
        if self.direction == Direction.BETWEEN:
            return f"{self.target}–{self.target_high} {self.unit}"
        return f"{SIGNS[self.direction]} {self.target} {self.unit}"

    def value_words(self, value: str) -> str:
        """A measured value as people read it."""
        if self.is_binary:
            return gettext("done") if value == DONE else gettext("not done")
        return f"{value} {self.unit}"

    def is_reached_by(self, value: str) -> bool:
        """`value` is canonical decimal text in the goal's unit; 1 for done and 0 for not done."""
        if self.is_binary:
            return value == DONE
        number, target = Decimal(value), Decimal(self.target)
        if self.direction == Direction.BETWEEN:
            return target <= number <= Decimal(self.target_high)
        if self.direction == Direction.EXACTLY:
            return number == target
        return number <= target if self.direction == Direction.AT_MOST else number >= target


class TemplateGoal(GoalFields):
    """A goal, and the milestone of the plan at which it is measured; it is due when that is."""

    version = models.ForeignKey(TemplateVersion, on_delete=models.CASCADE, related_name="goals")
    milestone = models.ForeignKey(TemplateMilestone, on_delete=models.CASCADE, related_name="goals")
    baseline_after_days = models.PositiveSmallIntegerField(_("baseline measured … days after the start"), null=True)

    class Meta(GoalFields.Meta):
        constraints = [models.UniqueConstraint(fields=["version", "position"], name="template_goal_has_one_place")]


class OpeningOrigin(models.Model):
    """Which template version an opening was made from (written down from above: vetting knows no templates)."""

    opening = models.OneToOneField(Opening, on_delete=models.PROTECT, related_name="+", primary_key=True)
    version = models.ForeignKey(TemplateVersion, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.opening} ← {self.version}"
