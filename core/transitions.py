"""The only door to a state column.

A model with states inherits `Stateful` and names its table:

    class Milestone(Stateful):
        MOVES = states.MOVES                      # {from: {to, ...}}
        status = models.CharField(...)
        status_since = models.DateTimeField(...)

        def history_root(self): return self.engagement   # whose chain its events hang on

`move()` checks the table, writes the column guarded by the state that was read (so of two rivals one wins even
where the database knows no row locks), writes who and when into the history, and marks the root as touched, which
is what makes the clock side look at it again. A lint rule keeps every other module from writing these columns.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, TypeVar, cast

from django.conf import settings
from django.db import connection, models
from django.db.transaction import TransactionManagementError
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core import history
from core.errors import DomainError
from core.history import Known
from core.inserting import update_many
from core.prepared import One, Prepared, all_rows, among, is_key


class StatefulQuerySet(models.QuerySet):
    """Locks the way every use case begins: by primary key, fresh, for update."""

    def lock(self, row: models.Model | int) -> Any:
        """The row of the whole table, re-read and locked until the use case ends (on SQLite the transaction itself is
        the lock). Rows that refer to it may still be written: keys never change, and a foreign key waiting at commit
        makes deadlocks."""
        return locked(self.model, row.pk if isinstance(row, models.Model) else row)


def locked(model: Any, pk: int, *joined: str) -> Any:
    """As `lock`, with what the row names (`joined`: only rows that nobody else changes now)."""
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        raise TransactionManagementError("A lock is let go at once outside of a transaction.")
    found = _locked(model, joined).records(int(pk)) if is_key(int(pk)) else []
    if not found:
        raise model.DoesNotExist(f"{model._meta.object_name} {pk} does not exist.")
    return found[0]


@cache
def _locked(model: Any, joined: tuple[str, ...]) -> Prepared:
    def build(which: One) -> models.QuerySet[Any]:
        rows = model._default_manager.select_related(*joined) if joined else model._default_manager.all()
        found: models.QuerySet[Any] = rows.select_for_update(of=("self",), no_key=True).filter(pk=which)
        return found

    return Prepared(build)


def hold(model: Any, keys: Iterable[int]) -> None:
    """Lock these rows until the use case ends, in ascending order, so that two who want several can't wait for each
    other in a ring. They are read afterwards. On SQLite the transaction itself is the lock."""
    if connection.vendor != "postgresql":
        return
    if not connection.in_atomic_block:
        raise TransactionManagementError("A lock is let go at once outside of a transaction.")
    _held(model).rows(keys)


@cache
def _held(model: Any) -> Prepared:
    def build(pks: Any) -> models.QuerySet[Any]:
        rows = model._default_manager.select_for_update(no_key=True).filter(pk__among=pks)
        found: models.QuerySet[Any] = rows.order_by("pk").values_list("pk")
        return found

    return Prepared(build)


def free(rows: models.QuerySet[Any], *columns: Any) -> list[tuple[Any, ...]]:
    """These columns of rows of one table, locked until the use case ends, without those rows that somebody holds:
    waiting for one while holding others makes rings."""
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(no_key=True, skip_locked=True)
    return all_rows(rows.order_by("pk").values_list(*columns))


@cache
def _labels(field: Any, language: str | None) -> dict[Any, str]:
    return {value: str(label) for value, label in field.flatchoices}


class Labelled(models.Model):
    """A record whose choices are shown in long lists."""

    class Meta:
        abstract = True

    def _get_FIELD_display(self, field: Any) -> str:
        """Django's makes a fresh table of all choices, each translated, for every word: a quarter of a long list."""
        value = getattr(self, field.attname)
        return _labels(field, get_language()).get(value, value)


class Stateful(Labelled):
    """A record with a `status` that changes only through `move()`."""

    MOVES: ClassVar[dict[str, set[str]]] = {}
    status: Any
    status_since = models.DateTimeField()

    class Meta:
        abstract = True

    def history_root(self) -> models.Model:
        """The record whose page shows this one's history."""
        return self


S = TypeVar("S", bound=Stateful)


