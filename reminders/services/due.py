"""What is due now, by the hundred: sides that fell quiet, and planned notices. A batch is one transaction and takes a
fixed number of statements; what it reads comes as plain rows, since to make records of them would cost more than all
the rest."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db.models import Exists, OuterRef
from django.db.models.functions import Coalesce

from accounts.models import User
from accounts.queries import calendars_of
from contractors.models import Contractor
from core import working_time
from core.history import Known
from core.inserting import insert_numbered
from core.prepared import among
from core.transitions import free, move_all
from core.use_case import use_case
from core.working_time import Calendar
from engagements.models import Engagement
from engagements.states import EngagementStatus, Side
from reminders import notifications
from reminders.models import PlannedNotice, Presence, QuietFlag
from reminders.notifications import Brief, Due, Quiet
from reminders.states import ACTS, BESIDE, PresenceStatus, Rule

BRIEF = ("pk", "title", "status", "lead_id", "comms_owner_id", "cover_id", "contractor_id")
REMINDED = (EngagementStatus.OFFERED, EngagementStatus.AGREED, EngagementStatus.ACTIVE)


@use_case
def raise_flags(presences: Sequence[int], *, at: datetime) -> int:
    """Presences whose quiet instant has come: flag them and tell the right person of each, once. Returns how many were
    flagged; those that no longer apply, or that somebody else is changing right now, are left."""
    known = Presence.objects.filter(pk__in=among(presences)).values("engagement_id")
    # Paused since the replan of this sweep: the next one sees it.
    wanted = Engagement.objects.filter(pk__in=known).exclude(status=EngagementStatus.PAUSED)
    briefs = _briefs(free(wanted, *BRIEF))
    still = Presence.objects.filter(pk__in=among(presences), engagement__in=among(briefs), quiet_at__lte=at)
    still = still.filter(status__in=(PresenceStatus.IN_TOUCH, PresenceStatus.NUDGED))
    open_flags = QuietFlag.objects.filter(engagement=OuterRef("engagement"), side=OuterRef("side"), cleared_at=None)
    since = Coalesce("waiting_since", "quiet_at")
    quiet = free(still, "pk", "engagement_id", "side", "status", since, Exists(open_flags))
    told_of = _told(briefs)
    raised = [
        (of, side, since, told_of(of, side)) for _pk, of, side, _status, since, is_flagged in quiet if not is_flagged
    ]
    columns = ("engagement_id", "side", "silent_since", "told_id")
    flags = [(of, side, since, told.id) for of, side, since, told in raised]
    numbers = insert_numbered(QuietFlag, columns, flags, {"raised_at": at})
    labels = {side: str(Side(side).label) for side in Side.values}
    subjects = [Known(pk, status, f"{briefs[of].title}: {labels[side]}") for pk, of, side, status, *_rest in quiet]
    move_all(Presence, subjects, to=PresenceStatus.QUIET, by=None, at=at)
    people = {told.id: told for _of, _side, _since, told in raised}
    starts = {pk: working_time.next_start(at, calendar) for pk, calendar in calendars_of(people.values()).items()}
    told_now = (
        Quiet(number, briefs[of], side, since, told, starts[told.id])
        for number, (of, side, since, told) in zip(numbers, raised, strict=True)
    )
    notifications.sides_are_quiet(list(told_now), at=at)
    return len(raised)


def _briefs(engagements: Iterable[tuple[Any, ...]]) -> dict[int, Brief]:
    """By the engagement's number, of rows of the columns `BRIEF`."""
    rows = list(engagements)
    found = Contractor.objects.filter(pk__in=among({row[-1] for row in rows}))
    contractors: dict[int, tuple[str, int | None]] = {
        pk: (name, user) for pk, name, user in found.values_list("pk", "name", "user_id")
    }
    return {
        pk: Brief(pk, title, status, *contractors[contractor], lead, comms_owner, cover)
        for pk, title, status, lead, comms_owner, cover, contractor in rows
    }


def _told(briefs: Mapping[int, Brief]) -> Callable[[int, str], User]:
    """Who hears of a side of one of these engagements. Many of them have the same people."""
    people = User.objects.in_bulk({pk for b in briefs.values() for pk in (b.lead, b.comms_owner, b.cover) if pk})

    @cache
    def of(lead: int, comms_owner: int, cover: int | None, acting: int | None) -> User:
        return right_person(people[lead], people[comms_owner], people.get(cover or 0), acting=acting)

    def of_side(engagement: int, side: str) -> User:
        brief = briefs[engagement]
        acting = brief.lead if side == Side.OURS else brief.contractor_user
        return of(brief.lead, brief.comms_owner, brief.cover, acting)

    return of_side


def right_person(lead: User | None, comms_owner: User | None, cover: User | None, *, acting: int | None) -> User:
    """The comms owner; when she is the silent one or away for good, the cover, else the lead."""
    for person in (comms_owner, cover, lead):
        if person is not None and person.is_active and person.pk != acting:
            return person
    assert comms_owner is not None
    return comms_owner


@use_case
def fire(due: Sequence[int], *, at: datetime) -> int:
    """Send planned notices whose people work now; move the others to when they do. Returns how many were sent; those
    that somebody else is changing right now are left."""
    rows = PlannedNotice.objects.filter(pk__in=among(due), fired_at=None, fire_at__lte=at).exclude(rule__in=ACTS)
    found = free(rows, "pk", "rule", "subject_id", "about_on", "engagement_id", "recipient_id")
    briefs = _briefs(Engagement.objects.filter(pk__in=among({row[4] for row in found})).values_list(*BRIEF))
    people = User.objects.in_bulk({row[5] for row in found})
    calendars = calendars_of(people.values())
    works = {pk: working_time.is_working(at, calendar) for pk, calendar in calendars.items()}
    today = {pk: at.astimezone(person.tz).date() for pk, person in people.items()}
    spent, sent, later = [], [], defaultdict(list)
    for pk, rule, subject, about_on, engagement, recipient in found:
        # Paused: not spent, the next replan takes it away.
        if briefs[engagement].status == EngagementStatus.PAUSED and rule not in BESIDE:
            continue
        if not works[recipient]:
            later[recipient].append(pk)
            continue
        spent.append(pk)
        is_stale = _is_stale(rule, about_on, today[recipient], calendars[recipient])
        if (briefs[engagement].status in REMINDED or rule in BESIDE) and not is_stale:
            sent.append(Due(rule, subject, about_on, briefs[engagement], people[recipient]))
    for recipient, pks in later.items():
        next_start = working_time.next_start(at, calendars[recipient])
        PlannedNotice.objects.filter(pk__in=among(pks)).update(fire_at=next_start)
    PlannedNotice.objects.filter(pk__in=among(spent)).update(fired_at=at)
    notifications.planned(sent, at=at)
    return len(sent)


def _is_stale(rule: str, about_on: date, today: date, calendar: Calendar) -> bool:
    """After a long outage a reminder "due tomorrow" for a day that is past would be wrong: the late one speaks
    instead."""
    if rule == Rule.REVIEW_SOON:  # once one day is left, the other warning speaks alone
        return working_time.add_working_days(today, 1, calendar) >= about_on
    return rule in (Rule.DUE_SOON, Rule.OFFER_EXPIRES, Rule.AMENDMENT_ENDS) and about_on < today
