"""Who sees which engagement: its lead, comms owner and cover; its contractor once offered; admins everything."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.db.models.query import ValuesListIterable

from accounts.states import Role
from core.rows import record
from core.transitions import StatefulQuerySet
from engagements.states import (
    CAME_TO_NOTHING,
    ENDED,
    OPEN,
    RUNNING,
    AmendmentStatus,
    EngagementStatus,
    GoalKind,
    Side,
    VersionStatus,
)


class ContractTemplateQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "ContractTemplateQuerySet":
        """Templates are the house's common stock: leads and admins read all of them."""
        return self if user.role in (Role.LEAD, Role.ADMIN) else self.none()

    def lock(self, row: models.Model | int) -> Any:
        """The row, re-read and locked until the use case ends."""
        return self.select_for_update(of=("self",), no_key=True).get(
            pk=row.pk if isinstance(row, models.Model) else row
        )

    def for_list(self) -> "ContractTemplateQuerySet":
        """With `draft_number` and `live_number` (the latest published), both null without one, and `uses`: each looked
        up for the rows that are shown, not counted up over all engagements."""
        from engagements.models import Engagement, TemplateVersion

        def highest(status: str) -> Subquery:
            versions = TemplateVersion.objects.filter(template=OuterRef("pk"), status=status)
            return Subquery(versions.order_by("-number").values("number")[:1])

        made = Engagement.objects.filter(version__template=OuterRef("pk")).order_by()
        uses = made.values("version__template").annotate(n=Count("pk")).values("n")
        return (
            self.select_related("lead")
            .only("name", "created_at", "lead__name")
            .annotate(
                draft_number=highest(VersionStatus.DRAFT),
                live_number=highest(VersionStatus.PUBLISHED),
                uses=Coalesce(Subquery(uses), 0),
            )
            .order_by("name")
        )


class ObjectiveQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "ObjectiveQuerySet":
        """What the house is after is known to those who write contracts."""
        return self if user.role in (Role.LEAD, Role.ADMIN) else self.none()

    def live(self) -> "ObjectiveQuerySet":
        return self.filter(retired_at=None)


class CapabilityQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "CapabilityQuerySet":
        """What we can do ourselves is known to everybody who works with contractors."""
        return self if user.role in (Role.LEAD, Role.MEMBER, Role.ADMIN) else self.none()

    def live(self) -> "CapabilityQuerySet":
        return self.filter(retired_at=None)

    def core(self) -> "CapabilityQuerySet":
        return self.filter(is_core=True)

    def for_list(self) -> "CapabilityQuerySet":
        """Core areas first."""
        return self.select_related("inside_owner").prefetch_related("inside_authors").order_by("-is_core", "name", "pk")


class TemplateVersionQuerySet(StatefulQuerySet):
    def visible_to(self, user: Any) -> "TemplateVersionQuerySet":
        return self if user.role in (Role.LEAD, Role.ADMIN) else self.none()

    def published(self) -> "TemplateVersionQuerySet":
        return self.filter(status=VersionStatus.PUBLISHED)

    def drafts(self) -> "TemplateVersionQuerySet":
        return self.filter(status=VersionStatus.DRAFT)

    def for_list(self) -> "TemplateVersionQuerySet":
        return self.select_related("template").order_by("template__name", "-number")

    def named(self, words: str) -> "TemplateVersionQuerySet":
        """Whose template's name or role holds each of the words; `v2` is the number of a version."""
        found = self
        for word in words.split()[:8]:
            asked = Q(template__name__icontains=word) | Q(role__icontains=word)
            if re.fullmatch(r"v\d{1,6}", word, re.ASCII):
                asked |= Q(number=int(word[1:]))
            found = found.filter(asked)
        return found

    def of(self, template: Any) -> "TemplateVersionQuerySet":
        """One template's, the newest first, with `uses`, the number of engagements made from each."""
        versions = self.filter(template=template).select_related("created_by", "published_by")
        return versions.annotate(uses=Count("engagements")).order_by("-number")


