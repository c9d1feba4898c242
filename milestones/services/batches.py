"""Batches: approved payouts on their way to the bank. One person puts them in, a second confirms, then the files are
made, once. Locks run contractor → batch → engagement → milestone → payout."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from contractors.models import Contractor
from core.errors import DomainError
from core.inserting import insert_many
from core.prepared import among
from core.transitions import born, move, move_each, why_not
from core.use_case import use_case
from milestones import queries
from milestones.models import BatchFile, BatchLine, Payout, PayoutBatch
from milestones.permissions import approval_problem, party_problem
from milestones.queries.checks import Problem
from milestones.services import bank_files
from milestones.services.blocks import Outcome, refuse_first
from milestones.services.lines import held_lines, sift, take_out_lines
from milestones.states import BatchStatus, LineOutcome, PayoutStatus

TRIES = 5
MOST = 5000  # payouts in a batch: as many as an answer of the bank may name
AT_HAND = (BatchStatus.OPEN, BatchStatus.CONFIRMED)


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
    try:
        with transaction.atomic():
            outcome = approve_each([payout.pk], by=by, at=at, knowing=[payout.pk] if knowing else ())
    except IntegrityError as error:
        raise DomainError(_("This payout is in another batch already. Reload to see where.")) from error
    refuse_first(outcome)
    return BatchLine.objects.live().select_related("batch__created_by").get(payout=payout.pk)


@use_case
def approve_each(keys: Sequence[int], *, by: User, at: datetime, knowing: Collection[int] = ()) -> Outcome:
    """`approve` for these payouts, `knowing` for some of them, in a number of statements that doesn't grow with them.
    Whichever can't be approved is set aside with the reason; one that is in another batch refuses all of them."""
    good: list[Payout] = []
    outcome = Outcome()
    with transaction.atomic():
        batch = _open_batch(by, at)
        room = MOST - BatchLine.objects.of(batch).live().count()
        Payout.objects.hold(keys)
        found = queries.payouts_of(keys)
        outcome.aside += [(pk, _("It isn’t there any more.")) for pk in sorted({*keys} - {p.pk for p in found})]
        facts = queries.facts_of(found, at=at)
        problems = queries.problems_of(queries.with_approvers(found, facts), at=at, facts=facts)
        for payout in found:
            why = approval_problem(by, payout) or _refusal(problems[payout.pk], knowing=payout.pk in knowing)
            if why := why or why_not(payout, PayoutStatus.APPROVED) or (_full() if len(good) >= room else ""):
                outcome.aside.append((payout.pk, why))
            else:
                good.append(payout)
        if good:
            _put(batch, good, by=by, at=at)
        else:
            transaction.set_rollback(True)  # nor is a batch made for nothing
    outcome.done += [payout.pk for payout in good]
    return outcome


def _put(batch: PayoutBatch, payouts: Sequence[Payout], *, by: User, at: datetime) -> None:
    details = {payout.pk: queries.bank_of(payout.milestone.engagement.contractor) for payout in payouts}
    # The checks say that there is one, and that it can be read.
    seals = {p.pk: queries.seal_of(p, detail) for p in payouts if (detail := details[p.pk])}
    move_each(payouts, to=PayoutStatus.APPROVED, by=by, at=at, own={"seal": seals}, approved_by=by, approved_at=at)
    held = ("holder_cipher", "form", "bank_country", "account_cipher", "code_cipher", "account_type", "last4", "town",
            "country")  # fmt: skip
    names = ["batch_id", "payout_id", "payee", *held, "amount_minor", "currency", "seal", "outcome", "reason"]
    rows = [
        (
            batch.pk,
            payout.pk,
            str(payout.milestone.engagement.contractor)[:160],
            *(getattr(details[payout.pk], name) for name in held),
            payout.amount_minor,
            payout.currency,
            seals[payout.pk],
            LineOutcome.LIVE.value,
            "",
        )
        for payout in payouts
    ]
    insert_many(BatchLine, names, rows)


