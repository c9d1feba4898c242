"""What both sides said, as one viewer may read it.

The private line of a check-in is fetched from the database only for the comms owner and the cover. Nobody else's page
ever holds it, so no template can show it by mistake.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import (
    Case,
    CharField,
    IntegerField,
    OuterRef,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast

from accounts.models import User
from core.prepared import Prepared
from engagements.models import CheckIn, Contact, Engagement, Message
from engagements.states import Side

SHOWN = 12  # on the engagement's page
A_PAGE = 25


@dataclass(frozen=True)
class Line:
    """A message or a check-in. `body` is the message or the progress; `confidence` in percent, `was` the one before."""

    kind: str  # message, check_in
    pk: int
    at: datetime
    author: User
    side: str
    body: str
    is_mine: bool
    waits: bool = False  # asks for an answer that has not come
    asks_viewer: bool = False  # ... and the viewer is one of those who can give it
    confidence: int | None = None
    was: int | None = None
    blocker: str = ""
    nothing_new: bool = False
    private_note: str = ""

    @property
    def is_ours(self) -> bool:
        return self.side == Side.OURS


NO_WORDS, NO_NUMBER = Value("", TextField()), Cast(Value(None), IntegerField())


def _all(engagements: Any, *, hears: bool) -> QuerySet:
    """(kind, pk, at, author, side, body, waits, nothing new, confidence, the one before, blocker, private note) of
    everything that was said. Of nobody but who `hears` the private note is asked for."""
    no = Value(False)
    said = Message.objects.filter(engagement__in=engagements).order_by()
    waits = Case(When(needs_answer=True, answered_at=None, then=Value(True)), default=no)
    before = CheckIn.objects.filter(engagement=OuterRef("engagement"), at__lt=OuterRef("at"), confidence__isnull=False)
    was = Subquery(before.order_by("-at", "-pk").values("confidence")[:1])
    told = CheckIn.objects.filter(engagement__in=engagements).order_by()
    note = "private_note" if hears else NO_WORDS
    message, check_in = Value("message", CharField()), Value("check_in", CharField())
    return said.values_list(
        message, "pk", "at", "author_id", "side", "body", waits, no, NO_NUMBER, NO_NUMBER, NO_WORDS, NO_WORDS
    ).union(
        told.values_list(
            check_in, "pk", "at", "by_id", Value(Side.THEIRS), "progress", no, "nothing_new", "confidence", was,
            "blocker", note,
        ),
        all=True,
    )  # fmt: skip


def _rows(engagement: Engagement, viewer: User) -> QuerySet:
    hears = engagement.hears_private_line(viewer)
    return _all([engagement.pk], hears=hears).order_by("-at", "-pk")


def _latest(engagements: Any, *, hears: bool) -> QuerySet:
    return _all(engagements, hears=hears).order_by("-at", "-pk")[: SHOWN + 1]


_shown = {hears: Prepared(partial(_latest, hears=hears)) for hears in (False, True)}


def _lines(rows: Iterable[tuple[Any, ...]], engagement: Engagement, viewer: User) -> list[Line]:
    """No query but for somebody who wrote and is not named on the engagement any more."""
    rows, contractor = list(rows), engagement.contractor
    known = (engagement.lead, engagement.comms_owner, engagement.cover, contractor.user)
    people = {person.pk: person for person in known if person is not None}
    speaks, side = viewer.pk in people, engagement.side_of(viewer)
    others = {row[3] for row in rows} - people.keys()
    people |= User.objects.in_bulk(others) if others else {}
    return [
        Line(
            kind,
            pk,
            at,
            people[author],
            spoken_by,
            body,
            is_mine=author == viewer.pk,
            waits=bool(waits),
            asks_viewer=bool(waits) and speaks and spoken_by != side,
            confidence=confidence,
            was=was,
            blocker=blocker,
            nothing_new=bool(nothing_new),
            private_note=note,
        )
        for kind, pk, at, author, spoken_by, body, waits, nothing_new, confidence, was, blocker, note in rows
    ]


def conversation(engagement: Engagement, viewer: User) -> tuple[list[Line], bool]:
    """The last things that were said, in the order they were said, and whether there are earlier ones. One query."""
    rows = list(_shown[engagement.hears_private_line(viewer)].rows([engagement.pk]))
    return _lines(reversed(rows[:SHOWN]), engagement, viewer), len(rows) > SHOWN


def conversation_page(engagement: Engagement, viewer: User, number: str | int | None) -> Page:
    """One page of all of it, newest first."""
    page = Paginator(_rows(engagement, viewer), A_PAGE).get_page(number)
    page.object_list = _lines(page.object_list, engagement, viewer)
    return page


def latest_contacts(engagement: Engagement) -> dict[str, Contact]:
    """The newest contact of each side that has had one."""
    found = {}
    for side in Side.values:
        contact = Contact.objects.by_side(side).filter(engagement=engagement).order_by("-at", "-pk").first()
        if contact:
            found[side] = contact
    return found
