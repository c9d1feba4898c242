"""Applications from a file: staged, looked at, confirmed, then taken in chunks that survive a crash."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from contractors import importing
from contractors.importing import Parsed, Table, UnreadableFile, Verdict
from contractors.models import Application, BadRow, Claim, Contractor, ImportBatch, Opening, Skill
from contractors.states import ApplicationStatus, ImportStatus, PricePer
from core import history, outbox
from core.errors import DomainError
from core.transitions import born, move
from core.use_case import use_case

CHUNK = 500


@use_case
def stage(
    opening: Opening, *, content: bytes, file_name: str, source: str, captured_on: date, by: User, at: datetime
) -> ImportBatch:
    """Keep the file and a guess of its columns; nothing of it is stored until it is confirmed."""
    sha256 = hashlib.sha256(content).hexdigest()
    done = ImportBatch.objects.filter(opening=opening, sha256=sha256, status=ImportStatus.DONE).first()
    if done:
        raise DomainError(_("This very file was imported here on %(day)s already.") % {"day": done.status_since.date()})
    try:
        table = importing.read_table(content)
    except UnreadableFile as error:
        raise DomainError(str(error)) from error
    batch = ImportBatch(
        opening=opening,
        status_since=at,
        source=source,
        captured_on=captured_on,
        file_name=file_name[:200],
        content=content,
        sha256=sha256,
        mapping=importing.guess(table),
        by=by,
        created_at=at,
        rows_total=len(table.rows),
    )
    batch.save(force_insert=True)
    return born(batch, by=by, at=at)


@use_case
def map_columns(batch: ImportBatch, *, mapping: dict[str, str]) -> ImportBatch:
    """Say what the columns are; each field is used once."""
    batch = ImportBatch.objects.lock(batch)
    if batch.status != ImportStatus.STAGED:
        raise DomainError(_("This file was already decided on."))
    used = [target for target in mapping.values() if target]
    twice = [target for target, n in Counter(used).items() if n > 1]
    if twice:
        labels = dict(importing.field_choices())
        raise DomainError(
            _("Two columns are both “%(field)s”. Choose one.") % {"field": labels.get(twice[0], twice[0])}
        )
    batch.mapping = mapping
    batch.save(update_fields=["mapping"])
    return batch


def table_of(batch: ImportBatch) -> Table:
    return importing.read_table(bytes(batch.content))


def preview(batch: ImportBatch) -> tuple[list[Verdict], Counter[str]]:
    """Every row's verdict as it would be now, and how many of each."""
    table = table_of(batch)
    places = {target: place for place, column in enumerate(table.columns) if (target := batch.mapping.get(column, ""))}
    profiles = _column(table, places.get(importing.PROFILE))
    emails = [e.lower() for e in _column(table, places.get(importing.EMAIL))]
    found = {("profile", key): name for key, (_pk, name) in _known_profiles(batch.source, profiles).items()}
    found |= {("email", key): name for key, (_pk, name) in _known_emails(emails).items()}
    rows = list(importing.verdicts(table, batch.mapping, batch.opening.currency, found))
    return rows, Counter(v.verdict for v in rows)


def _column(table: Table, place: int | None) -> list[str]:
    return (
        [] if place is None else [row[place].strip() for row in table.rows if place < len(row) and row[place].strip()]
    )


def _in_chunks(keys: Iterable[str]) -> Iterable[list[str]]:
    unique = list(dict.fromkeys(keys))
    for start in range(0, len(unique), CHUNK):
        yield unique[start : start + CHUNK]


def _known_profiles(source: str, keys: Iterable[str]) -> dict[str, tuple[int, str]]:
    return {
        c.profile_id: (c.pk, str(c))
        for chunk in _in_chunks(keys)
        for c in Contractor.objects.filter(source=source, profile_id__in=chunk)
    }


def _known_emails(keys: Iterable[str]) -> dict[str, tuple[int, str]]:
    return {c.email: (c.pk, str(c)) for chunk in _in_chunks(keys) for c in Contractor.objects.filter(email__in=chunk)}


@use_case
def confirm(batch: ImportBatch, *, by: User, at: datetime) -> ImportBatch:
    """Take it. The rows follow in the background."""
    batch = ImportBatch.objects.lock(batch)
    if not {importing.PROFILE, importing.EMAIL, importing.NAME, importing.HEADLINE, importing.SKILLS} & set(
        batch.mapping.values()
    ):
        raise DomainError(_("Say which column holds the name, an e-mail, a profile id or at least a headline."))
    move(batch, to=ImportStatus.RUNNING, by=by, at=at)
    transaction.on_commit(_ring, robust=True)
    return batch


def _ring() -> None:
    from contractors.tasks import run_imports

    outbox.ring_bell(run_imports)


@use_case
def discard(batch: ImportBatch, *, by: User, at: datetime) -> ImportBatch:
    """Forget the file."""
    batch = ImportBatch.objects.lock(batch)
    return move(batch, to=ImportStatus.DISCARDED, by=by, at=at, content=b"")


