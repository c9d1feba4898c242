"""The postings of the ledger, a page at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet, Subquery

from core.kept_lists import KeptList
from core.keyset import Stretch
from core.money import Money
from milestones.models import Account, Posting
from milestones.states import ROUTE, AccountKind


@dataclass(frozen=True)
class Chosen:
    """Which postings are looked at: of one budget (what came in and what its milestones moved) or one engagement, of
    one kind, and between two instants (both included)."""

    budget: int | None = None
    engagement: int | None = None
    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def __bool__(self) -> bool:
        return any((self.budget is not None, self.engagement is not None, self.kind, self.since, self.until))


class Shape(NamedTuple):
    """What of it is chosen, in the order in which the keys of the list follow."""

    kind: str
    budget: bool
    engagement: bool
    since: bool
    until: bool


class PostingRow(NamedTuple):
    """A posting as a list shows it. `source` and `target` are the names of the budget or the engagement whose accounts
    they are, None for the world outside; `by` is None for the clock."""

    at: datetime
    kind: str
    source_kind: str
    source: str | None
    target_kind: str
    target: str | None
    cause: str
    engagement: int | None
    by: str | None
    amount: Money


def _row(
    at: datetime, kind: str, minor: int, currency: str, cause: str, engagement: int | None, by: str | None, *ends: Any
) -> PostingRow:
    from_kind, from_budget, from_engagement, to_kind, to_budget, to_engagement = ends
    return PostingRow(
        at, kind, from_kind, from_budget or from_engagement, to_kind, to_budget or to_engagement, cause, engagement, by,
        Money(minor, currency),
    )  # fmt: skip


def _parts(shape: Shape, *keys: Any) -> Sequence[QuerySet[Posting]]:
    given = iter(keys)
    rows: QuerySet[Posting] = Posting.objects.all()
    if shape.kind:
        rows = rows.filter(kind=shape.kind)
    if shape.budget:
        # By its account's number, so that the database takes the indexes of the two ends: their OR has none.
        account = Subquery(Account.objects.filter(budget=next(given)).values("pk")[:1])
    if shape.engagement:
        rows = rows.filter(milestone__engagement=next(given))
    if shape.since:
        rows = rows.filter(at__gte=next(given))
    if shape.until:
        rows = rows.filter(at__lte=next(given))
    return [rows.filter(**{end: account}) for end in _ends(shape.kind)] if shape.budget else [rows]


def _ends(kind: str) -> list[str]:
    """At which ends of a posting of this kind a budget's own account can stand: looking for it at the other may take a
    look at each posting of the budget."""
    places = zip(("from_account", "to_account"), ROUTE.get(kind, (AccountKind.BUDGET, AccountKind.BUDGET)), strict=True)
    return [end for end, place in places if place == AccountKind.BUDGET]


_list = KeptList(
    _parts,
    [
        "at", "kind", "amount_minor", "currency", "cause", "milestone__engagement", "by__name",
        *(f"{end}__{what}" for end in ("from_account", "to_account")
          for what in ("kind", "budget__name", "engagement__title")),
    ],
    _row,
    by=("at", "pk"),
)  # fmt: skip


def postings(chosen: Chosen, asked: Mapping[str, str], size: int, *, is_counted: bool = True) -> Stretch:
    """A page of them, `PostingRow`s, the newest first; one statement."""
    if chosen.budget is not None and not _ends(chosen.kind):
        return Stretch([], None, None, 0, has_more=False)
    shape = Shape(
        chosen.kind,
        chosen.budget is not None,
        chosen.engagement is not None,
        chosen.since is not None,
        chosen.until is not None,
    )
    keys = [key for key in (chosen.budget, chosen.engagement, chosen.since, chosen.until) if key is not None]
    is_kept = not shape.since and not shape.until  # instants are no numbers
    return _list.stretch(asked, size, *keys, shape=shape, is_counted=is_counted, is_kept=is_kept)
