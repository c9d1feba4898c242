"""What both sides say to each other; every line of it is a contact."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.transitions import actor_field
from engagements.models.engagement import Engagement
from engagements.querysets import ContactQuerySet, MessageQuerySet
from engagements.states import CONFIDENCE, ContactKind, Side


class Message(models.Model):
    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="messages")
    author = actor_field()
    side = models.CharField(max_length=6, choices=Side.choices)
    body = models.TextField(_("message"), max_length=10_000)
    needs_answer = models.BooleanField(_("needs an answer"), default=False)
    answered_at = models.DateTimeField(null=True)
    at = models.DateTimeField()

    objects = MessageQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["engagement", "-at", "-id"], name="message_thread"),
            models.Index("engagement", name="message_waiting", condition=Q(needs_answer=True, answered_at=None)),
        ]

    def __str__(self) -> str:
        return self.body[:60]


class CheckIn(models.Model):
    """Twenty seconds. `confidence` is the chance (%) to hit the date. `private_note` is for the comms owner alone."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="checkins")
    by = actor_field()
    at = models.DateTimeField()
    progress = models.CharField(_("progress"), max_length=1000, blank=True)
    confidence = models.PositiveSmallIntegerField(_("confidence to hit the date"), null=True)
    blocker = models.CharField(_("in the way"), max_length=1000, blank=True)
    private_note = models.CharField(_("private, for the comms owner"), max_length=1000, blank=True)
    nothing_new = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["engagement", "-at", "-id"], name="checkin_latest")]
        constraints = [
            models.CheckConstraint(
                name="checkin_confidence_is_a_tap", condition=Q(confidence=None) | Q(confidence__in=CONFIDENCE)
            ),
            models.CheckConstraint(
                name="checkin_says_something", condition=Q(nothing_new=True) | Q(confidence__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.progress or str(_("Nothing new"))


class Contact(models.Model):
    """Any event that shows that a side is there. Signing in is none."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="contacts")
    side = models.CharField(max_length=6, choices=Side.choices)
    kind = models.CharField(max_length=12, choices=ContactKind.choices)
    by = actor_field()
    at = models.DateTimeField()

    objects = ContactQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["engagement", "side", "-at"], name="contact_latest")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d %H:%M}"
