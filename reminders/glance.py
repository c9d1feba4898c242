"""One look at what Today and the portal home show besides obligations: which kinds of asks there are, what an
engagement's money stands at, and how sure a contractor was last. One statement; what is not there is not read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import (
    Case,
    CharField,
    DateField,
    DateTimeField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast
from django.db.models.lookups import GreaterThan

from accounts.models import User
from contractors.models import Application, Scorecard
from core.prepared import Prepared
from engagements.models import CheckIn, Engagement
from milestones.models import Account, Dispute, Milestone, Payout, Pulse, RecordAppeal
from milestones.states import AccountKind

A_FEW = 500  # engagements that are asked one by one
PROMISES = ("ahead", "promised")  # a row each, with a day if there are any
NO_WORD, NO_NUMBER, NO_DAY = Value("", CharField()), Cast(Value(None), IntegerField()), Cast(Value(None), DateField())
NO_MOMENT = Cast(Value(None), DateTimeField())


class Stands(NamedTuple):
    """What is in one account of an engagement."""

    kind: str
    currency: str
    minor: int


class Appealed(NamedTuple):
    """An appeal that the viewer may answer, if the viewer's role answers appeals."""

    pk: int
    milestone: str
    contractor: str
    at: datetime


@dataclass(frozen=True)
class Glance:
    """`has` names the asks that there are: mark, decide, talk, dispute, review (one that was passed on to the viewer),
    appeal, ahead (money that the viewer is owed). `promised_on`: the earliest day promised to a contractor of
    engagements that the viewer leads and not kept yet."""

    has: frozenset[str]
    promised_on: date | None
    accounts: list[Stands]
    appeals: list[Appealed]
    confidence: Mapping[int, int | None]  # the latest tap, by engagement


def _row(kind: str, rows: QuerySet, **facts: Any) -> QuerySet:
    columns = {"number": NO_NUMBER, "word": NO_WORD, "currency": NO_WORD, "at": NO_MOMENT, "on": NO_DAY, **facts}
    return rows.order_by().values_list(Value(kind, CharField()), "pk", *columns.values())


def _first_promise(whose: str) -> Case:
    """The earliest day on which one of the person's engagements is promised money that is not paid yet. A plan for
    anybody would begin with the payouts of the whole house: so each engagement is asked by itself, and only one that
    holds money that is owed is asked for its payouts. Whoever has more than A_FEW engagements is found among the
    house's earliest promises sooner than those would be asked."""
    own = OuterRef("pk")
    mine = Engagement.objects.filter(**{whose: own}).order_by()
    owed = Account.objects.filter(engagement=own, kind=AccountKind.OWED).values("balance_minor")
    promised = Payout.objects.open().filter(milestone__engagement=own).order_by("due_on").values("due_on")[:1]
    asked = mine.annotate(first=Case(When(GreaterThan(Subquery(owed), 0), then=Subquery(promised))))
    earliest = asked.order_by(F("first").asc(nulls_last=True)).values("first")[:1]
    found = Payout.objects.owed_longest().filter(**{f"milestone__engagement__{whose}": own}).values("due_on")[:1]
    has_more = Exists(mine.values("pk")[A_FEW : A_FEW + 1])
    return Case(When(has_more, then=Subquery(found)), default=Subquery(earliest))


def _all(people: Any, engagements: Any) -> QuerySet:
    done = Scorecard.objects.filter(reviewer__in=people).values("application")
    to_mark = Application.objects.in_vetting().filter(opening__reviewers__in=people).exclude(pk__in=done)
    newest = CheckIn.objects.filter(engagement=OuterRef("pk"), confidence__isnull=False).order_by("-at", "-pk")
    ear = Q(milestone__engagement__comms_owner__in=people) | Q(milestone__engagement__cover__in=people)
    accounts = Account.objects.filter(engagement__in=engagements)
    taps = Engagement.objects.filter(pk__in=engagements)
    return _row("mark", to_mark).union(
        _row("confidence", taps, number=Subquery(newest.values("confidence")[:1])),
        _row("decide", Application.objects.to_decide().filter(opening__lead__in=people)),
        _row("talk", Pulse.objects.open_talks().filter(ear)),
        _row("dispute", Dispute.objects.open().filter(decider__in=people)),
        _row("review", Milestone.objects.passed_on_to(people)),
        _row(
            "appeal",
            RecordAppeal.objects.open().outside(people),
            word="row__milestone__title",
            currency="row__contractor__name",
            at="at",
        ),
        _row("ahead", User.objects.filter(pk__in=people), on=_first_promise("contractor__user")),
        _row("promised", User.objects.filter(pk__in=people), on=_first_promise("lead")),
        _row(
            "account",
            accounts.filter(kind__in=(AccountKind.HELD, AccountKind.OWED)),
            number="balance_minor",
            word="kind",
            currency="currency",
        ),
        all=True,
    )


_prepared = Prepared(_all)


def glance(viewer: User, engagements: Iterable[int]) -> Glance:
    """Of this person, and of these engagements that the person sees."""
    rows: list[Any] = list(_prepared.rows([viewer.pk], engagements))
    return Glance(
        has=frozenset(kind for kind, *_rest, on in rows if on or kind not in PROMISES),
        promised_on=min((on for kind, *_rest, on in rows if kind == "promised"), default=None),
        accounts=[
            Stands(word, currency, minor) for kind, _pk, minor, word, currency, *_rest in rows if kind == "account"
        ],
        appeals=[Appealed(pk, word, who, at) for kind, pk, _no, word, who, at, _on in rows if kind == "appeal"],
        confidence={pk: number for kind, pk, number, *_rest in rows if kind == "confidence"},
    )
