"""The review window: by when the reviewer decides, in his or her own working days, outside leave and pauses; and what
happens when nobody has decided by then."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Leave, User
from accounts.queries import calendar_of, calendars_of
from accounts.states import Role
from core import working_time
from core.working_time import Calendar
from engagements.models import Agreement, Delegation, Engagement
from engagements.queries.delegations import delegations, reviewer_on
from engagements.queries.pauses import Stretch, days_lost, pauses
from engagements.states import ReviewEnd, Side
from milestones.models import Milestone
from milestones.states import Origin

DECIDES = (Role.LEAD, Role.ADMIN)  # about money, without having been named for it
IsOff = Callable[[User, date], bool]  # whether that is a day of leave
LONGEST = 366 * 5  # days in which a window must have ended


@dataclass(frozen=True)
class Window:
    """`ends_at` is the end of the reviewer's work on `ends_on`, a day of the reviewer's."""

    reviewer: User
    ends_on: date
    ends_at: datetime


def counted_from(milestone: Milestone, lead: User, since: datetime) -> datetime:
    """From when the window of what was handed in at `since` is counted: at once; what was held back, from its day on
    the lead's calendar, because its goals have to hold on it still. A person may accept it before, silence may not."""
    if milestone.origin != Origin.HOLD_BACK:
        return since
    return max(since, datetime.combine(milestone.due_on, time(), lead.tz))


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
    signed = agreements_that_may(engagements).order_by().values_list("engagement_id", "canonical")
    return {pk for pk, canonical in signed if says_accept(canonical)}


def agreements_that_may(engagements: Any) -> QuerySet[Agreement]:
    """Those that both sides signed, of engagements where silence may be acceptance: if it is, their text says so."""
    signatures: Any = Agreement._meta.get_field("signatures").related_model
    signed = signatures._default_manager.filter(agreement=OuterRef("pk"))
    both = {f"is_signed_{side}": Exists(signed.filter(side=side)) for side in Side.values}
    stands = Agreement.objects.filter(engagement__in=engagements, voided_at=None)
    return stands.alias(**both).filter(**dict.fromkeys(both, True), engagement__review_end=ReviewEnd.ACCEPT)


def says_accept(canonical: str) -> bool:
    return bool(json.loads(canonical).get("review_end") == ReviewEnd.ACCEPT)


def own_window(engagement: Engagement, person: User, since: datetime) -> Window | None:
    """That of somebody whom the review was passed on to at `since`, with what it needs looked up, in three queries."""
    try:
        return own_window_in(
            engagement, person, since, calendar_of(person, since.date()), pauses([engagement])[engagement.pk]
        )
    except (working_time.EmptyCalendar, working_time.OutOfRange):
        return None


def own_window_in(
    engagement: Engagement, person: User, since: datetime, calendar: Calendar, paused: Sequence[Stretch]
) -> Window:
    """As many days as the lead had, own working days outside leave and pauses; no query. Raises EmptyCalendar."""
    days = engagement.review_days + days_lost(calendar, paused, since=since)
    last = working_time.add_working_days(since.astimezone(person.tz).date(), days, calendar)
    return Window(person, last, working_time.spans_on(last, calendar)[-1][1])


def next_reviewer(engagement: Engagement, silent: User, at: datetime) -> User:
    """Who decides when `silent` did not: the lead, where a delegate was; then the comms owner or the cover, where that
    is a lead or an admin; then an admin; of these one who is not on leave at `at`, if there is one. A member answers
    and nudges, and accepts nothing unless the lead has named him or her. Should there be nobody else, `silent`. One
    query."""
    at_work, away = _others(engagement, {silent.pk}, at)
    return (*at_work, *away, silent)[0]


def next_of(engagement: Engagement, silent: User, people: Iterable[User], is_off: IsOff, at: datetime) -> User:
    """The same of the `deciders` that were read; no query."""
    at_work, away = _in_order(engagement, [p for p in people if p.pk != silent.pk], is_off, at)
    return (*at_work, *away, silent)[0]


def reviewer_after(engagement: Engagement, asked: Collection[int], at: datetime) -> User | None:
    """Who decides when those whom it was passed on to (`asked`, by id) did not either: the next in the same order, but
    nobody on leave, who would only keep it from whoever is there. None where nobody is left. One query."""
    at_work, _away = _others(engagement, set(asked), at)
    return at_work[0] if at_work else None


def named_to_decide(engagement: Engagement) -> list[int]:
    """Those of ours, by id, who come before any admin, in their order."""
    return [p.pk for p in (engagement.lead, engagement.comms_owner, engagement.cover) if p is not None and p.is_active]


def deciders(named: Any) -> QuerySet[User]:
    """Who may decide: of these people whose role lets them, and any admin."""
    found: QuerySet[User] = User.objects.active().with_role(*DECIDES).filter(Q(pk__in=named) | Q(role=Role.ADMIN))
    return found


def _others(engagement: Engagement, asked: Collection[int], at: datetime) -> tuple[list[User], list[User]]:
    """Who may decide and was not asked, in their order: those who are there, and those whose own day is leave."""
    # An instant lies on one of three days, by the zone; asked for all of them it is one query for everybody.
    days = [at.astimezone(UTC).date() + timedelta(days=n) for n in (-1, 0, 1)]
    own = Leave.objects.filter(user=OuterRef("pk"))
    off = {f"off_{day:%Y%m%d}": Exists(own.filter(starts_on__lte=day, ends_on__gte=day)) for day in days}
    people = deciders(named_to_decide(engagement)).exclude(pk__in=asked).annotate(**off)
    return _in_order(engagement, people, lambda person, day: bool(getattr(person, f"off_{day:%Y%m%d}")), at)


def _in_order(
    engagement: Engagement, people: Iterable[User], is_off: IsOff, at: datetime
) -> tuple[list[User], list[User]]:
    named = named_to_decide(engagement)
    found = sorted(people, key=lambda p: (named.index(p.pk) if p.pk in named else len(named), p.pk))
    away = [p for p in found if is_off(p, at.astimezone(p.tz).date())]
    return [p for p in found if p not in away], away
