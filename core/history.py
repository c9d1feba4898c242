"""Who changed what, when: append-only and chained per root record (promises D12).

The chain runs over ids, states and a salted digest of the note, never over the note or a name itself, so erasing a
person's words leaves it verifiable. Each root record (an application, an engagement, a payout) has its own chain, so
that writers don't queue on one.
"""

import hashlib
import json
import secrets
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

from django.db import connection, models

from core.inserting import insert_many
from core.models.event import Event
from core.models.touched import Touched
from core.prepared import One, Prepared, among

# What a digest covers, in this order for ever.
PROMISED = (
    "root_type", "root_id", "seq", "subject_type", "subject_id", "verb", "was", "became", "by_id", "at", "note_digest",
    "previous",
)  # fmt: skip
AT = PROMISED.index("at")
_PLACE = "\ue000"  # stands for a value while the words around it are written
_json = json.JSONEncoder(separators=(",", ":")).encode


def label(row: models.Model) -> str:
    """The stable name of a record's kind, such as `milestones.milestone`."""
    return row._meta.label_lower


def digest(event: Event) -> str:
    """SHA-256 (hex) of what the chain promises about `event`."""
    return _digest([getattr(event, name) for name in PROMISED])


def _digest(promised: list[Any]) -> str:
    """Of the values of PROMISED, in that order."""
    return hashlib.sha256(_promised(promised).encode()).hexdigest()


def _promised(promised: list[Any]) -> str:
    instant = promised[AT].astimezone(UTC).isoformat(timespec="microseconds")
    return _json([*promised[:AT], instant, *promised[AT + 1 :]])


def note_digest(salt: str, note: str) -> str:
    return hashlib.sha256(f"{salt}:{note}".encode()).hexdigest() if note else ""


def record(
    subject: models.Model,
    *,
    verb: str,
    by: Any,
    at: datetime,
    was: str = "",
    became: str = "",
    note: str = "",
) -> Event:
    """Append one event to the chain of the subject's root. The caller holds the root's or subject's lock; should two
    writers still meet, the unique (root, seq) refuses the second."""
    root = _root_of(subject)
    last = _last(label(root), root.pk)
    event = _next(last, root, subject, verb=verb, was=was, became=became, by=by, at=at, note=note)
    event.save(force_insert=True)
    if getattr(subject, "touches_root", True):
        touch(root, at=at)
    return event


class Entry(NamedTuple):
    """What `record_each` is to say of a record."""

    subject: models.Model
    verb: str
    was: str = ""
    became: str = ""
    note: str = ""


def record_each(entries: Sequence[Entry], *, by: Any, at: datetime) -> None:
    """As `record` of each of them in this order, whatever their roots, in three statements for each kind of root. The
    caller holds the locks of all."""
    by_kind: dict[str, list[tuple[models.Model, Entry]]] = defaultdict(list)
    for entry in entries:
        root = _root_of(entry.subject)
        by_kind[label(root)].append((root, entry))
    for kind, pairs in by_kind.items():
        _record_each(kind, pairs, by=by and by.pk, at=at)


def _record_each(kind: str, pairs: Sequence[tuple[models.Model, Entry]], *, by: int | None, at: datetime) -> None:
    ends = _newest(kind, {root.pk for root, _entry in pairs})
    rows, touched = [], {}
    for root, (subject, verb, was, became, note) in pairs:
        seq, previous = ends.get(root.pk, (1, ""))
        salt = secrets.token_hex(8)
        sealed = note_digest(salt, note)
        promised = [kind, root.pk, seq, label(subject), subject.pk, verb, was, became, by, at, sealed, previous]
        written = _digest(promised)
        rows.append((*promised, str(subject)[:200], written, note, salt))
        ends[root.pk] = seq + 1, written
        if getattr(subject, "touches_root", True):
            touched[root.pk] = kind, root.pk, at
    insert_many(Event, (*PROMISED, "subject_label", "digest", "note", "salt"), rows)
    insert_many(Touched, ("subject_type", "subject_id", "at"), [*touched.values()])


class Known(NamedTuple):
    """What the history says of a record that is its own root: its number, the state that it is in, and its name."""

    pk: int
    status: str
    name: str


