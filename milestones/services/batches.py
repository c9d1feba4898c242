"""Batches: approved payouts on their way to the bank. One person puts them in, a second confirms, then the files are
made, once. Locks run contractor → batch → engagement → milestone → payout."""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from contractors.models import Contractor
from core.errors import DomainError
from core.transitions import born, move
from core.use_case import use_case
from milestones import queries
from milestones.models import BatchFile, BatchLine, Payout, PayoutBatch
from milestones.permissions import approval_problem, party_problem
from milestones.queries.checks import Problem
from milestones.services import bank_files
from milestones.states import BatchStatus, LineOutcome, PayoutStatus

TRIES = 5


def _open_batch(by: User, at: datetime) -> PayoutBatch:
    """The person's own, locked; made when there is none. A rival of the same person may make one in this moment, and
    confirm it in the next."""
    for _turn in range(TRIES):
        found = PayoutBatch.objects.open_of(by).select_for_update().first()
        if found:
            return found
        try:
            with transaction.atomic():
                made = PayoutBatch.objects.create(
                    status=BatchStatus.OPEN, status_since=at, created_by=by, created_at=at
                )
        except IntegrityError:
            continue
        return born(made, by=by, at=at)
    raise DomainError(_("Your batch is being changed elsewhere at this moment. Try again."))


@use_case
def approve(payout: Payout, *, by: User, at: datetime, knowing: bool = False) -> BatchLine:
    """Approve it as it is now and put it into the person's open batch; the line freezes payee, account and amount.

    Raises DomainError for whoever can't approve it (permissions.approval_problem), and while a check stands against it.
    `knowing` says that the person ticked the row by hand and so takes what may be right after all.
    """
    batch = _open_batch(by, at)
    payout = Payout.objects.lock(payout)
    if refusal := approval_problem(by, payout):
        raise DomainError(refusal)
    contractor = payout.milestone.engagement.contractor
    problems = queries.problems_of([payout], at=at)[payout.pk]
    _refuse(problems, knowing=knowing)
    detail = queries.bank_of(contractor)
    assert detail is not None  # the checks say so
    seal = queries.seal_of(payout, detail)
    move(payout, to=PayoutStatus.APPROVED, by=by, at=at, approved_by=by, approved_at=at, seal=seal)
    try:
        with transaction.atomic():
            return BatchLine.objects.create(
                batch=batch,
                payout=payout,
                payee=str(contractor)[:160],
                holder_cipher=detail.holder_cipher,
                form=detail.form,
                bank_country=detail.bank_country,
                account_cipher=detail.account_cipher,
                code_cipher=detail.code_cipher,
                account_type=detail.account_type,
                last4=detail.last4,
                town=detail.town,
                country=detail.country,
                amount_minor=payout.amount_minor,
                currency=payout.currency,
                seal=seal,
            )
    except IntegrityError as error:
        raise DomainError(_("This payout is in another batch already. Reload to see where.")) from error


def _refuse(problems: Sequence[Problem], *, knowing: bool) -> None:
    for problem in problems:
        if not (knowing and problem.may_go):
            raise DomainError(problem.text)


def _refuse_party(payout: Payout, by: User) -> None:
    """Raises DomainError for whoever had a hand in it before: neither approves (`approval_problem`) nor confirms."""
    if refusal := party_problem(by, payout):
        raise DomainError(refusal)


@use_case
def confirm(batch: PayoutBatch, *, by: User, at: datetime) -> PayoutBatch:
    """The second pair of eyes. Lines that are not any more what was approved are taken out with the reason; the rest
    goes on. Raises DomainError for whoever made the batch, accepted work in it or set its money aside, and when no
    line is left."""
    batch = PayoutBatch.objects.lock(batch)
    if batch.created_by_id == by.pk:
        raise DomainError(_("You made this batch, so somebody else of finance confirms it."))
    left = _sift(batch, by=by, at=at)
    for line in left:
        _refuse_party(line.payout, by)
    if not left:
        raise DomainError(_("Nothing is left in this batch. Void it, or approve something first."))
    Payout.objects.filter(pk__in=[line.payout_id for line in left]).update(confirmed_by=by)
    return move(batch, to=BatchStatus.CONFIRMED, by=by, at=at, confirmed_by=by, confirmed_at=at)


