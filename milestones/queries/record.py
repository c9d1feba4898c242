"""A contractor's delivery record: a plain count over its rows (milestones.queries.delivery), minus those that an appeal
took out. The database counts them for a page; `delivery_records` counts the rows themselves."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import QuerySet, Subquery

from accounts.models import User
from contractors.models import Contractor
from core.kept_lists import KeptList
from core.keyset import Stretch, place_of
from core.prepared import One, Prepared, among
from core.proportions import plausible_range
from core.rows import record as known
from core.rows import tie
from engagements.models import ContractTemplate, Engagement
from milestones.models import AppealAnswer, DeliveryRow, Milestone, RecordAppeal
from milestones.states import AppealOutcome

KNOWN_FROM = 3  # deliveries, before a share is said


@dataclass(frozen=True)
class OnTime:
    """`count` of `of` deliveries on time. `low` and `high` are the 90 % Wilson interval (core.proportions), shares
    from 0 to 1; None, like `share`, under three deliveries: unknown."""

    count: int
    of: int

    @property
    def is_known(self) -> bool:
        return self.of >= KNOWN_FROM

    @property
    def share(self) -> float | None:
        return self.count / self.of if self.is_known else None

    @property
    def low(self) -> float | None:
        return plausible_range(self.count, self.of)[0] if self.is_known else None

    @property
    def high(self) -> float | None:
        return plausible_range(self.count, self.of)[1] if self.is_known else None


@dataclass(frozen=True)
class RecordRow:
    """A row with what was said against it: the newest appeal, answered or not."""

    row: DeliveryRow
    appeal: RecordAppeal | None = None

    @property
    def answer(self):  # type: ignore[no-untyped-def]
        return getattr(self.appeal, "answer", None)

    @property
    def is_appealed(self) -> bool:
        """An appeal waits for its answer."""
        return self.appeal is not None and self.answer is None

    @property
    def may_be_appealed(self) -> bool:
        """One that is left out has nothing to be corrected."""
        return not self.is_appealed and self.counts

    @property
    def counts(self) -> bool:
        return self.answer is None or self.answer.outcome != AppealOutcome.DOES_NOT_COUNT

    @property
    def moved_to(self) -> date:
        """The day by which it is judged."""
        corrected: date | None = self.answer.moved_to if self.answer else None
        return corrected or self.row.moved_to

    @property
    def is_on_time(self) -> bool:
        return self.row.delivered_on <= self.moved_to


class Summed:
    """What a record says as a whole: `by_kind`, by kind of work (the template that the engagement was made from) and by
    name; `dropped`, the rows that an appeal took out."""

    by_kind: Sequence[tuple[str, OnTime]]
    dropped: int

    @property
    def on_time(self) -> OnTime:
        kinds = [kind for _name, kind in self.by_kind]
        return OnTime(sum(kind.count for kind in kinds), sum(kind.of for kind in kinds))


@dataclass(frozen=True)
class DeliveryRecord(Summed):
    """Everything that counts for one contractor, the newest first, with the rows that don't."""

    rows: Sequence[RecordRow]

    @cached_property
    def by_kind(self) -> list[tuple[str, OnTime]]:  # type: ignore[override]
        kinds: dict[str, list[RecordRow]] = defaultdict(list)
        for row in self.rows:
            kinds[row.row.kind_of_work].append(row)  # type: ignore[attr-defined]
        return [(name, counted(rows)) for name, rows in sorted(kinds.items())]

    @cached_property
    def dropped(self) -> int:  # type: ignore[override]
        return sum(not row.counts for row in self.rows)


@dataclass(frozen=True)
class RecordSums(Summed):
    """The same, counted by the database and put right by the appeals, without a row that nobody appealed."""

    contractor: int | None  # None: there is no row
    by_kind: Sequence[tuple[str, OnTime]]
    dropped: int
    appeals: Mapping[int, RecordAppeal]  # the newest, by row

    @property
    def size(self) -> int:
        """How many rows it has."""
        return self.on_time.of + self.dropped

    def of(self, rows: Iterable[DeliveryRow]) -> list[RecordRow]:
        """Rows of this record with what was said against them."""
        return [RecordRow(row, self.appeals.get(row.pk)) for row in rows]


def counted(rows: Iterable[RecordRow]) -> OnTime:
    verdicts = [row.is_on_time for row in rows if row.counts]
    return OnTime(sum(verdicts), len(verdicts))


def _kinds(contractor: One) -> QuerySet:
    found: QuerySet = DeliveryRow.objects.filter(contractor=contractor).counted_by_kind()
    return found


def _kinds_of_person(person: One) -> QuerySet:
    own = Subquery(Contractor.objects.filter(user=person).values("pk"))
    found: QuerySet = DeliveryRow.objects.filter(contractor=own).counted_by_kind()
    return found


def _appeals(contractor: One) -> QuerySet:
    found = RecordAppeal.objects.filter(row__contractor=contractor).order_by("at", "pk")
    return found.values_list("row__template__name", *ABOUT, *APPEAL, *(f"answer__{name}" for name in ANSWER))


# What a page says of a row, of an appeal and of its answer; people by their names.
ROW = (
    "id", "contractor_id", "milestone_id", "at", "promised_on", "funding_wait", "our_share", "paused", "moved_to",
    "delivered_on", "estimated_minutes", "theirs",
)  # fmt: skip
ABOUT = ("row_id", "row__delivered_on", "row__moved_to")
APPEAL = ("id", "row_id", "reason", "at", "by_id", "by__name")
ANSWER = ("id", "outcome", "moved_to", "note", "at", "by_id", "by__name")
_of_contractor, _of_person, _prepared_appeals = Prepared(_kinds), Prepared(_kinds_of_person), Prepared(_appeals)


