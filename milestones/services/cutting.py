"""Less than was offered: a milestone is cut before both have signed, and the price with it."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from core import history
from core.errors import DomainError
from core.transitions import move
from core.use_case import use_case
from engagements.models import Engagement
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
def cut_milestone(milestone: Milestone, *, reason: str, by: User, at: datetime) -> Engagement:
    """Take a milestone, the goals that only it serves, and its amount out of an offer. A signature under the old text
    is voided; the contractor is told why and estimates the rest anew. Raises DomainError once both have signed, for the
    last milestone, without a reason, and when the offer could not have left without it."""
    milestone = Milestone.objects.lock(milestone)
    engagement = milestone.engagement
    if engagement.status != EngagementStatus.OFFERED:
        raise DomainError(
            _("“%(what)s” is %(state)s. Scope is cut while the offer stands.")
            % {"what": engagement, "state": engagement.get_status_display().lower()}
        )
    if not reason.strip():
        raise DomainError(_("Say why it is cut: %(who)s reads it.") % {"who": engagement.contractor})
    rest = list(engagement.milestones.standing().exclude(pk=milestone.pk).select_for_update(of=("self",)))
    if not rest:
        raise DomainError(_("This is the only milestone. Take the offer back instead."))
    lacked = lacks_of_offer(engagement)
    move(milestone, to=MilestoneStatus.CANCELLED, by=by, at=at, note=reason)
    milestone.goals.exclude(milestones__in=rest).delete()
    lacks = [lack for lack in lacks_of_offer(engagement) if lack not in lacked]
    if lacks:
        raise DomainError(_("Not cut: %(lacks)s.") % {"lacks": "; ".join(lacks)})
    price = engagement.price
    engagement.price_minor -= milestone.amount_minor
    Engagement.objects.filter(pk=engagement.pk).update(price_minor=engagement.price_minor)
    note = _("%(before)s → %(after)s") % {"before": price, "after": engagement.price}
    history.record(engagement, verb="cut", by=by, at=at, note=note)
    standing = current_agreement(engagement)
    if standing is not None:
        agreements.void(standing, reason=_("Cut: %(what)s") % {"what": milestone}, by=by, at=at)
        for each in rest:
            if each.status == MilestoneStatus.ESTIMATED:
                move(each, to=MilestoneStatus.PLANNED, by=by, at=at)
    offers.keep_open(engagement, at=at)
    record_contact(engagement, side=Side.OURS, kind=ContactKind.REVIEW, by=by, at=at)
    notifications.milestone_cut(milestone, reason=reason, by=by, at=at)
    return engagement
