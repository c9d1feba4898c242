"""One contractor doing one contract made from one template version."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User, validate_currency
from contractors.models import Application, Contractor
from core.money import Money
from core.transitions import Stateful, actor_field
from engagements import states
from engagements.models.capability import Capability
from engagements.models.template import GoalFields, TemplateVersion
from engagements.querysets import EngagementQuerySet, GoalQuerySet, NeedQuerySet
from engagements.states import EngagementStatus, NeedKind, ReviewEnd, Side


class Engagement(Stateful):
    MOVES = states.MOVES
    PEOPLE = ("lead", "comms_owner", "cover", "delegate")  # ours
    title = models.CharField(_("title"), max_length=160)
    contractor = models.ForeignKey(Contractor, on_delete=models.PROTECT, related_name="engagements")
    version = models.ForeignKey(TemplateVersion, on_delete=models.PROTECT, related_name="engagements")
    application = models.ForeignKey(Application, null=True, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=12, choices=EngagementStatus.choices, default=EngagementStatus.DRAFT)
    lead = actor_field()
    comms_owner = actor_field()
    cover = actor_field(null=True, blank=True)
    currency = models.CharField(max_length=3, validators=[validate_currency])
    price_minor = models.BigIntegerField()
    starts_on = models.DateField(_("starts on"))
    checkin_days = models.PositiveSmallIntegerField(default=5)
    review_days = models.PositiveSmallIntegerField(default=3)
    review_end = models.CharField(max_length=8, choices=ReviewEnd.choices, default=ReviewEnd.ESCALATE)
    # Who reviews in the lead's place now; since when and until when stands in the open Delegation.
    delegate = actor_field(null=True)
    notice_days = models.PositiveSmallIntegerField(default=10)
    areas = models.ManyToManyField(Capability, related_name="+")
    why_outside = models.CharField(_("why it is done outside"), max_length=2000, blank=True)
    created_at = models.DateTimeField()
    offered_at = models.DateTimeField(null=True)
    offer_expires_at = models.DateTimeField(null=True)
    agreed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = EngagementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="engagement_status_is_known", condition=Q(status__in=EngagementStatus.values)),
            # An offer that was taken back or ran out may be made again.
            models.UniqueConstraint(
                fields=["application"],
                condition=~Q(status__in=("declined", "withdrawn", "expired")),
                name="application_has_one_engagement",
            ),
            models.CheckConstraint(name="engagement_price_is_positive", condition=Q(price_minor__gt=0)),
            models.CheckConstraint(name="engagement_review_end_is_known", condition=Q(review_end__in=ReviewEnd.values)),
            models.CheckConstraint(
                name="engagement_delegate_is_somebody_else", condition=Q(delegate=None) | ~Q(delegate=F("lead"))
            ),
            models.CheckConstraint(
                name="engagement_offered_is_dated",
                condition=Q(status="draft") | Q(offered_at__isnull=False, offer_expires_at__isnull=False),
            ),
            models.CheckConstraint(
                name="engagement_cover_is_somebody_else", condition=Q(cover=None) | ~Q(cover=F("comms_owner"))
            ),
        ]
        indexes = [
            models.Index(fields=["lead", "status"], name="engagement_of_lead"),
            models.Index(fields=["comms_owner", "status"], name="engagement_of_comms"),
            models.Index(fields=["contractor", "status"], name="engagement_of_contractor"),
            models.Index(fields=["-created_at", "-id"], name="engagement_newest"),
            models.Index("offer_expires_at", name="engagement_offer_ends", condition=Q(status="offered")),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)

    @property
    def reviewer(self) -> User:
        """Who decides about what is handed in: the delegate, while there is one who can."""
        person: User = self.delegate if self.delegate is not None and self.delegate.can_look_after_work else self.lead
        return person

    def side_of(self, user: User) -> str:
        """Which side of the engagement this person speaks for."""
        return Side.THEIRS if self.contractor.user_id == user.pk else Side.OURS

    def hears_private_line(self, user: User) -> bool:
        """The comms owner and the cover; not the lead, not an admin, unless named as one of the two."""
        return user.pk in (self.comms_owner_id, self.cover_id)


class Need(models.Model):
    """An access or an environment that the contractor needs from us. It stands once somebody of ours says so."""

    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="needs")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12, choices=NeedKind.choices)
    what = models.CharField(max_length=300)
    stands_at = models.DateTimeField(null=True)
    stands_by = actor_field(null=True)
    taken_back_at = models.DateTimeField(null=True)  # once the work is over
    taken_back_by = actor_field(null=True)

    objects = NeedQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["engagement", "position"], name="need_has_one_place")]

    def __str__(self) -> str:
        return self.what

    def history_root(self) -> models.Model:
        return self.engagement


class GateOverride(models.Model):
    """An offer that left although its goals were not ready: why, and what was missing. Append-only."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="overrides")
    reason = models.CharField(max_length=2000)
    lacks = models.JSONField()  # sentences
    by = actor_field()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.reason


class Goal(GoalFields):
    """A measurable promise of this engagement, copied from its template version, with its own due date."""

    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="goals")
    due_on = models.DateField(_("due"))
    baseline_due_on = models.DateField(_("baseline measured by"), null=True)

    objects = GoalQuerySet.as_manager()

    class Meta(GoalFields.Meta):
        constraints = [models.UniqueConstraint(fields=["engagement", "position"], name="goal_has_one_place")]