def move(subject: S, *, to: str, by: Any, at: datetime, note: str = "", **facts: Any) -> S:
    """Bring `subject` (locked by the caller) into state `to` and record it.

    `facts` are the subject's own columns that belong to the same moment (accepted_at, accepted_by, ...), written in
    the same UPDATE. `by` is None for the clock. Raises DomainError when the table has no such move or somebody
    else moved it first.
    """
    was = subject.status
    if refusal := why_not(subject, to):
        raise DomainError(refusal)
    changes = {"status": to, "status_since": at, **facts}
    if not type(subject)._base_manager.filter(pk=subject.pk, status=was).update(**changes):
        raise DomainError(_("Somebody else just changed “%(what)s”. Reload to see it.") % {"what": subject})
    for name, value in changes.items():
        setattr(subject, name, value)
    history.record(subject, verb="moved", was=was, became=to, by=by, at=at, note=note)
    return subject


def why_not(subject: Stateful, to: str) -> str:
    """The sentence with which `move` refuses to bring it into state `to`; '' where the table has such a move."""
    if to in subject.MOVES.get(subject.status, set()):
        return ""
    return _("“%(what)s” is %(state)s, so this can’t be done any more. Reload to see where it stands.") % {
        "what": subject,
        "state": str(cast(Any, subject).get_status_display()).lower(),
    }


def move_each(
    subjects: Sequence[Stateful],
    *,
    to: str,
    by: Any,
    at: datetime,
    notes: Mapping[int, str] | None = None,
    own: Mapping[str, Mapping[int, Any]] | None = None,
    **facts: Any,
) -> None:
    """`move` of many records of one kind, locked by the caller, in a number of statements that doesn't grow with them:
    all or none. `notes` by their numbers; `own`: columns of which each has a value of its own, these by number."""
    if not subjects:
        return
    model: Any = type(subjects[0])
    notes, own = notes or {}, own or {}
    by_state: dict[str, list[int]] = defaultdict(list)
    for subject in subjects:
        if refusal := why_not(subject, to):
            raise DomainError(refusal)
        by_state[subject.status].append(subject.pk)
    changes = {"status": to, "status_since": at, **facts}
    for was, keys in by_state.items():
        if model._base_manager.filter(pk__in=among(keys), status=was).update(**changes) != len(keys):
            raise DomainError(_("Somebody else just changed one of these. Reload to see it."))
    if own:
        rows = [(subject.pk, *(values[subject.pk] for values in own.values())) for subject in subjects]
        update_many(model, [*own], rows)
    entries = [history.Entry(s, "moved", s.status, to, notes.get(s.pk, "")) for s in subjects]
    for subject in subjects:
        for name, value in changes.items():
            setattr(subject, name, value)
        for name, values in own.items():
            setattr(subject, name, values[subject.pk])
    history.record_each(entries, by=by, at=at)


def move_all(model: Any, subjects: Sequence[Known], *, to: str, by: Any, at: datetime) -> None:
    """The same for many rows of one kind, locked by the caller, whose state nothing else hangs on (`touches_root` is
    False and each is its own root), in three statements for each state that they come from. All of them or none."""
    by_state: dict[str, list[Known]] = defaultdict(list)
    for subject in subjects:
        by_state[subject.status].append(subject)
    for was, rows in by_state.items():
        if to not in model.MOVES.get(was, set()) or getattr(model, "touches_root", True):
            raise ValueError(f"{model.__name__} does not go from {was} to {to} by the dozen.")
        changed = model._base_manager.filter(pk__in=among(row.pk for row in rows), status=was)
        if changed.update(status=to, status_since=at) != len(rows):
            raise DomainError(_("Somebody else just changed one of these. Reload to see it."))
        history.record_all(model, rows, verb="moved", became=to, by=by, at=at)


def born(subject: S, *, by: Any, at: datetime, note: str = "") -> S:
    """Record that a stateful record came into being in its first state."""
    history.record(subject, verb="created", was="", became=subject.status, by=by, at=at, note=note)
    return subject


def actor_field(**kwargs: Any) -> models.ForeignKey:
    """A reference to the person who did something; people are deactivated, never deleted."""
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", **kwargs)