@use_case
def export(batch: PayoutBatch, *, by: User, at: datetime) -> list[BatchFile]:
    """Make the bank file and a list for each other currency, store them, and say that the payouts have left: all in
    one transaction. Money is posted when the bank's answer says so, not here."""
    batch = PayoutBatch.objects.lock(batch)
    if batch.status != BatchStatus.CONFIRMED:
        raise DomainError(_("Only a confirmed batch is sent, and only once. Reload to see where it stands."))
    left = _sift(batch, by=by, at=at)
    if not left:
        raise DomainError(_("Nothing is left in this batch: void it. What was taken out waits for approval again."))
    files = bank_files.make(batch, lines=left, setup=queries.payment_setup(), at=at)
    move(batch, to=BatchStatus.EXPORTED, by=by, at=at, exported_by=by, exported_at=at)
    for line in left:
        move(line.payout, to=PayoutStatus.EXPORTED, by=by, at=at, exported_at=at)
    return BatchFile.objects.bulk_create(files)


@use_case
def void(batch: PayoutBatch, *, reason: str, by: User, at: datetime) -> PayoutBatch:
    """Before it leaves: its payouts wait for approval again."""
    batch = PayoutBatch.objects.lock(batch)
    if BatchStatus.VOIDED in batch.MOVES[batch.status]:
        for line in _lines(batch):
            _take_out(line, reason=reason, by=by, at=at)
    return move(batch, to=BatchStatus.VOIDED, by=by, at=at, note=reason, voided_by=by)


@use_case
def take_out(line: BatchLine, *, reason: str, by: User, at: datetime) -> BatchLine:
    """One payout waits for approval again; the batch goes on without it."""
    batch = PayoutBatch.objects.lock(line.batch_id)
    line = BatchLine.objects.for_list().get(pk=line.pk)
    if batch.status not in (BatchStatus.OPEN, BatchStatus.CONFIRMED) or line.outcome != LineOutcome.LIVE:
        raise DomainError(_("It has left the batch, or the batch has left. Reload to see where it stands."))
    line.payout = Payout.objects.lock(line.payout_id)
    _take_out(line, reason=reason, by=by, at=at)
    return line


def take_out_changed(contractor: Contractor, *, by: User, at: datetime) -> None:
    """What was approved for this person's old details and hasn't left is approved anew. A step of a use case; the
    contractor is locked by the caller."""
    lines = BatchLine.objects.before_export().filter(payout__milestone__engagement__contractor=contractor)
    for batch_id in sorted(set(lines.values_list("batch_id", flat=True))):
        batch = PayoutBatch.objects.lock(batch_id)
        if batch.status in (BatchStatus.OPEN, BatchStatus.CONFIRMED):
            _sift(batch, by=by, at=at)


def _lines(batch: PayoutBatch) -> list[BatchLine]:
    """The live ones, their payouts locked in one order."""
    lines = list(BatchLine.objects.live().filter(batch=batch).order_by("payout__milestone__engagement", "payout"))
    for line in lines:
        line.payout = Payout.objects.lock(line.payout_id)
    return lines


def _sift(batch: PayoutBatch, *, by: User, at: datetime) -> list[BatchLine]:
    """The lines that are still what was approved; the others are taken out."""
    left = []
    for line in _lines(batch):
        if _is_as_approved(line):
            left.append(line)
        else:
            _take_out(line, reason=_("Changed after approval."), by=by, at=at)
    return left


def _is_as_approved(line: BatchLine) -> bool:
    """The payout, the details of today and the line itself all say what was approved."""
    detail = queries.bank_of(line.payout.milestone.engagement.contractor)
    if detail is None:
        return False
    try:
        seals = {line.seal, line.payout.seal, queries.seal_of(line.payout, detail), queries.seal_of(line.payout, line)}
    except ValueError:  # no key opens the details
        return False
    return len(seals) == 1


def _take_out(line: BatchLine, *, reason: str, by: User, at: datetime) -> None:
    """Its payout, locked, is due again: nobody has approved it."""
    end_line(line, LineOutcome.TAKEN_OUT, at=at, reason=reason)
    back_to_due(line.payout, by=by, at=at, note=reason)


def end_line(line: BatchLine, outcome: str, *, at: datetime, reason: str = "") -> None:
    BatchLine.objects.filter(pk=line.pk).update(outcome=outcome, ended_at=at, reason=reason[:300])
    line.outcome, line.ended_at, line.reason = outcome, at, reason[:300]


def back_to_due(payout: Payout, *, by: User, at: datetime, note: str = "", **facts: object) -> Payout:
    """Both approvals are gone; history keeps them. The payout is locked by the caller."""
    return move(
        payout,
        to=PayoutStatus.DUE,
        by=by,
        at=at,
        note=note[:300],
        approved_by=None,
        approved_at=None,
        confirmed_by=None,
        exported_at=None,
        seal="",
        **facts,
    )