class EngagementQuerySet(StatefulQuerySet):
    def with_asked(self) -> "EngagementQuerySet":
        """With `is_asked`: a question in its conversation waits for an answer."""
        messages = self.model._meta.get_field("messages").related_model._default_manager
        return self.annotate(is_asked=Exists(messages.waiting().filter(engagement=OuterRef("pk"))))

    def visible_to(self, user: Any) -> "EngagementQuerySet":
        if user.role == Role.ADMIN:
            return self
        if user.role in (Role.LEAD, Role.MEMBER):
            return self.held_by(user)
        if user.role == Role.CONTRACTOR:
            return self.filter(contractor__user=user).exclude(status=EngagementStatus.DRAFT)
        return self.none()

    def held_by(self, user: Any) -> "EngagementQuerySet":
        """Those that this person leads, owns the communication of, covers, or reviews for the lead: whom the tallies
        count them for (migration 0003)."""
        return self.filter(Q(lead=user) | Q(comms_owner=user) | Q(cover=user) | Q(delegate=user))

    def open(self) -> "EngagementQuerySet":
        return self.filter(status__in=OPEN)

    def running(self) -> "EngagementQuerySet":
        return self.filter(status__in=RUNNING)

    def under_way_since(self, at: datetime) -> "EngagementQuerySet":
        """Signed and not over, or over since no longer than `at`."""
        signed = Q(status__in=(*RUNNING, EngagementStatus.PAUSED))
        return self.filter(signed | Q(status__in=ENDED, status_since__gte=at))

    def for_page(self) -> "EngagementQuerySet":
        return self.select_related("contractor__user", "lead", "comms_owner", "cover", "delegate", "version__template")

    def for_record(self, *more: str) -> "EngagementQuerySet":
        """With its contractor, and `more` of what it names; the people are filled in where they are shown."""
        return self.select_related("contractor__user", *more)

    def of_application(self, application: Any) -> "EngagementQuerySet":
        """What became of it, but for offers that came to nothing."""
        return self.filter(application=application).exclude(status__in=CAME_TO_NOTHING)

    def worked(self) -> "EngagementQuerySet":
        """Those that both sides signed, whatever became of them, the newest first."""
        return self.filter(agreed_at__isnull=False).order_by("-agreed_at", "-pk")

    def with_any(self, contractors: Any) -> "EngagementQuerySet":
        return self.filter(contractor__in=[contractor.pk for contractor in contractors])

    def offered(self) -> "EngagementQuerySet":
        return self.filter(status=EngagementStatus.OFFERED)

    def for_list(self) -> "EngagementQuerySet":
        return self.select_related("contractor__user", "lead", "comms_owner", "delegate").order_by("-created_at", "-id")

    def for_rows(self, *, one_by_one: bool = False) -> "EngagementQuerySet":
        """What a row of the list says, and what its sentence rests on; people are known by their ids only. `one_by_one`
        looks each row's contractor up, where a plan for anybody would expect so many rows that it reads all of them."""
        from contractors.models import Contractor

        whose = Contractor.objects.filter(pk=OuterRef("contractor_id"))
        of_contractor = [Subquery(whose.values(name)) if one_by_one else f"contractor__{name}" for name in CONTRACTOR]
        found = self.order_by("-created_at", "-id").values_list(*ROW, *of_contractor)
        found._iterable_class = _Rows
        return found


ROW = (
    "id", "title", "contractor_id", "lead_id", "comms_owner_id", "delegate_id", "status", "status_since", "currency",
    "price_minor", "starts_on", "checkin_days", "review_days", "created_at", "offered_at", "offer_expires_at",
    "agreed_at",
)  # fmt: skip
CONTRACTOR = ("id", "name", "headline", "profile_id", "user_id")


class _Rows(ValuesListIterable):
    """Engagements with their contractors, as `for_rows` asks for them."""

    def __iter__(self) -> Iterator[Any]:
        from contractors.models import Contractor

        model, width = self.queryset.model, len(ROW)
        for values in super().__iter__():
            engagement = record(model, ROW, values[:width])
            engagement.contractor = record(Contractor, CONTRACTOR, values[width:])
            yield engagement


class GoalQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "GoalQuerySet":
        """Whoever sees the engagement sees what it is for."""
        from engagements.models import Engagement

        return self.filter(engagement__in=Engagement.objects.visible_to(user))

    def awaiting_baseline(self) -> "GoalQuerySet":
        """Without a baseline, to be measured by somebody and a day, and nobody has."""
        wanted = self.filter(kind=GoalKind.MEASURED, baseline="", baseline_due_on__isnull=False)
        return wanted.exclude(baseline_by="").filter(measurements=None)

    def for_page(self) -> "GoalQuerySet":
        people = ("lead", "comms_owner", "cover", "contractor__user", "version__template")
        return self.select_related("objective", *(f"engagement__{person}" for person in people))


class MeasurementQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "MeasurementQuerySet":
        from engagements.models import Engagement

        return self.filter(goal__engagement__in=Engagement.objects.visible_to(user))

    def of_goals(self, goals: Any) -> "MeasurementQuerySet":
        return self.filter(goal__in=[goal.pk for goal in goals])

    def superseding(self, measurement: Any) -> "MeasurementQuerySet":
        return self.filter(supersedes=measurement)

    def counted(self) -> "MeasurementQuerySet":
        """Those that no later one corrects."""
        return self.filter(superseded_by=None)

    def in_order(self) -> "MeasurementQuerySet":
        """By the day on which they were measured, then as they were written down."""
        return self.order_by("measured_on", "pk")

    def for_list(self) -> "MeasurementQuerySet":
        """The latest first."""
        return self.select_related("goal", "by", "superseded_by").order_by("-measured_on", "-pk")

    def for_page(self) -> "MeasurementQuerySet":
        people = ("lead", "comms_owner", "cover", "contractor__user", "version__template")
        return self.select_related("by", *(f"goal__engagement__{person}" for person in people))


