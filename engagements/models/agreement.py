"""The offer as the other side reads it, frozen and signed."""

from django.db import models
from django.db.models import Q

from accounts.models import Invitation
from core.transitions import actor_field
from engagements.models.engagement import Engagement
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
    sha256 = models.CharField(max_length=64)
    ip = models.GenericIPAddressField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agreement", "side"], name="side_signs_once")]

    def __str__(self) -> str:
        return f"{self.typed_name} · {self.sha256[:12]}"
