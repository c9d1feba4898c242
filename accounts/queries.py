"""Reads about people: their calendars, their settings as a whole, and the organisation."""

import hashlib
import json
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache, lru_cache
from typing import Any

from django.conf import settings
from django.db.models import CharField, DateField, Model, QuerySet, Value
from django.db.models.functions import Cast
from django.utils import timezone

from accounts.models import Invitation, Leave, Organisation, User, WorkingSpan
from core import secrets
from core.prepared import Prepared
from core.working_time import OFFICE_HOURS, Calendar

# Years of holidays around the day asked for: no promise in an agreement reaches further.
YEARS_AROUND = 2
# One organisation an installation, shown on every page: read at most every half minute. Tests each have their own.
ORGANISATION_SECONDS = 0 if settings.MODE == "test" else 30
_known: tuple[float, Organisation] | None = None


def organisation() -> Organisation | None:
    """The organisation without its logo, or None before first run. Only a found one is remembered."""
    global _known
    if _known and time.monotonic() - _known[0] < ORGANISATION_SECONDS:
        return _known[1]
    found = Organisation.objects.defer("logo").first()
    _known = (time.monotonic(), found) if found else None
    return found


def forget_organisation() -> None:
    global _known
    _known = None


@cache
def countries_with_holidays() -> dict[str, tuple[str, ...]]:
    """Country code → its region codes, as far as the holidays package knows them and our column holds them."""
    import holidays

    known = holidays.list_supported_countries(include_aliases=False)
    return {code: tuple(r for r in regions if len(r) <= 12) for code, regions in known.items()}


def region_choices(country: str) -> list[tuple[str, str]]:
    """Regions of a country with their names where the package has them; empty for a country without."""
    regions = countries_with_holidays().get(country, ())
    if not regions:
        return []
    import holidays

    names = getattr(holidays, country).get_subdivision_aliases()
    return sorted(((r, max(names.get(r) or [r], key=len)) for r in regions), key=lambda pair: pair[1])


@lru_cache(maxsize=2048)
def holidays_of(country: str, region: str, year: int) -> frozenset[date]:
    """Public holidays; none for a country or region that the holidays package does not know."""
    regions = countries_with_holidays().get(country)
    if regions is None:
        return frozenset()
    import holidays

    return frozenset(holidays.country_holidays(country, subdiv=region if region in regions else None, years=year))


def _calendar(
    user: User, spans: Sequence[tuple[int, int, int]], leaves: Sequence[tuple[date, date]], around: date
) -> Calendar:
    years = range(around.year - YEARS_AROUND, around.year + YEARS_AROUND + 1)
    return Calendar(
        zone=user.zone,
        spans=tuple(spans) or OFFICE_HOURS,
        holidays=frozenset[date]().union(*(holidays_of(user.country, user.region, year) for year in years)),
        leave=tuple(leaves),
    )


def calendar_of(user: User, around: date | None = None) -> Calendar:
    """The person's working time, with the holidays of five years around the day (today unless given).

    One query. Without hours of one's own: Monday to Friday, 09:00–17:00."""
    return calendars_of([user], around)[user.pk]


def hours(people: Any, *more: Any) -> tuple[QuerySet, QuerySet]:
    """Spans and leave of `people` (keys, or an expression that gives them) as rows for a union: (kind, person, weekday,
    from minute, to minute, from day, to day), kind being span or leave, and `more` columns of who makes the union."""
    no_day, no_number = Cast(Value(None), DateField()), Value(0)
    spans = WorkingSpan.objects.filter(user__in=people).order_by()
    leaves = Leave.objects.filter(user__in=people).order_by()
    kinds = [Value(kind, CharField()) for kind in ("span", "leave")]
    return (
        spans.values_list(kinds[0], "user_id", "weekday", "start_minute", "end_minute", no_day, no_day, *more),
        leaves.values_list(kinds[1], "user_id", no_number, no_number, no_number, "starts_on", "ends_on", *more),
    )


def _hours(people: Any) -> QuerySet:
    spans, leaves = hours(people)
    return spans.union(leaves, all=True)


_prepared_hours = Prepared(_hours)


def calendars_from(users: Iterable[User], rows: Iterable[tuple[Any, ...]], around: date) -> dict[int, Calendar]:
    """By the person's id, from rows of `hours`."""
    spans: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    leaves: dict[int, list[tuple[date, date]]] = defaultdict(list)
    for kind, user, weekday, start, end, first, last in rows:
        if kind == "span":
            spans[user].append((weekday, start, end))
        else:
            leaves[user].append((first, last))
    return {user.pk: _calendar(user, sorted(spans[user.pk]), sorted(leaves[user.pk]), around) for user in users}


def calendars_of(users: Iterable[User], around: date | None = None) -> dict[int, Calendar]:
    """By the person's id, in one query for however many."""
    people = {user.pk: user for user in users}
    return calendars_from(people.values(), _prepared_hours.rows(people), around or timezone.now().date())


_people = Prepared(lambda keys: User.objects.filter(pk__in=keys))


def fill_people(rows: Iterable[tuple[Model, Iterable[str]]], known: Iterable[User | None] = ()) -> None:
    """Fetch who stands in these fields of these records, in one query, none where all of them are `known`. Joining the
    people of a page, each by a join of its own, costs the database more than the page itself."""
    people = {person.pk: person for person in known if person is not None}
    wanted: list[tuple[Model, Any]] = [(row, row._meta.get_field(name)) for row, names in rows for name in names]
    missing = {getattr(row, field.attname) for row, field in wanted} - {None, *people}
    people |= {person.pk: person for person in _people.records(missing)} if missing else {}
    for row, field in wanted:
        field.set_cached_value(row, people.get(getattr(row, field.attname)))


def settings_version(user: User) -> str:
    """A digest of everything the settings page writes: two tabs that started from different ones differ here."""
    facts = [
        (user.name, user.pronoun, user.zone, user.country, user.region, user.language),
        list(user.spans.values_list("weekday", "start_minute", "end_minute")),
        [(str(first), str(last)) for first, last in user.leaves.values_list("starts_on", "ends_on")],
        sorted(user.preferences.values_list("kind", "choice")),
    ]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]


def invitation_by_token(token: str) -> Invitation | None:
    """Whatever became of it; whether it still opens is the service's to say."""
    return Invitation.objects.select_related("invited_by").filter(token_digest=secrets.token_digest(token)).first()
