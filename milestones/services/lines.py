"""Lines of batches, many at a time: still what was approved, taken out, or ended by the bank's answer."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from core.inserting import update_many
from core.prepared import among
from core.transitions import move_each
from milestones import queries
from milestones.models import BatchLine, Payout
from milestones.querysets.payouts import BatchLineQuerySet
from milestones.states import LineOutcome, PayoutStatus

REASON = 300  # characters


def held_lines(lines: BatchLineQuerySet) -> list[BatchLine]:
    """Those of these lines (of batches locked by the caller) that are live, with their payouts locked, where these go
    and where these people are paid today."""
    found = lines.live()
    Payout.objects.hold(found.order_by().values_list("payout_id", flat=True))
    return list(found.select_related("payout__milestone__engagement__contractor__bank_detail").in_order())


def sift(lines: BatchLineQuerySet, *, by: User, at: datetime) -> list[BatchLine]:
    """Of these lines, whose batches are locked by the caller, those that are still what was approved; the others are
    taken out."""
    left: list[BatchLine] = []
    changed: list[BatchLine] = []
    for line in held_lines(lines):
        (left if _is_as_approved(line) else changed).append(line)
    take_out_lines(changed, reason=_("Changed after approval."), by=by, at=at)
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


def take_out_lines(lines: Sequence[BatchLine], *, reason: str, by: User, at: datetime) -> None:
    """Their payouts, locked by the caller, are due again: nobody has approved them."""
    reason = reason[:REASON]
    end_lines(lines, LineOutcome.TAKEN_OUT, at=at, reasons={line.pk: reason for line in lines})
    payouts = [line.payout for line in lines]
    back_to_due(payouts, by=by, at=at, notes={payout.pk: reason for payout in payouts})


def end_lines(
    lines: Sequence[BatchLine], outcome: LineOutcome, *, at: datetime, reasons: Mapping[int, str] | None = None
) -> None:
    """`reasons` by the number of the line."""
    BatchLine.objects.filter(pk__in=among(line.pk for line in lines)).update(outcome=outcome, ended_at=at)
    reasons = {pk: reason[:REASON] for pk, reason in (reasons or {}).items()}
    update_many(BatchLine, ["reason"], [*reasons.items()])
    for line in lines:
        line.outcome, line.ended_at, line.reason = outcome, at, reasons.get(line.pk, "")


def back_to_due(
    payouts: Sequence[Payout],
    *,
    by: User,
    at: datetime,
    notes: Mapping[int, str] | None = None,
    own: Mapping[str, Mapping[int, Any]] | None = None,
    **facts: Any,
) -> None:
    """Both approvals are gone; history keeps them. The payouts are locked by the caller."""
    move_each(
        payouts,
        to=PayoutStatus.DUE,
        by=by,
        at=at,
        notes=notes,
        own=own,
        approved_by=None,
        approved_at=None,
        confirmed_by=None,
        exported_at=None,
        seal="",
        **facts,
    )
