"""A person's dates as a calendar file (iCalendar, RFC 5545). It names work and no people, and no money."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from reminders.files.dates import Entry, entries


def calendar_file(person: User, *, at: datetime) -> bytes:
    """The whole as UTF-8 text/calendar. Hours are UTC, which every program shows in its reader's zone: rules of a zone
    would be lists of dates, which some programs read wrongly."""
    from icalendar import Calendar

    host = urlsplit(settings.SITE_URL).hostname or "duckrow"
    with override(person.language):
        calendar = Calendar()
        calendar.add("prodid", "-//Duckrow//Duckrow//EN")
        calendar.add("version", "2.0")
        calendar.add("method", "PUBLISH")
        calendar.add("x-wr-calname", _("Duckrow"))
        calendar.add("refresh-interval", timedelta(hours=1), parameters={"value": "DURATION"})
        calendar.add("x-published-ttl", "PT1H")
        for entry in entries(person, at=at):
            calendar.add_component(_event(entry, host))
    return calendar.to_ical()


def _event(entry: Entry, host: str) -> Any:
    from icalendar import Event

    event = Event()
    event.add("uid", f"{entry.uid}@{host}")
    event.add("dtstamp", entry.changed_at)
    event.add("last-modified", entry.changed_at)
    event.add("sequence", entry.sequence)
    event.add("summary", entry.title)
    event.add("url", f"{settings.SITE_URL}{entry.link}")
    event.add("status", entry.status)
    event.add("transp", "TRANSPARENT")  # a date takes nobody's time
    if entry.until is None:
        event.add("dtstart", entry.day)
        event.add("dtend", entry.day + timedelta(days=1))
    else:
        ends = entry.until.astimezone(UTC)
        event.add("dtstart", ends - timedelta(minutes=30))
        event.add("dtend", ends)
    return event
