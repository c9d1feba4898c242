"""What the sentences of engagements rest on besides their milestones: everything that was said, asked, proposed or
planned and is not settled, and the people whom it waits for, read in one statement for however many engagements."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from django.db.models import Case, CharField, DateField, DateTimeField, IntegerField, QuerySet, Value, When
from django.db.models.functions import Cast, Coalesce, Concat

from accounts.models import User
from core.prepared import Prepared
from core.rows import record
from engagements.models import Amendment, Goal, Message, OfferQuestion, ReadBack, Signature, Termination
from engagements.states import ENDABLE, OPEN, RUNNING, EngagementStatus, Side
from reminders.models import PlannedNotice, Presence, QuietFlag
from reminders.states import ACTS, BESIDE


class Question(NamedTuple):
    """A message that waits for the other side's answer."""

    side: str  # who asked
    at: datetime


class Asked(NamedTuple):
    """A question about an offer."""

    at: datetime
    answered_at: datetime | None


class SaidBack(NamedTuple):
    """The latest read-back, and what we said to it."""

    number: int
    at: datetime
    replied_at: datetime | None
    is_accepted: bool


class Unmeasured(NamedTuple):
    """A goal that waits for a first value by a day."""

    pk: int
    metric: str
    baseline_by: str
    due_on: date


class Proposal(NamedTuple):
    """Something that one side has put to the other; `side` put it, the other answers. `ends_on` is the last day of a
    notice that needs no answer."""

    kind: str  # end, amendment
    pk: int
    side: str
    at: datetime
    ends_on: date | None = None
    expires_at: datetime | None = None  # when it ends unanswered


@dataclass
class Facts:
    """Of one engagement; sequences are in the order in which things happened."""

    signed_at: datetime | None = None  # the contractor, the offer that stands
    questions: list[Question] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    said_back: SaidBack | None = None
    proposals: list[Proposal] = field(default_factory=list)
    unmeasured: list[Unmeasured] = field(default_factory=list)
    quiet_sides: list[str] = field(default_factory=list)
    next_notice: dict[int, datetime] = field(default_factory=dict)  # person -> instant
    quiet_at: dict[str, datetime] = field(default_factory=dict)  # side -> instant


NO_INSTANT = Cast(Value(None), DateTimeField())
NO_DAY = Cast(Value(None), DateField())
NOTHING = Value("", CharField())
NOBODY = Value(0, IntegerField())
ACCEPTED = "accepted"
People = Mapping[int | None, User]  # nobody is in none
# What a sentence says of somebody, and what working time is reckoned from.
PERSON = ("id", "email", "name", "role", "pronoun", "zone", "country", "region", "is_active")
COLUMNS = ("of", "number", "said", "word", "instant", "until", "on", "zone", "mail", "place")
NONE = {"number": NOBODY, "said": NOTHING, "word": NOTHING, "instant": NO_INSTANT, "until": NO_INSTANT, "on": NO_DAY}
NONE |= {"zone": NOTHING, "mail": NOTHING, "place": NOTHING}


def _row(kind: str, rows: QuerySet, **facts: Any) -> QuerySet:
    """(kind, engagement, number, side, word, at, until, day, zone, mail, role/country/region): the columns that all of
    them share."""
    columns = {"of": "engagement_id", **NONE, **facts}
    return rows.order_by().values_list(Value(kind, CharField()), *(columns[name] for name in COLUMNS))


def _of_offer(keys: Any) -> QuerySet:
    theirs = Signature.objects.filter(agreement__engagement__in=keys, agreement__voided_at=None, side=Side.THEIRS)
    return _row("signed", theirs, of="agreement__engagement_id", instant="at")


def _amended(keys: Any) -> QuerySet:
    return _row(
        "amendment",
        Amendment.objects.open().filter(engagement__in=keys),
        number="pk",
        said=Case(When(text=None, then=Value(Side.OURS)), default=Value(Side.THEIRS)),
        instant=Coalesce("text__at", "proposed_at"),
        until="expires_at",
    )


def _said_back(keys: Any) -> QuerySet:
    heard = Case(When(reply__is_accepted=True, then=Value(ACCEPTED)), default=NOTHING, output_field=CharField())
    rows = ReadBack.objects.filter(engagement__in=keys)
    return _row("said_back", rows, number="number", word=heard, instant="at", until="reply__at")


def _unmeasured(keys: Any) -> QuerySet:
    goals = Goal.objects.awaiting_baseline().filter(engagement__in=keys)
    return _row("unmeasured", goals, number="pk", said="baseline_by", word="metric", on="baseline_due_on")


