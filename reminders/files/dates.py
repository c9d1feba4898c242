"""The dates of a person: what is due, by when reviews are decided, the next check-in.

A calendar program keeps what it has read, so nothing leaves without having been told as cancelled for KEPT: a review
that was decided (or broken off by a dispute), what was cancelled, and what ended work leaves behind. What ended longer
ago than that has left everybody's calendar.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.queries import calendar_of, calendars_of
from accounts.states import Role
from core import working_time
from core.rows import link
from engagements.models import Engagement
from engagements.states import ENDED, EngagementStatus, Side
from milestones.models import Milestone
from milestones.queries.window import counted_from, own_window_in, window_in
from milestones.states import MilestoneStatus
from reminders.files.facts import Facts, HandedIn, engagements_of, facts_of

KEPT = timedelta(days=60)
COUNTED_FROM = datetime(2020, 1, 1, tzinfo=UTC)
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


class Reviewed(NamedTuple):
    """A stretch in which a milestone waited for its review; `ended_at` is None while it does."""

    milestone: Milestone
    since: datetime
    ended_at: datetime | None


def entries(person: User, *, at: datetime) -> Iterator[Entry]:
    """The dates of the engagements that name this person, in four queries at most, however many."""
    engagements = engagements_of(person, at - KEPT, MOST)
    if not engagements:
        return
    facts = facts_of(engagements, at - KEPT)
    for milestone in facts.milestones:
        sequence, changed_at = facts.changes.get(milestone.engagement_id, (0, milestone.status_since))
        yield from _due(milestone, sequence, max(changed_at, milestone.status_since), at)
    reviewed = list(_reviewed(facts, at))
    if reviewed:
        yield from _reviews(reviewed, facts)
    if person.role == Role.CONTRACTOR:
        yield from _check_ins(person, engagements, facts.contacts)


def _count(changed_at: datetime) -> int:
    """Higher after each change, though a day moves back as well as on when somebody's hours or leave change."""
    return int((changed_at - COUNTED_FROM).total_seconds())


def _due(milestone: Milestone, sequence: int, changed_at: datetime, at: datetime) -> Iterator[Entry]:
    engagement = milestone.engagement
    is_off = milestone.status == MilestoneStatus.CANCELLED
    if is_off and milestone.status_since < at - KEPT:
        return
    # Done before its day, in work that is over: that day brings nothing any more.
    is_off = is_off or (engagement.status in ENDED and milestone.due_on > engagement.status_since.date())
    is_paused = engagement.status == EngagementStatus.PAUSED
    yield Entry(
        uid=f"due-{milestone.pk}",
        title=_("Due: %(what)s") % {"what": milestone.title},
        link=link("milestones:milestone", milestone.pk),
        day=milestone.due_on,
        until=None,
        sequence=sequence,
        changed_at=changed_at,
        status="CANCELLED" if is_off else "TENTATIVE" if is_paused else "CONFIRMED",
    )


def _reviewed(facts: Facts, at: datetime) -> Iterator[Reviewed]:
    """What waits for its review, and what did so until not longer ago than KEPT."""
    for milestone in facts.milestones:
        live = milestone.status_since if milestone.status == MilestoneStatus.SUBMITTED else None
        if live:
            yield Reviewed(milestone, live, None)
        rounds = facts.handed_in.get(milestone.pk, ())
        # The later of two that began as one comes later.
        over = {since: until for each in rounds for since, until in _stretches(each) if since < until}
        ended = {since: until for since, until in over.items() if until >= at - KEPT and since != live}
        yield from (Reviewed(milestone, since, until) for since, until in ended.items())


def _stretches(handed_in: HandedIn) -> Iterator[tuple[datetime, datetime]]:
    """From when to when it waited, of each time that is over."""
    since = handed_in.at
    for dispute in handed_in.disputes:
        yield since, dispute.at
        if dispute.goes_on_at is None:
            return
        # Our side gains no time by a dispute of its own (milestones.services.disputes).
        since = handed_in.at if dispute.side == Side.OURS else dispute.goes_on_at
    if handed_in.reviewed_at:
        yield since, handed_in.reviewed_at


def _reviews(reviewed: Sequence[Reviewed], facts: Facts) -> Iterator[Entry]:
    reviewers = [each.milestone.engagement.lead for each in reviewed]
    reviewers += [row.person for each in reviewed for row in facts.named.get(each.milestone.engagement_id, ())]
    reviewers += [person for person, _at in facts.passed_on.values()]
    calendars = calendars_of(reviewers, min(each.since for each in reviewed).date())
    for milestone, since, ended_at in reviewed:
        engagement = milestone.engagement
        paused, named = facts.pauses.get(engagement.pk, ()), facts.named.get(engagement.pk, ())
        people = [engagement.lead, *(row.person for row in named)]
        try:
            if milestone.pk in facts.passed_on and ended_at is None:
                person, at = facts.passed_on[milestone.pk]
                people.append(person)
                window = own_window_in(engagement, person, at, calendars[person.pk], paused)
            else:
                begins = counted_from(milestone, engagement.lead, since)
                window = window_in(engagement, begins, calendars, paused, named)
        except (working_time.EmptyCalendar, working_time.OutOfRange):
            continue  # a reviewer who never works: there is no such day
        said = [person.hours_said_at or since for person in people]
        changed_at = max(ended_at or since, facts.changes.get(engagement.pk, (0, since))[1], *said)
        yield Entry(
            # Each round is a date of its own, so that a later one doesn't move the one before.
            uid=f"review-{milestone.pk}-{int(since.timestamp())}",
            title=_("Review decided by: %(what)s") % {"what": milestone.title},
            link=link("milestones:milestone", milestone.pk),
            day=window.ends_on,
            until=window.ends_at,
            sequence=_count(changed_at),
            changed_at=changed_at,
            status="CANCELLED" if ended_at else "CONFIRMED",
        )


def _check_ins(person: User, engagements: Iterable[Engagement], contacts: Mapping[int, datetime]) -> Iterator[Entry]:
    """Of what runs; where it has ended since, the last one once more, as cancelled."""
    asked = [e for e in engagements if e.status == EngagementStatus.ACTIVE or e.status in ENDED]
    own = calendar_of(person) if asked else None
    for engagement in asked:
        assert own is not None
        is_off = engagement.status in ENDED
        last = contacts.get(engagement.pk, engagement.status_since)
        try:
            day = working_time.add_working_days(last.astimezone(person.tz).date(), engagement.checkin_days, own)
        except (working_time.EmptyCalendar, working_time.OutOfRange):
            continue
        changed_at = max(engagement.status_since if is_off else last, person.hours_said_at or last)
        yield Entry(
            uid=f"check-in-{engagement.pk}",
            title=_("Check in: %(what)s") % {"what": engagement.title},
            link=link("engagements:engagement", engagement.pk),
            day=day,
            until=None,
            sequence=_count(changed_at),
            changed_at=changed_at,
            status="CANCELLED" if is_off else "CONFIRMED",
        )
