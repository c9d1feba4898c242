"""Payouts, and the batches in which they go to the bank."""

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Any

from django.db import models
from django.db.models import F, Q

from accounts.states import Role
from core.prepared import Prepared, among
from core.transitions import StatefulQuerySet, hold
from engagements.models import Engagement
from milestones.states import SETTLED, BatchStatus, LineOutcome, PayoutStatus


@cache
def _places(payouts: Any) -> Prepared:
    def build(pks: Any) -> models.QuerySet[Any]:
        found: models.QuerySet[Any] = payouts._default_manager.filter(pk__among=pks).order_by()
        return found.values_list("milestone__engagement_id", "milestone_id", "pk")

    return Prepared(build)


@cache
def _with_payee(payouts: Any) -> Prepared:
    def build(pks: Any) -> models.QuerySet[Any]:
        rows = payouts._default_manager.select_related("milestone__engagement__contractor__user")
        found: models.QuerySet[Any] = rows.filter(pk__among=pks).order_by()
        return found

    return Prepared(build)


class PayoutQuerySet(StatefulQuerySet):
    def lock(self, row: Any) -> Any:
        """Engagement, milestone, payout: in this order."""
        pk = getattr(row, "pk", row)
        milestones: Any = self.model._meta.get_field("milestone").related_model
        milestones = milestones._default_manager
        milestone = milestones.lock(self.values_list("milestone_id", flat=True).get(pk=pk))
        payout = super().lock(pk)
        payout.milestone = milestone
        return payout

    def hold(self, keys: Iterable[int]) -> None:
        """As `lock`, of many: all their engagements, then all milestones, then all of them, each by their numbers.
        Reads nothing; four statements."""
        rows = [*_places(self.model).rows(keys)]
        milestones = self.model._meta.get_field("milestone").related_model
        for model, place in ((Engagement, 0), (milestones, 1), (self.model, 2)):
            hold(model, sorted({row[place] for row in rows}))

    def held(self, keys: Iterable[int]) -> list[Any]:
        """Those that are there of these, locked, and read with milestone, engagement, contractor and the contractor's
        user; by engagement, then payout."""
        keys = [*keys]
        self.hold(keys)
        found: list[Any] = _with_payee(self.model).records(keys)
        return sorted(found, key=lambda payout: (payout.milestone.engagement_id, payout.pk))

    def visible_to(self, user: Any) -> "PayoutQuerySet":
        if user.role in (Role.ADMIN, Role.FINANCE):
            return self
        return self.filter(milestone__engagement__in=Engagement.objects.visible_to(user))

    def open(self) -> "PayoutQuerySet":
        return self.exclude(status__in=SETTLED)

    def owed_longest(self) -> "PayoutQuerySet":
        """What is open, the earliest promise first."""
        return self.open().order_by("due_on", "pk")

    def promised_before(self, day: date) -> "PayoutQuerySet":
        return self.filter(due_on__lt=day)

    def untold(self) -> "PayoutQuerySet":
        """Nobody was told yet that this promise is past."""
        return self.filter(Q(late_told_on=None) | ~Q(late_told_on=F("due_on")))

    def led_by(self, user: Any) -> "PayoutQuerySet":
        return self.filter(milestone__engagement__lead=user)

    def owed_to(self, contractor: Any) -> "PayoutQuerySet":
        return self.open().filter(milestone__engagement__contractor=contractor)

    def in_state(self, status: PayoutStatus) -> "PayoutQuerySet":
        return self.filter(status=status)

    def of(self, milestone: Any) -> Any:
        """The payout of its round, or None."""
        return self.filter(milestone=milestone, round=milestone.round).first()

    def for_list(self) -> "PayoutQuerySet":
        return self.select_related(
            "milestone__engagement__contractor__user",
            "milestone__engagement__contractor__bank_detail",
            "milestone__engagement__funding__budget",
            "milestone__accepted_by",
            "approved_by",
            "confirmed_by",
        ).order_by("due_on", "id")

    def for_mail(self) -> "PayoutQuerySet":
        """With what a message about it says, and where the contractor is paid."""
        place = "milestone__engagement"
        return (
            self.select_related(f"{place}__contractor__bank_detail")
            .only(
                "milestone__title", f"{place}__title", f"{place}__lead", f"{place}__contractor__name",
                f"{place}__contractor__bank_detail", "status", "amount_minor", "currency", "due_on", "exported_at",
                "failed_at", "problem",
            )
            .order_by("pk")
        )  # fmt: skip


