"""What both sides said, as one viewer may read it.

The private line of a check-in is fetched from the database only for the comms owner and the cover. Nobody else's page
ever holds it, so no template can show it by mistake.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

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
from core.keyset import Key, Stretch, beyond, laid_out
from core.prepared import One, Prepared
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


BY = ("at", "pk")
MESSAGE, CHECK_IN = "message", "check_in"
KINDS: dict[str, Any] = {MESSAGE: Message, CHECK_IN: CheckIn}
NAMES = {kind[0]: kind for kind in KINDS}  # what an address calls a row by, with its number
NO_WORDS, NO_NUMBER = Value("", TextField()), Cast(Value(None), IntegerField())


def _all(said: QuerySet, told: QuerySet, *, hears: bool) -> QuerySet:
    """(kind, pk, at, author, side, body, waits, nothing new, confidence, the one before, blocker, private note) of
    these messages and check-ins. Of nobody but who `hears` the private note is asked for."""
    no = Value(False)
    waits = Case(When(needs_answer=True, answered_at=None, then=Value(True)), default=no)
    before = CheckIn.objects.filter(engagement=OuterRef("engagement"), at__lt=OuterRef("at"), confidence__isnull=False)
    was = Subquery(before.order_by("-at", "-pk").values("confidence")[:1])
    note = "private_note" if hears else NO_WORDS
    return said.values_list(
        Value(MESSAGE, CharField()), "pk", "at", "author_id", "side", "body", waits, no, NO_NUMBER, NO_NUMBER,
        NO_WORDS, NO_WORDS,
    ).union(
        told.values_list(
            Value(CHECK_IN, CharField()), "pk", "at", "by_id", Value(Side.THEIRS), "progress", no, "nothing_new",
            "confidence", was, "blocker", note,
        ),
        all=True,
    )  # fmt: skip


def _cut(model: Any, engagement: Any, most: int, beside: Key | None = None, *, is_back: bool = False) -> QuerySet:
    """`most` rows of one table, by its own index: no database finds the newest of a union without reading all of it."""
    rows = beyond(model.objects.filter(engagement=engagement), BY, beside, is_back)
    newest = rows.order_by(*(BY if is_back else [f"-{name}" for name in BY])).values("pk")[:most]
    return model.objects.filter(pk__in=newest).order_by()


def _newest(engagement: One, *, hears: bool, most: int) -> QuerySet:
    return _all(_cut(Message, engagement, most), _cut(CheckIn, engagement, most), hears=hears)


_newest_of = {
    (hears, most): Prepared(partial(_newest, hears=hears, most=most))
    for hears in (False, True)
    for most in (SHOWN + 1, A_PAGE + 1)
}


def _order(row: Sequence[Any]) -> tuple[Any, ...]:
    """What was said later is greater. A message and a check-in may have one number and one instant."""
    return row[2], row[1], row[0]


def _last(engagement: Engagement, viewer: User, most: int) -> list[tuple[Any, ...]]:
    rows = _newest_of[engagement.hears_private_line(viewer), most].rows(engagement.pk)
    return sorted(rows, key=_order, reverse=True)[:most]


def _beside(engagement: Engagement, viewer: User, most: int, row: Key, *, is_back: bool) -> list[tuple[Any, ...]]:
    """Those next above this row (instant, number, kind), or next below it, from it on."""
    at, pk, kind = row
    said, told = (
        # Of the other table, what has the same instant and number may be beyond it.
        _cut(model, engagement.pk, most, (at, pk - (own > kind) if is_back else pk + (own < kind)), is_back=is_back)
        for own, model in KINDS.items()
    )
    rows = _all(said, told, hears=engagement.hears_private_line(viewer))
    return sorted(rows, key=_order, reverse=not is_back)[:most]


def _named(engagement: Engagement, name: str) -> Key | None:
    """The row that an address calls so, if it is one of these."""
    kind, number = NAMES.get(name[:1], ""), name[1:]
    if not kind or not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    at = KINDS[kind].objects.filter(engagement=engagement, pk=int(number)).values_list("at", flat=True).first()
    return at and (at, int(number), kind)


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
    rows = _last(engagement, viewer, SHOWN + 1)
    return _lines(reversed(rows[:SHOWN]), engagement, viewer), len(rows) > SHOWN


def conversation_page(engagement: Engagement, viewer: User, asked: Mapping[str, str]) -> Stretch:
    """One page of all of it, newest first: the newest, or those beside the row that `asked` names, as `pager` writes
    it. One query, two beside a row, three when they come to the newest from below."""
    is_back = "after" in asked
    beside = _named(engagement, asked.get("after" if is_back else "before", ""))
    found = _beside(engagement, viewer, A_PAGE + 1, beside, is_back=is_back) if beside else []
    if beside is None or (is_back and len(found) <= A_PAGE):  # the start is as long as any other page
        beside, is_back = None, False
        found = _last(engagement, viewer, A_PAGE + 1)
    page = laid_out(found, A_PAGE, is_beside=beside is not None, is_back=is_back, place=_name)
    return replace(page, object_list=_lines(page.object_list, engagement, viewer))


def _name(row: Sequence[Any]) -> str:
    return f"{row[0][0]}{row[1]}"


def latest_contacts(engagement: Engagement) -> dict[str, Contact]:
    """The newest contact of each side that has had one."""
    found = {}
    for side in Side.values:
        contact = Contact.objects.by_side(side).filter(engagement=engagement).order_by("-at", "-pk").first()
        if contact:
            found[side] = contact
    return found
