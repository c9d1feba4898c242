"""Writes about people: the first one, what they choose for themselves, and their leaving."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import queries
from accounts.models import DigestItem, NotificationPreference, Organisation, User, WorkingSpan
from accounts.services import notices
from accounts.services.leave import set_leave
from accounts.states import Role
from core import history, working_time
from core.errors import DomainError
from core.use_case import use_case

Span = tuple[int, int, int]  # weekday (0 = Monday), start minute, end minute; the end may lie behind midnight
WEEK = 7 * 1440
LONGEST_LEAVE = timedelta(days=5 * 366)


@use_case
def start_organisation(
    *,
    name: str,
    legal_name: str,
    address: str,
    country: str,
    home_currency: str,
    zone: str,
    admin_name: str,
    admin_email: str,
    password: str,
    at: datetime,
    logo: bytes = b"",
    logo_type: str = "",
) -> User:
    """The organisation of this installation and its first admin, who is returned. Of two rivals the primary key, which
    can only be 1, lets one through; the other is refused."""
    organisation = Organisation(
        id=1,
        name=name,
        legal_name=legal_name,
        address=address,
        country=country,
        home_currency=home_currency,
        zone=zone,
        logo=logo or None,
        logo_type=logo_type,
        created_at=at,
    )
    try:
        with transaction.atomic():
            organisation.save(force_insert=True)
    except IntegrityError as error:
        raise DomainError(_("Duckrow is set up here already. Sign in, or ask its admin for an invitation.")) from error
    user = add_person(
        admin_email, name=admin_name, role=Role.ADMIN, password=password, zone=zone, country=country, at=at
    )
    history.record(organisation, verb="started", by=user, at=at)
    transaction.on_commit(queries.forget_organisation)
    return user


def add_person(
    email: str, *, name: str, role: str, password: str | None, zone: str, at: datetime, country: str = ""
) -> User:
    """A new person with the usual hours and a confirmed address, in the caller's transaction."""
    try:
        with transaction.atomic():
            user: User = User.objects.create_user(
                email, password, name=name, role=role, zone=zone, country=country, joined_at=at
            )
    except IntegrityError as error:
        raise DomainError(_("There is an account for this e-mail already. Sign in with it instead.")) from error
    WorkingSpan.objects.bulk_create(
        WorkingSpan(user=user, weekday=day, start_minute=start, end_minute=end)
        for day, start, end in working_time.OFFICE_HOURS
    )
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    history.record(user, verb="joined", became=role, by=user, at=at)
    return user


def overlapping(spans: Sequence[Span]) -> tuple[Span, Span] | None:
    """The first two spans that share time, Sunday night into Monday morning included."""
    places = sorted((day * 1440 + start, day * 1440 + end, (day, start, end)) for day, start, end in spans)
    for (_start, end, one), (start, _end, other) in pairwise(places):
        if start < end:
            return one, other
    if len(places) > 1 and places[-1][1] - WEEK > places[0][0]:
        return places[-1][2], places[0][2]
    return None


def refuse_no_working_day(user: User, *, at: datetime) -> None:
    """Every clock of a person needs some working time ahead."""
    try:
        begins = working_time.next_start(at, queries.calendar_of(user, at.date()))
    except working_time.EmptyCalendar:
        begins = None
    if begins is None or begins - at > LONGEST_LEAVE:
        raise DomainError(_("Your leave leaves no working day for five years. Shorten it."))


@use_case
def change_settings(
    user: User,
    *,
    name: str,
    pronoun: str,
    zone: str,
    country: str,
    region: str,
    language: str,
    theme: str,
    spans: Sequence[Span],
    leave: Sequence[tuple[date, date]],
    preferences: Mapping[str, str],
    by: User,
    at: datetime,
    seen: str | None = None,
) -> User:
    """Everything a person chooses on the settings page, as a whole.

    `seen` is the `queries.settings_version` the person was shown; a page that another tab has overtaken is refused.
    Of `leave`, days before today stay as they were, whatever is wanted; DomainError for others that lie before today.
    Hours, zone, holidays and leave move instants that were computed before, so the person is marked as touched.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if seen is not None and seen != queries.settings_version(user):
        raise DomainError(
            _("Your settings were changed in another window meanwhile. Reload the page, then make your change again.")
        )
    if not spans:
        raise DomainError(_("Give hours for at least one day, so that Duckrow knows when to reach you."))
    if overlapping(spans):
        raise DomainError(_("Two of your working times overlap. Change one of them."))
    set_leave(user, leave, at=at)  # by the day it is in the zone until now
    User.objects.filter(pk=user.pk).update(
        name=name,
        pronoun=pronoun,
        zone=zone,
        country=country,
        region=region,
        language=language,
        theme=theme,
        hours_said_at=at,
    )
    user.spans.all().delete()
    WorkingSpan.objects.bulk_create(
        WorkingSpan(user=user, weekday=day, start_minute=start, end_minute=end) for day, start, end in spans
    )
    user.preferences.all().delete()
    NotificationPreference.objects.bulk_create(
        NotificationPreference(user=user, kind=kind, choice=choice) for kind, choice in preferences.items()
    )
    user.refresh_from_db()
    refuse_no_working_day(user, at=at)
    history.touch(user, at=at)
    notices.replan_digest(user, at=at)
    return user


def refuse_without_admin(person: User) -> None:
    """Lock the admins, so that two of them can't remove each other at once, and keep the last."""
    admins = set(
        User.objects.active()
        .with_role(Role.ADMIN)
        .select_for_update(no_key=True)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    if admins == {person.pk}:
        raise DomainError(_("This is the last admin. Make somebody else an admin first."))


@use_case
def deactivate(person: User, *, by: User, at: datetime) -> User:
    """Close the account: signed out everywhere at once, no mail any more. History keeps the name."""
    if person.pk == by.pk:
        raise DomainError(_("You can’t deactivate yourself. Ask another admin."))
    refuse_without_admin(person)
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if not person.is_active:
        raise DomainError(_("%(name)s is deactivated already.") % {"name": person.name})
    User.objects.filter(pk=person.pk).update(is_active=False, deactivated_at=at, deactivated_by=by)
    sessions = UserSession.objects.filter(user=person)
    Session.objects.filter(session_key__in=list(sessions.values_list("session_key", flat=True))).delete()
    sessions.delete()
    DigestItem.objects.filter(user=person).delete()
    person.refresh_from_db()
    history.record(person, verb="deactivated", by=by, at=at)
    return person


@use_case
def change_role(person: User, *, role: str, by: User, at: datetime) -> User:
    """Another part inside the team. Contractors stay contractors: their records hang on it."""
    if person.pk == by.pk:
        raise DomainError(_("You can’t change your own role. Ask another admin."))
    refuse_without_admin(person)
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if Role.CONTRACTOR in (person.role, role):
        raise DomainError(_("A contractor can’t become a member of the team, or the other way round. Invite anew."))
    if not person.is_active:
        raise DomainError(_("%(name)s is deactivated already.") % {"name": person.name})
    if person.role == role:
        return person
    was = person.role
    User.objects.filter(pk=person.pk).update(role=role)
    person.refresh_from_db()
    history.record(person, verb="changed role", was=was, became=role, by=by, at=at)
    return person
