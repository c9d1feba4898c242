"""One look at what Today and the portal home show besides obligations: which kinds of asks there are, what an
engagement's money stands at, and how sure a contractor was last. One statement; what is not there is not read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.db.models import CharField, DateField, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast

from accounts.models import User
from contractors.models import Application, Scorecard
from core.prepared import Prepared
from engagements.models import CheckIn, Engagement
from milestones.models import Account, Dispute, Payout, Pulse
from milestones.states import AccountKind

NO_WORD, NO_NUMBER, NO_DAY = Value("", CharField()), Cast(Value(None), IntegerField()), Cast(Value(None), DateField())


class Stands(NamedTuple):
    """What is in one account of an engagement."""

    kind: str
    currency: str
    minor: int


@dataclass(frozen=True)
class Glance:
    """`has` names the asks that there are: mark, decide, talk, dispute, ahead (money that the viewer is owed).
    `promised_on`: the earliest day promised to a contractor of engagements that the viewer leads and not kept yet."""

    has: frozenset[str]
    promised_on: date | None
    accounts: list[Stands]
    confidence: Mapping[int, int | None]  # the latest tap, by engagement


def _row(kind: str, rows: QuerySet, **facts: Any) -> QuerySet:
    columns = {"number": NO_NUMBER, "word": NO_WORD, "currency": NO_WORD, "on": NO_DAY, **facts}
    return rows.order_by().values_list(Value(kind, CharField()), "pk", *columns.values())


def _all(people: Any, engagements: Any) -> QuerySet:
    done = Scorecard.objects.filter(reviewer__in=people).values("application")
    to_mark = Application.objects.in_vetting().filter(opening__reviewers__in=people).exclude(pk__in=done)
    newest = CheckIn.objects.filter(engagement=OuterRef("pk"), confidence__isnull=False).order_by("-at", "-pk")
    ear = Q(milestone__engagement__comms_owner__in=people) | Q(milestone__engagement__cover__in=people)
    payouts, accounts = Payout.objects.open(), Account.objects.filter(engagement__in=engagements)
    taps = Engagement.objects.filter(pk__in=engagements)
    return _row("mark", to_mark).union(
        _row("confidence", taps, number=Subquery(newest.values("confidence")[:1])),
        _row("decide", Application.objects.to_decide().filter(opening__lead__in=people)),
        _row("talk", Pulse.objects.open_talks().filter(ear)),
        _row("dispute", Dispute.objects.open().filter(decider__in=people)),
        _row("ahead", payouts.filter(milestone__engagement__contractor__user__in=people)),
        _row("promised", payouts.filter(milestone__engagement__lead__in=people), on="due_on"),
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
        has=frozenset(row[0] for row in rows),
        promised_on=min((on for kind, *_rest, on in rows if kind == "promised"), default=None),
        accounts=[Stands(word, currency, minor) for kind, _pk, minor, word, currency, _on in rows if kind == "account"],
        confidence={pk: number for kind, pk, number, *_rest in rows if kind == "confidence"},
    )
