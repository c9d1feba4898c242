"""Contractors, openings, applications and everything a vetting record is made of."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Invitation, validate_currency, validate_zone
from contractors import states
from contractors.querysets import (
    ApplicationQuerySet,
    ClaimQuerySet,
    ContractorQuerySet,
    ImportBatchQuerySet,
    OpeningQuerySet,
)
from contractors.states import ApplicationStatus, ClaimKind, ClaimStatus, Decision, ImportStatus, PricePer
from core.money import Money
from core.transitions import Stateful, actor_field


class Skill(models.Model):
    name = models.CharField(max_length=80, unique=True)  # lower case

    def __str__(self) -> str:
        return self.name


class Contractor(models.Model):
    """The outside person. One person is one (source, profile id), else one e-mail; with neither, each row is one."""

    name = models.CharField(_("name"), max_length=160, blank=True)
    email = models.EmailField(_("e-mail"), max_length=254, blank=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="contractor"
    )
    invitation = models.ForeignKey(Invitation, null=True, on_delete=models.SET_NULL, related_name="+")
    source = models.CharField(_("source"), max_length=80, blank=True)
    profile_id = models.CharField(max_length=200, blank=True)
    headline = models.CharField(max_length=300, blank=True)
    zone = models.CharField(_("time zone"), max_length=64, blank=True, validators=[validate_zone])
    country = models.CharField(max_length=2, blank=True)
    skills = models.ManyToManyField(Skill, blank=True, related_name="contractors")
    created_at = models.DateTimeField()

    objects = ContractorQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "profile_id"],
                condition=~Q(profile_id=""),
                name="contractor_is_one_profile_of_a_source",
            ),
            models.UniqueConstraint(fields=["email"], condition=~Q(email=""), name="contractor_email_is_one_person"),
        ]
        indexes = [models.Index(fields=["name", "id"], name="contractor_by_name")]

    def __str__(self) -> str:
        return self.name or self.headline or self.profile_id or _("Profile %(id)s") % {"id": self.pk}


class Opening(models.Model):
    """Work that we look for somebody for. Published and closed are dated facts; between them its page is open."""

    title = models.CharField(_("title"), max_length=160)
    brief = models.TextField(_("what it is about"), max_length=20_000)
    currency = models.CharField(_("currency"), max_length=3, validators=[validate_currency])
    lead = actor_field()
    token = models.CharField(max_length=40, unique=True)  # 192 random bits; the public address is not a secret
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    reviewers = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")

    objects = OpeningQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="opening_closed_after_published", condition=Q(closed_at=None) | Q(published_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_public(self) -> bool:
        return self.published_at is not None and self.closed_at is None


class Criterion(models.Model):
    """What reviewers mark, 1 to 5, and how much it weighs."""

    opening = models.ForeignKey(Opening, on_delete=models.CASCADE, related_name="criteria")
    name = models.CharField(max_length=120)
    weight = models.PositiveSmallIntegerField(default=1)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["opening", "position"], name="criterion_has_one_place"),
            models.CheckConstraint(name="criterion_weighs_1_to_10", condition=Q(weight__gte=1, weight__lte=10)),
        ]

    def __str__(self) -> str:
        return self.name


class Question(models.Model):
    opening = models.ForeignKey(Opening, on_delete=models.CASCADE, related_name="questions")
    text = models.CharField(max_length=300)
    is_required = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["opening", "position"], name="question_has_one_place")]

    def __str__(self) -> str:
        return self.text


class Application(Stateful):
    """One contractor's answer to one opening."""

    MOVES = states.MOVES
    opening = models.ForeignKey(Opening, on_delete=models.PROTECT, related_name="applications")
    contractor = models.ForeignKey(Contractor, on_delete=models.PROTECT, related_name="applications")
    status = models.CharField(max_length=12, choices=ApplicationStatus.choices, default=ApplicationStatus.RECEIVED)
    asked_minor = models.BigIntegerField(null=True)
    asked_currency = models.CharField(max_length=3, blank=True)
    asked_per = models.CharField(max_length=6, choices=PricePer.choices, default=PricePer.WHOLE)
    received_at = models.DateTimeField()
    came_by = models.CharField(max_length=80, blank=True)  # "public page", or the import's source

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["opening", "contractor"], name="application_is_one_a_person"),
            models.CheckConstraint(
                name="application_status_is_known", condition=Q(status__in=ApplicationStatus.values)
            ),
            models.CheckConstraint(
                name="asked_price_has_a_currency",
                condition=Q(asked_minor=None) | (Q(asked_minor__gte=0) & ~Q(asked_currency="")),
            ),
        ]
        indexes = [models.Index(fields=["opening", "status", "-received_at"], name="application_queue")]

    def __str__(self) -> str:
        return str(self.contractor)

    @property
    def asked_price(self) -> Money | None:
        return None if self.asked_minor is None else Money(self.asked_minor, self.asked_currency)


