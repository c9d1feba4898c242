"""What follows from one engagement's state for the clock: each side's presence, and the reminders to come.

Recomputed whole whenever the engagement or one of its people was touched; recomputing twice changes nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from accounts.models import User
from accounts.queries import calendar_of
from core import working_time
from core.transitions import move
from core.use_case import use_case
from core.working_time import Calendar
from engagements.models import Contact, Engagement
from engagements.queries.delegations import delegations
from engagements.queries.pauses import Stretch, pauses
from engagements.queries.pauses import add as add_outside_pauses
from engagements.states import OPEN, EngagementStatus, Side
from reminders.facts import Proposal
from reminders.models import PlannedNotice, Presence, QuietFlag
from reminders.obligations import Obligation, obligations
from reminders.queries import papers
from reminders.services import windows
from reminders.services.instants import morning
from reminders.services.plans import Plan
from reminders.states import PresenceStatus, Rule

REMINDED = (EngagementStatus.OFFERED, EngagementStatus.AGREED, EngagementStatus.ACTIVE)


@use_case
def replan(engagement_id: int, *, at: datetime) -> None:
    """Bring presences, flags and planned notices of one engagement up to its present state."""
    locked = Engagement.objects.lock(engagement_id)
    engagement = Engagement.objects.for_list().select_related("cover").get(pk=locked.pk)
    owed = obligations(papers([engagement])[engagement.pk]) if engagement.status in OPEN else []
    paused = pauses([engagement])[engagement.pk]
    calendars: dict[int, Calendar] = {}

    def calendar(person: User) -> Calendar:
        if person.pk not in calendars:
            calendars[person.pk] = calendar_of(person)
        return calendars[person.pk]

    for side in Side.values:
        _presence(engagement, side, [o for o in owed if o.side == side], calendar, paused, at)
    _notices(engagement, owed, calendar, paused, at)


def _presence(  # type: ignore[no-untyped-def]
    engagement: Engagement, side: str, owed: list[Obligation], calendar, paused: Sequence[Stretch], at: datetime
) -> None:
    presence = Presence.objects.select_for_update().filter(engagement=engagement, side=side).first()
    if presence is None:
        if not owed:
            return
        presence = Presence.objects.create(engagement=engagement, side=side, status_since=at)
    contact = Contact.objects.filter(engagement=engagement, side=side).order_by("-at", "-id").first()
    last = contact.at if contact else None
    counted = [o for o in owed if o.patience is not None and o.person is not None]
    quiet_at = min((_falls_quiet(o, last, calendar, paused) for o in counted), default=None)
    since = min((max(o.since, last) if last else o.since for o in counted), default=None)
    flag = QuietFlag.objects.filter(engagement=engagement, side=side, cleared_at=None).first()
    is_still_silent = flag is not None and counted and (last is None or last <= flag.silent_since)
    if flag and not is_still_silent:
        QuietFlag.objects.filter(pk=flag.pk, cleared_at=None).update(
            cleared_at=at, cleared_by=contact if last and last > flag.silent_since else None
        )
    status = (
        PresenceStatus.QUIET
        if is_still_silent
        else PresenceStatus.IN_TOUCH
        if counted
        else PresenceStatus.WAITING_ON_OTHER
    )
    facts: dict[str, Any] = {"waiting_since": since, "last_contact_at": last, "quiet_at": quiet_at}
    if status != presence.status and not (is_still_silent and presence.status == PresenceStatus.ESCALATED):
        move(presence, to=status, by=None, at=at, **facts)
    else:
        Presence.objects.filter(pk=presence.pk).update(**facts)


def _falls_quiet(owed: Obligation, last: datetime | None, calendar, paused: Sequence[Stretch]) -> datetime:  # type: ignore[no-untyped-def]
    """When, in the acting person's own working time and outside pauses, silence has lasted longer than this
    obligation explains."""
    own: Calendar = calendar(owed.person)
    start = max(owed.since, last) if last else owed.since
    day = working_time.working_seconds_per_day(own)
    return add_outside_pauses(start, timedelta(seconds=round(day * (owed.patience or 0))), own, paused)


def _notices(  # type: ignore[no-untyped-def]
    engagement: Engagement, owed: Iterable[Obligation], calendar, paused: Sequence[Stretch], at: datetime
) -> None:
    stand_ins = delegations([engagement])[engagement.pk]
    open_one = next((row for row in stand_ins if row.ended_at is None), None)
    wanted = {p.key: p for p in windows.of_stand_ins(engagement, open_one, calendar, at)}
    for o in owed:
        if o.person is None or not (o.person.is_active or o.dispute):
            continue
        if o.dispute:
            plans = windows.of_dispute(o, calendar, paused, at)
        elif o.kind == "review":
            plans = windows.of_review(o, o.person, calendar, paused, stand_ins)
        else:
            plans = _plans(o, o.person, calendar(o.person))
        wanted |= {p.key: p for p in plans}
    for row in PlannedNotice.objects.filter(engagement=engagement):
        key = (row.rule, row.subject_id, row.recipient_id, row.about_on)
        plan = wanted.pop(key, None)
        if row.fired_at is not None:
            continue
        if plan is None:
            row.delete()
        elif plan.fire_at != row.fire_at:
            PlannedNotice.objects.filter(pk=row.pk, fired_at=None).update(fire_at=plan.fire_at)
    PlannedNotice.objects.bulk_create(
        [
            PlannedNotice(
                rule=p.rule,
                engagement=engagement,
                subject_id=p.subject_id,
                recipient_id=p.recipient_id,
                about_on=p.about_on,
                fire_at=p.fire_at,
            )
            for p in wanted.values()
        ],
        ignore_conflicts=True,
    )


def _plans(owed: Obligation, person: User, calendar: Calendar) -> Iterable[Plan]:
    """The ladder of one obligation: a step before its date and one after."""
    if owed.kind == "hand_in" and owed.milestone and owed.due_on:
        before = working_time.add_working_days(owed.due_on, -1, calendar)
        yield Plan(Rule.DUE_SOON, owed.milestone.pk, person.pk, owed.due_on, morning(before, calendar))
        after = morning(owed.due_on + timedelta(days=1), calendar)
        yield Plan(Rule.OVERDUE, owed.milestone.pk, person.pk, owed.due_on, after)
    elif owed.kind == "measure" and owed.goal and owed.due_on:
        yield Plan(Rule.BASELINE_DUE, owed.goal.pk, person.pk, owed.due_on, morning(owed.due_on, calendar))
    elif owed.kind == "countersign":
        local_day = owed.since.astimezone(person.tz).date()
        next_day = working_time.add_working_days(local_day, 1, calendar)
        yield Plan(Rule.COUNTERSIGN, owed.engagement.pk, person.pk, next_day, morning(next_day, calendar))
    elif owed.kind == "answer_amendment" and owed.proposal:
        yield _of_amendment(owed, owed.proposal, person, calendar)
    elif owed.kind == "sign" and owed.engagement.offer_expires_at:
        ends = owed.engagement.offer_expires_at.astimezone(person.tz).date()
        before = working_time.add_working_days(ends, -1, calendar)
        yield Plan(Rule.OFFER_EXPIRES, owed.engagement.pk, person.pk, ends, morning(before, calendar))


def _of_amendment(owed: Obligation, proposal: Proposal, person: User, calendar: Calendar) -> Plan:
    """As of an offer: to the contractor a working day before it ends, to us a working day after they signed."""
    if proposal.expires_at is not None:
        ends = proposal.expires_at.astimezone(person.tz).date()
        before = working_time.add_working_days(ends, -1, calendar)
        return Plan(Rule.AMENDMENT_ENDS, proposal.pk, person.pk, ends, morning(before, calendar))
    next_day = working_time.add_working_days(owed.since.astimezone(person.tz).date(), 1, calendar)
    return Plan(Rule.AMENDMENT_SIGNED, proposal.pk, person.pk, next_day, morning(next_day, calendar))
