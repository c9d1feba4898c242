"""A difference to an agreement: proposed by us, estimated and signed by the contractor, then signed by us."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _

from core.transitions import Stateful, actor_field
from engagements import states
from engagements.models.engagement import Engagement
from engagements.querysets import AmendmentPaperQuerySet, AmendmentQuerySet
from engagements.states import AmendmentStatus, Side


class Amendment(Stateful):
    """What is proposed, as it was proposed. Once it is signed by both, or came to nothing, nothing of it changes.

    `changes`: a list of {position, before, after, rows}: a milestone as the agreement in force has it and as it shall
    be (the shape of milestones.services.document; None: there is none), and in `rows` which records it is about."""

    MOVES = states.AMENDMENT_MOVES
    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="amendments")
    number = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=9, choices=AmendmentStatus.choices, default=AmendmentStatus.PROPOSED)
    reason = models.CharField(max_length=2000)
    changes = models.JSONField()
    proposed_by = actor_field()
    proposed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    agreed_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=2000, blank=True)  # why it was declined or withdrawn

    objects = AmendmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["engagement", "number"], name="amendment_number_is_used_once"),
            models.UniqueConstraint(
                fields=["engagement"], condition=Q(status="proposed"), name="engagement_has_one_open_amendment"
            ),
            models.CheckConstraint(name="amendment_status_is_known", condition=Q(status__in=AmendmentStatus.values)),
            models.CheckConstraint(
                name="amendment_agreed_iff_dated",
                condition=Q(status="agreed", agreed_at__isnull=False) | (~Q(status="agreed") & Q(agreed_at=None)),
            ),
        ]
        indexes = [models.Index("expires_at", name="amendment_ends", condition=Q(status="proposed"))]

    def __str__(self) -> str:
        return _("Amendment %(n)d") % {"n": self.number}

    def history_root(self) -> models.Model:
        return self.engagement


class AmendmentText(models.Model):
    """What both sign: the difference with its estimates and the hash of what it is a difference to. Append-only."""

    amendment = models.OneToOneField(Amendment, on_delete=models.PROTECT, related_name="text")
    canonical = models.TextField()
    html = models.TextField()
    sha256 = models.CharField(max_length=64)  # of `canonical`, UTF-8, hex
    previous_sha256 = models.CharField(max_length=64)  # of the agreement or amendment before it; also in the text
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.amendment} · {self.sha256[:12]}"


class AmendmentSignature(models.Model):
    """A name typed under the hash of an amendment. Append-only."""

    text = models.ForeignKey(AmendmentText, on_delete=models.PROTECT, related_name="signatures")
    side = models.CharField(max_length=6, choices=Side.choices)
    by = actor_field()
    typed_name = models.CharField(max_length=160)
    consent = models.TextField()
    sha256 = models.CharField(max_length=64)
    ip = models.GenericIPAddressField(null=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [models.UniqueConstraint(fields=["text", "side"], name="side_signs_an_amendment_once")]

    def __str__(self) -> str:
        return f"{self.typed_name} · {self.sha256[:12]}"


class AmendmentPaper(models.Model):
    """The PDF of an amendment that both have signed, as an agreement has one."""

    text = models.OneToOneField(AmendmentText, on_delete=models.PROTECT, related_name="paper")
    ordered_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True)
    pdf = models.BinaryField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)  # of `pdf`, hex

    objects = AmendmentPaperQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="amendment_paper_is_made_whole",
                condition=Q(made_at=None, pdf=None, sha256="")
                | (Q(made_at__isnull=False, pdf__isnull=False) & ~Q(sha256="")),
            )
        ]
        indexes = [models.Index(fields=["ordered_at"], name="amendment_paper_due", condition=Q(made_at=None))]

    def __str__(self) -> str:
        return f"{self.text} · {self.sha256[:12]}"
