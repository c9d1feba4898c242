"""What the time of milestones is reckoned from, read in one statement: the states that they reached, the pauses of
their engagements, the estimates, the working time of the people, who stood in for the lead, and what the delivery
record keeps of those that are done."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import (
    BigIntegerField,
    CharField,
    DateField,
    DateTimeField,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
)
from django.db.models.functions import Cast, Coalesce

from accounts.models import User
from accounts.queries import calendars_from, hours
from core.models import Event
from core.prepared import Prepared
from core.rows import record
from core.working_time import Calendar
from engagements.models import Delegation, Engagement, Pause
from milestones.models import DeliveryRow, Estimate, Milestone, RecordAppeal
from milestones.queries.waiting import Hours, Move, Ours, Pauses, Shares, StandIn, hours_of
from milestones.states import ACCOUNTED

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


class Kept(NamedTuple):
    """What a row of the delivery record says of a milestone's time; `judged_by` as its newest appeal left it."""

    round: int
    shares: Shares
    promised_on: date
    judged_by: date


class Named(NamedTuple):
    """Who stands in for the lead: from when, until the end of which day of the lead's, or when it was ended."""

    person: int
    since: datetime
    until_on: date
    ended_at: datetime | None


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
    """Moves, promises and what is kept by milestone id, in their order; pauses and who stood in by engagement id;
    calendars, and hours with and without leave, by person."""

    moves: Mapping[int, Sequence[Move]] = field(default_factory=dict)
    pauses: Mapping[int, Pauses] = field(default_factory=dict)
    promises: Mapping[int, Sequence[Promise]] = field(default_factory=dict)
    calendars: Mapping[int, Calendar] = field(default_factory=dict)
    hours: Mapping[int, Hours] = field(default_factory=dict)
    named: Mapping[int, Sequence[Named]] = field(default_factory=dict)
    kept: Mapping[int, Kept] = field(default_factory=dict)
    events: Sequence[Told] = ()  # in their order

    def of(self, engagement: Engagement) -> tuple[Calendar, Ours]:
        """(the contractor's, ours). A contractor without an account works Monday to Friday, 9 to 17, in the zone that
        is known."""
        contractor = engagement.contractor
        theirs = self.calendars[contractor.user_id] if contractor.user_id else Calendar(contractor.zone or "UTC")
        lead = self.hours[engagement.lead_id]
        there = ZoneInfo(lead.whole.zone)
        stood_in = []
        for row in self.named.get(engagement.pk, ()):
            over = datetime.combine(row.until_on + timedelta(days=1), time(), there)
            until = min(over, row.ended_at) if row.ended_at else over
            stood_in.append(StandIn(row.since, until, self.hours[row.person]))
        return theirs, Ours(lead, stood_in)

    def kept_of(self, milestone: Milestone) -> Kept | None:
        """What was written down when it was accepted, while that stands."""
        found = self.kept.get(milestone.pk) if milestone.status in ACCOUNTED else None
        return found if found and found.round == milestone.round else None

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


class Micros(Func):
    """A duration as a whole number: of microseconds."""

    output_field = BigIntegerField()
    template = "%(expressions)s"  # as SQLite keeps it

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(
            compiler, connection, template="(EXTRACT(EPOCH FROM %(expressions)s) * 1000000)::bigint", **context
        )


def _standing(engagements: Any, people: Any) -> list[QuerySet]:
    """Hours, leave, pauses, and who stood in. The first gives the columns their types."""
    paused = Pause.objects.filter(engagement__in=engagements)
    named = Delegation.objects.filter(engagement__in=engagements)
    where = ("person__country", "person__region", NO_WORD, NO_WORD, NO_TEXT)
    since = {"last_on": "until_on", "at": "at", "until": "ended_at"}
    return [
        *hours(people, NO_WORD, NO_INSTANT, NO_INSTANT, *NOT_TOLD),
        row(paused, "pause", "engagement_id", at="began_at", until="ended_at"),
        *hours(named.order_by().values("person"), NO_WORD, NO_INSTANT, NO_INSTANT, *NOT_TOLD),
        row(named, "named", "engagement_id", where, number="pk", low="person_id", word="person__zone", **since),
    ]


def _kept(wanted: Q) -> QuerySet:
    appeals = RecordAppeal.objects.filter(row=OuterRef("pk")).order_by("-at", "-pk")
    return row(
        DeliveryRow.objects.filter(wanted),
        "kept",
        "milestone_id",
        (Cast("round", CharField()), NO_WORD, NO_WORD, NO_WORD, NO_TEXT),
        number=Micros("theirs"),
        low=Micros("ours"),
        high=Micros("no_overlap"),
        on="promised_on",
        last_on=Coalesce(Subquery(appeals.values("answer__moved_to")[:1]), F("moved_to")),
        at="at",
    )


MOVED = Q(subject_type=MILESTONE, verb__in=MOVES)


def everything(engagements: Any, people: Any, events: Q = MOVED, estimates: Q | None = None) -> list[QuerySet]:
    """All that `Times` are made of, for a union: which `events` of the engagements, and which estimates."""
    said = ("subject_type", "subject_label", "verb", Coalesce(F("by__name"), NO_WORD), "note")
    happened = Event.objects.filter(events, root_type=Engagement._meta.label_lower, root_id__in=engagements)
    promised = {"number": "number", "low": "work_minutes", "high": "by_id", "on": "due_on", "at": "at"}
    theirs = estimates or Q(milestone__engagement__in=engagements)
    return [
        *_standing(engagements, people),
        row(happened, "event", "subject_id", said, number="seq", word="became", at="at"),
        row(Estimate.objects.filter(theirs), "promise", "milestone_id", **promised),
        _kept(theirs),
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
    working: set[Any] = set()  # somebody may be asked for twice, for leading one and standing in for another
    named: dict[int, list[Named]] = defaultdict(list)
    known = {person.pk: person for person in people}
    kept: dict[int, Kept] = {}
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
            working.add((kind, owner, number, low, high, on, last_on))
        elif kind == "named":
            named[owner].append(Named(low, begun, last_on, until))
            known.setdefault(low, record(User, ("id", "zone", "country", "region"), (low, word, *told[:2])))
        elif kind == "kept" and (owner not in kept or kept[owner].round < int(told[0])):
            parts = Shares(*(timedelta(microseconds=micros) for micros in (number, low, high)))
            kept[owner] = Kept(int(told[0]), parts, on, last_on)
    for stretches in pauses.values():
        stretches.sort(key=lambda stretch: stretch[0])
    calendars = calendars_from(known.values(), working, at.date())
    whole = {pk: hours_of(calendar) for pk, calendar in calendars.items()}
    return Times(moves, pauses, promises, calendars, whole, named, kept, events)
