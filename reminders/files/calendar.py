"""A person's dates as a calendar file (iCalendar, RFC 5545). It names work and no people, and no money.

The file is text of a few patterns, so it is written here line by line; only hours, and the rules of the zone in which
they are, come from the library, which takes five times as long over a line and 5 MB of memory.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from reminders.files.dates import Entry, entries

LONGEST = 75  # octets of a line, beside its end
HALF_AN_HOUR = timedelta(minutes=30)
DAY = timedelta(days=1)


def calendar_file(person: User, *, at: datetime) -> bytes:
    """The whole as UTF-8 text/calendar, with times in the person's own zone and that zone's rules in it."""
    with override(person.language):
        found = list(entries(person, at=at))
        lines = [*_head(), *_zone(found, person), *_events(found, person), "END:VCALENDAR"]
    return "".join(f"{_folded(line)}\r\n" for line in lines).encode()


def _head() -> Iterator[str]:
    yield "BEGIN:VCALENDAR"
    yield "VERSION:2.0"
    yield "PRODID:-//Duckrow//Duckrow//EN"
    yield "METHOD:PUBLISH"
    yield f"X-WR-CALNAME:{_text(_('Duckrow'))}"
    yield "REFRESH-INTERVAL;VALUE=DURATION:PT1H"
    yield "X-PUBLISHED-TTL:PT1H"


def _zone(found: Iterable[Entry], person: User) -> Iterable[str]:
    """The rules of the person's zone, where an hour is said in it."""
    return _rules(str(person.tz)) if any(entry.until for entry in found) else ()


@lru_cache(maxsize=64)
def _rules(zone: str) -> tuple[str, ...]:
    from icalendar import Timezone

    if zone == "UTC":
        return ()
    return tuple(line for line in Timezone.from_tzid(zone).content_lines() if line)


def _events(found: Iterable[Entry], person: User) -> Iterator[str]:
    host = urlsplit(settings.SITE_URL).hostname or "duckrow"
    for entry in found:
        changed = f"{entry.changed_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        yield "BEGIN:VEVENT"
        yield f"SUMMARY:{_text(entry.title)}"
        yield from _span(entry, person)
        yield f"DTSTAMP:{changed}"
        yield f"UID:{entry.uid}@{host}"
        yield f"SEQUENCE:{entry.sequence}"
        yield f"LAST-MODIFIED:{changed}"
        yield f"STATUS:{entry.status}"
        yield "TRANSP:TRANSPARENT"  # a date takes nobody's time
        yield f"URL:{settings.SITE_URL}{entry.link}"
        yield "END:VEVENT"


def _span(entry: Entry, person: User) -> Iterator[str]:
    if entry.until is None:
        yield f"DTSTART;VALUE=DATE:{_day(entry.day)}"
        yield f"DTEND;VALUE=DATE:{_day(entry.day + DAY)}"
        return
    from icalendar.parser import Contentline
    from icalendar.prop import vDatetime

    ends = entry.until.astimezone(person.tz)
    for name, instant in (("DTSTART", ends - HALF_AN_HOUR), ("DTEND", ends)):
        said = vDatetime(instant)
        yield Contentline.from_parts(name, said.params, said)


def _day(day: date) -> str:
    return day.isoformat().replace("-", "")


def _text(said: str) -> str:
    """As a TEXT value (section 3.3.11)."""
    said = said.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return said.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")


def _folded(line: str) -> str:
    """In pieces that are short enough (section 3.1), none of which ends within a character or an escape."""
    if (line.isascii() and len(line) < LONGEST) or len(line.encode()) < LONGEST:
        return line
    pieces, piece, size = [], "", 0
    for char in line:
        octets = len(char.encode())
        if size + octets >= LONGEST:  # the rest is one blank longer
            # Of several backslashes the last may be the second of its pair; together they stay whole.
            whole = piece.rstrip("\\")
            whole, rest = (whole, piece[len(whole) :]) if whole else (piece, "")
            pieces.append(whole)
            piece, size = rest, len(rest)
        piece, size = piece + char, size + octets
    return "\r\n ".join([*pieces, piece])
