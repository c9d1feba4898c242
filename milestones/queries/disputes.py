"""Disputes: who decides, by when, and what a page shows of them."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import Case, QuerySet, Value, When

from accounts.models import User
from accounts.queries import calendar_of
from accounts.states import Role
from core import working_time
from core.working_time import Calendar
from engagements.models import Engagement
from engagements.queries.pauses import Stretch, days_lost, pauses
from milestones.models import Dispute, Milestone

DECIDE_WITHIN = 5  # of the decider's own working days


def parties(milestone: Milestone, opened_by: User | None = None) -> set[int]:
    """Who is part of the disagreement, by id: the contractor, the lead, who reviews for the lead, and who opened it."""
    engagement = milestone.engagement
    found = {engagement.contractor.user_id, engagement.lead_id, engagement.delegate_id}
    return {pk for pk in (*found, opened_by.pk if opened_by else None) if pk is not None}


def decider_for(milestone: Milestone, opened_by: User, at: datetime, *, without: Collection[int] = ()) -> User | None:
    """The first of comms owner, cover, an admin, another lead, a member who is not part of it, was not asked before
    (`without`) and is not on leave today; failing that one who is on leave; None where the house has nobody else."""
    engagement = milestone.engagement
    out = parties(milestone, opened_by) | set(without)
    named = [p for p in (engagement.comms_owner, engagement.cover) if p is not None]
    roles = (Role.ADMIN, Role.LEAD, Role.MEMBER)
    rank = Case(*(When(role=role, then=Value(place)) for place, role in enumerate(roles)))
    others: QuerySet[User] = User.objects.active().with_role(*roles).exclude(pk__in=out)
    candidates = [p for p in (*named, *others.order_by(rank, "pk")[:5]) if p.is_active and p.pk not in out]
    return next((p for p in candidates if not _is_on_leave(p, at)), candidates[0] if candidates else None)


def has_decider(dispute: Dispute, engagement: Engagement) -> bool:
    """Whether whoever is named can decide it. Where the organisation has nobody who is not part of it, the lead stands
    in the place until somebody is found, and decides nothing."""
    return bool(dispute.decider.is_active) and dispute.decider_id != engagement.lead_id


def _is_on_leave(person: User, at: datetime) -> bool:
    today = at.astimezone(person.tz).date()
    return any(first <= today <= last for first, last in calendar_of(person, today).leave)


def decide_by_in(dispute: Dispute, calendar: Calendar, paused: Sequence[Stretch]) -> datetime:
    """The end of the decider's work on the last of `DECIDE_WITHIN` own working days, outside leave and pauses; no
    query. Raises EmptyCalendar for somebody who never works."""
    days = DECIDE_WITHIN + days_lost(calendar, paused, since=dispute.asked_at)
    asked_on = dispute.asked_at.astimezone(dispute.decider.tz).date()
    last = working_time.add_working_days(asked_on, days, calendar)
    return working_time.spans_on(last, calendar)[-1][1]


def decide_by(dispute: Dispute, engagement: Engagement) -> datetime | None:
    """The same with what it needs looked up, in three queries; None for somebody who never works."""
    try:
        calendar = calendar_of(dispute.decider, dispute.asked_at.date())
        return decide_by_in(dispute, calendar, pauses([engagement])[engagement.pk])
    except (working_time.EmptyCalendar, working_time.OutOfRange, IndexError):
        return None
