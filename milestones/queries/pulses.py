"""“Happy to continue?”, as far as a person may see it."""

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import User
from engagements.states import Side
from milestones.models import Milestone, Pulse
from milestones.states import Happiness, MilestoneStatus


@dataclass(frozen=True)
class PulsePanel:
    """`may_answer` is whether the viewer's side still may; `shown` are the answers that the viewer sees."""

    side: str  # the viewer's own, "" for who only reads
    own: Pulse | None
    shown: Sequence[Pulse]
    may_answer: bool
    talk: Pulse | None  # a “no” that waits for a talk, for who leads it


def pulse_panel(milestone: Milestone, pulses: Sequence[Pulse], viewer: User) -> PulsePanel | None:
    """Each side sees the other's answer once both are in at an accepted milestone, who hears the private line sees them
    always, nobody else any. None where there is nothing to see or answer. No query."""
    engagement = milestone.engagement
    is_accepted = milestone.status in (MilestoneStatus.ACCEPTED, MilestoneStatus.PAID)
    side = ""
    if engagement.contractor.user_id == viewer.pk:
        side = Side.THEIRS
    elif viewer.pk in (engagement.lead_id, engagement.delegate_id):  # as `permissions.can_answer_for_us`
        side = Side.OURS
    hears = engagement.hears_private_line(viewer)
    own = next((p for p in pulses if p.side == side), None)
    both = is_accepted and len(pulses) == len(Side.values)
    shown = [p for p in pulses if hears or (both and side) or p is own]
    may_answer = bool(side) and is_accepted and not both
    talk = next((p for p in pulses if p.answer == Happiness.NO and p.talked_at is None), None) if hears else None
    if not shown and not may_answer:
        return None
    return PulsePanel(side, own, shown, may_answer, talk)
