"""Somebody reviews in the lead's place for a time: whom the lead names, or the cover while the lead is on leave."""

from datetime import date, datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.queries import calendar_of
from core import history
from core.errors import DomainError
from core.use_case import use_case
from engagements import notifications
from engagements.models import Delegation, Engagement
from engagements.states import OPEN, StandIn

LAST_DAY = date(2099, 12, 31)


@use_case
def name_delegate(engagement: Engagement, *, person: User, until_on: date, by: User, at: datetime) -> Delegation:
    """From now until the end of `until_on` (on the lead's calendar) `person` decides about what is handed in. A
    delegation that lasts is ended. Raises DomainError for a day that is past, somebody who can't, and work that is
    over."""
    engagement = Engagement.objects.lock(engagement)
    _refuse_unless_open(engagement)
    today = at.astimezone(engagement.lead.tz).date()
    if not today <= until_on <= LAST_DAY:
        raise DomainError(_("Choose a day from today on, before 2100."))
    if not person.can_look_after_work:
        raise DomainError(_("%(who)s can’t review. Choose an active lead, member or admin.") % {"who": person})
    if person.pk == engagement.lead_id:
        raise DomainError(_("%(who)s reviews already. Choose somebody else.") % {"who": person})
    _end(engagement, by=by, at=at)
    made = _begin(engagement, person, StandIn.NAMED, today, until_on, by=by, at=at)
    notifications.delegate_named(made, engagement, at=at)
    return made


@use_case
def end_delegation(engagement: Engagement, *, by: User | None, at: datetime) -> Engagement:
    """The lead reviews again. Raises DomainError when nobody stands in."""
    engagement = Engagement.objects.lock(engagement)
    person = engagement.delegate
    if person is None:
        raise DomainError(_("Nobody reviews in the lead’s place."))
    _end(engagement, by=by, at=at)
    notifications.delegation_ended(person, engagement, at=at)
    return engagement


@use_case
def let_cover_stand_in(engagement_id: int, *, at: datetime) -> Delegation | None:
    """By the clock, once the lead's leave has begun: the cover may decide until it ends. None when somebody reviews in
    the lead's place already, the lead is not on leave, or there is no cover who works."""
    engagement: Engagement = Engagement.objects.lock(engagement_id)
    cover, lead = engagement.cover, engagement.lead
    if engagement.delegate_id or engagement.status not in OPEN or cover is None or cover.pk == lead.pk:
        return None
    today = at.astimezone(lead.tz).date()
    until_on = max((last for first, last in calendar_of(lead, today).leave if first <= today <= last), default=None)
    if until_on is None or not cover.is_active or is_on_leave(cover, at):
        return None
    made = _begin(engagement, cover, StandIn.LEAVE, today, until_on, by=None, at=at)
    notifications.delegate_named(made, engagement, at=at)
    return made


@use_case
def end_past_delegation(engagement_id: int, *, at: datetime) -> bool:
    """By the clock, once its last day is over or whoever stands in can't any more. False when it lasts, or there is
    none."""
    engagement: Engagement = Engagement.objects.lock(engagement_id)
    row = Delegation.objects.select_related("person").filter(engagement=engagement, ended_at=None).first()
    if row is None or (row.person.can_look_after_work and at.astimezone(engagement.lead.tz).date() <= row.until_on):
        return False
    end_delegation(engagement, by=None, at=at)
    return True


def is_on_leave(person: User, at: datetime) -> bool:
    """Whether the person's own day, at that instant, is marked as leave."""
    today = at.astimezone(person.tz).date()
    return any(first <= today <= last for first, last in calendar_of(person, today).leave)


def _refuse_unless_open(engagement: Engagement) -> None:
    if engagement.status not in OPEN:
        raise DomainError(
            _("“%(what)s” is %(state)s, so nothing in it is reviewed any more.")
            % {"what": engagement, "state": engagement.get_status_display().lower()}
        )


def _begin(
    engagement: Engagement, person: User, cause: str, from_on: date, until_on: date, *, by: User | None, at: datetime
) -> Delegation:
    made = Delegation.objects.create(
        engagement=engagement, person=person, cause=cause, from_on=from_on, until_on=until_on, by=by, at=at
    )
    engagement.delegate = person
    Engagement.objects.filter(pk=engagement.pk).update(delegate=person)
    note = _("%(who)s until %(day)s") % {"who": person.name, "day": date_format(until_on, "j M Y")}
    history.record(engagement, verb="delegated", by=by, at=at, note=note)
    return made


def _end(engagement: Engagement, *, by: User | None, at: datetime) -> None:
    open_one = Delegation.objects.filter(engagement=engagement, ended_at=None)
    if open_one.update(ended_at=at, ended_by=by):
        history.record(engagement, verb="reviews_again", by=by, at=at, note=engagement.lead.name)
    engagement.delegate = None
    Engagement.objects.filter(pk=engagement.pk).update(delegate=None)
