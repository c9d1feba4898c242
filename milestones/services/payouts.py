"""From accepted to paid. Two people of finance, neither of whom accepted the work; a payout happens once."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import DomainError
from core.transitions import move
from core.use_case import use_case
from milestones import notifications, queries
from milestones.models import Payout
from milestones.permissions import approval_problem
from milestones.services import ledger
from milestones.states import MilestoneStatus, PayoutStatus, PostingKind


@dataclass
class Outcome:
    """What became of many rows: those done, and those set aside with the reason."""

    done: list[Payout] = field(default_factory=list)
    aside: list[tuple[Payout, str]] = field(default_factory=list)


def each(payouts: Iterable[Payout], act: Callable[[Payout], Payout]) -> Outcome:
    """`act` on every row in a transaction of its own, so that a bad row never sinks the rest."""
    outcome = Outcome()
    for payout in payouts:
        try:
            outcome.done.append(act(payout))
        except DomainError as refusal:
            outcome.aside.append((payout, refusal.sentence))
    return outcome


@use_case
def approve(payout: Payout, *, by: User, at: datetime) -> Payout:
    """Raises DomainError for whoever can't approve it (see permissions.approval_problem), and while the money has
    nowhere to go."""
    payout = Payout.objects.lock(payout)
    if problem := approval_problem(by, payout):
        raise DomainError(problem)
    _refuse_bad_bank(payout, at)
    return move(payout, to=PayoutStatus.APPROVED, by=by, at=at, approved_by=by, approved_at=at)


@use_case
def export(payout: Payout, *, bank_reference: str, by: User, at: datetime) -> Payout:
    """It left for the bank under `bank_reference`. Raises DomainError for whoever approved it."""
    payout = Payout.objects.lock(payout)
    _refuse_accepter(payout, by)
    if payout.approved_by_id == by.pk:
        raise DomainError(_("You approved this one, so somebody else of finance sends it."))
    _refuse_bad_bank(payout, at)
    return move(
        payout, to=PayoutStatus.EXPORTED, by=by, at=at, exported_by=by, exported_at=at, bank_reference=bank_reference
    )


@use_case
def confirm_paid(payout: Payout, *, by: User, at: datetime) -> Payout:
    """The bank says it arrived: owed → paid, and the contractor hears of it."""
    payout = Payout.objects.lock(payout)
    move(payout, to=PayoutStatus.PAID, by=by, at=at, paid_by=by, paid_at=at)
    move(payout.milestone, to=MilestoneStatus.PAID, by=by, at=at, paid_at=at)
    ledger.move_milestone(payout.milestone, PostingKind.PAY, by=by, at=at)
    notifications.payout_paid(payout, at=at)
    return payout


@use_case
def mark_failed(payout: Payout, *, problem: str, by: User, at: datetime) -> Payout:
    """The bank refused it, and `problem` says why. The money stays owed."""
    payout = Payout.objects.lock(payout)
    return move(payout, to=PayoutStatus.FAILED, by=by, at=at, note=problem, problem=problem)


@use_case
def requeue(payout: Payout, *, by: User, at: datetime) -> Payout:
    """A refused one starts again: both approvals are gone, history keeps them."""
    payout = Payout.objects.lock(payout)
    return move(
        payout,
        to=PayoutStatus.DUE,
        by=by,
        at=at,
        approved_by=None,
        approved_at=None,
        exported_by=None,
        exported_at=None,
        bank_reference="",
    )


def _refuse_accepter(payout: Payout, by: User) -> None:
    if payout.milestone.accepted_by_id == by.pk:
        raise DomainError(_("You accepted this work, so somebody else pays it."))


def _refuse_bad_bank(payout: Payout, at: datetime) -> None:
    problem = queries.bank_problem(payout.milestone.engagement.contractor, at=at)
    if problem:
        raise DomainError(problem)
