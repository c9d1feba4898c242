"""Whom an offer may go to, with what helps to choose: rate, zone, shared hours, record."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.queries import calendars_of
from contractors.models import Application, Claim, Contractor
from contractors.queries import reading
from contractors.querysets import ContractorQuerySet
from contractors.states import OWN_HISTORY, ClaimKind, PricePer
from core import working_time
from core.working_time import Calendar
from core.zones import ZONES, city

WEDNESDAY = 2


@dataclass(frozen=True)
class Candidate:
    """One person of the list. Texts are empty where nothing is known; `shared_minutes` None without a time zone."""

    contractor: Contractor
    zone: str
    shared_minutes: int | None
    rate: str
    record: str
    is_hired: bool  # an application waits for its contract

    @property
    def facts(self) -> list[str]:
        """Short phrases, in the order in which they matter."""
        hours = None if self.shared_minutes is None else f"{self.shared_minutes / 60:.1f}".removesuffix(".0")
        shared = _("no shared hours") if hours == "0" else _("%(hours)s h shared") % {"hours": hours}
        where = f"{self.zone}, {shared}" if hours is not None else _("zone unknown")
        hired = [_("hired, waits for the contract")] if self.is_hired else []
        return [*hired, where, self.rate or _("rate unknown"), self.record or _("no record yet")]

    @property
    def line(self) -> str:
        """As one line, for a plain list of choices."""
        return " · ".join([str(self.contractor), *self.facts])


def those_to_offer(viewer: User) -> ContractorQuerySet:
    return Contractor.objects.visible_to(viewer).can_be_offered().select_related("user").order_by("name", "id")


def can_be_offered(contractor: Contractor) -> bool:
    """Whether an offer may go to this person at all."""
    return Contractor.objects.can_be_offered().filter(pk=contractor.pk).exists()


def find_candidates(viewer: User, words: str = "", *, most: int, day: date) -> list[Candidate]:
    """Hires that wait for their contract first, then by name, at most `most`. Seven queries, however many."""
    found = those_to_offer(viewer).named(words)
    hires = list(found.just_hired()[:most])
    known = {contractor.pk for contractor in hires}
    others = [c for c in found[:most] if c.pk not in known] if len(hires) < most else []
    return candidates([*hires, *others][:most], viewer, day=day, hired=known)


def candidates(
    contractors: Sequence[Contractor], viewer: User, *, day: date, hired: Iterable[int] = ()
) -> list[Candidate]:
    """These with their facts; `day` is in the week whose hours are compared. Four queries."""
    waiting = set(hired)
    shared = _shared_minutes(contractors, viewer, day)
    rates, records = _rates(contractors, viewer), on_time_records(contractors)
    return [
        Candidate(c, city(_zone(c)), shared[c.pk], rates.get(c.pk, ""), records.get(c.pk, ""), c.pk in waiting)
        for c in contractors
    ]


def _zone(contractor: Contractor) -> str:
    return contractor.user.zone if contractor.user else contractor.zone


def _shared_minutes(contractors: Sequence[Contractor], viewer: User, day: date) -> dict[int, int | None]:
    """Minutes of an ordinary Wednesday of that week: neither holidays nor leave say how two people fit."""
    accounts = [c.user for c in contractors if c.user]
    calendars = calendars_of([viewer, *accounts], day)
    wednesday = day + timedelta(days=WEDNESDAY - day.weekday())

    def ordinary(calendar: Calendar) -> Calendar:
        return replace(calendar, holidays=frozenset(), leave=())

    mine = ordinary(calendars[viewer.pk])

    def with_(contractor: Contractor) -> int | None:
        if _zone(contractor) not in ZONES:
            return None
        theirs = calendars[contractor.user.pk] if contractor.user else Calendar(zone=contractor.zone)
        spans = working_time.overlap(wednesday, mine, ordinary(theirs))
        return int(sum((end - start for start, end in spans), timedelta()).total_seconds() // 60)

    return {contractor.pk: with_(contractor) for contractor in contractors}


def _rates(contractors: Sequence[Contractor], viewer: User) -> dict[int, str]:
    """What was claimed as hourly rate, else what was asked last in an opening that the viewer sees; two queries."""
    found: dict[int, str] = {}
    for application in Application.objects.visible_to(viewer).asked_by(contractors):
        how = _("an hour") if application.asked_per == PricePer.HOUR else _("for a whole contract")
        found.setdefault(
            application.contractor_id, _("asked %(price)s %(per)s") % {"price": application.asked_price, "per": how}
        )
    for claim in reversed(Claim.objects.of(contractors).newest(ClaimKind.RATE)):
        if claim.value_milli is not None:
            found[claim.contractor_id] = _("%(rate)s an hour, claimed") % {"rate": reading(claim)}
    return found


def on_time_records(contractors: Sequence[Contractor]) -> dict[int, str]:
    """How often each was on time against the own promise, with the count; nobody who has no record here. One query."""
    found: dict[int, str] = {}
    for claim in Claim.objects.of(contractors).newest(ClaimKind.ON_TIME).from_source(OWN_HISTORY):
        if claim.value_milli is not None and claim.n:
            found.setdefault(claim.contractor_id, _("on time %(record)s") % {"record": reading(claim)})
    return found
