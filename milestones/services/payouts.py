"""What the bank says of payouts that were sent: paid, refused, or sent back. A payout happens once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from core.prepared import among
from core.transitions import move, move_each, why_not
from core.use_case import use_case
from milestones import queries
from milestones.models import BatchLine, Payout, PayoutBatch
from milestones.notifications.payouts import payouts_failed, payouts_paid
from milestones.queries.answers.reasons import is_for_the_payee
from milestones.services import ledger
from milestones.services.blocks import Outcome, refuse_first
from milestones.services.invoices import issue_invoices, take_back_rests
from milestones.services.lines import back_to_due, end_lines
from milestones.states import BatchStatus, LineOutcome, MilestoneStatus, PayoutStatus, PostingKind

PROBLEM = 300  # characters


@dataclass
class InBank:
    """Payouts, locked, with their line, whose batch is locked as well; and those that aren't there, with the reason."""

    payouts: list[Payout]
    lines: dict[int, BatchLine]  # by payout
    aside: list[tuple[int, str]] = field(default_factory=list)

    @property
    def outcome(self) -> Outcome:
        return Outcome([payout.pk for payout in self.payouts], self.aside)

    @property
    def all_lines(self) -> list[BatchLine]:
        return [self.lines[payout.pk] for payout in self.payouts]


@use_case
def confirm_paid(payout: Payout, *, by: User, at: datetime) -> Payout:
    """The bank says it arrived: owed → paid, and the contractor hears of it."""
    refuse_first(confirm_each([payout.pk], by=by, at=at))
    return Payout.objects.select_related("milestone").get(pk=payout.pk)


@use_case
def confirm_each(keys: Sequence[int], *, by: User, at: datetime) -> Outcome:
    """The same for many payouts, in a number of statements that doesn't grow with them; those that aren't with the bank
    are set aside."""
    paid, outcome = pay(keys, by=by, at=at)
    issue_invoices(paid, by=by, at=at)
    return outcome


def pay(keys: Sequence[int], *, by: User, at: datetime) -> tuple[list[Payout], Outcome]:
    """All of it but the invoices, which are written last of all that is done in a transaction. A step of a use case;
    everything is locked here, and the transaction is begun by the caller."""
    found = _in_bank(keys, to=MilestoneStatus.PAID)
    move_each(found.payouts, to=PayoutStatus.PAID, by=by, at=at, paid_by=by, paid_at=at)
    milestones = [payout.milestone for payout in found.payouts]
    move_each(milestones, to=MilestoneStatus.PAID, by=by, at=at, paid_at=at)
    ledger.move_milestones(milestones, PostingKind.PAY, by=by, at=at)
    end_lines(found.all_lines, LineOutcome.PAID, at=at)
    _settle(found.all_lines, by=by, at=at)
    payouts_paid(found.payouts, at=at)
    return found.payouts, found.outcome


@use_case
def mark_failed(payout: Payout, *, problem: str, by: User, at: datetime) -> Payout:
    """The bank refused it, and `problem` says why. The money stays owed, and the payout is due again: on a new day
    where new bank details of the payee put it right, on the day that was promised otherwise."""
    refuse_first(fail_each({payout.pk: problem}, by=by, at=at))
    return Payout.objects.select_related("milestone").get(pk=payout.pk)


@use_case
def fail_each(problems: Mapping[int, str], *, by: User, at: datetime) -> Outcome:
    """The same for many payouts, in a number of statements that doesn't grow with them; those that aren't with the bank
    are set aside."""
    found = _in_bank([*problems])
    said = {payout.pk: problems[payout.pk][:PROBLEM] for payout in found.payouts}
    move_each(found.payouts, to=PayoutStatus.FAILED, by=by, at=at, notes=said, own={"problem": said}, failed_at=at)
    _due_again(found.payouts, {}, by=by, at=at)
    _fail_lines(found, at=at)
    _settle(found.all_lines, by=by, at=at)
    payouts_failed(found.payouts, at=at)
    return found.outcome


@use_case
def mark_returned(payout: Payout, *, problem: str, by: User, at: datetime) -> Payout:
    """It was paid and the bank sent it back: paid → owed, and the payout is due again as after `mark_failed`.

    Nothing that was posted is undone: the returned money opens a round of the milestone's, in which it is paid once.
    """
    refuse_first(return_each({payout.pk: problem}, by=by, at=at))
    return Payout.objects.select_related("milestone").get(pk=payout.pk)