class BankDetailQuerySet(models.QuerySet):
    def marked(self) -> "BankDetailQuerySet":
        """Those whose account can be compared with others."""
        return self.exclude(mark="")


class BatchQuerySet(StatefulQuerySet):
    def visible_to(self, user: Any) -> "BatchQuerySet":
        return self if user.role in (Role.ADMIN, Role.FINANCE) else self.none()

    def open_of(self, user: Any) -> "BatchQuerySet":
        """The one that this person's approvals go into."""
        return self.filter(created_by=user, status=BatchStatus.OPEN)

    def to_confirm_by(self, user: Any) -> "BatchQuerySet":
        """What other people put together, the oldest first."""
        return self.filter(status=BatchStatus.OPEN).exclude(created_by=user).order_by("pk")

    def unsettled(self) -> "BatchQuerySet":
        """Somebody of finance or the bank has something to do."""
        return self.filter(status__in=(BatchStatus.OPEN, BatchStatus.CONFIRMED, BatchStatus.EXPORTED))

    def at_hand(self) -> "BatchQuerySet":
        """Open or confirmed: somebody of finance has something to do."""
        return self.filter(status__in=(BatchStatus.OPEN, BatchStatus.CONFIRMED))

    def in_bank(self) -> "BatchQuerySet":
        return self.filter(status=BatchStatus.EXPORTED)

    def for_list(self) -> "BatchQuerySet":
        return self.select_related("created_by", "confirmed_by", "exported_by", "voided_by").order_by("-pk")


class BatchLineQuerySet(models.QuerySet):
    def of(self, batch: Any) -> "BatchLineQuerySet":
        return self.filter(batch=batch)

    def live(self) -> "BatchLineQuerySet":
        return self.filter(outcome=LineOutcome.LIVE)

    def paid(self) -> "BatchLineQuerySet":
        return self.filter(outcome=LineOutcome.PAID)

    def kept(self) -> "BatchLineQuerySet":
        """All but those that were taken out before the batch left."""
        return self.exclude(outcome=LineOutcome.TAKEN_OUT)

    def for_answers(self) -> "BatchLineQuerySet":
        """As far as the bank's answer is matched with them and shown beside them: there may be thousands."""
        return (
            self.select_related("payout__milestone__engagement")
            .only(
                "batch", "payee", "form", "bank_country", "amount_minor", "currency", "outcome", "payout__status",
                "payout__milestone", "payout__milestone__title", "payout__milestone__engagement",
                "payout__milestone__engagement__title",
            )
            .order_by("pk")
        )  # fmt: skip

    def in_order(self) -> "BatchLineQuerySet":
        """As everywhere: by engagement, then payout."""
        return self.order_by("payout__milestone__engagement_id", "payout_id")

    def payouts_of(self, lines: Iterable[int]) -> Any:
        """(payout, line) for each of these lines, in their order."""
        return self.filter(pk__in=among(lines)).in_order().values_list("payout_id", "pk")

    def before_export(self) -> "BatchLineQuerySet":
        return self.live().filter(batch__status__in=(BatchStatus.OPEN, BatchStatus.CONFIRMED))

    def for_list(self) -> "BatchLineQuerySet":
        return self.select_related(
            "payout__approved_by", "payout__milestone__accepted_by", "payout__milestone__engagement__contractor"
        ).order_by("pk")


class BatchFileQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "BatchFileQuerySet":
        """The bytes hold whole account numbers: for those who pay, and for nobody who only reads."""
        return self if user.role == Role.FINANCE else self.none()

    def for_list(self) -> "BatchFileQuerySet":
        return self.defer("content_cipher").order_by("pk")