def _full() -> str:
    return _("Your batch is full with %(most)d payouts. Once somebody has confirmed it, approve the rest.") % {
        "most": MOST
    }


def _refusal(problems: Sequence[Problem], *, knowing: bool) -> str:
    """What the first check says that stands in the way; '' where none does."""
    return next((problem.text for problem in problems if not (knowing and problem.may_go)), "")


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
    left = sift(BatchLine.objects.of(batch), by=by, at=at)
    for line in left:
        _refuse_party(line.payout, by)
    if not left:
        raise DomainError(_("Nothing is left in this batch. Void it, or approve something first."))
    Payout.objects.filter(pk__in=among(line.payout_id for line in left)).update(confirmed_by=by)
    return move(batch, to=BatchStatus.CONFIRMED, by=by, at=at, confirmed_by=by, confirmed_at=at)


@use_case
def export(batch: PayoutBatch, *, by: User, at: datetime) -> list[BatchFile]:
    """Make the bank file and a list for each other currency, store them, and say that the payouts have left: all in
    one transaction. Money is posted when the bank's answer says so, not here."""
    batch = PayoutBatch.objects.lock(batch)
    if batch.status != BatchStatus.CONFIRMED:
        raise DomainError(_("Only a confirmed batch is sent, and only once. Reload to see where it stands."))
    left = sift(BatchLine.objects.of(batch), by=by, at=at)
    if not left:
        raise DomainError(_("Nothing is left in this batch: void it. What was taken out waits for approval again."))
    files = bank_files.make(batch, lines=left, setup=queries.payment_setup(), at=at)
    move(batch, to=BatchStatus.EXPORTED, by=by, at=at, exported_by=by, exported_at=at)
    move_each([line.payout for line in left], to=PayoutStatus.EXPORTED, by=by, at=at, exported_at=at)
    return BatchFile.objects.bulk_create(files)


@use_case
def void(batch: PayoutBatch, *, reason: str, by: User, at: datetime) -> PayoutBatch:
    """Before it leaves: its payouts wait for approval again."""
    batch = PayoutBatch.objects.lock(batch)
    if BatchStatus.VOIDED in batch.MOVES[batch.status]:
        take_out_lines(held_lines(BatchLine.objects.of(batch)), reason=reason, by=by, at=at)
    return move(batch, to=BatchStatus.VOIDED, by=by, at=at, note=reason, voided_by=by)


@use_case
def take_out(line: BatchLine, *, reason: str, by: User, at: datetime) -> BatchLine:
    """One payout waits for approval again; the batch goes on without it."""
    refuse_first(take_out_each(line.batch_id, lines=[line.pk], reason=reason, by=by, at=at))
    return BatchLine.objects.for_list().get(pk=line.pk)


@use_case
def take_out_each(batch: Any, *, lines: Sequence[int], reason: str, by: User, at: datetime) -> Outcome:
    """The same for lines of a batch (or of its number), by their numbers; those that have left it are set aside."""
    batch = PayoutBatch.objects.lock(batch)
    found = []
    if batch.status in AT_HAND:
        found = held_lines(BatchLine.objects.of(batch).filter(pk__in=among(lines)))
    take_out_lines(found, reason=reason, by=by, at=at)
    done = [line.pk for line in found]
    gone = _("It has left the batch, or the batch has left. Reload to see where it stands.")
    return Outcome(done, [(pk, gone) for pk in sorted({*lines} - {*done})])


def take_out_changed(contractor: Contractor, *, by: User, at: datetime) -> None:
    """What was approved for this person's old details and hasn't left is approved anew. A step of a use case; the
    contractor is locked by the caller."""
    theirs = BatchLine.objects.before_export().filter(payout__milestone__engagement__contractor=contractor)
    for batch_id in sorted(set(theirs.values_list("batch_id", flat=True))):
        batch = PayoutBatch.objects.lock(batch_id)
        if batch.status in AT_HAND:
            sift(theirs.filter(batch=batch), by=by, at=at)