class NeedQuerySet(models.QuerySet):
    def to_take_back(self) -> "NeedQuerySet":
        """Those that still stand."""
        return self.filter(stands_at__isnull=False, taken_back_at=None)

    def visible_to(self, user: Any) -> "NeedQuerySet":
        """Whoever sees the engagement sees what it needs."""
        from engagements.models import Engagement

        return self.filter(engagement__in=Engagement.objects.visible_to(user))

    def lock(self, row: models.Model | int) -> Any:
        """Its engagement is locked before it, as everywhere."""
        from engagements.models import Engagement

        pk = row.pk if isinstance(row, models.Model) else row
        engagement = Engagement.objects.lock(self.values_list("engagement_id", flat=True).get(pk=pk))
        need = self.select_for_update(of=("self",), no_key=True).get(pk=pk)
        need.engagement = engagement
        return need


class MessageQuerySet(models.QuerySet):
    def waiting(self) -> "MessageQuerySet":
        """Questions that the other side has not answered yet."""
        return self.filter(needs_answer=True, answered_at=None)

    def of_offer(self, engagement: Any, *, since: datetime) -> "MessageQuerySet":
        """What we wrote about an offer since it was signed by the contractor."""
        return self.filter(engagement=engagement, side=Side.OURS, at__gte=since)


class ContactQuerySet(models.QuerySet):
    def by_side(self, side: str) -> "ContactQuerySet":
        return self.filter(side=side)


class OfferQuestionQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "OfferQuestionQuerySet":
        """To whoever sees the engagement."""
        engagements: Any = self.model._meta.get_field("engagement").related_model
        return self.filter(engagement__in=engagements._default_manager.visible_to(user))

    def unanswered(self) -> "OfferQuestionQuerySet":
        return self.filter(answer=None)

    def for_list(self) -> "OfferQuestionQuerySet":
        """With who asked and the answer, in the order in which they were asked."""
        return self.select_related("by", "answer__by").order_by("at", "id")


class AgreementPaperQuerySet(models.QuerySet):
    def due(self) -> "AgreementPaperQuerySet":
        """Ordered and not made yet."""
        return self.filter(made_at=None)

    def lock(self, row: models.Model) -> Any:
        """The row, re-read and locked until the use case ends."""
        return self.select_for_update(of=("self",), no_key=True).get(pk=row.pk)


class TerminationQuerySet(models.QuerySet):
    def open(self) -> "TerminationQuerySet":
        """Given, and neither taken back nor carried out."""
        return self.filter(taken_back_at=None, carried_out_at=None)

    def due(self, at: datetime) -> "TerminationQuerySet":
        """Those whose last day is over."""
        return self.open().filter(ends_at__lte=at)


class AmendmentQuerySet(StatefulQuerySet):
    def lock(self, row: Any) -> Any:
        """Its engagement is locked before it, as everywhere."""
        from engagements.models import Engagement

        pk = getattr(row, "pk", row)
        engagement = Engagement.objects.lock(self.values_list("engagement_id", flat=True).get(pk=pk))
        amendment = super().lock(pk)
        amendment.engagement = engagement
        return amendment

    def visible_to(self, user: Any) -> "AmendmentQuerySet":
        """Whoever sees the engagement sees how it was amended."""
        from engagements.models import Engagement

        return self.filter(engagement__in=Engagement.objects.visible_to(user))

    def open(self) -> "AmendmentQuerySet":
        """Proposed, and neither signed by both nor ended."""
        return self.filter(status=AmendmentStatus.PROPOSED)

    def ended(self, at: datetime) -> "AmendmentQuerySet":
        """Open ones whose last moment has passed unsigned, and those of engagements that are over. Nothing ends in a
        pause; what the contractor signed in time waits for us."""
        is_late = Q(expires_at__lte=at, text=None, engagement__status__in=RUNNING)
        return self.open().filter(is_late | ~Q(engagement__status__in=OPEN))

    def signed_by(self, until: datetime) -> "AmendmentQuerySet":
        """Signed by both sides at that instant, in the order in which they build on each other."""
        return self.filter(status=AmendmentStatus.AGREED, agreed_at__lte=until).order_by("number")

    def for_page(self) -> "AmendmentQuerySet":
        return self.select_related(
            "engagement__contractor__user",
            "engagement__lead",
            "engagement__comms_owner",
            "engagement__cover",
            "proposed_by",
            "text",
        )

    def brief(self) -> "AmendmentQuerySet":
        """When and where they stand, without what they say."""
        return self.select_related("text").only("engagement_id", "proposed_at", "expires_at", "text__at")

    def for_list(self) -> "AmendmentQuerySet":
        """The newest first, without their texts."""
        return self.select_related("proposed_by").order_by("-number")


class AmendmentPaperQuerySet(AgreementPaperQuerySet):
    def made_of(self, amendment: Any) -> "AmendmentPaperQuerySet":
        """Its PDF, once it is made."""
        return self.filter(made_at__isnull=False, text__amendment=amendment)
