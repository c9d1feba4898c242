"""What the clock side keeps: one presence a side, one open flag a side, and the notices it has planned."""

from django.db import models
from django.db.models import Q

from accounts.models import User
from core.transitions import Stateful, StatefulQuerySet, actor_field
from engagements.models import Contact, Engagement
from engagements.states import Side
from reminders import states
from reminders.querysets import CalendarFeedQuerySet
from reminders.states import PresenceStatus, Rule


class Presence(Stateful):
    """One side of one engagement. `quiet_at` is the instant, in that side's own working time, at which its silence
    becomes a flag; null while the ball is not in its court."""

    MOVES = states.MOVES
    # A chain of its own: the engagement's page tells what people did, not each tick of the clock.
    touches_root = False
    # Found by the constraint's index: one more is one more to write whenever somebody falls quiet.
    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="presences", db_index=False)
    side = models.CharField(max_length=6, choices=Side.choices)
    status = models.CharField(max_length=18, choices=PresenceStatus.choices, default=PresenceStatus.WAITING_ON_OTHER)
    waiting_since = models.DateTimeField(null=True)
    last_contact_at = models.DateTimeField(null=True)
    quiet_at = models.DateTimeField(null=True)

    objects = StatefulQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["engagement", "side"], name="presence_is_one_a_side")]
        indexes = [
            models.Index("quiet_at", name="presence_falls_quiet", condition=Q(status__in=("in_touch", "nudged")))
        ]

    def __str__(self) -> str:
        return f"{self.engagement}: {self.get_side_display()}"


class QuietFlag(models.Model):
    """Raised when a side in whose court the ball is was silent for too long; cleared by that side's next contact, or
    when the ball leaves its court."""

    # Only open flags are looked for, by the constraint's index.
    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="flags", db_index=False)
    side = models.CharField(max_length=6, choices=Side.choices)
    silent_since = models.DateTimeField()
    raised_at = models.DateTimeField()
    told = actor_field(db_index=False)
    cleared_at = models.DateTimeField(null=True)
    cleared_by = models.ForeignKey(Contact, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["engagement", "side"], condition=Q(cleared_at=None), name="flag_is_one_open_a_side"
            )
        ]
        indexes = [models.Index("raised_at", name="flag_open", condition=Q(cleared_at=None))]

    def __str__(self) -> str:
        return f"{self.engagement}: {self.get_side_display()}"


class PlannedNotice(models.Model):
    """A reminder that will go out at `fire_at` unless what it is about changes first; replanned whenever the record,
    the recipient's hours, zone, leave or holidays change."""

    rule = models.CharField(max_length=16, choices=Rule.choices)
    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="planned_notices")
    subject_id = models.BigIntegerField()  # the milestone, or the engagement itself
    recipient = actor_field()
    about_on = models.DateField()  # the date it is about: a moved due date is a new reminder
    fire_at = models.DateTimeField()
    fired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "subject_id", "recipient", "about_on"], name="notice_is_planned_once"
            )
        ]
        indexes = [models.Index("fire_at", name="notice_due", condition=Q(fired_at=None))]

    def __str__(self) -> str:
        return f"{self.rule} {self.subject_id} → {self.recipient_id}"


class CalendarFeed(models.Model):
    """A secret address under which a person's dates can be read by a calendar program. Only the token's digest is
    stored, so the address is shown once; a new one ends the old."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="calendar_feed")
    token_digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()

    objects = CalendarFeedQuerySet.as_manager()

    def __str__(self) -> str:
        return f"calendar of {self.user}"
