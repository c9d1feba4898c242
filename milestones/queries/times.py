"""What the time of milestones is reckoned from, read in one statement: the states that they reached, the pauses of
their engagements, the estimates, and the working time of the people."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import CharField, DateField, DateTimeField, F, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce

from accounts.models import User
from accounts.queries import calendars_from, hours
from core.models import Event
from core.prepared import Prepared
from core.working_time import Calendar
from engagements.models import Engagement, Pause
from milestones.models import Estimate, Milestone
from milestones.queries.waiting import Move, Pauses

MOVES = ("created", "moved")
NO_NUMBER, NO_WORD, NO_TEXT = Value(0), Value("", CharField()), Value("", TextField())
NO_DAY, NO_INSTANT = Cast(Value(None), DateField()), Cast(Value(None), DateTimeField())
# What an event has besides; nothing else in the union has it.
NOT_TOLD = (NO_WORD, NO_WORD, NO_WORD, NO_WORD, NO_TEXT)
MILESTONE = Milestone._meta.label_lower


class Promise(NamedTuple):
    """An estimate as far as time goes, and whose it was."""

    number: int
    at: datetime
    due_on: date
    work_minutes: int
    by_id: int


class Actor(NamedTuple):
    name: str


class Told(NamedTuple):
    """A line of the history, as far as it is told (engagements.queries.told)."""

    seq: int
    subject_type: str
    subject_id: int
    subject_label: str
    verb: str
    became: str
    note: str
    by: Actor | None
    at: datetime


@dataclass(frozen=True)
class Times:
    """Moves and promises by milestone id, in their order; pauses by engagement id; calendars by person."""

    moves: Mapping[int, Sequence[Move]] = field(default_factory=dict)
    pauses: Mapping[int, Pauses] = field(default_factory=dict)
    promises: Mapping[int, Sequence[Promise]] = field(default_factory=dict)
    calendars: Mapping[int, Calendar] = field(default_factory=dict)
    events: Sequence[Told] = ()  # in their order

    def of(self, engagement: Engagement) -> tuple[Calendar, Calendar]:
        """(the contractor's, the lead's). A contractor without an account works Monday to Friday, 9 to 17, in the zone
        that is known."""
        contractor = engagement.contractor
        theirs = self.calendars[contractor.user_id] if contractor.user_id else Calendar(contractor.zone or "UTC")
        return theirs, self.calendars[engagement.lead_id]

    def agreed(self, milestone: Milestone) -> Promise | None:
        """The last estimate at or before the milestone's agreement."""
        until = milestone.agreed_at
        before = [p for p in self.promises.get(milestone.pk, ()) if until is not None and p.at <= until]
        return before[-1] if before else None


def row(rows: QuerySet, kind: str, owner: str, told: Sequence[Any] = NOT_TOLD, **facts: Any) -> QuerySet:
    """One kind of row of the union: (kind, owner, number, low, high, on, last on, word, at, until, …)."""
    columns = {"number": NO_NUMBER, "low": NO_NUMBER, "high": NO_NUMBER, "on": NO_DAY, "last_on": NO_DAY}
    columns |= {"word": NO_WORD, "at": NO_INSTANT, "until": NO_INSTANT, **facts}
    return rows.order_by().values_list(Value(kind, CharField()), owner, *columns.values(), *told)


def _standing(engagements: Any, people: Any) -> list[QuerySet]:
    """Hours, leave and pauses. The first gives the columns their types."""
    paused = Pause.objects.filter(engagement__in=engagements)
    return [
        *hours(people, NO_WORD, NO_INSTANT, NO_INSTANT, *NOT_TOLD),
        row(paused, "pause", "engagement_id", at="began_at", until="ended_at"),
    ]


MOVED = Q(subject_type=MILESTONE, verb__in=MOVES)


def everything(engagements: Any, people: Any, events: Q = MOVED, estimates: Q | None = None) -> list[QuerySet]:
    """All that `Times` are made of, for a union: which `events` of the engagements, and which estimates."""
    said = ("subject_type", "subject_label", "verb", Coalesce(F("by__name"), NO_WORD), "note")
    happened = Event.objects.filter(events, root_type=Engagement._meta.label_lower, root_id__in=engagements)
    promised = {"number": "number", "low": "work_minutes", "high": "by_id", "on": "due_on", "at": "at"}
    estimated = Estimate.objects.filter(estimates or Q(milestone__engagement__in=engagements))
    return [
        *_standing(engagements, people),
        row(happened, "event", "subject_id", said, number="seq", word="became", at="at"),
        row(estimated, "promise", "milestone_id", **promised),
    ]


def _all(engagements: Any, people: Any) -> QuerySet:
    first, *others = everything(engagements, people)
    return first.union(*others, all=True)


def _without_moves(engagements: Any, people: Any) -> QuerySet:
    first, *others = _standing(engagements, people)
    return first.union(*others, all=True)


_everything, _pauses_and_hours = Prepared(_all), Prepared(_without_moves)


def people_of(engagements: Iterable[Engagement], *also: User) -> dict[int, User]:
    """Whose working time counts in these, by id."""
    people = {p.pk: p for e in engagements for p in (e.contractor.user, e.lead) if p is not None}
    return people | {p.pk: p for p in also}


def times_of(engagements: Iterable[Engagement], at: datetime, *, with_moves: bool = True) -> Times:
    """One statement for however many engagements, which come with contractor__user and lead selected. Holidays are
    those of the years around `at`."""
    rows = {e.pk: e for e in engagements}
    people = people_of(rows.values())
    if not people:
        return Times()
    statement = _everything if with_moves else _pauses_and_hours
    return times_from(statement.rows(rows, people), rows, people.values(), at)


def times_from(rows: Iterable[Any], engagements: Iterable[int], people: Iterable[User], at: datetime) -> Times:
    """From rows of `everything`, whatever else is among them."""
    moves: dict[int, list[Move]] = defaultdict(list)
    pauses: dict[int, list[tuple[datetime, datetime | None]]] = defaultdict(list, {pk: [] for pk in engagements})
    promises: dict[int, list[Promise]] = defaultdict(list)
    working: list[Any] = []
    events = []
    # By their number: events and estimates in the order in which they came.
    for kind, owner, number, low, high, on, last_on, word, begun, until, *told in sorted(rows, key=lambda r: r[2]):
        if kind == "event":
            subject, label, verb, name, note = told
            by = Actor(name) if name else None
            events.append(Told(number, subject, owner, label, verb, word, note, by, begun))
            if subject == MILESTONE and verb in MOVES:
                moves[owner].append(Move(word, begun))
        elif kind == "promise":
            promises[owner].append(Promise(number, begun, on, low, high))
        elif kind == "pause":
            pauses[owner].append((begun, until))
        elif kind in ("span", "leave"):
            working.append((kind, owner, number, low, high, on, last_on))
    for stretches in pauses.values():
        stretches.sort(key=lambda stretch: stretch[0])
    return Times(moves, pauses, promises, calendars_from(people, working, at.date()), events)
