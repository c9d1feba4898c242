"""What the dates of a person rest on, in two statements however many engagements there are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import (
    BigIntegerField,
    CharField,
    DateField,
    DateTimeField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Cast

from accounts.models import User
from accounts.states import Role
from core.models import Event
from core.parts import Instant
from core.prepared import One, Prepared, all_rows
from core.rows import record, tie
from engagements.models import Contact, Delegation, Engagement, Pause
from engagements.queries.pauses import Stretch
from engagements.states import Side
from milestones.models import Dispute as MilestoneDispute
from milestones.models import Milestone, Submission
from milestones.states import MilestoneStatus

ENGAGEMENT = ("id", "title", "status", "status_since", "checkin_days", "review_days", "lead_id")
PERSON = ("id", "zone", "country", "region", "hours_said_at")  # what working time rests on
NO_NUMBER, NO_WORD = Cast(Value(None), BigIntegerField()), Value("", CharField())
NO_INSTANT, NO_DAY = Cast(Value(None), DateTimeField()), Cast(Value(None), DateField())


class Dispute(NamedTuple):
    """About what was handed in. `goes_on_at` is when it was taken back, None where somebody decided or is to."""

    at: datetime
    side: str
    goes_on_at: datetime | None


@dataclass(frozen=True)
class HandedIn:
    """`reviewed_at` is None while nobody has answered."""

    at: datetime
    reviewed_at: datetime | None
    disputes: list[Dispute] = field(default_factory=list)  # in their order


@dataclass(frozen=True)
class Facts:
    """By the engagement's or the milestone's number, as their names say."""

    milestones: list[Milestone]  # with their engagements, by day
    changes: dict[int, tuple[int, datetime]]  # engagement → the number of its last event, and when that was
    contacts: dict[int, datetime]  # engagement → the contractor's last one
    handed_in: Mapping[int, list[HandedIn]]  # milestone → of what changed lately or waits
    pauses: Mapping[int, list[Stretch]]  # engagement
    named: Mapping[int, list[Delegation]]  # engagement
    passed_on: Mapping[int, tuple[User, datetime]]  # milestone → to whom its review was, and when


class _Row(NamedTuple):
    """Of the union."""

    kind: str
    engagement: int
    pk: int
    number: int
    word: str
    more: str
    zone: str
    country: str
    region: str
    hours_said_at: datetime | None
    at: datetime
    until: datetime | None
    on: date
    until_on: date


def _row(kind: str, rows: QuerySet, engagement: str, **facts: Any) -> QuerySet:
    columns: dict[str, Any] = {"pk": NO_NUMBER, "number": NO_NUMBER}
    columns |= dict.fromkeys(("word", "more", "zone", "country", "region"), NO_WORD)
    columns |= {
        "hours_said_at": NO_INSTANT,
        "at": NO_INSTANT,
        "until": NO_INSTANT,
        "on": NO_DAY,
        "until_on": NO_DAY,
        **facts,
    }
    return rows.order_by().values_list(Value(kind, CharField()), engagement, *columns.values())


def engagements_of(person: User, since: datetime, most: int) -> list[Engagement]:
    """Those that name this person, the newest first: under way, or over not longer than `since`. With their leads, as
    far as working time rests on them."""
    named = Engagement.objects.all()
    named = named.visible_to(person) if person.role == Role.CONTRACTOR else named.held_by(person)
    wanted = named.under_way_since(since).order_by("-created_at", "-id")[:most]
    found = []
    # Planned anew each time: one person leads three, another a hundred thousand.
    for row in all_rows(wanted.values_list(*ENGAGEMENT, *(f"lead__{name}" for name in PERSON[1:]))):
        engagement = record(Engagement, ENGAGEMENT, row[: len(ENGAGEMENT)])
        tie(engagement, lead=record(User, PERSON, (engagement.lead_id, *row[len(ENGAGEMENT) :])))
        found.append(engagement)
    return found


def _facts(keys: Any, since: One) -> QuerySet:
    here = {"engagement__in": keys}
    lately = Q(milestone__status_since__gte=Instant(since)) | Q(milestone__status=MilestoneStatus.SUBMITTED)
    of_milestone = {"milestone__engagement__in": keys}
    handed_in = Submission.objects.filter(lately, **of_milestone)
    disputes = MilestoneDispute.objects.filter(lately, **of_milestone)
    # Each by one look into an index, however long the histories are.
    events = Event.objects.of_all(Engagement, [OuterRef("pk")]).order_by("-seq")
    contacts = Contact.objects.by_side(Side.THEIRS).filter(engagement=OuterRef("pk")).order_by("-at")
    last = {"number": Subquery(events.values("seq")[:1]), "at": Subquery(events.values("at")[:1])}
    whom = {name: f"person__{name}" for name in PERSON[1:]}
    return _row(
        "milestone", Milestone.objects.filter(**here), "engagement_id", pk="pk", word="status", more="title",
        zone="origin", at="status_since", on="due_on",
    ).union(
        _row(
            "engagement", Engagement.objects.filter(pk__in=keys), "pk", until=Subquery(contacts.values("at")[:1]),
            **last,
        ),
        _row(
            "handed in", handed_in, "milestone__engagement_id", pk="pk", number="milestone_id", at="at",
            until="review__at",
        ),
        _row(
            "dispute", disputes, "milestone__engagement_id", pk="submission_id", number="decision__pk", word="side",
            at="at", until="closed_at",
        ),
        _row(
            "pause", Pause.objects.filter(**here), "engagement_id", pk="pk", at="began_at", until="ended_at",
        ),
        _row(
            "passed on", Milestone.objects.filter(escalated_at__isnull=False, **here), "engagement_id", pk="pk",
            number="escalated_to_id", at="escalated_at", **{name: f"escalated_to__{name}" for name in PERSON[1:]},
        ),
        _row(
            "named", Delegation.objects.filter(**here), "engagement_id", pk="pk", number="person_id", word="cause",
            at="at", until="ended_at", on="from_on", until_on="until_on", **whom,
        ),
        all=True,
    )  # fmt: skip


_prepared = Prepared(_facts)


def facts_of(engagements: Sequence[Engagement], since: datetime) -> Facts:
    """Of these engagements; what was handed in and answered before `since` may be missing."""
    by_id = {engagement.pk: engagement for engagement in engagements}
    found: dict[str, list[_Row]] = defaultdict(list)
    for row in _prepared.rows(by_id, int(since.timestamp())):
        found[row[0]].append(_Row._make(row))
    pauses, named = defaultdict(list), defaultdict(list)
    for row in sorted(found["pause"], key=lambda row: (row.at, row.pk)):
        pauses[row.engagement].append((row.at, row.until))
    for row in sorted(found["named"], key=lambda row: (row.at, row.pk)):
        named[row.engagement].append(_delegation(row))
    by_day = sorted(found["milestone"], key=lambda row: (row.on, row.pk))
    return Facts(
        [_milestone(row, by_id[row.engagement]) for row in by_day],
        {row.engagement: (row.number, row.at) for row in found["engagement"] if row.number is not None},
        {row.engagement: row.until for row in found["engagement"] if row.until},
        _handed_in(found["handed in"], found["dispute"]),
        pauses,
        named,
        {row.pk: (_person(row), row.at) for row in found["passed on"]},
    )


def _handed_in(rows: Sequence[_Row], disputes: Sequence[_Row]) -> Mapping[int, list[HandedIn]]:
    by_key, of_milestone = {}, defaultdict(list)
    for row in sorted(rows, key=lambda row: row.at):
        by_key[row.pk] = HandedIn(row.at, row.until)
        of_milestone[row.number].append(by_key[row.pk])
    for row in sorted(disputes, key=lambda row: row.at):
        by_key[row.pk].disputes.append(Dispute(row.at, row.word, None if row.number else row.until))
    return of_milestone


def _milestone(row: _Row, engagement: Engagement) -> Milestone:
    names = ("id", "engagement_id", "status", "title", "status_since", "due_on", "origin")
    facts = (row.pk, row.engagement, row.word, row.more, row.at, row.on, row.zone)
    found: Milestone = record(Milestone, names, facts)
    tie(found, engagement=engagement)
    return found


def _delegation(row: _Row) -> Delegation:
    names = ("id", "engagement_id", "cause", "from_on", "until_on", "at", "ended_at", "person_id")
    facts = (row.pk, row.engagement, row.word, row.on, row.until_on, row.at, row.until, row.number)
    found: Delegation = record(Delegation, names, facts)
    tie(found, person=_person(row))
    return found


def _person(row: _Row) -> User:
    found: User = record(User, PERSON, (row.number, row.zone, row.country, row.region, row.hours_said_at))
    return found
