"""People, their working time, and the organisation they work for."""

from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.querysets import ApiTokenQuerySet, InvitationQuerySet, UserManager
from accounts.states import STAFF_ROLES, NoticeChoice, NoticeKind, Pronoun, Role, Theme, TokenScope
from core.money import currencies
from core.zones import ZONES


def validate_zone(name: str) -> None:
    if name not in ZONES:
        raise ValidationError(_("Choose a time zone from the list, such as Europe/Lisbon."))


def validate_currency(code: str) -> None:
    if code not in currencies():
        raise ValidationError(_("Choose a currency from the list, such as EUR."))


class User(AbstractBaseUser):
    """A person who can sign in. Never deleted, only deactivated: history names people."""

    email = models.EmailField(_("e-mail"), max_length=254, unique=True)
    name = models.CharField(_("name"), max_length=120)
    role = models.CharField(_("role"), max_length=12, choices=Role.choices)
    pronoun = models.CharField(_("said of you"), max_length=8, choices=Pronoun.choices, default=Pronoun.THEIRS)
    zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[validate_zone])
    country = models.CharField(_("country for holidays"), max_length=2, blank=True)
    region = models.CharField(_("region"), max_length=12, blank=True)
    language = models.CharField(_("language"), max_length=8, default="en", choices=settings.LANGUAGES)
    theme = models.CharField(_("look"), max_length=5, choices=Theme.choices, default=Theme.AUTO)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField()
    hours_said_at = models.DateTimeField(
        null=True, editable=False
    )  # when zone, hours, holidays or leave were last said
    deactivated_at = models.DateTimeField(null=True, blank=True)
    deactivated_by = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name", "role"]
    objects = UserManager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="user_role_is_known", condition=Q(role__in=Role.values)),
            models.CheckConstraint(
                name="user_is_deactivated_iff_dated",
                condition=Q(is_active=True, deactivated_at=None) | Q(is_active=False, deactivated_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def can_look_after_work(self) -> bool:
        """Active, and of a part that answers for engagements: neither finance nor a contractor."""
        return self.is_active and self.role in (Role.LEAD, Role.MEMBER, Role.ADMIN)

    @property
    def is_staff_member(self) -> bool:
        return self.role in STAFF_ROLES

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def first_name(self) -> str:
        return self.name.split()[0] if self.name.split() else self.email


class WorkingSpan(models.Model):
    """One stretch of a weekly pattern, in minutes of the local day on which it begins; it may run over midnight."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="spans")
    weekday = models.PositiveSmallIntegerField()  # 0 = Monday
    start_minute = models.PositiveSmallIntegerField()
    end_minute = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["weekday", "start_minute"]
        constraints = [
            models.CheckConstraint(name="span_weekday_is_a_weekday", condition=Q(weekday__lte=6)),
            models.CheckConstraint(
                name="span_lasts_at_most_a_day",
                condition=Q(start_minute__lt=1440)
                & Q(end_minute__gt=F("start_minute"))
                & Q(end_minute__lte=F("start_minute") + 1440),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.start_minute}–{self.end_minute}"


class Leave(models.Model):
    """Announced absence: whole local days, both ends included."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="leaves")
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))

    class Meta:
        ordering = ["starts_on"]
        constraints = [
            models.CheckConstraint(name="leave_ends_after_it_starts", condition=Q(ends_on__gte=F("starts_on")))
        ]

    def __str__(self) -> str:
        return f"{self.starts_on} – {self.ends_on}"


class NotificationPreference(models.Model):
    """What a person chose for one kind of mail; no row means “at once”."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="preferences")
    kind = models.CharField(max_length=12, choices=NoticeKind.choices)
    choice = models.CharField(max_length=8, choices=NoticeChoice.choices, default=NoticeChoice.NOW)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="preference_is_one_a_kind")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.choice}"


class DigestItem(models.Model):
    """A notice that waits for its person's next morning mail; deleted by the sweep that sends it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="digest_items")
    key = models.CharField(max_length=200, unique=True)
    subject = models.CharField(max_length=250)
    path = models.CharField(max_length=300)
    at = models.DateTimeField()
    send_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.subject


class Invitation(models.Model):
    """A single-use, expiring way in. Only the digest of its token is stored."""

    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=12, choices=Role.choices)
    token_digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="invitation_accepted_iff_dated",
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"


class ApiToken(models.Model):
    """With it a program acts for a person. Only the digest of its text is stored; `prefix`, the text's first part,
    finds it and names it to its person."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=16, unique=True)
    digest = models.CharField(max_length=64)
    scope = models.CharField(max_length=5, choices=TokenScope.choices)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)  # to five minutes
    revoked_at = models.DateTimeField(null=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="token_scope_is_known", condition=Q(scope__in=TokenScope.values)),
            models.CheckConstraint(name="token_ends_after_it_is_made", condition=Q(expires_at__gt=F("created_at"))),
        ]
        indexes = [models.Index(fields=["user", "-created_at"], name="token_newest")]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class Organisation(models.Model):
    """The one organisation of this installation; absent until first run."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    name = models.CharField(_("name"), max_length=120)
    legal_name = models.CharField(_("legal name"), max_length=200)
    address = models.TextField(_("address"), max_length=500)
    country = models.CharField(_("country"), max_length=2)
    home_currency = models.CharField(_("home currency"), max_length=3, validators=[validate_currency])
    zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[validate_zone])
    logo = models.BinaryField(null=True, blank=True)  # a re-encoded PNG or the checked original, ≤ 200 kB
    logo_type = models.CharField(max_length=20, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="organisation_is_one", condition=Q(id=1))]

    def __str__(self) -> str:
        return self.name
