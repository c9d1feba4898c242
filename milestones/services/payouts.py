"""What the bank says of a payout that was sent: paid or refused. A payout happens once."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import DomainError
from core.transitions import move
from core.use_case import use_case
from milestones import notifications, queries
from milestones.models import BatchLine, Payout, PayoutBatch
from milestones.queries.answers.reasons import is_for_the_payee
from milestones.services import batches, ledger
from milestones.services.invoices import issue_invoice, take_back_rest
from milestones.states import BatchStatus, LineOutcome, MilestoneStatus, PayoutStatus, PostingKind


@dataclass
class Outcome:
    """What became of many rows: those done, and those set aside with the reason."""

    done: list[Any] = field(default_factory=list)
    aside: list[tuple[Any, str]] = field(default_factory=list)


def each(rows: Iterable[Any], act: Callable[[Any], Any]) -> Outcome:
    """`act` on every row in a transaction of its own, so that a bad row never sinks the rest."""
    outcome = Outcome()
    for row in rows:
        try:
            act(row)
            outcome.done.append(row)
        except DomainError as refusal:
            outcome.aside.append((row, refusal.sentence))
    return outcome


@use_case
def confirm_paid(payout: Payout, *, by: User, at: datetime) -> Payout:
    """The bank says it arrived: owed → paid, and the contractor hears of it."""
    line = _line_in_bank(payout)
    payout = Payout.objects.lock(payout)
    refuse_unless_in_bank(line, payout)
    move(payout, to=PayoutStatus.PAID, by=by, at=at, paid_by=by, paid_at=at)
    move(payout.milestone, to=MilestoneStatus.PAID, by=by, at=at, paid_at=at)
    ledger.move_milestone(payout.milestone, PostingKind.PAY, by=by, at=at)
    _end(line, LineOutcome.PAID, by=by, at=at)
    issue_invoice(payout, by=by, at=at)
    notifications.payout_paid(payout, at=at)
    return payout


@use_case
def mark_failed(payout: Payout, *, problem: str, by: User, at: datetime) -> Payout:
    """The bank refused it, and `problem` says why. The money stays owed, and the payout is due again: on a new day
    where new bank details of the payee put it right, on the day that was promised otherwise."""
    line = _line_in_bank(payout)
    payout = Payout.objects.lock(payout)
    refuse_unless_in_bank(line, payout)
    problem = problem[:300]
    move(payout, to=PayoutStatus.FAILED, by=by, at=at, note=problem, problem=problem, failed_at=at)
    batches.back_to_due(payout, by=by, at=at, **_promise(problem, at))
    _end(line, LineOutcome.FAILED, by=by, at=at, reason=problem)
    notifications.payout_failed(payout, is_for_the_payee=is_for_the_payee(problem), at=at)
    return payout


@use_case
def mark_returned(payout: Payout, *, problem: str, by: User, at: datetime) -> Payout:
    """It was paid and the bank sent it back: paid → owed, and the payout is due again as after `mark_failed`.

    Nothing that was posted is undone: the returned money opens a round of the milestone's, in which it is paid once.
    """
    line = BatchLine.objects.paid().filter(payout=payout).first()
    if line:
        PayoutBatch.objects.lock(line.batch_id)
        line.refresh_from_db(fields=["outcome"])
    payout = Payout.objects.lock(payout)
    if line is None or line.outcome != LineOutcome.PAID or payout.status != PayoutStatus.PAID:
        raise DomainError(
            _("“%(what)s” was not paid by a batch, so nothing can come back. Reload to see where it stands.")
            % {"what": payout}
        )
    problem, milestone = problem[:300], payout.milestone
    facts = {"problem": problem, "failed_at": at, "paid_by": None, "paid_at": None}
    move(payout, to=PayoutStatus.FAILED, by=by, at=at, note=problem, **facts)
    move(milestone, to=MilestoneStatus.ACCEPTED, by=by, at=at, note=problem, paid_at=None, round=milestone.round + 1)
    ledger.move_milestone(milestone, PostingKind.BOUNCE, by=by, at=at)
    batches.back_to_due(payout, by=by, at=at, round=milestone.round, **_promise(problem, at))
    batches.end_line(line, LineOutcome.FAILED, at=at, reason=problem)
    take_back_rest(payout, reason=problem, by=by, at=at)
    notifications.payout_failed(payout, is_for_the_payee=is_for_the_payee(problem), was_paid=True, at=at)
    return payout


def _promise(problem: str, at: datetime) -> dict[str, Any]:
    """A new day where it is the payee who puts it right."""
    return {"due_on": queries.pay_by(at)} if is_for_the_payee(problem) else {}


def _line_in_bank(payout: Payout) -> BatchLine | None:
    """Its live line, whose batch is locked before the payout."""
    line = BatchLine.objects.live().filter(payout=payout).first()
    if line:
        line.batch = PayoutBatch.objects.lock(line.batch_id)
        line.refresh_from_db(fields=["outcome"])
    return line


def refuse_unless_in_bank(line: BatchLine | None, payout: Payout) -> None:
    """Raises DomainError unless this very line is with the bank and unanswered."""
    if line is None or line.outcome != LineOutcome.LIVE or payout.status != PayoutStatus.EXPORTED:
        raise DomainError(
            _("“%(what)s” is not with the bank, so there is nothing to answer. Reload to see where it stands.")
            % {"what": payout}
        )


def _end(line: BatchLine | None, outcome: str, *, by: User, at: datetime, reason: str = "") -> None:
    """The line is answered; the last one settles its batch."""
    assert line is not None
    batches.end_line(line, outcome, at=at, reason=reason)
    if not BatchLine.objects.live().filter(batch=line.batch).exists():
        move(line.batch, to=BatchStatus.SETTLED, by=by, at=at)