@use_case
def return_each(problems: Mapping[int, str], *, by: User, at: datetime) -> Outcome:
    """The same for many payouts, in a number of statements that doesn't grow with them; those that no batch has paid
    are set aside."""
    found = _paid_by_batch([*problems])
    said = {payout.pk: problems[payout.pk][:PROBLEM] for payout in found.payouts}
    facts = {"failed_at": at, "paid_by": None, "paid_at": None}
    move_each(found.payouts, to=PayoutStatus.FAILED, by=by, at=at, notes=said, own={"problem": said}, **facts)
    milestones = [payout.milestone for payout in found.payouts]
    notes = {payout.milestone_id: payout.problem for payout in found.payouts}
    rounds = {milestone.pk: milestone.round + 1 for milestone in milestones}
    move_each(milestones, to=MilestoneStatus.ACCEPTED, by=by, at=at, notes=notes, own={"round": rounds}, paid_at=None)
    ledger.move_milestones(milestones, PostingKind.BOUNCE, by=by, at=at)
    _due_again(found.payouts, {p.pk: rounds[p.milestone_id] for p in found.payouts}, by=by, at=at)
    _fail_lines(found, at=at)
    payouts_failed(found.payouts, was_paid=True, at=at)
    take_back_rests(found.payouts, by=by, at=at)
    return found.outcome


def _due_again(payouts: Sequence[Payout], rounds: Mapping[int, int], *, by: User, at: datetime) -> None:
    """On a new day where it is the payee who puts it right; in the round that has begun."""
    theirs = [payout for payout in payouts if is_for_the_payee(payout.problem)]
    others = [payout for payout in payouts if not is_for_the_payee(payout.problem)]
    own = {"round": rounds} if rounds else {}
    back_to_due(others, by=by, at=at, own=own)
    if theirs:
        back_to_due(theirs, by=by, at=at, own=own, due_on=queries.pay_by(at))


def _fail_lines(found: InBank, *, at: datetime) -> None:
    reasons = {found.lines[payout.pk].pk: payout.problem for payout in found.payouts}
    end_lines(found.all_lines, LineOutcome.FAILED, at=at, reasons=reasons)


def _in_bank(keys: Sequence[int], *, to: MilestoneStatus | None = None) -> InBank:
    """Those of which a live line is with the bank; where they bring their milestones into a state, also those alone
    whose milestones can get there."""
    lines = _locked_lines(keys, LineOutcome.LIVE)
    found = InBank([], lines)
    for payout in Payout.objects.held(keys):
        if payout.pk not in lines or payout.status != PayoutStatus.EXPORTED:
            found.aside.append((payout.pk, _not_in_bank(payout)))
        elif to and (why := why_not(payout.milestone, to)):
            found.aside.append((payout.pk, why))
        else:
            found.payouts.append(payout)
    return _only(found)


def _paid_by_batch(keys: Sequence[int]) -> InBank:
    lines = _locked_lines(keys, LineOutcome.PAID)
    found = InBank([], lines)
    for payout in Payout.objects.held(keys):
        if payout.pk not in lines or payout.status != PayoutStatus.PAID:
            said = _("“%(what)s” was not paid by a batch, so nothing can come back. Reload to see where it stands.")
            found.aside.append((payout.pk, said % {"what": payout}))
        else:
            found.payouts.append(payout)
    return _only(found)


def _only(found: InBank) -> InBank:
    """Without the lines of those that were set aside."""
    found.lines = {payout.pk: found.lines[payout.pk] for payout in found.payouts}
    return found


def _locked_lines(keys: Iterable[int], outcome: LineOutcome) -> dict[int, BatchLine]:
    """By payout the lines with this outcome, whose batches are locked (before the payouts, in ascending order)."""
    lines = BatchLine.objects.filter(payout__in=among(keys), outcome=outcome)
    batches = {pk: PayoutBatch.objects.lock(pk) for pk in sorted(set(lines.values_list("batch_id", flat=True)))}
    found = {}
    for line in lines.filter(batch__in=batches).only("batch", "payout", "outcome", "reason", "ended_at"):
        line.batch = batches[line.batch_id]
        found[line.payout_id] = line
    return found


def _not_in_bank(payout: Payout) -> str:
    said = _("“%(what)s” is not with the bank, so there is nothing to answer. Reload to see where it stands.")
    return said % {"what": payout}


def _settle(lines: Sequence[BatchLine], *, by: User, at: datetime) -> None:
    """The last line that is answered settles its batch."""
    for _pk, batch in sorted({line.batch_id: line.batch for line in lines}.items()):
        if batch.status == BatchStatus.EXPORTED and not BatchLine.objects.live().filter(batch=batch).exists():
            move(batch, to=BatchStatus.SETTLED, by=by, at=at)
