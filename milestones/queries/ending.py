"""How an engagement may end, and what that would do to each of its milestones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from engagements.models import Engagement
from milestones.models import Milestone
from milestones.states import AT_WORK, UNDECIDED, MilestoneStatus, Origin


def zone_of(engagement: Engagement) -> ZoneInfo:
    """The clock on which the last day ends: the contractor's."""
    return (engagement.contractor.user or engagement.lead).tz


def earliest_last_day(engagement: Engagement, at: datetime) -> date:
    """The first day on which a notice given now may end the contract."""
    return at.astimezone(zone_of(engagement)).date() + timedelta(days=engagement.notice_days)


@dataclass(frozen=True)
class Fate:
    """What ending does to one milestone; `is_open` while something has to be decided before."""

    milestone: Milestone
    text: str
    is_open: bool


def fates(milestones: Sequence[Milestone]) -> list[Fate]:
    return [Fate(m, _fate(m), m.status in UNDECIDED) for m in milestones]


def _fate(milestone: Milestone) -> str:
    if milestone.status in UNDECIDED:
        return _("is decided first")
    if milestone.status in AT_WORK and milestone.origin == Origin.HOLD_BACK:
        return _("held back; handed in until then, it is decided; otherwise %(amount)s returns to the budget") % {
            "amount": milestone.amount
        }
    if milestone.status in AT_WORK:
        return _("handed in until then, it is decided; otherwise %(amount)s returns to the budget") % {
            "amount": milestone.amount
        }
    if milestone.status == MilestoneStatus.ACCEPTED:
        return _("is paid as promised")
    if milestone.status in (MilestoneStatus.PAID, MilestoneStatus.CANCELLED):
        return _("stays as it is")
    return _("is cancelled")
