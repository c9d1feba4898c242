from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class OutboxStatus(models.TextChoices):
    NEW = "new", _("New")
    SENDING = "sending", _("Sending")
    SENT = "sent", _("Sent")
    DEAD = "dead", _("Gave up")


class OutboxQuerySet(models.QuerySet):
    def due(self, at: datetime) -> "OutboxQuerySet":
        """New mail whose hour has come, and mail whose sender died holding it."""
        waiting = Q(status=OutboxStatus.NEW, not_before__lte=at)
        abandoned = Q(status=OutboxStatus.SENDING, lease_until__lt=at)
        return self.filter(waiting | abandoned)


class OutboxMail(models.Model):
    """One mail, decided once (`key` is unique) in the transaction of what it tells, sent after it (promises D3, D4)."""

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=40)
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    address = models.EmailField(max_length=254)
    subject = models.CharField(max_length=250)
    text = models.TextField()
    html = models.TextField(blank=True, db_default="")  # only of mails that were decided before it was made at sending
    created_at = models.DateTimeField()
    not_before = models.DateTimeField()
    status = models.CharField(max_length=10, choices=OutboxStatus.choices, default=OutboxStatus.NEW)
    lease_until = models.DateTimeField(null=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index("not_before", name="outbox_new", condition=Q(status="new")),
            models.Index("lease_until", name="outbox_sending", condition=Q(status="sending")),
        ]
        constraints = [
            models.CheckConstraint(name="sent_mail_is_dated", condition=~Q(status="sent") | Q(sent_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.address}"
