"""What follows from an engagement's state for the clock: each side's presence, and the reminders to come.

Recomputed whole whenever the engagement or one of its people was touched; recomputing twice changes nothing. By the
dozen, in one transaction: to ask for each what it rests on takes longer than all the rest.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import OuterRef, Subquery

from accounts.models import User
from accounts.queries import calendar_of, calendars_of
from accounts.states import Role
from core import working_time
from core.prepared import among
from core.transitions import free, move
from core.use_case import use_case
from core.working_time import Calendar
from engagements.models import Contact, Delegation, Engagement
from engagements.queries.delegations import delegations
from engagements.queries.pauses import Stretch, pauses
from engagements.queries.pauses import add as add_outside_pauses
from engagements.states import OPEN, EngagementStatus, Side
from milestones.models import RecordAppeal
from milestones.permissions import answerers
from reminders.facts import Proposal
from reminders.models import PlannedNotice, Presence, QuietFlag
from reminders.obligations import Obligation, obligations
from reminders.queries import papers
from reminders.services import windows
from reminders.services.instants import morning
from reminders.services.plans import Plan
from reminders.states import PresenceStatus, Rule

REMINDED = (EngagementStatus.OFFERED, EngagementStatus.AGREED, EngagementStatus.ACTIVE)
Place = tuple[int, str]  # an engagement, by number, and a side of it


@dataclass
class _Known:
    """What the clock has of these engagements, and what follows from it."""

    presences: dict[Place, Presence]
    flags: dict[Place, QuietFlag]
    contacts: dict[Place, Contact]  # the last of each side
    notices: dict[int, list[PlannedNotice]]
    calendars: dict[int, Calendar]
    dropped: list[int] = field(default_factory=list)
    made: list[PlannedNotice] = field(default_factory=list)

    def calendar(self, person: User) -> Calendar:
        if person.pk not in self.calendars:
            self.calendars[person.pk] = calendar_of(person)
        return self.calendars[person.pk]


@use_case
def replan(engagement: int, *, at: datetime) -> None:
    """Bring presences, flags and planned notices of one engagement up to its present state."""
    _replan([Engagement.objects.lock(engagement).pk], at)


@use_case
def replan_free(engagements: Sequence[int], *, at: datetime) -> set[int]:
    """The same of many, in a fixed number of statements where nothing changes. Returns of which; those that somebody
    else is changing right now are left."""
    held = [pk for (pk,) in free(Engagement.objects.filter(pk__in=among(engagements)), "pk")]
    _replan(held, at)
    return set(held)


def _replan(held: Sequence[int], at: datetime) -> None:
    """Of engagements that are locked."""
    found = list(Engagement.objects.for_list().select_related("cover").filter(pk__in=held))
    open_ones = papers([engagement for engagement in found if engagement.status in OPEN])
    paused, stand_ins, appealed = pauses(held), delegations(held), _appealed(held)
    others = [row.person for rows in stand_ins.values() for row in rows]
    known = _known(found, [*others, *(person for rows in appealed.values() for _appeal, person in rows)])
    for engagement in found:
        pk = engagement.pk
        owed = obligations(open_ones[pk]) if pk in open_ones else []
        for side in Side.values:
            _presence(engagement, side, [o for o in owed if o.side == side], known, paused[pk], at)
        _notices(engagement, owed, known, paused[pk], stand_ins[pk], appealed[pk], at)
    if known.dropped:
        PlannedNotice.objects.filter(pk__in=known.dropped).delete()
    PlannedNotice.objects.bulk_create(known.made, ignore_conflicts=True)


def _appealed(engagements: Sequence[int]) -> dict[int, list[tuple[RecordAppeal, User]]]:
    """Open appeals, each with everybody who is asked to answer; one query where there is none, else two."""
    found: dict[int, list[tuple[RecordAppeal, User]]] = defaultdict(list)
    appeals = list(RecordAppeal.objects.open().about_work_of(engagements))
    people = list(User.objects.active().with_role(Role.ADMIN, Role.LEAD).order_by("pk")) if appeals else []
    for appeal in appeals:
        found[appeal.row.milestone.engagement_id] += [(appeal, person) for person in answerers(appeal, people)]
    return found


def _known(engagements: Sequence[Engagement], others: Iterable[User]) -> _Known:
    keys = [engagement.pk for engagement in engagements]
    presences = Presence.objects.select_for_update().filter(engagement__in=keys).order_by("pk")
    notices: dict[int, list[PlannedNotice]] = defaultdict(list)
    for row in PlannedNotice.objects.filter(engagement__in=keys):
        notices[row.engagement_id].append(row)
    people = {person for e in engagements for person in (e.lead, e.comms_owner, e.cover, e.contractor.user) if person}
    return _Known(
        presences={(row.engagement_id, row.side): row for row in presences},
        flags={
            (row.engagement_id, row.side): row for row in QuietFlag.objects.filter(engagement__in=keys, cleared_at=None)
        },
        contacts=_last_contacts(keys),
        notices=notices,
        calendars=calendars_of({*people, *others}),
    )


def _last_contacts(engagements: Sequence[int]) -> dict[Place, Contact]:
    """One look into the index for each side, however much was said."""

    def last(side: str) -> Subquery:
        contacts = Contact.objects.filter(engagement=OuterRef("pk"), side=side)
        return Subquery(contacts.order_by("-at", "-id").values("pk")[:1])

    rows = Engagement.objects.filter(pk__in=engagements).order_by().values_list(*map(last, Side.values))
    found = Contact.objects.in_bulk([pk for row in rows for pk in row if pk])
    return {(contact.engagement_id, contact.side): contact for contact in found.values()}


def _presence(
    engagement: Engagement,
    side: str,
    owed: list[Obligation],
    known: _Known,
    paused: Sequence[Stretch],
    at: datetime,
) -> None:
    place = engagement.pk, side
    presence = known.presences.get(place)
    if presence is None:
        if not owed:
            return
        presence = Presence.objects.create(engagement=engagement, side=side, status_since=at)
    contact = known.contacts.get(place)
    last = contact.at if contact else None
    counted = [o for o in owed if o.patience is not None and o.person is not None]
    quiet_at = min((_falls_quiet(o, last, known.calendar, paused) for o in counted), default=None)
    since = min((max(o.since, last) if last else o.since for o in counted), default=None)
    flag = known.flags.get(place)
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
    elif any(getattr(presence, name) != value for name, value in facts.items()):
        Presence.objects.filter(pk=presence.pk).update(**facts)


def _falls_quiet(
    owed: Obligation, last: datetime | None, calendar: Callable[[User], Calendar], paused: Sequence[Stretch]
) -> datetime:
    """When, in the acting person's own working time and outside pauses, silence has lasted longer than this
    obligation explains."""
    assert owed.person is not None
    own = calendar(owed.person)
    start = max(owed.since, last) if last else owed.since
    day = working_time.working_seconds_per_day(own)
    return add_outside_pauses(start, timedelta(seconds=round(day * (owed.patience or 0))), own, paused)


def _notices(
    engagement: Engagement,
    owed: Iterable[Obligation],
    known: _Known,
    paused: Sequence[Stretch],
    stand_ins: Sequence[Delegation],
    appealed: Iterable[tuple[RecordAppeal, User]],
    at: datetime,
) -> None:
    calendar = known.calendar
    open_one = next((row for row in stand_ins if row.ended_at is None), None)
    wanted = {p.key: p for p in windows.of_stand_ins(engagement, open_one, calendar, at)}
    for appeal, person in appealed:
        wanted |= {p.key: p for p in windows.of_appeal(appeal, person, calendar(person))}
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
    for row in known.notices[engagement.pk]:
        plan = wanted.pop((row.rule, row.subject_id, row.recipient_id, row.about_on), None)
        if row.fired_at is not None:
            continue
        if plan is None:
            known.dropped.append(row.pk)
        elif plan.fire_at != row.fire_at:
            PlannedNotice.objects.filter(pk=row.pk, fired_at=None).update(fire_at=plan.fire_at)
    known.made += [
        PlannedNotice(
            rule=p.rule,
            engagement=engagement,
            subject_id=p.subject_id,
            recipient_id=p.recipient_id,
            about_on=p.about_on,
            fire_at=p.fire_at,
        )
        for p in wanted.values()
    ]


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
