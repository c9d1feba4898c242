"""The waiting ledger of real milestones (milestones.queries.waiting), read in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.states import Role
from core.models import Event
from core.working_time import Calendar
from engagements.models import Engagement
from milestones.models import Milestone
from milestones.queries.times import MOVES, Times, times_of
from milestones.queries.waiting import Move, Ours, Pauses, Shares, Stretch, away, shares, stretches, within, without
from milestones.states import COURT, IN_WORK, UNFUNDED

Part = tuple[str, timedelta, str]  # css class, how long, whose in the reader's words


@dataclass(frozen=True)
class Clock:
    """What the waiting ledger of one milestone rests on."""

    milestone: Milestone
    moves: Sequence[Move]
    pauses: Pauses
    theirs: Calendar  # the contractor's
    ours: Ours  # the lead's, and that of who stood in

    @property
    def started_at(self) -> datetime | None:
        """When the ledger starts; None when it has not."""
        return next((m.at for m in self.moves if m.became in IN_WORK), None)

    @property
    def is_running(self) -> bool:
        return bool(self.moves) and self.moves[-1].became in IN_WORK

    def stretches(self, until: datetime) -> list[Stretch]:
        return stretches(self.moves, until, self.pauses)

    def shares(self, until: datetime) -> Shares:
        """Its time so far, or up to an earlier instant."""
        return shares(self.stretches(until), theirs=self.theirs, ours=self.ours)

    def away(self, until: datetime) -> timedelta:
        """How much of *ours* fell on leave of whoever held the review."""
        return away(self.stretches(until), self.ours)


def _told(milestones: Sequence[Milestone], since: datetime) -> Iterable[tuple[int, str, datetime, str]]:
    if not milestones:
        return ()
    events = Event.objects.filter(
        root_type=Engagement._meta.label_lower,
        root_id__in={m.engagement_id for m in milestones},
        subject_type=Milestone._meta.label_lower,
        subject_id__in=[m.pk for m in milestones],
        verb__in=MOVES,
        at__gte=since,
    )
    return events.order_by("root_id", "seq").values_list("subject_id", "became", "at", "was")


def clocks_of(milestones: Sequence[Milestone], at: datetime, times: Times | None = None) -> dict[int, Clock]:
    """By milestone id, in one query for however many, none for none or where the `times` were read. They come with
    engagement__contractor__user and engagement__lead selected."""
    if not milestones:
        return {}
    known = times or times_of((m.engagement for m in milestones), at)
    return {
        m.pk: Clock(m, known.moves.get(m.pk, ()), known.pauses[m.engagement_id], *known.of(m.engagement))
        for m in milestones
    }


def shares_by_engagement(milestones: Sequence[Milestone], since: datetime, at: datetime) -> dict[int, Shares]:
    """Who waited for whom from `since` to `at`, by engagement id, without those in which nobody did. Two queries at
    most: of milestones that stood still since then the history is not read, of those that never began nothing."""
    begun = [m for m in milestones if m.status not in UNFUNDED]
    live = [m for m in begun if m.status in IN_WORK or m.status_since >= since]
    if not live:
        return {}
    moves: dict[int, list[Move]] = {}
    for pk, became, moved_at, was in _told([m for m in live if m.status_since >= since], since):
        moves.setdefault(pk, [Move(was, since)]).append(Move(became, moved_at))
    times = times_of((m.engagement for m in live), at, with_moves=False)
    found: dict[int, Shares] = defaultdict(Shares)
    for m in live:
        theirs, ours = times.of(m.engagement)
        stood = [Stretch(COURT[m.status], max(since, m.status_since), at)] if m.status in IN_WORK else []
        parts = stretches(moves[m.pk], at) if m.pk in moves else stood
        parts = within(without(parts, times.pauses[m.engagement_id]), since, at)
        found[m.engagement_id] += shares(parts, theirs=theirs, ours=ours)
    return {pk: s for pk, s in found.items() if s}


def parts_of(shares: Shares, engagement: Engagement | None, viewer: User) -> list[Part]:
    """The three parts in the words of whoever reads them; of several engagements without names."""
    contractor = engagement.contractor if engagement else None
    if viewer.role == Role.CONTRACTOR:
        theirs, ours = _("you"), engagement.lead.first_name if engagement else _("the team")
    else:
        theirs = (contractor.user.first_name if contractor.user else str(contractor)) if contractor else _("they")
        ours = _("we")
    return [
        ("theirs", shares.theirs, theirs),
        ("ours", shares.ours, ours),
        ("neither", shares.no_overlap, _("no overlap")),
    ]
