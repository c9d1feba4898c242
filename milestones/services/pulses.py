"""“Happy to continue?” from both sides, and the talk that a “no” opens. None of it enters a score."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from core import history
from core.errors import DomainError
from core.use_case import use_case
from engagements.states import Side
from milestones import notifications
from milestones.models import Milestone, Pulse
from milestones.states import Happiness, MilestoneStatus

ASKED_IN = (
    MilestoneStatus.FUNDED,
    MilestoneStatus.CHANGES_REQUESTED,
    MilestoneStatus.SUBMITTED,
    MilestoneStatus.ACCEPTED,
    MilestoneStatus.PAID,
)


@use_case
def answer_pulse(milestone: Milestone, *, side: str, answer: str, by: User, at: datetime) -> Pulse:
    """One side's answer. It may be changed until both are in at an accepted milestone: then each has read the other's.

    Raises DomainError for an answer that there is not, and once both are in."""
    milestone = Milestone.objects.lock(milestone)
    if answer not in Happiness.values or side not in Side.values:
        raise DomainError(_("Choose yes, with changes, or no."))
    if milestone.status not in ASKED_IN:
        raise DomainError(_("This is asked when the work is handed in."))
    given = {pulse.side: pulse for pulse in Pulse.objects.select_for_update().filter(milestone=milestone)}
    is_over = milestone.status in (MilestoneStatus.ACCEPTED, MilestoneStatus.PAID)
    if is_over and len(given) == len(Side.values):
        raise DomainError(_("Both answers are in, and each has read the other’s. Write a message instead."))
    was = given.get(side)
    if was is not None and was.answer == answer:
        return was
    facts = {"answer": answer, "by": by, "at": at, "talked_at": None, "talked_by": None}
    pulse, _is_new = Pulse.objects.update_or_create(milestone=milestone, side=side, defaults=facts)
    history.touch(milestone.engagement, at=at)
    if answer == Happiness.NO:
        notifications.talk_wanted(pulse, milestone, at=at)
    return pulse


@use_case
def note_talk(milestone: Milestone, *, by: User, at: datetime) -> Milestone:
    """The comms owner says that the talk was had. Raises DomainError where none is open."""
    milestone = Milestone.objects.lock(milestone)
    if not Pulse.objects.open_talks().filter(milestone=milestone).update(talked_at=at, talked_by=by):
        raise DomainError(_("No talk is open here."))
    history.touch(milestone.engagement, at=at)
    return milestone
