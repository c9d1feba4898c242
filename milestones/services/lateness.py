"""Payouts whose promised day is past: told to our side, once a promise."""

from datetime import datetime

from django.db.models import QuerySet

from core.use_case import use_case
from milestones.models import Payout
from milestones.notifications.bank import payout_late
from milestones.queries.banks import bank_of, replaced_banks
from milestones.queries.timeline import house_day, turn_of
from milestones.states import SETTLED, MoneyTurn


def late_payouts(at: datetime) -> QuerySet[Payout]:
    """Open, past their day and not looked at since; on the calendar of UTC, which needs no query."""
    return Payout.objects.open().promised_before(at.date()).untold()


@use_case
def tell_late(payout_id: int, *, at: datetime) -> bool:
    """Tell the lead and finance that a promise is broken, unless it is the payee's turn. False when nobody is told."""
    payout = Payout.objects.lock(payout_id)
    if payout.status in SETTLED or payout.due_on >= house_day(at):
        return False
    Payout.objects.filter(pk=payout.pk).update(late_told_on=payout.due_on)
    detail = bank_of(payout.milestone.engagement.contractor)
    turn = turn_of(payout, replaced=replaced_banks([detail] if detail else [], at=at))
    if turn not in (MoneyTurn.FINANCE, MoneyTurn.BANK):
        return False
    payout_late(payout, is_in_bank=turn == MoneyTurn.BANK, at=at)
    return True
