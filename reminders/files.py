"""A person's dates as a calendar file (iCalendar, RFC 5545): what is due, by when reviews are decided, the next
check-in. It names work and no people, and no money."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from icalendar import Calendar as ICalendar
from icalendar import Event as IEvent

from accounts.models import User
from accounts.queries import calendar_of, calendars_of
from accounts.states import Role
from core import working_time
from core.models import Event
from engagements.models import Contact, Engagement
from engagements.queries.delegations import delegations
from engagements.queries.pauses import pauses
from engagements.states import ENDED, EngagementStatus, Side
from milestones.models import Milestone
from milestones.queries.window import window_in
from milestones.states import MilestoneStatus

# What ended longer ago has left everybody's calendar, and was told as cancelled meanwhile.
KEPT = timedelta(days=60)
MOST = 200  # engagements; nobody holds more at a time


@dataclass(frozen=True)
class Entry:
    """One date: a whole `day`, or an instant `until` by which something is decided. `sequence` grows with each change
    of what it says, as calendar programs want."""

    uid: str
    title: str
    link: str
    day: date
    until: datetime | None
    sequence: int
    changed_at: datetime
    status: str  # CONFIRMED, TENTATIVE while paused, CANCELLED


def entries(person: User, *, at: datetime) -> Iterator[Entry]:
    """The dates of the engagements that name this person, in thirteen queries at most, however many."""
    engagements = list(_engagements(person, at))
    by_id = {engagement.pk: engagement for engagement in engagements}
    changes = {
        row["root_id"]: (row["seq"], row["at"])
        for row in Event.objects.of_all(Engagement, by_id).values("root_id").annotate(seq=Max("seq"), at=Max("at"))
    }
    milestones = list(Milestone.objects.filter(engagement__in=by_id).order_by("due_on", "pk"))
    for milestone in milestones:
        milestone.engagement = by_id[milestone.engagement_id]
        sequence, changed_at = changes.get(milestone.engagement_id, (0, milestone.status_since))
        yield from _of_milestone(milestone, sequence, max(changed_at, milestone.status_since), at)
    submitted = [milestone for milestone in milestones if milestone.status == MilestoneStatus.SUBMITTED]
    if submitted:
        yield from _reviews(submitted, changes)
    if person.role == Role.CONTRACTOR:
        yield from _check_ins(person, engagements)


def _engagements(person: User, at: datetime) -> Sequence[Engagement]:
    named = Engagement.objects.for_list()
    named = named.visible_to(person) if person.role == Role.CONTRACTOR else named.held_by(person)
    return list(named.under_way_since(at - KEPT)[:MOST])


def _of_milestone(milestone: Milestone, sequence: int, changed_at: datetime, at: datetime) -> Iterator[Entry]:
    is_off = milestone.status == MilestoneStatus.CANCELLED
    if is_off and milestone.status_since < at - KEPT:
        return
    paused = milestone.engagement.status == EngagementStatus.PAUSED
    yield Entry(
        uid=f"due-{milestone.pk}",
        title=_("Due: %(what)s") % {"what": milestone.title},
        link=reverse("milestones:milestone", args=[milestone.pk]),
        day=milestone.due_on,
        until=None,
        sequence=sequence,
        changed_at=changed_at,
        status="CANCELLED" if is_off else "TENTATIVE" if paused else "CONFIRMED",
    )


def _reviews(submitted: Sequence[Milestone], changes: Mapping[int, tuple[int, datetime]]) -> Iterator[Entry]:
    engagements = [milestone.engagement for milestone in submitted]
    stretches, named = pauses(engagements), delegations(engagements)
    reviewers = [engagement.lead for engagement in engagements]
    reviewers += [row.person for rows in named.values() for row in rows]
    calendars = calendars_of(reviewers, min(milestone.status_since for milestone in submitted).date())
    for milestone in submitted:
        engagement, since = milestone.engagement, milestone.status_since
        try:
            window = window_in(engagement, since, calendars, stretches[engagement.pk], named[engagement.pk])
        except (working_time.EmptyCalendar, working_time.OutOfRange):
            continue  # a reviewer who never works: there is no such day
        yield Entry(
            # Each round is a date of its own, so that a later one doesn't move the one before.
            uid=f"review-{milestone.pk}-{int(since.timestamp())}",
            title=_("Review decided by: %(what)s") % {"what": milestone.title},
            link=reverse("milestones:milestone", args=[milestone.pk]),
            day=window.ends_on,
            until=window.ends_at,
            sequence=changes.get(engagement.pk, (0, since))[0],
            changed_at=since,
            status="CONFIRMED",
        )


def _check_ins(person: User, engagements: Iterable[Engagement]) -> Iterator[Entry]:
    """Of what runs; where it has ended since, the last one once more, as cancelled."""
    asked = [e for e in engagements if e.status == EngagementStatus.ACTIVE or e.status in ENDED]
    contacts = dict(
        Contact.objects.by_side(Side.THEIRS)
        .filter(engagement__in=asked)
        .values_list("engagement_id")
        .annotate(at=Max("at"))
    )
    own = calendar_of(person)
    for engagement in asked:
        is_off = engagement.status in ENDED
        last = contacts.get(engagement.pk, engagement.status_since)
        try:
            day = working_time.add_working_days(last.astimezone(person.tz).date(), engagement.checkin_days, own)
        except (working_time.EmptyCalendar, working_time.OutOfRange):
            continue
        yield Entry(
            uid=f"check-in-{engagement.pk}",
            title=_("Check in: %(what)s") % {"what": engagement.title},
            link=reverse("engagements:engagement", args=[engagement.pk]),
            day=day,
            until=None,
            sequence=day.toordinal() + is_off,  # the next one is always later
            changed_at=engagement.status_since if is_off else last,
            status="CANCELLED" if is_off else "CONFIRMED",
        )


def calendar_file(person: User, *, at: datetime) -> bytes:
    """The whole as UTF-8 text/calendar, with times in the person's own zone and that zone's rules in it."""
    host = urlsplit(settings.SITE_URL).hostname or "duckrow"
    with override(person.language):
        calendar = ICalendar()
        calendar.add("prodid", "-//Duckrow//Duckrow//EN")
        calendar.add("version", "2.0")
        calendar.add("method", "PUBLISH")
        calendar.add("x-wr-calname", _("Duckrow"))
        calendar.add("refresh-interval", timedelta(hours=1), parameters={"value": "DURATION"})
        calendar.add("x-published-ttl", "PT1H")
        for entry in entries(person, at=at):
            calendar.add_component(_event(entry, person, host))
        calendar.add_missing_timezones()
    return calendar.to_ical()


def _event(entry: Entry, person: User, host: str) -> IEvent:
    event = IEvent()
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
        ends = entry.until.astimezone(person.tz)
        event.add("dtstart", ends - timedelta(minutes=30))
        event.add("dtend", ends)
    return event
