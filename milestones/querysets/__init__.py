"""Who sees which milestone and payout: whoever sees the engagement; finance sees what is accepted, and all payouts."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from accounts.states import Role
from core.transitions import StatefulQuerySet, locked
from engagements.models import Engagement
from engagements.states import RUNNING
from milestones.states import (
    AT_WORK,
    DONE,
    PROMISING,
    UNFUNDED,
    Happiness,
    MilestoneStatus,
)

OVER_THE_LIMIT = Q(
    status=MilestoneStatus.AGREED,
    engagement__status__in=RUNNING,
    amount_minor__gt=F("engagement__funding__budget__limit_minor"),
)


class MilestoneQuerySet(StatefulQuerySet):
    def lock(self, row: Any) -> Any:
        """Its engagement is locked before it: one order of locks for all, and one writer on the chain of history."""
        pk = getattr(row, "pk", row)
        known = getattr(row, "engagement_id", None)
        parent = known or self.values_list("engagement_id", flat=True).get(pk=pk)
        Engagement.objects.lock(parent)
        # With whom most acts are told to, and with the budget that most of them ask: joined only to a row that nobody
        # else changes now, since one that we waited for would come with what it named before.
        told = ("engagement__contractor__user", "engagement__funding__budget")
        return locked(self.model, pk, *told)

    def visible_to(self, user: Any) -> "MilestoneQuerySet":
        if user.role == Role.ADMIN:
            return self
        if user.role == Role.FINANCE:
            return self.filter(Q(status__in=(MilestoneStatus.ACCEPTED, MilestoneStatus.PAID)) | OVER_THE_LIMIT)
        # Asked of each row: a list of all that the person sees would be made for one page.
        seen = Q(Exists(Engagement.objects.visible_to(user).filter(pk=OuterRef("engagement"))))
        if user.role in (Role.LEAD, Role.MEMBER):  # who was asked to decide a dispute reads what it is about
            disputes = self.model._meta.get_field("disputes").related_model._default_manager
            seen |= Q(Exists(disputes.filter(decider=user, milestone=OuterRef("pk"))))
        return self.filter(seen)

    def of(self, *engagements: Engagement) -> "MilestoneQuerySet":
        """Theirs, each plan in its order."""
        return self.filter(engagement__in=engagements).order_by("engagement_id", "position")

    def open(self) -> "MilestoneQuerySet":
        """Neither accepted nor cancelled yet: there is a date to keep."""
        return self.exclude(status__in=(MilestoneStatus.ACCEPTED, *DONE))

    def standing(self) -> "MilestoneQuerySet":
        """Those that were not cut, in their order."""
        return self.exclude(status=MilestoneStatus.CANCELLED).order_by("position")

    def at_work(self) -> "MilestoneQuerySet":
        """Funded or returned: the contractor is working on it."""
        return self.filter(status__in=AT_WORK)

    def awaiting_review(self) -> "MilestoneQuerySet":
        return self.filter(status=MilestoneStatus.SUBMITTED)

    def awaiting_funding(self) -> "MilestoneQuerySet":
        return self.filter(status=MilestoneStatus.AGREED, engagement__status__in=RUNNING)

    def over_the_limit(self) -> "MilestoneQuerySet":
        """Agreed, and over what the lead may fund from its budget: finance does."""
        return self.filter(OVER_THE_LIMIT)

    def unpaid(self) -> "MilestoneQuerySet":
        """Those whose money is still owed, the one that was accepted first before the others."""
        return self.filter(status=MilestoneStatus.ACCEPTED, written_off_at=None).order_by("accepted_at", "pk")

    def over_the_limit_of(self, budget: Any) -> "MilestoneQuerySet":
        return self.over_the_limit().filter(engagement__funding__budget=budget)

    def with_limit(self) -> "MilestoneQuerySet":
        """With `limit_minor`, the most that a lead may fund from the budget that pays; None where there is no limit."""
        return self.annotate(limit_minor=F("engagement__funding__budget__limit_minor"))

    def promised(self) -> "MilestoneQuerySet":
        """What offers and agreements out there promise and is not funded yet."""
        return self.filter(status__in=UNFUNDED, engagement__status__in=PROMISING)

    def overdue(self, today: date) -> "MilestoneQuerySet":
        return self.at_work().filter(due_on__lt=today)

    def passed_on_to(self, people: Any) -> "MilestoneQuerySet":
        """Handed in, and theirs to decide since nobody else did in time."""
        return self.filter(status=MilestoneStatus.SUBMITTED, escalated_to__in=people)

    def for_list(self) -> "MilestoneQuerySet":
        return self.select_related("engagement__contractor__user").order_by("engagement_id", "position")

    def for_page(self) -> "MilestoneQuerySet":
        return self.select_related(
            "engagement__contractor__user",
            "engagement__lead",
            "engagement__comms_owner",
            "engagement__cover",
            "engagement__delegate",
            "escalated_to",
            "accepted_by",
            "funded_by",
            "split_from",
        )

    def for_record(self) -> "MilestoneQuerySet":
        """With its engagement, its contractor and its budget; the people are filled in where they are shown."""
        return self.select_related("engagement__contractor__user", "engagement__funding__budget")


class AttachmentQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "AttachmentQuerySet":
        """Whoever sees the milestone sees what was handed in for it."""
        milestones = self.model._meta.get_field("submission").related_model._meta.get_field("milestone").related_model
        return self.filter(submission__milestone__in=milestones._default_manager.visible_to(user))


class PulseQuerySet(models.QuerySet):
    def open_talks(self) -> "PulseQuerySet":
        """A “no” that nobody has talked about yet."""
        return self.filter(answer=Happiness.NO, talked_at=None)

    def talks_of(self, user: Any) -> "PulseQuerySet":
        """Those that the comms owner or the cover leads, the oldest first."""
        engagements = Engagement.objects.filter(models.Q(comms_owner=user) | models.Q(cover=user))
        return (
            self.open_talks()
            .filter(milestone__engagement__in=engagements)
            .select_related("by", "milestone__engagement")
            .order_by("at", "pk")
        )


class EstimateQuerySet(models.QuerySet):
    def latest_of(self, milestones: Iterable[Any]) -> dict[int, Any]:
        """The newest estimate of each milestone that has one, by milestone id."""
        rows = self.filter(milestone__in=[m.pk for m in milestones]).order_by("milestone_id", "number")
        return {estimate.milestone_id: estimate for estimate in rows}


class BudgetQuerySet(models.QuerySet):
    def lock(self, row: Any) -> Any:
        """The row, re-read and locked until the use case ends."""
        return self.select_for_update(of=("self",), no_key=True).get(pk=getattr(row, "pk", row))

    def visible_to(self, user: Any) -> "BudgetQuerySet":
        """Finance keeps budgets; leads and admins see what is left in them."""
        return self if user.role in (Role.FINANCE, Role.ADMIN, Role.LEAD) else self.none()

    def for_list(self) -> "BudgetQuerySet":
        return self.select_related("objective").order_by("name", "pk")

    def for_page(self) -> "BudgetQuerySet":
        return self.select_related("objective").prefetch_related("approvers")

    def of_engagement(self, engagement: Engagement) -> Any:
        """The budget that pays for it, or None."""
        return self.filter(engagements__engagement=engagement).first()


class OfferDraftQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "OfferDraftQuerySet":
        """Nobody reads what somebody else has half typed."""
        return self.filter(by=user)

    def of_tab(self, user: Any, tab: str) -> "OfferDraftQuerySet":
        return self.filter(by=user, tab=tab)

    def for_list(self) -> "OfferDraftQuerySet":
        return self.order_by("-saved_at", "-pk")


class RateQuerySet(models.QuerySet):
    def latest_to(self, target: str) -> dict[str, Any]:
        """Source currency → the newest rate into `target`."""
        return {rate.source: rate for rate in self.filter(target=target).order_by("on", "id")}

    def for_list(self) -> "RateQuerySet":
        return self.select_related("by").order_by("-on", "-id")
