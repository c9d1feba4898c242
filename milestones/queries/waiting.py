"""The waiting ledger: whose every working hour of a milestone was.

*When it runs.* From the instant a milestone is funded (a part that was split off: from its split) until it is
accepted or cancelled, or until now. Before it is funded no work is asked for; after it is accepted nobody waits for
work. Pauses of the engagement are cut out: paused time counts to nobody.

*Whose court.* The court follows from the state (`milestones.states.COURT`): theirs while funded or changes requested,
ours while submitted or disputed.

*Whose hour.* In a stretch that lies in one side's court, the hours in which that side works are its own: *theirs* or
*ours*. The hours in which only the other side works are *no-overlap*: nobody could be blamed for them, and somebody
waited. Theirs is the contractor's working time. Ours is that of whoever holds the review at that instant: who stands in
for the lead (a delegate, or the cover), else the lead. Nobody's nights and holidays count to anybody, nor does the
contractor's leave.

*Leave of ours is ours.* It is not taken out of our working time: whoever of ours was away, the contractor waited for
us. So our absence moves the due date as our work does, and no leave of ours, whenever it is entered, changes a ledger.
(The review window is another clock: it does stop on leave, because nothing is decided then.)

*What always holds.* theirs + ours + no-overlap = the elapsed working time, which is the union of both sides' working
time, as said above, without the pauses.

Pure functions over what was read before; `milestones.queries.stretches` reads it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from core.shared_time import either
from core.working_time import Calendar, add, between
from engagements.states import Court
from milestones.states import COURT, IN_WORK

NONE = timedelta()


@dataclass(frozen=True)
class Move:
    """A milestone reached a state."""

    became: str
    at: datetime


@dataclass(frozen=True)
class Stretch:
    """Time in one side's court (Court.THEIRS or Court.OURS)."""

    court: str
    since: datetime
    until: datetime


Pauses = Sequence[tuple[datetime, datetime | None]]  # from, to; None: it goes on


class Hours(NamedTuple):
    """Working time of one of ours: as if there were no leave, and with leave taken out."""

    whole: Calendar
    present: Calendar


def hours_of(calendar: Calendar) -> Hours:
    return Hours(replace(calendar, leave=()) if calendar.leave else calendar, calendar)


class StandIn(NamedTuple):
    """Somebody holds the review in the lead's place."""

    since: datetime
    until: datetime
    hours: Hours


class Ours(NamedTuple):
    """Our side: the lead, and who stood in for the lead, in their order."""

    lead: Hours
    stand_ins: Sequence[StandIn] = ()

    def held(self, a: datetime, b: datetime) -> Iterator[tuple[datetime, datetime, Hours]]:
        """The time from `a` to `b` by who held the review: pieces in order that leave no gap."""
        for stand_in in self.stand_ins:
            since, until = max(stand_in.since, a), min(stand_in.until, b)
            if since < until:
                if a < since:
                    yield a, since, self.lead
                yield since, until, stand_in.hours
                a = until
        if a < b:
            yield a, b, self.lead


@dataclass(frozen=True)
class Shares:
    """Working time by whose it was."""

    theirs: timedelta = NONE
    ours: timedelta = NONE
    no_overlap: timedelta = NONE

    @property
    def total(self) -> timedelta:
        return self.theirs + self.ours + self.no_overlap

    def __add__(self, other: "Shares") -> "Shares":
        return Shares(self.theirs + other.theirs, self.ours + other.ours, self.no_overlap + other.no_overlap)

    def __bool__(self) -> bool:
        return bool(self.total)


def stretches(moves: Iterable[Move], until: datetime, pauses: Pauses = ()) -> list[Stretch]:
    """The time of a milestone by court, from its moves in order; the last one lasts until `until`."""
    found: list[Stretch] = []
    state, since = "", until
    for move in [*moves, Move("", until)]:
        if state in IN_WORK and since < min(move.at, until):
            found.append(Stretch(COURT[state], since, min(move.at, until)))
        state, since = move.became, move.at
    return without(found, pauses)


def without(stretches: Iterable[Stretch], pauses: Pauses) -> list[Stretch]:
    """The stretches with the pauses cut out of them."""
    found = list(stretches)
    for began, ended in pauses:
        found = [
            part
            for s in found
            for part in (
                Stretch(s.court, s.since, min(s.until, began)),
                Stretch(s.court, max(s.since, ended), s.until) if ended else Stretch(s.court, s.until, s.until),
            )
            if part.since < part.until
        ]
    return found


def within(stretches: Iterable[Stretch], a: datetime, b: datetime) -> list[Stretch]:
    """What of the stretches lies between two instants."""
    cut = [Stretch(s.court, max(s.since, a), min(s.until, b)) for s in stretches]
    return [s for s in cut if s.since < s.until]


def shares(stretches: Iterable[Stretch], *, theirs: Calendar, ours: Ours) -> Shares:
    """Every working hour of the stretches, by whose it was."""
    found = Shares()
    for s in stretches:
        for since, until, hours in ours.held(s.since, s.until):
            elapsed = either(since, until, theirs, hours.whole)
            if s.court == Court.THEIRS:
                own = between(since, until, theirs)
                found += Shares(theirs=own, no_overlap=elapsed - own)
            else:
                own = between(since, until, hours.whole)
                found += Shares(ours=own, no_overlap=elapsed - own)
    return found


def away(stretches: Iterable[Stretch], ours: Ours) -> timedelta:
    """How much of *ours* fell on leave of whoever held the review."""
    total = NONE
    for s in stretches:
        if s.court == Court.OURS:
            for since, until, (whole, present) in ours.held(s.since, s.until):
                if whole is not present:
                    total += between(since, until, whole) - between(since, until, present)
    return total


def paused(pauses: Pauses, a: datetime, b: datetime, calendar: Calendar) -> timedelta:
    """Working time between two instants that lay in pauses."""
    total = NONE
    for began, ended in pauses:
        start, end = max(began, a), min(ended or b, b)
        if start < end:
            total += between(start, end, calendar)
    return total


def moved_due_date(promised_on: date, delay: timedelta, theirs: Calendar) -> date:
    """The promised day moved by `delay` of the contractor's working time, counted from the end of that day in the
    contractor's zone. A working day that has begun counts in full: with eight-hour days, one hour of delay to a promise
    for Friday makes it Monday."""
    if delay <= NONE:
        return promised_on
    zone = ZoneInfo(theirs.zone)
    end_of_day = datetime.combine(promised_on + timedelta(days=1), time(), zone)
    reached = add(end_of_day, delay, theirs).astimezone(zone)
    # The end of a span that runs to midnight belongs to the day that it closes.
    return (reached - timedelta(microseconds=1)).date()
