"""What the bank or a payment service answered, carried out: paid, due again, or sent back after it was paid."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core import history, secrets
from core.errors import DomainError
from core.use_case import use_case
from milestones import queries
from milestones.models import BankAnswer, PayoutBatch
from milestones.queries.answers import Answer, AnswerRow
from milestones.services import payouts
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
    for row in sorted(answer.acts, key=_order):
        _carry_out(row, by=by, at=at)
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


def _order(row: AnswerRow) -> tuple[int, int]:
    """As everywhere: engagement, then payout."""
    assert row.line is not None
    return row.line.payout.milestone.engagement_id, row.line.payout_id


def _carry_out(row: AnswerRow, *, by: User, at: datetime) -> None:
    assert row.line is not None
    payout = row.line.payout
    if row.effect == AnswerEffect.PAID:
        payouts.confirm_paid(payout, by=by, at=at)
    elif row.effect == AnswerEffect.FAILED:
        payouts.mark_failed(payout, problem=row.reason, by=by, at=at)
    else:
        payouts.mark_returned(payout, problem=row.reason, by=by, at=at)
