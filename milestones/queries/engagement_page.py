"""What the page of one engagement rests on besides its milestones: its times, the end of its history, and which of its
rarer parts there are. One statement."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery

from accounts.models import User
from core.models import Event
from core.prepared import Prepared
from engagements.models import Agreement, CheckIn, Engagement, GateOverride, Goal, Measurement, Need
from milestones.queries.times import MOVED, Times, Told, everything, people_of, row, times_from

HISTORY_SHOWN = 8


class AgreementInBrief(NamedTuple):
    number: int
    sha256: str
    voided_at: datetime | None


@dataclass(frozen=True)
class EngagementFacts:
    """`has` names the kinds of rows that there are: override, area, need, missing (a need that does not stand),
    measured (a goal with values)."""

    times: Times
    history: Sequence[Told]  # the latest, newest first
    agreement: AgreementInBrief | None  # the one that stands, else the last that was voided
    confidence: int | None  # the contractor's latest tap, in percent
    has: frozenset[str]


def _page(engagements: Any, people: Any) -> QuerySet:
    here = {"engagement__in": engagements}
    same = Event.objects.filter(root_type=OuterRef("root_type"), root_id=OuterRef("root_id"))
    newest = same.order_by().values("root_id").annotate(last=Max("seq")).values("last")
    needs = Need.objects.filter(**here)
    touched = Engagement.areas.through.objects.filter(**here)
    taps = CheckIn.objects.filter(engagement=OuterRef("pk"), confidence__isnull=False).order_by("-at", "-pk")
    values = Exists(Measurement.objects.filter(goal=OuterRef("pk")))
    first, *others = everything(engagements, people, MOVED | Q(seq__gt=Subquery(newest) - HISTORY_SHOWN))
    return first.union(
        *others,
        row(Agreement.objects.filter(**here), "agreement", "pk", number="number", word="sha256", until="voided_at"),
        row(
            Engagement.objects.filter(pk__in=engagements),
            "confidence",
            "pk",
            low=Subquery(taps.values("confidence")[:1]),
        ),
        row(GateOverride.objects.filter(**here), "override", "pk"),
        row(touched, "area", "pk"),
        row(needs, "need", "pk"),
        row(needs.filter(stands_at=None), "missing", "pk"),
        row(Goal.objects.filter(values, **here), "measured", "pk"),
        all=True,
    )


_prepared = Prepared(_page)


def engagement_facts(engagement: Engagement, at: datetime, also: Iterable[User] = ()) -> EngagementFacts:
    """With the calendars of its contractor, its lead, and `also` of these people."""
    people = people_of([engagement], *also)
    rows = list(_prepared.rows([engagement.pk], people))
    agreements = [AgreementInBrief(r[2], r[7], r[9]) for r in rows if r[0] == "agreement"]
    times = times_from(rows, [engagement.pk], people.values(), at)
    last = times.events[-1].seq if times.events else 0
    return EngagementFacts(
        times,
        [event for event in reversed(times.events) if event.seq > last - HISTORY_SHOWN],
        max(agreements, default=None),
        next((r[3] for r in rows if r[0] == "confidence"), None),
        frozenset(r[0] for r in rows),
    )
