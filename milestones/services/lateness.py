"""Payouts whose promised day is past: told to our side, once a promise."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F, QuerySet

from core.prepared import among
from core.transitions import free
from core.use_case import use_case
from engagements.models import Engagement
from milestones.models import Milestone, Payout
from milestones.notifications.bank import payouts_late
from milestones.queries.banks import bank_of, replaced_banks
from milestones.queries.timeline import house_day, turn_of
from milestones.states import MoneyTurn


def late_payouts(at: datetime) -> QuerySet[Payout]:
    """Open, past their day and not looked at since; on the calendar of UTC, which needs no query."""
    return Payout.objects.open().promised_before(at.date()).untold()


@use_case
def tell_late(payouts: Sequence[int], *, at: datetime) -> int:
    """Tell the leads and finance that promises are broken, but those that wait for the payee. Returns of how many
    somebody is told; those that somebody else is changing right now are left. In a fixed number of statements, however
    many."""
    known = Payout.objects.filter(pk__in=among(payouts))
    # The engagements before the payouts: in this order everybody locks.
    held = free(Engagement.objects.filter(pk__in=known.values("milestone__engagement")), "pk")
    theirs = Milestone.objects.filter(engagement__in=among(pk for (pk,) in held))
    late = known.open().untold().promised_before(house_day(at)).filter(milestone__in=theirs.values("pk"))
    mine = [pk for (pk,) in free(late, "pk")]
    found = list(Payout.objects.filter(pk__in=among(mine)).for_mail())
    details = [detail for payout in found if (detail := bank_of(payout.milestone.engagement.contractor))]
    replaced = replaced_banks(details, at=at)
    Payout.objects.filter(pk__in=among(mine)).update(late_told_on=F("due_on"))
    turns = [(payout, turn_of(payout, replaced=replaced)) for payout in found]
    told = [(payout, turn == MoneyTurn.BANK) for payout, turn in turns if turn in (MoneyTurn.FINANCE, MoneyTurn.BANK)]
    payouts_late(told, at=at)
    return len(told)
