"""Less than was offered: milestones and goals are dropped before both have signed, and the price with them."""

from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from core import history
from core.errors import DomainError
from core.transitions import move
from core.use_case import use_case
from engagements.models import Engagement, Goal
from engagements.queries.gate import lacks_of_offer
from engagements.queries.offer import current_agreement
from engagements.services import agreements
from engagements.services.contacts import record_contact
from engagements.states import ContactKind, EngagementStatus, Side
from milestones import notifications
from milestones.models import Milestone
from milestones.services import offers
from milestones.states import MilestoneStatus


@use_case
def cut_scope(
    engagement: Engagement,
    *,
    milestones: Collection[int],
    goals: Collection[int],
    reason: str,
    by: User,
    at: datetime,
) -> Engagement:
    """Take milestones with their amounts, and goals, out of an offer (ids). A goal that only dropped milestones serve
    goes with them; the price is what is left of the amounts. A signature under the old text is voided; the contractor
    is told why and estimates the rest anew.

    Raises DomainError once both have signed, for nothing, for everything, for a milestone that would keep no goal,
    without a reason, and when the offer could not have left without what is dropped."""
    engagement = Engagement.objects.lock(engagement)
    if engagement.status != EngagementStatus.OFFERED:
        raise DomainError(
            _("“%(what)s” is %(state)s. Scope is cut while the offer stands.")
            % {"what": engagement, "state": engagement.get_status_display().lower()}
        )
    if not reason.strip():
        raise DomainError(_("Say why it is cut: %(who)s reads it.") % {"who": engagement.contractor})
    plan = list(engagement.milestones.standing().select_for_update(of=("self",)))
    dropped, rest = _parted(engagement, plan, milestones)
    lacked = lacks_of_offer(engagement)
    names = [str(m) for m in dropped]
    for milestone in dropped:
        move(milestone, to=MilestoneStatus.CANCELLED, by=by, at=at, note=reason)
    names += _drop_goals(engagement, rest, goals)
    if not names:
        raise DomainError(_("Tick what is dropped."))
    lacks = [lack for lack in lacks_of_offer(engagement) if lack not in lacked]
    if lacks:
        raise DomainError(_("Not cut: %(lacks)s.") % {"lacks": "; ".join(lacks)})
    price = engagement.price
    engagement.price_minor = sum(m.amount_minor for m in rest)
    Engagement.objects.filter(pk=engagement.pk).update(price_minor=engagement.price_minor)
    history.record(engagement, verb="cut", by=by, at=at, note=f"{price} → {engagement.price}. {reason}")
    _void(engagement, rest, reason, by=by, at=at)
    offers.keep_open(engagement, at=at)
    record_contact(engagement, side=Side.OURS, kind=ContactKind.REVIEW, by=by, at=at)
    notifications.offer_cut(engagement, names, reason=reason, by=by, at=at)
    return engagement


def _parted(
    engagement: Engagement, plan: list[Milestone], dropped: Collection[int]
) -> tuple[list[Milestone], list[Milestone]]:
    if set(dropped) - {m.pk for m in plan}:
        raise DomainError(_("Some of this is not in the offer any more. Read it again, then cut."))
    rest = [m for m in plan if m.pk not in dropped]
    if not rest:
        raise DomainError(_("Nothing of “%(what)s” would be left. Take the offer back instead.") % {"what": engagement})
    return [m for m in plan if m.pk in dropped], rest


def _drop_goals(engagement: Engagement, rest: list[Milestone], dropped: Collection[int]) -> list[str]:
    """Those that were ticked, and those that nothing of the rest serves; returns the names of the ticked."""
    ticked = list(engagement.goals.filter(pk__in=dropped))
    if len(ticked) != len(set(dropped)):
        raise DomainError(_("Some of this is not in the offer any more. Read it again, then cut."))
    kept = Goal.objects.filter(engagement=engagement, milestones__in=rest).exclude(pk__in=dropped)
    for milestone in rest:
        if not milestone.goals.exclude(pk__in=dropped).exists():
            raise DomainError(
                _("“%(what)s” would be left without a goal. Drop the milestone itself instead.") % {"what": milestone}
            )
    engagement.goals.exclude(pk__in=set(kept.values_list("pk", flat=True))).delete()
    return [goal.metric for goal in ticked]


def _void(engagement: Engagement, rest: list[Milestone], reason: str, *, by: User, at: datetime) -> None:
    standing = current_agreement(engagement)
    if standing is None:
        return
    agreements.void(standing, reason=_("The offer became smaller. %(why)s") % {"why": reason}, by=by, at=at)
    for milestone in rest:
        if milestone.status == MilestoneStatus.ESTIMATED:
            move(milestone, to=MilestoneStatus.PLANNED, by=by, at=at)
