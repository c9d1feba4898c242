"""The review window: by when the reviewer decides, in his or her own working days, outside leave and pauses; and what
happens when nobody has decided by then."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count

from accounts.models import User
from accounts.queries import calendars_of
from accounts.states import Role
from core import working_time
from core.working_time import Calendar
from engagements.models import Agreement, Delegation, Engagement
from engagements.queries.delegations import delegations, reviewer_on
from engagements.queries.pauses import Stretch, days_lost, pauses
from engagements.states import ReviewEnd, Side

DECIDES = (Role.LEAD, Role.ADMIN)  # about money, without having been named for it
LONGEST = 366 * 5  # days in which a window must have ended


@dataclass(frozen=True)
class Window:
    """`ends_at` is the end of the reviewer's work on `ends_on`, a day of the reviewer's."""

    reviewer: User
    ends_on: date
    ends_at: datetime


def window_in(
    engagement: Engagement,
    since: datetime,
    calendars: Mapping[int, Calendar],
    paused: Sequence[Stretch],
    named: Sequence[Delegation] = (),
) -> Window:
    """Of a submission made at `since`, outside the pauses that ended; no query. A day counts when it is a working day
    of whoever reviews on it (`reviewer_on`); `calendars` has theirs, by person id. Raises EmptyCalendar when there are
    too few such days."""
    lead = engagement.lead
    left = engagement.review_days + days_lost(calendars[lead.pk], paused, since=since)
    day = since.astimezone(lead.tz).date()
    last = day + timedelta(days=LONGEST)
    while day < last:
        day += timedelta(days=1)
        person = reviewer_on(day, lead, named)
        spans = working_time.spans_on(day, calendars[person.pk])
        left -= bool(spans)
        if not left:
            return Window(person, day, spans[-1][1])
    raise working_time.EmptyCalendar("Nobody works in the years ahead.")


def review_window(engagement: Engagement, since: datetime) -> Window | None:
    """The same with what it needs looked up, in four queries; None for a reviewer who never works."""
    named = delegations([engagement])[engagement.pk]
    calendars = calendars_of([engagement.lead, *(row.person for row in named)], since.date())
    try:
        return window_in(engagement, since, calendars, pauses([engagement])[engagement.pk], named)
    except (working_time.EmptyCalendar, working_time.OutOfRange):
        return None


def counts_as_accepted(engagement: Engagement) -> bool:
    """Whether silence at the end of a review window is acceptance: only where the agreement that both sides have signed
    says so. One that says nothing of it, as older ones do, means that somebody else decides."""
    return engagement.review_end == ReviewEnd.ACCEPT and bool(accepted_by_silence([engagement.pk]))


def accepted_by_silence(engagements: Collection[int]) -> set[int]:
    """Those of these (by number) of which `counts_as_accepted` is true; one query, none for none."""
    if not engagements:
        return set()
    agreements = (
        Agreement.objects.filter(engagement__in=engagements, voided_at=None, engagement__review_end=ReviewEnd.ACCEPT)
        .annotate(signed=Count("signatures"))
        .filter(signed__gte=len(Side.values))
    )
    signed = agreements.order_by().values_list("engagement_id", "canonical")
    return {pk for pk, canonical in signed if json.loads(canonical).get("review_end") == ReviewEnd.ACCEPT}


def next_reviewer(engagement: Engagement, silent: User) -> User:
    """Who decides when `silent` did not: the lead, where a delegate was; then the comms owner or the cover, where that
    is a lead or an admin; then an admin. A member answers and nudges, and accepts nothing unless the lead has named him
    or her. Should there be nobody else, `silent`. At most one query."""
    for person in (engagement.lead, engagement.comms_owner, engagement.cover):
        if person is not None and person.is_active and person.role in DECIDES and person.pk != silent.pk:
            return person
    admins = User.objects.active().with_role(Role.ADMIN).exclude(pk=silent.pk)
    return admins.order_by("pk").first() or silent
