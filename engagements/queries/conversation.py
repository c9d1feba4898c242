"""What both sides said, as one viewer may read it.

The private line of a check-in is fetched from the database only for the comms owner and the cover. Nobody else's page
ever holds it, so no template can show it by mistake.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import OuterRef, Subquery, Value

from accounts.models import User
from engagements.models import CheckIn, Contact, Engagement, Message
from engagements.states import Side

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


def _messages(pks: Iterable[int], engagement: Engagement, viewer: User) -> Iterable[Line]:
    speaks = viewer.pk in (
        engagement.lead_id,
        engagement.comms_owner_id,
        engagement.cover_id,
        engagement.contractor.user_id,
    )
    side = engagement.side_of(viewer)
    for row in Message.objects.filter(pk__in=pks).select_related("author"):
        waits = row.needs_answer and row.answered_at is None
        yield Line(
            "message",
            row.pk,
            row.at,
            row.author,
            row.side,
            row.body,
            is_mine=row.author_id == viewer.pk,
            waits=waits,
            asks_viewer=waits and speaks and row.side != side,
        )


def _check_ins(pks: Iterable[int], engagement: Engagement, viewer: User) -> Iterable[Line]:
    columns = ["pk", "at", "progress", "confidence", "blocker", "nothing_new", "by"]
    if engagement.hears_private_line(viewer):
        columns.append("private_note")
    before = CheckIn.objects.filter(engagement=engagement, at__lt=OuterRef("at"), confidence__isnull=False)
    rows = list(
        CheckIn.objects.filter(engagement=engagement, pk__in=pks)
        .annotate(was=Subquery(before.order_by("-at", "-pk").values("confidence")[:1]))
        .values(*columns, "was")
    )
    people = User.objects.in_bulk({row["by"] for row in rows})
    for row in rows:
        yield Line(
            "check_in",
            row["pk"],
            row["at"],
            people[row["by"]],
            Side.THEIRS,
            row["progress"],
            is_mine=row["by"] == viewer.pk,
            confidence=row["confidence"],
            was=row["was"],
            blocker=row["blocker"],
            nothing_new=row["nothing_new"],
            private_note=row.get("private_note", ""),
        )


def _index(engagement: Engagement) -> Any:
    """(kind, pk, at) of everything that was said, newest first."""
    messages = Message.objects.filter(engagement=engagement).values_list(Value("message"), "pk", "at")
    check_ins = CheckIn.objects.filter(engagement=engagement).values_list(Value("check_in"), "pk", "at")
    return messages.union(check_ins, all=True).order_by("-at", "-pk")


def _lines(index: Iterable[tuple[str, int, datetime]], engagement: Engagement, viewer: User) -> list[Line]:
    index = list(index)
    messages = [pk for kind, pk, _at in index if kind == "message"]
    check_ins = [pk for kind, pk, _at in index if kind == "check_in"]
    lines = {(line.kind, line.pk): line for line in _messages(messages, engagement, viewer)}
    lines |= {(line.kind, line.pk): line for line in _check_ins(check_ins, engagement, viewer)}
    return [lines[kind, pk] for kind, pk, _at in index]


def conversation(engagement: Engagement, viewer: User, limit: int = 12) -> tuple[list[Line], bool]:
    """The last `limit` things that were said, in the order they were said, and whether there are earlier ones. Four
    queries."""
    index = list(_index(engagement)[: limit + 1])
    return _lines(reversed(index[:limit]), engagement, viewer), len(index) > limit


def conversation_page(engagement: Engagement, viewer: User, number: str | int | None) -> Page:
    """One page of all of it, newest first."""
    page = Paginator(_index(engagement), A_PAGE).get_page(number)
    page.object_list = _lines(page.object_list, engagement, viewer)
    return page


def latest_confidence(engagement: Engagement) -> int | None:
    rows = CheckIn.objects.filter(engagement=engagement, confidence__isnull=False).order_by("-at", "-pk")
    return rows.values_list("confidence", flat=True).first()


def latest_contacts(engagement: Engagement) -> dict[str, Contact]:
    """The newest contact of each side that has had one."""
    found = {}
    for side in Side.values:
        contact = Contact.objects.by_side(side).filter(engagement=engagement).order_by("-at", "-pk").first()
        if contact:
            found[side] = contact
    return found
