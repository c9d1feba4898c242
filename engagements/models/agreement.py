"""The offer as the other side reads it, frozen and signed."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Invitation
from core.transitions import actor_field
from engagements.models.engagement import Engagement
from engagements.querysets import AgreementPaperQuerySet
from engagements.states import Side


class OfferLink(models.Model):
    """A random address under which an offer can be read before an account exists. Only its digest is stored; the mail
    carries the token."""

    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="links")
    token_digest = models.CharField(max_length=64, unique=True)
    invitation = models.ForeignKey(Invitation, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    first_read_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"link to {self.engagement}"


class Agreement(models.Model):
    """The offer with its estimates as canonical JSON and HTML, and the SHA-256 that both sides sign. Immutable but for
    being voided, which any change to an estimate does."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="agreements")
    number = models.PositiveSmallIntegerField()
    canonical = models.TextField()
    html = models.TextField()
    sha256 = models.CharField(max_length=64)  # of `canonical`, UTF-8, hex
    created_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True)
    voided_by = actor_field(null=True)
    void_reason = models.CharField(max_length=2000, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["engagement", "number"], name="agreement_number_is_used_once"),
            models.UniqueConstraint(
                fields=["engagement"], condition=Q(voided_at=None), name="engagement_has_one_agreement"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.engagement} · {self.sha256[:12]}"


class Signature(models.Model):
    """A name typed under a hash. Append-only."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="signatures")
    side = models.CharField(max_length=6, choices=Side.choices)
    by = actor_field()
    typed_name = models.CharField(max_length=160)
    consent = models.TextField(default="")  # the sentence that stood above the name
    sha256 = models.CharField(max_length=64)
    ip = models.GenericIPAddressField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agreement", "side"], name="side_signs_once")]

    def __str__(self) -> str:
        return f"{self.typed_name} · {self.sha256[:12]}"


class AgreementPaper(models.Model):
    """The one PDF of an agreement that both sides have signed: ordered with the second signature, made once afterwards,
    never changed. Its own hash stands beside it."""

    agreement = models.OneToOneField(Agreement, on_delete=models.PROTECT, related_name="paper")
    ordered_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True)
    pdf = models.BinaryField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)  # of `pdf`, hex

    objects = AgreementPaperQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="agreement_paper_is_made_whole",
                condition=Q(made_at=None, pdf=None, sha256="")
                | (Q(made_at__isnull=False, pdf__isnull=False) & ~Q(sha256="")),
            )
        ]
        indexes = [models.Index(fields=["ordered_at"], name="agreement_paper_due", condition=Q(made_at=None))]

    def __str__(self) -> str:
        return f"{self.agreement} · {self.sha256[:12]}"


class PolicyAcceptance(models.Model):
    """The delivery policy and the clauses as the contractor read and accepted them before signing. Append-only."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="policy_acceptances")
    text = models.TextField()
    sha256 = models.CharField(max_length=64)  # of `text`, UTF-8, hex
    by = actor_field()
    ip = models.GenericIPAddressField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["engagement", "sha256", "by"], name="policy_text_is_accepted_once")
        ]

    def __str__(self) -> str:
        return f"{self.engagement} · {self.sha256[:12]}"


class ReadBack(models.Model):
    """The contractor's restatement of the goals, and what is still open to him or her. Each version stays:
    append-only."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="read_backs")
    number = models.PositiveSmallIntegerField()
    text = models.TextField(_("the goals in your own words"), max_length=10_000)
    questions = models.TextField(_("open questions"), max_length=5_000, blank=True)
    by = actor_field()
    at = models.DateTimeField()

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["engagement", "number"], name="read_back_number_is_used_once")]

    def __str__(self) -> str:
        return f"{self.engagement} · {self.number}"


class ReadBackReply(models.Model):
    """The lead's answer to one version: that is it, or a sentence that says what was meant. Append-only."""

    read_back = models.OneToOneField(ReadBack, on_delete=models.PROTECT, related_name="reply")
    is_accepted = models.BooleanField()
    note = models.TextField(_("what was meant"), max_length=5_000, blank=True)
    by = actor_field()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="read_back_asked_again_says_what_was_meant", condition=Q(is_accepted=True) | ~Q(note="")
            )
        ]

    def __str__(self) -> str:
        return str(_("accepted") if self.is_accepted else _("asked again"))