def _as_appeal(*facts: Any) -> RecordAppeal:
    row, told, answered = facts[: len(ABOUT)], facts[len(ABOUT) : -len(ANSWER)], facts[-len(ANSWER) :]
    appeal: RecordAppeal = _said(RecordAppeal, APPEAL, told)
    about = known(DeliveryRow, ("id", "delivered_on", "moved_to"), row)
    tie(appeal, row=about, answer=_said(AppealAnswer, ANSWER, answered) if answered[0] else None)
    return appeal


def _said(model: type[RecordAppeal] | type[AppealAnswer], names: Sequence[str], facts: Sequence[Any]) -> Any:
    """By somebody of whom the key and the name come last."""
    *told, by, name = facts
    said = known(model, names[:-1], [*told, by])
    tie(said, by=known(User, ("id", "name"), (by, name)))
    return said


def _as_row(*facts: Any) -> DeliveryRow:
    row: DeliveryRow = known(DeliveryRow, ROW, facts[: len(ROW)])
    title, engagement, kind = facts[len(ROW) :]
    milestone = known(Milestone, ("id", "title"), (row.milestone_id, title))
    tie(milestone, engagement=known(Engagement, ("title",), (engagement,)))
    tie(row, milestone=milestone, template=known(ContractTemplate, ("name",), (kind,)))
    return row


_rows = KeptList(
    lambda _shape, contractor: [DeliveryRow.objects.filter(contractor=contractor)],
    [*ROW, "milestone__title", "milestone__engagement__title", "template__name"],
    _as_row,
    by=("at", "pk"),
)


def record_sums(whose: Contractor | User) -> RecordSums:
    """Of one contractor, or of the contractor who this person is, however many rows there are; two queries."""
    prepared = _of_person if isinstance(whose, User) else _of_contractor
    kinds: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    contractor = None
    for contractor, name, count, of in prepared.rows(whose.pk):  # noqa: B007 (one for all)
        kinds[name][0] += count
        kinds[name][1] += of
    appeals, dropped = {}, 0
    for name, *facts in _prepared_appeals.rows(contractor) if contractor else ():
        appeal = _as_appeal(*facts)
        appeals[appeal.row_id] = appeal, name
    for appeal, name in appeals.values():
        count, of = _put_right(record_row(appeal))
        kinds[name][0] += count
        kinds[name][1] += of
        dropped -= of
    sums = [(name, OnTime(*kinds[name])) for name in sorted(kinds)]
    return RecordSums(contractor, sums, dropped, {pk: appeal for pk, (appeal, _name) in appeals.items()})


def page_of(record: RecordSums, asked: Mapping[str, str], size: int, *, row: DeliveryRow | None = None) -> Stretch:
    """Some of its rows, as `stretch` finds them, or those from this `row` on, with the names of their milestones,
    engagements and kinds of work; one query, two beside a row, none for an empty record."""
    if record.contractor is None:
        return Stretch([], None, None)
    if row:
        asked = place_of(DeliveryRow.objects.of([record.contractor]), row, by=("at", "pk"))
    page = _rows.stretch(asked, size, record.contractor, is_counted=False)
    return replace(page, object_list=record.of(page.object_list), count=record.size)


def _put_right(row: RecordRow) -> tuple[int, int]:
    """What its appeal adds to the deliveries on time and to all that count, where the row counted as it was written."""
    now = row.is_on_time if row.counts else False
    return now - RecordRow(row.row).is_on_time, row.counts - 1


def delivery_records(contractors: Iterable[Contractor | int]) -> dict[int, DeliveryRecord]:
    """By contractor id; two queries of narrow rows for however many."""
    keys = [c if isinstance(c, int) else c.pk for c in contractors]
    rows = _with_appeals(list(DeliveryRow.objects.of(keys).with_kind_of_work()))
    return {pk: DeliveryRecord(rows[pk]) for pk in keys}


def record_row(appeal: RecordAppeal) -> RecordRow:
    """The row of one appeal as that appeal leaves it."""
    return RecordRow(appeal.row, appeal)


def on_time_of(contractors: Iterable[Contractor | int]) -> dict[int, OnTime]:
    """Only the counts, for lists: by contractor id, two queries, however many rows there are."""
    keys = [c if isinstance(c, int) else c.pk for c in contractors]
    sums = {pk: [count, of] for pk, count, of in DeliveryRow.objects.of(keys).counted()}
    appeals = {appeal.row_id: appeal for appeal in RecordAppeal.objects.about(keys)}
    for appeal in appeals.values():
        count, of = _put_right(record_row(appeal))
        sums[appeal.row.contractor_id][0] += count
        sums[appeal.row.contractor_id][1] += of
    return {pk: OnTime(*sums.get(pk, (0, 0))) for pk in keys}


def late_of_last_three(contractor: Contractor) -> int:
    """How many of the last three deliveries that count were late, net of our delay: 0 to 3."""
    rows = _with_appeals(list(DeliveryRow.objects.of([contractor.pk]).that_count()[:3]))[contractor.pk]
    return sum(not row.is_on_time for row in rows)


def _with_appeals(rows: Sequence[DeliveryRow]) -> Mapping[int, list[RecordRow]]:
    """By contractor id, in the order given."""
    newest = {appeal.row_id: appeal for appeal in RecordAppeal.objects.of(among(r.pk for r in rows))} if rows else {}
    found: dict[int, list[RecordRow]] = defaultdict(list)
    for row in rows:
        found[row.contractor_id].append(RecordRow(row, newest.get(row.pk)))
    return found
