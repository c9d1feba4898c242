"""What the bank or a payment service answered, carried out: paid, due again, or sent back after it was paid."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core import history, secrets
from core.errors import DomainError
from core.use_case import use_case
from milestones import queries
from milestones.models import BankAnswer, Payout, PayoutBatch
from milestones.queries.answers import Answer, AnswerRow
from milestones.services import payouts
from milestones.services.blocks import A_BLOCK, refuse_first
from milestones.services.invoices import issue_invoices
from milestones.states import AnswerEffect


@use_case
def take_answer(*, name: str, text: str, seen: str, by: User, at: datetime) -> BankAnswer:
    """Carry out what was shown, all of it in one transaction, and keep the answer. `seen` is the key of the Answer that
    was shown. Raises DomainError when the answer was read before, names a file that isn't ours, would do something
    else by now, or nothing at all."""
    first_look = queries.read_answer(name, text)
    # Two answers about the same batches wait for each other here, in one order; then everything is read again.
    for batch_id in sorted({row.line.batch_id for row in first_look.acts if row.line}):
        PayoutBatch.objects.lock(batch_id)
    answer = queries.read_answer(name, text)
    if answer.key != seen:
        raise DomainError(_("Something moved since you looked. Here is what the answer does now."))
    if not answer.acts:
        raise DomainError(_("Nothing in this answer changes anything, so there is nothing to carry out."))
    kept = _keep(answer, by=by, at=at)
    _carry_out(answer, by=by, at=at)
    history.record(kept, verb="created", by=by, at=at)
    return kept


def _keep(answer: Answer, *, by: User, at: datetime) -> BankAnswer:
    try:
        with transaction.atomic():
            return BankAnswer.objects.create(
                name=answer.name,
                kind=answer.kind,
                content_cipher=secrets.encrypt(answer.text),
                sha256=answer.sha256,
                paid=answer.counts[AnswerEffect.PAID],
                failed=answer.counts[AnswerEffect.FAILED] + answer.counts[AnswerEffect.RETURNED],
                by=by,
                at=at,
            )
    except IntegrityError as error:  # a rival read it in this very moment
        raise DomainError(_("Somebody else just read this very answer. Reload to see what became of it.")) from error


def _carry_out(answer: Answer, *, by: User, at: datetime) -> None:
    """A block of rows after the other, so that only one is in memory; what any of them can't do, nobody does. All are
    locked before the first, in one order, and invoices are written after everything else: who needs a number of one
    waits for the last moments alone."""
    rows = {row.line.payout_id: row for row in answer.acts if row.line}
    Payout.objects.hold(rows)
    paid: list[int] = []
    for keys in _blocks(rows, AnswerEffect.PAID):
        refuse_first(payouts.pay(keys, by=by, at=at)[1])
        paid += keys
    said = {pk: row.reason for pk, row in rows.items()}
    for keys in _blocks(rows, AnswerEffect.FAILED):
        refuse_first(payouts.fail_each({pk: said[pk] for pk in keys}, by=by, at=at))
    for start in range(0, len(paid), A_BLOCK):
        issue_invoices(Payout.objects.held(paid[start : start + A_BLOCK]), by=by, at=at)
    for keys in _blocks(rows, AnswerEffect.RETURNED):
        refuse_first(payouts.return_each({pk: said[pk] for pk in keys}, by=by, at=at))


def _blocks(rows: Mapping[int, AnswerRow], effect: str) -> Iterator[list[int]]:
    """The payouts of rows with this effect, by engagement and then payout, as everywhere."""
    found = [
        (row.line.payout.milestone.engagement_id, pk) for pk, row in rows.items() if row.line and row.effect == effect
    ]
    keys = [pk for _engagement, pk in sorted(found)]
    return (keys[start : start + A_BLOCK] for start in range(0, len(keys), A_BLOCK))