def record_all(
    model: type[models.Model], subjects: Sequence[Known], *, verb: str, by: Any, at: datetime, became: str = ""
) -> None:
    """The same event of many records of one kind, all in one state, that are their own roots, in two statements. The
    caller holds their locks."""
    if not subjects:
        return
    kind, became, actor = model._meta.label_lower, str(became), by and by.pk
    [was] = {str(subject.status) for subject in subjects}
    # Of what a digest covers, the subject's number (twice), the event's, and the digest before it are its own.
    promised = [kind, _PLACE, _PLACE, kind, _PLACE, verb, was, became, actor, at, "", _PLACE]
    words = _promised(promised).replace("%", "%%").replace(f"{_json(_PLACE)}]", '"%s"]').replace(_json(_PLACE), "%s")
    last, first, rows, sha256 = _newest(kind, {subject.pk for subject in subjects}), (1, ""), [], hashlib.sha256
    for pk, _status, name in subjects:
        seq, previous = last.get(pk, first)
        sealed = sha256((words % (pk, seq, pk, previous)).encode()).hexdigest()
        rows.append((pk, seq, pk, previous, sealed, name[:200]))
    same = {"root_type": kind, "subject_type": kind, "verb": verb, "was": was, "became": became, "by_id": actor}
    same |= {"at": at, "note": "", "note_digest": "", "salt": ""}
    insert_many(Event, ("root_id", "seq", "subject_id", "previous", "digest", "subject_label"), rows, same)


# By one look into the index each, however long their histories are.
_ENDS = """SELECT wanted.value, (SELECT seq || ' ' || digest FROM core_event WHERE root_type = %s
AND root_id = wanted.value ORDER BY seq DESC LIMIT 1) FROM """
_WANTED = {"sqlite": "json_each(%s) AS wanted", "postgresql": "unnest(%s::bigint[]) AS wanted (value)"}


def _newest(kind: str, keys: Collection[int]) -> dict[int, tuple[int, str]]:
    """For those that have a history: the number of what comes next in it, and the digest before that."""
    [wanted] = among(keys).params
    with connection.cursor() as cursor:
        cursor.execute(_ENDS + _WANTED[connection.vendor], [kind, wanted])
        found = cursor.fetchall()
    split = ((pk, end.partition(" ")) for pk, end in found if end)
    return {pk: (int(seq) + 1, sealed) for pk, (seq, _blank, sealed) in split}


def _root_of(subject: models.Model) -> models.Model:
    root: models.Model = subject.history_root() if hasattr(subject, "history_root") else subject
    return root


class Last(NamedTuple):
    """The end of a chain."""

    seq: int
    digest: str


@cache
def _ends(kind: str) -> Prepared:
    def build(root: One) -> models.QuerySet[Any, Any]:
        chain = Event.objects.filter(root_type=kind, root_id=root)
        return chain.order_by("-seq").values_list("seq", "digest")[:1]

    return Prepared(build)


def _last(kind: str, root: int) -> Last | None:
    return next((Last(*row) for row in _ends(kind).rows(root)), None)


def _next(last: Last | None, root: models.Model, subject: models.Model, *, note: str, **facts: Any) -> Event:
    """What follows `last` in the chain of `root`, not saved."""
    salt = secrets.token_hex(8)
    event = Event(
        root_type=label(root),
        root_id=root.pk,
        seq=last.seq + 1 if last else 1,
        subject_type=label(subject),
        subject_id=subject.pk,
        subject_label=str(subject)[:200],
        note=note,
        salt=salt,
        note_digest=note_digest(salt, note),
        previous=last.digest if last else "",
        **facts,
    )
    event.digest = digest(event)
    return event


def record_first(subjects: Sequence[models.Model], *, became: str, by: Any, at: datetime) -> None:
    """The `created` event of many new records that are roots of their own, in one statement."""
    events = []
    for subject in subjects:
        kind = label(subject)
        event = Event(
            root_type=kind,
            root_id=subject.pk,
            seq=1,
            subject_type=kind,
            subject_id=subject.pk,
            verb="created",
            became=became,
            by=by,
            at=at,
            salt="",
        )
        event.digest = digest(event)
        events.append(event)
    Event.objects.bulk_create(events, batch_size=1000)


def touch(root: models.Model, *, at: datetime) -> None:
    """Ask the clock side to look at this record again. A row, so that it can't be lost; consumed by its sweep."""
    Touched.objects.create(subject_type=label(root), subject_id=root.pk, at=at)


def verify(root: models.Model) -> str:
    """'' if the chain of `root` holds, else a sentence about the first break."""
    previous = ""
    for number, event in enumerate(Event.objects.of(root).order_by("seq"), start=1):
        if event.seq != number or event.previous != previous:
            return f"Event {event.pk} does not follow the one before it."
        if event.digest != digest(event) or (event.note and event.note_digest != note_digest(event.salt, event.note)):
            return f"Event {event.pk} was changed after it was written."
        previous = event.digest
    return ""
