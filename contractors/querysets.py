"""Who sees which vetting records (product.md, Who uses it): leads and admins see them; members the openings they are
named on as reviewers; a contractor only himself."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from accounts.states import Role
from contractors.states import IN_VETTING, OPEN, ApplicationStatus, Decision, ImportStatus
from core.transitions import StatefulQuerySet


class ContractorQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "ContractorQuerySet":
        if self.are_all_seen_by(user):
            return self
        if user.role == Role.MEMBER:
            return self.filter(applications__opening__reviewers=user).distinct()
        return self.filter(user=user)

    def on_bench(self) -> "ContractorQuerySet":
        """People whom somebody decided to keep for later work, or would hire again by the latest word after work that
        was completed; not those of whom that word is no."""
        from contractors.models import HireAgain, VettingDecision

        benched = VettingDecision.objects.filter(decision=Decision.BENCH).values("application__contractor")
        said = HireAgain.objects.filter(contractor=models.OuterRef("pk")).order_by("-at", "-pk")
        latest = self.alias(would=models.Subquery(said.values("would")[:1]))
        return latest.filter(Q(would=True) | Q(would=None, pk__in=benched))

    def can_be_offered(self) -> "ContractorQuerySet":
        """Those who have worked here, were decided to be hired, or wait on the bench: an offer goes to nobody who was
        not vetted."""
        from contractors.models import Application

        hires = Application.objects.in_status(ApplicationStatus.OFFERED, ApplicationStatus.HIRED)
        hired = models.Exists(hires.by(models.OuterRef("pk")))
        return self.filter(Q(user__isnull=False) | hired | Q(pk__in=self.model.objects.on_bench().values("pk")))

    def just_hired(self) -> "ContractorQuerySet":
        """Those of whom an application waits for its contract."""
        from contractors.models import Application

        waiting = Application.objects.in_status(ApplicationStatus.OFFERED).by(models.OuterRef("pk"))
        return self.filter(models.Exists(waiting))

    def named(self, words: str) -> "ContractorQuerySet":
        """Whose name, headline or skill holds each of the words."""
        found = self
        for word in words.split()[:5]:
            skilled = self.model.skills.through.objects.filter(
                contractor=models.OuterRef("pk"), skill__name__icontains=word
            )
            found = found.filter(Q(name__icontains=word) | Q(headline__icontains=word) | models.Exists(skilled))
        return found

    def for_list(self) -> "ContractorQuerySet":
        shown = ("name", "headline", "profile_id", "email", "source", "created_at")
        return self.only(*shown).order_by("name", "id")

    def are_all_seen_by(self, user: Any) -> bool:
        """Whether `visible_to` gives this person every row."""
        return user.role in (Role.LEAD, Role.ADMIN)


class ClaimQuerySet(models.QuerySet):
    def about(self, contractors: ContractorQuerySet) -> "ClaimQuerySet":
        return self.filter(contractor__in=contractors)

    def of(self, contractors: Iterable[Any]) -> "ClaimQuerySet":
        return self.filter(contractor__in=[contractor.pk for contractor in contractors])

    def from_source(self, source: str) -> "ClaimQuerySet":
        return self.filter(source=source)

    def newest(self, *kinds: str) -> "ClaimQuerySet":
        """Of these kinds, the newest first."""
        return self.filter(kind__in=kinds).order_by("-captured_on", "-pk")


class ImportBatchQuerySet(StatefulQuerySet):
    def of(self, openings: "OpeningQuerySet") -> "ImportBatchQuerySet":
        return self.filter(opening__in=openings)

    def running(self) -> "ImportBatchQuerySet":
        """Confirmed, and not at their end yet."""
        return self.filter(status=ImportStatus.RUNNING)


class OpeningQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "OpeningQuerySet":
        if user.role == Role.ADMIN:
            return self
        if user.role in (Role.LEAD, Role.MEMBER):
            return self.filter(
                Q(lead=user) | Q(pk__in=self.model.reviewers.through.objects.filter(user=user).values("opening"))
            )
        return self.none()

    def public(self, at: datetime) -> "OpeningQuerySet":
        """Those whose public page takes applications."""
        return self.filter(published_at__lte=at, closed_at=None)

    def lock(self, row: models.Model | int) -> Any:
        """The row, re-read and locked until the use case ends."""
        return self.select_for_update(of=("self",), no_key=True).get(
            pk=row.pk if isinstance(row, models.Model) else row
        )

    def with_counts(self) -> "OpeningQuerySet":
        """Adds `applied` and `in_vetting`, the numbers of applications: counted only for the rows that are shown."""
        from contractors.models import Application

        theirs = Application.objects.filter(opening=models.OuterRef("pk")).order_by().values("opening")
        applied = theirs.annotate(n=models.Count("pk")).values("n")
        return self.annotate(
            applied=Coalesce(models.Subquery(applied), 0),
            in_vetting=Coalesce(models.Subquery(applied.filter(status__in=IN_VETTING)), 0),
        )

    def for_list(self) -> "OpeningQuerySet":
        return self.select_related("lead").order_by("-created_at", "-id")


class ApplicationQuerySet(StatefulQuerySet):
    def visible_to(self, user: Any) -> "ApplicationQuerySet":
        if user.role == Role.ADMIN:
            return self
        if user.role in (Role.LEAD, Role.MEMBER):
            from contractors.models import Opening

            return self.filter(opening__in=Opening.objects.visible_to(user))
        return self.filter(contractor__user=user)

    def open(self) -> "ApplicationQuerySet":
        return self.filter(status__in=OPEN)

    def in_vetting(self) -> "ApplicationQuerySet":
        return self.filter(status__in=IN_VETTING)

    def of(self, opening: Any) -> "ApplicationQuerySet":
        return self.filter(opening=opening)

    def by(self, contractor: Any) -> "ApplicationQuerySet":
        return self.filter(contractor=contractor)

    def asked_by(self, contractors: Iterable[Any]) -> "ApplicationQuerySet":
        """Those of these people that name a price, the newest first."""
        named = self.filter(contractor__in=[contractor.pk for contractor in contractors], asked_minor__isnull=False)
        return named.order_by("-received_at", "-id")

    def in_status(self, *statuses: str) -> "ApplicationQuerySet":
        return self.filter(status__in=statuses)

    def to_mark_by(self, user: Any) -> "ApplicationQuerySet":
        """Those that wait for this person's scorecard, the longest waiting first."""
        from contractors.models import Opening, Scorecard

        named = Opening.reviewers.through.objects.filter(user=user).values("opening")
        done = Scorecard.objects.filter(reviewer=user).values("application")
        waiting = self.in_vetting().filter(opening__in=named).exclude(pk__in=done)
        return waiting.select_related("contractor", "opening").order_by("received_at", "id")

    def to_decide(self) -> "ApplicationQuerySet":
        """Those whose scorecards are all in."""
        return self.in_status(ApplicationStatus.REVIEW)

    def to_decide_by(self, user: Any) -> "ApplicationQuerySet":
        """Those whose scorecards are all in, in openings that this person leads."""
        waiting = self.to_decide().filter(opening__lead=user)
        return waiting.select_related("contractor", "opening").order_by("status_since", "id")

    def for_list(self) -> "ApplicationQuerySet":
        return self.select_related("contractor", "opening__lead").order_by("-received_at", "-id")