def _planned(keys: Any) -> QuerySet:
    rows = PlannedNotice.objects.filter(engagement__in=keys, fired_at=None).exclude(rule__in=(*ACTS, *BESIDE))
    return _row("notice", rows, number="recipient_id", instant="fire_at")


_S = EngagementStatus
# What there is to ask, and of engagements in which states.
ARMS: dict[str, tuple[Collection[str], Callable[[Any], QuerySet]]] = {
    "question": (
        (_S.OFFERED, *RUNNING),
        lambda keys: _row(
            "question", Message.objects.waiting().filter(engagement__in=keys), number="pk", said="side", instant="at"
        ),
    ),
    "signed": ((_S.OFFERED,), _of_offer),
    "asked": (
        (_S.OFFERED,),
        lambda keys: _row(
            "asked", OfferQuestion.objects.filter(engagement__in=keys), number="pk", instant="at", until="answer__at"
        ),
    ),
    "said_back": ((_S.AGREED,), _said_back),
    "end": (
        ENDABLE,
        lambda keys: _row(
            "end",
            Termination.objects.open().filter(engagement__in=keys),
            number="pk",
            said="side",
            instant="given_at",
            on="last_on",
        ),
    ),
    "amendment": (RUNNING, _amended),
    "unmeasured": (RUNNING, _unmeasured),
    "flag": (
        OPEN,
        lambda keys: _row(
            "flag", QuietFlag.objects.filter(engagement__in=keys, cleared_at=None), said="side", instant="raised_at"
        ),
    ),
    "notice": (OPEN, _planned),
    "quiet": (
        OPEN,
        lambda keys: _row(
            "quiet",
            Presence.objects.filter(engagement__in=keys, quiet_at__isnull=False),
            said="side",
            instant="quiet_at",
        ),
    ),
}


def _people(people: Any) -> QuerySet:
    is_active = Case(When(is_active=True, then=1), default=0)
    known = User.objects.filter(pk__in=people)
    place = Concat("role", Value("/"), "country", Value("/"), "region", output_field=CharField())
    said: dict[str, Any] = {"said": "pronoun", "word": "name", "zone": "zone", "mail": "email", "place": place}
    return _row("person", known, of=is_active, number="pk", **said)


@cache
def _statement(kinds: tuple[str, ...], with_people: bool) -> Prepared:
    def build(keys: Any, people: Any) -> QuerySet:
        arms = [ARMS[kind][1](keys) for kind in kinds] + ([_people(people)] if with_people else [])
        return arms[0].union(*arms[1:], all=True) if len(arms) > 1 else arms[0]

    return Prepared(build)


def facts(engagements: Mapping[int, str], people: Iterable[int] = ()) -> tuple[Mapping[int, Facts], People]:
    """Of engagements (id -> state) by id, and those people by theirs with what a sentence says of somebody; one
    statement, none where there is nothing to ask."""
    found: dict[int, Facts] = defaultdict(Facts)
    known: dict[int | None, User] = {}
    wanted, states = [*people], {*engagements.values()}
    kinds = tuple(kind for kind, (when, _rows) in ARMS.items() if not states.isdisjoint(when))
    if not kinds and not wanted:
        return found, known
    rows: Iterable[Any] = _statement(kinds, bool(wanted)).rows(engagements, wanted)
    # Goals in their order of making; everything else as it happened.
    for kind, engagement, number, side, word, at, until, day, zone, mail, place in sorted(
        rows, key=lambda r: (r[5] is None, r[5], r[2])
    ):
        if kind == "person":
            role, country, region = place.split("/", 2)
            person = (number, mail, word, role, side, zone, country, region, bool(engagement))
            known[number] = record(User, PERSON, person)
            continue
        if engagements[engagement] not in ARMS[kind][0]:
            continue
        of = found[engagement]
        if kind == "question":
            of.questions.append(Question(side, at))
        elif kind == "end":
            of.proposals.append(Proposal("end", number, side, at, ends_on=day))
        elif kind == "amendment":
            of.proposals.append(
                Proposal("amendment", number, side, at, expires_at=until if side == Side.OURS else None)
            )
        elif kind == "signed":
            of.signed_at = of.signed_at or at
        elif kind == "asked":
            of.asked.append(Asked(at, until))
        elif kind == "said_back":
            if of.said_back is None or number > of.said_back.number:
                of.said_back = SaidBack(number, at, until, word == ACCEPTED)
        elif kind == "unmeasured":
            of.unmeasured.append(Unmeasured(number, word, side, day))
        elif kind == "flag":
            of.quiet_sides.append(side)
        elif kind == "notice":
            of.next_notice.setdefault(number, at)
        else:
            of.quiet_at[side] = at
    return found, known
