"""Batches as finance sees them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from accounts.models import User
from core.money import Money
from milestones.models import BatchFile, BatchLine, PayoutBatch
from milestones.states import BatchStatus, LineOutcome


@dataclass
class BatchRow:
    """A batch with its sums by currency; `answered` of its `payouts` have their answer from the bank."""

    batch: PayoutBatch
    sums: list[tuple[Money, int]] = field(default_factory=list)  # (sum, how many) of each currency
    payouts: int = 0
    answered: int = 0
    turn: str = ""  # whose, in words
    is_mine: bool = False
    files: Sequence[BatchFile] = ()
    first_lines: Sequence[BatchLine] = ()


def batch_rows(batches: Sequence[PayoutBatch], viewer: User) -> list[BatchRow]:
    """In one query, however many."""
    rows = {batch.pk: BatchRow(batch) for batch in batches}
    counted = (
        BatchLine.objects.kept()
        .filter(batch__in=rows)
        .order_by("currency")
        .values_list("batch", "currency", "outcome")
        .annotate(minor=Sum("amount_minor"), n=Count("pk"))
    )
    sums: dict[int, dict[str, tuple[int, int]]] = defaultdict(dict)
    for pk, currency, outcome, minor, n in counted:
        before = sums[pk].get(currency, (0, 0))
        sums[pk][currency] = before[0] + minor, before[1] + n
        rows[pk].payouts += n
        rows[pk].answered += n if outcome != LineOutcome.LIVE else 0
    for pk, row in rows.items():
        row.sums = [(Money(minor, currency), n) for currency, (minor, n) in sums[pk].items()]
        row.turn, row.is_mine = _turn(row.batch, viewer)
    return list(rows.values())


def _turn(batch: PayoutBatch, viewer: User) -> tuple[str, bool]:
    if batch.status == BatchStatus.OPEN:
        if batch.created_by_id == viewer.pk:
            return _("Somebody else confirms it"), False
        return _("Yours: confirm"), True
    if batch.status == BatchStatus.CONFIRMED:
        return _("Yours: make the files"), True
    if batch.status == BatchStatus.EXPORTED:
        return _("The bank’s"), False
    return "", False


def batches_to_confirm(viewer: User, *, lines: int) -> list[BatchRow]:
    """What other people put together, the oldest first, each with its first `lines` payouts."""
    batches = PayoutBatch.objects.for_list().filter(status=BatchStatus.OPEN).exclude(created_by=viewer).order_by("pk")
    rows = [row for row in batch_rows(list(batches[:3]), viewer) if row.payouts]
    for row in rows:
        row.first_lines = list(BatchLine.objects.live().filter(batch=row.batch).for_list()[:lines])
    return rows


def batch_row(batch: PayoutBatch, viewer: User) -> BatchRow:
    row = batch_rows([batch], viewer)[0]
    row.files = list(BatchFile.objects.for_list().filter(batch=batch))
    return row


def open_batch_of(user: User) -> PayoutBatch | None:
    """The one that this person's approvals go into."""
    return PayoutBatch.objects.open_of(user).first()
