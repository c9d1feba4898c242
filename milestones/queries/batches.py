"""Batches as finance sees them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, CharField, Count, QuerySet, Sum, Value, Window
from django.db.models.functions import Cast, RowNumber
from django.utils.translation import gettext as _

from accounts.models import User
from core.money import Money
from core.prepared import Prepared
from milestones.models import BatchFile, BatchLine, PayoutBatch
from milestones.states import BatchStatus, LineOutcome

LINES_SHOWN = 8  # of a batch that is to be confirmed
NO_WORD = Value("", CharField())


class Line(NamedTuple):
    """A payout in a batch, as the second person looks at it."""

    number: int
    amount: Money
    payee: str
    engagement: str
    milestone: str
    bank_country: str
    last4: str


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
    first_lines: Sequence[Line] = ()

    @property
    def unanswered(self) -> int:
        return self.payouts - self.answered


def _row(kind: str, rows: QuerySet, batch: str, *columns: Any) -> QuerySet:
    return rows.order_by().values_list(Value(kind, CharField()), batch, *columns)


def _all(batches: Any, shown: Any) -> QuerySet:
    """(kind, batch, number of lines or of the line, sum, currency, outcome, five words about a line)."""
    kept = BatchLine.objects.kept().filter(batch__in=batches).order_by().values("batch_id", "currency", "outcome")
    sums = kept.annotate(minor=Cast(Sum("amount_minor"), BigIntegerField()), n=Count("pk"))
    nth = Window(RowNumber(), partition_by="batch_id", order_by="pk")
    lines = BatchLine.objects.live().filter(batch__in=shown).annotate(nth=nth).filter(nth__lte=LINES_SHOWN)
    place = "payout__milestone"
    words = ("payee", f"{place}__engagement__title", f"{place}__title", "bank_country", "last4")
    return _row("sum", sums, "batch_id", "n", "minor", "currency", "outcome", *(NO_WORD for _word in words)).union(
        _row("line", lines, "batch_id", "pk", "amount_minor", "currency", "outcome", *words), all=True
    )


_prepared = Prepared(_all)


def batch_rows(
    batches: Sequence[PayoutBatch], viewer: User, *, to_confirm: Sequence[PayoutBatch] = ()
) -> list[BatchRow]:
    """Of `batches` and then of `to_confirm`, these with their first lines; in one query, however many."""
    sums: dict[int, dict[str, tuple[int, int]]] = defaultdict(dict)
    rows = [BatchRow(batch) for batch in (*batches, *to_confirm)]
    answered: dict[int, int] = defaultdict(int)
    lines: dict[int, list[Line]] = defaultdict(list)
    found = _prepared.rows({row.batch.pk for row in rows}, [batch.pk for batch in to_confirm]) if rows else ()
    for kind, pk, n, minor, currency, outcome, *words in found:
        if kind == "line":
            lines[pk].append(Line(n, Money(minor, currency), *words))
            continue
        before = sums[pk].get(currency, (0, 0))
        sums[pk][currency] = before[0] + minor, before[1] + n
        answered[pk] += n if outcome != LineOutcome.LIVE else 0
    for row in rows:
        by_currency = sums[row.batch.pk]
        row.sums = [(Money(minor, currency), n) for currency, (minor, n) in sorted(by_currency.items())]
        row.payouts, row.answered = sum(n for _minor, n in by_currency.values()), answered[row.batch.pk]
        row.turn, row.is_mine = _turn(row.batch, viewer)
        row.first_lines = sorted(lines[row.batch.pk])
    return rows


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


def batch_row(batch: PayoutBatch, viewer: User) -> BatchRow:
    row = batch_rows([batch], viewer)[0]
    row.files = list(BatchFile.objects.for_list().filter(batch=batch))
    return row


def open_batch_of(user: User) -> PayoutBatch | None:
    """The one that this person's approvals go into."""
    return PayoutBatch.objects.open_of(user).first()
