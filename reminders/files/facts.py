"""What the dates of a person rest on, in two statements however many engagements there are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, CharField, DateField, DateTimeField, Max, Q, QuerySet, Value
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
from milestones.models import Dispute, Milestone
from milestones.states import MilestoneStatus

ENGAGEMENT = ("id", "title", "status", "status_since", "checkin_days", "review_days", "lead_id")
PERSON = ("id", "zone", "country", "region")  # what working time rests on
NO_NUMBER, NO_WORD = Cast(Value(None), BigIntegerField()), Value("", CharField())
NO_INSTANT, NO_DAY = Cast(Value(None), DateTimeField()), Cast(Value(None), DateField())
MILESTONE = Milestone._meta.label_lower


class Move(NamedTuple):
    """Of a milestone, into `became` or out of it."""

    became: str
    at: datetime


@dataclass(frozen=True)
class Facts:
    """By the engagement's or the milestone's number, as their names say."""

    milestones: list[Milestone]  # with their engagements, by day
    changes: dict[int, tuple[int, datetime]]  # engagement → the number of its last event, and when that was
    moves: Mapping[int, list[Move]]  # milestone → into being reviewed and out of it, of those that may matter
    went_on: dict[tuple[int, datetime], datetime]  # (milestone, when it came back) → since when it counts as waiting
    pauses: Mapping[int, list[Stretch]] = field(default_factory=dict)
    named: Mapping[int, list[Delegation]] = field(default_factory=dict)
    contacts: dict[int, datetime] = field(default_factory=dict)  # engagement → the contractor's last one


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
    at: datetime
    until: datetime | None
    on: date
    until_on: date


def _row(kind: str, rows: QuerySet, engagement: str, **facts: Any) -> QuerySet:
    columns: dict[str, Any] = {"pk": NO_NUMBER, "number": NO_NUMBER}
    columns |= dict.fromkeys(("word", "more", "zone", "country", "region"), NO_WORD)
    columns |= {"at": NO_INSTANT, "until": NO_INSTANT, "on": NO_DAY, "until_on": NO_DAY, **facts}
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


@cache
def _prepared_facts(with_contacts: bool) -> Prepared:
    def build(keys: Any, since: One) -> QuerySet:
        here, paused = Milestone.objects.filter(engagement__in=keys), Pause.objects.filter(engagement__in=keys)
        events = Event.objects.of_all(Engagement, keys)
        # What was decided since then has changed since then.
        lately = here.filter(Q(status_since__gte=Instant(since)) | Q(status=MilestoneStatus.SUBMITTED))
        of_review = Q(was=MilestoneStatus.SUBMITTED) | Q(became=MilestoneStatus.SUBMITTED)
        moved = events.filter(of_review, subject_type=MILESTONE, subject_id__in=lately.order_by().values("pk"))
        taken_back = Dispute.objects.filter(
            milestone__engagement__in=keys, side=Side.OURS, closed_at__isnull=False, decision=None
        )
        whom = {name: f"person__{name}" for name in PERSON[1:]}
        arms = [
            _row(
                "milestone", here, "engagement_id", pk="pk", word="status", more="title", at="status_since",
                on="due_on",
            ),
            _row("change", events.values("root_id"), "root_id", number=Max("seq"), at=Max("at")),
            _row("move", moved, "root_id", pk="subject_id", number="seq", word="became", at="at"),
            _row(
                "went on", taken_back, "milestone__engagement_id", pk="milestone_id", at="closed_at",
                until="submission__at",
            ),
            _row("pause", paused, "engagement_id", pk="pk", at="began_at", until="ended_at"),
            _row(
                "named", Delegation.objects.filter(engagement__in=keys), "engagement_id", pk="pk", number="person_id",
                word="cause", at="at", until="ended_at", on="from_on", until_on="until_on", **whom,
            ),
        ]  # fmt: skip
        if with_contacts:
            contacts = Contact.objects.by_side(Side.THEIRS).filter(engagement__in=keys).values("engagement_id")
            arms.append(_row("contact", contacts, "engagement_id", at=Max("at")))
        return arms[0].union(*arms[1:], all=True)

    return Prepared(build)


def facts_of(engagements: Sequence[Engagement], since: datetime, *, with_contacts: bool) -> Facts:
    """Of these engagements; whatever was decided before `since` may be missing among the moves."""
    by_id = {engagement.pk: engagement for engagement in engagements}
    found: dict[str, list[_Row]] = defaultdict(list)
    for row in _prepared_facts(with_contacts).rows(by_id, int(since.timestamp())):
        found[row[0]].append(_Row._make(row))
    facts = Facts(
        [
            _milestone(row, by_id[row.engagement])
            for row in sorted(found["milestone"], key=lambda row: (row.on, row.pk))
        ],
        {row.engagement: (row.number, row.at) for row in found["change"]},
        defaultdict(list),
        {(row.pk, row.at): row.until for row in found["went on"] if row.until},
        defaultdict(list),
        defaultdict(list),
        {row.engagement: row.at for row in found["contact"]},
    )
    for row in sorted(found["move"], key=lambda row: (row.engagement, row.number)):
        facts.moves[row.pk].append(Move(row.word, row.at))
    for row in sorted(found["pause"], key=lambda row: (row.at, row.pk)):
        facts.pauses[row.engagement].append((row.at, row.until))
    for row in sorted(found["named"], key=lambda row: (row.at, row.pk)):
        facts.named[row.engagement].append(_delegation(row))
    return facts


def _milestone(row: _Row, engagement: Engagement) -> Milestone:
    names = ("id", "engagement_id", "status", "title", "status_since", "due_on")
    found: Milestone = record(Milestone, names, (row.pk, row.engagement, row.word, row.more, row.at, row.on))
    tie(found, engagement=engagement)
    return found


def _delegation(row: _Row) -> Delegation:
    names = ("id", "engagement_id", "cause", "from_on", "until_on", "at", "ended_at", "person_id")
    facts = (row.pk, row.engagement, row.word, row.on, row.until_on, row.at, row.until, row.number)
    found: Delegation = record(Delegation, names, facts)
    tie(found, person=record(User, PERSON, (row.number, row.zone, row.country, row.region)))
    return found