class Answer(models.Model):
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="answers")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(max_length=5000, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["application", "question"], name="question_is_answered_once")]

    def __str__(self) -> str:
        return self.text[:80]


class ImportBatch(Stateful):
    """One uploaded file for an opening. Until it is confirmed only the file itself is kept."""

    MOVES = states.IMPORT_MOVES
    opening = models.ForeignKey(Opening, on_delete=models.PROTECT, related_name="imports")
    status = models.CharField(max_length=10, choices=ImportStatus.choices, default=ImportStatus.STAGED)
    source = models.CharField(max_length=80)
    captured_on = models.DateField()
    file_name = models.CharField(max_length=200)
    content = models.BinaryField()  # the file as it came; emptied when discarded
    sha256 = models.CharField(max_length=64)
    mapping = models.JSONField(default=dict)  # column name -> field
    by = actor_field()
    created_at = models.DateTimeField()
    rows_total = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    outcome = models.JSONField(default=dict)  # counts by verdict, once done

    objects = ImportBatchQuerySet.as_manager()

    def __str__(self) -> str:
        return self.file_name

    def history_root(self) -> models.Model:
        return self.opening


class BadRow(models.Model):
    """A row that could not be taken, kept aside with the reason."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="bad_rows")
    number = models.PositiveIntegerField()  # line of data, from 1
    reason = models.CharField(max_length=300)
    cells = models.JSONField()

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.number}: {self.reason}"


class Claim(models.Model):
    """One statistic that somebody states about a contractor. `value_milli` is the value × 1000, null = unknown: a
    percentage that rests on no count, or on none of none, is no fact."""

    contractor = models.ForeignKey(Contractor, on_delete=models.CASCADE, related_name="claims")
    kind = models.CharField(max_length=16, choices=ClaimKind.choices)
    raw = models.CharField(max_length=200)
    value_milli = models.BigIntegerField(null=True)
    n = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    source = models.CharField(max_length=80)
    captured_on = models.DateField()
    status = models.CharField(max_length=14, choices=ClaimStatus.choices, default=ClaimStatus.CLAIMED)
    evidence = models.CharField(max_length=500, blank=True)
    batch = models.ForeignKey(ImportBatch, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = ClaimQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "-captured_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["contractor", "kind", "source", "captured_on", "raw"], name="claim_is_stated_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.raw}"


class Scorecard(models.Model):
    """One reviewer's marks; nobody else sees them until every named reviewer's are in."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="scorecards")
    reviewer = actor_field()
    evidence = models.TextField(max_length=5000)
    submitted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["application", "reviewer"], name="scorecard_is_one_a_reviewer")]

    def __str__(self) -> str:
        return f"{self.application} by {self.reviewer}"


class Mark(models.Model):
    scorecard = models.ForeignKey(Scorecard, on_delete=models.CASCADE, related_name="marks")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    points = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scorecard", "criterion"], name="criterion_is_marked_once"),
            models.CheckConstraint(name="mark_is_1_to_5", condition=Q(points__gte=1, points__lte=5)),
        ]

    def __str__(self) -> str:
        return f"{self.points}"


class VettingDecision(models.Model):
    """Hire, bench or decline: by whom, when, why. Never edited; a change of mind is a further decision."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="decisions")
    decision = models.CharField(max_length=8, choices=Decision.choices)
    reason = models.TextField(max_length=5000)
    by = actor_field()
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return self.get_decision_display()


class HireAgain(models.Model):
    """Whether we would hire somebody again, said after work that was completed (`about`). The latest word counts."""

    contractor = models.ForeignKey(Contractor, on_delete=models.PROTECT, related_name="hire_again")
    would = models.BooleanField()
    about = models.CharField(max_length=200)
    by = actor_field()
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["contractor", "-at", "-id"], name="hire_again_latest")]

    def __str__(self) -> str:
        return str(_("yes") if self.would else _("no"))