def run(batch: ImportBatch, *, at: datetime) -> ImportBatch:
    """Take a confirmed batch to its end, a chunk a transaction; a crash goes on where the last chunk ended."""
    table = table_of(batch)
    rows = list(importing.verdicts(table, batch.mapping, batch.opening.currency, {}))
    while (fresh := _take_chunk(batch, rows, at=at)).status == ImportStatus.RUNNING:
        batch = fresh
    return fresh


@use_case
def _take_chunk(batch: ImportBatch, rows: list[Verdict], *, at: datetime) -> ImportBatch:
    batch = ImportBatch.objects.lock(batch)
    if batch.status != ImportStatus.RUNNING:
        return batch
    chunk = rows[batch.rows_done : batch.rows_done + CHUNK]
    counts: Counter[str] = Counter(batch.outcome)
    counts.update(_store(batch, [v.row for v in chunk if v.row is not None], at=at))
    bad = [v for v in chunk if v.verdict == "bad"]
    BadRow.objects.bulk_create(BadRow(batch=batch, number=v.number, reason=v.text[:300], cells=v.cells) for v in bad)
    counts["bad"] += len(bad)
    counts["repeat"] += sum(v.verdict == "repeat" for v in chunk)
    batch.rows_done += len(chunk)
    batch.outcome = dict(counts)
    batch.save(update_fields=["rows_done", "outcome"])
    if batch.rows_done >= len(rows):
        move(batch, to=ImportStatus.DONE, by=batch.by, at=at)
    return batch


def _store(batch: ImportBatch, rows: list[Parsed], *, at: datetime) -> Counter[str]:
    """People, their skills, claims and applications; known people are added to, never overwritten."""
    counts: Counter[str] = Counter()
    people = {
        ("profile", k): pk
        for k, (pk, _n) in _known_profiles(batch.source, [r.profile_id for r in rows if r.profile_id]).items()
    }
    people |= {("email", k): pk for k, (pk, _n) in _known_emails([r.email for r in rows if r.email]).items()}
    fresh: list[Contractor] = []
    owner: list[Contractor | int] = []  # of each row: a new contractor, or a known one's id
    by_identity: dict[tuple[str, str], Contractor | int] = dict(people)
    for row in rows:
        who = row.identity
        known = by_identity.get(who) if who else None
        if known is None and row.email:
            known = by_identity.get(("email", row.email))
        if known is not None:
            counts["merged"] += 1
            owner.append(known)
            if isinstance(known, Contractor):
                known.name, known.headline = known.name or row.name, known.headline or row.headline
            continue
        counts["new"] += 1
        contractor = Contractor(
            name=row.name,
            email=row.email,
            source=batch.source if row.profile_id else "",
            profile_id=row.profile_id,
            headline=row.headline,
            country=row.country,
            created_at=at,
        )
        fresh.append(contractor)
        owner.append(contractor)
        if who:
            by_identity[who] = contractor
        if row.email:
            by_identity[("email", row.email)] = contractor
    Contractor.objects.bulk_create(fresh)
    ids = [o.pk if isinstance(o, Contractor) else o for o in owner]
    _store_skills(rows, ids)
    Claim.objects.bulk_create(
        (
            Claim(
                contractor_id=pk,
                kind=s.kind,
                raw=s.raw,
                value_milli=s.value_milli,
                n=s.n,
                currency=s.currency,
                source=batch.source,
                captured_on=batch.captured_on,
                batch=batch,
            )
            for pk, row in zip(ids, rows, strict=True)
            for s in row.statements
        ),
        ignore_conflicts=True,
        batch_size=1000,
    )
    _store_applications(batch, rows, ids, at=at)
    return counts


def _store_skills(rows: list[Parsed], ids: list[int]) -> None:
    names = sorted({name for row in rows for name in row.skills})
    Skill.objects.bulk_create([Skill(name=name) for name in names], ignore_conflicts=True)
    by_name = {s.name: s.pk for chunk in _in_chunks(names) for s in Skill.objects.filter(name__in=chunk)}
    through: Any = Contractor.skills.through
    pairs = dict.fromkeys((pk, by_name[name]) for pk, row in zip(ids, rows, strict=True) for name in row.skills)
    through.objects.bulk_create(
        [through(contractor_id=c, skill_id=s) for c, s in pairs], ignore_conflicts=True, batch_size=1000
    )


def _store_applications(batch: ImportBatch, rows: list[Parsed], ids: list[int], *, at: datetime) -> None:
    have = set(
        Application.objects.filter(opening=batch.opening, contractor__in=set(ids)).values_list(
            "contractor_id", flat=True
        )
    )
    made: list[Application] = []
    for pk, row in zip(ids, rows, strict=True):
        if pk in have:
            continue
        have.add(pk)
        made.append(
            Application(
                opening=batch.opening,
                contractor_id=pk,
                status=ApplicationStatus.RECEIVED,
                status_since=at,
                asked_minor=row.price_minor,
                asked_currency=row.price_currency,
                asked_per=PricePer.HOUR,
                received_at=at,
                came_by=batch.source,
            )
        )
    Application.objects.bulk_create(made)
    history.record_first(made, became=ApplicationStatus.RECEIVED, by=batch.by, at=at)
