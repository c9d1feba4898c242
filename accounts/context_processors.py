"""What every page's frame shows: navigation by role, the person and their clock, the organisation."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import queries
from accounts.states import STAFF_ROLES, Role, Theme
from core.zones import city

TODAY = (gettext_lazy("Today"), "home", "house")
HOME = (gettext_lazy("Home"), "home", "house")
ENGAGEMENTS = (gettext_lazy("Engagements"), "engagements:engagements", "layers")
OPENINGS = (gettext_lazy("Openings"), "contractors:openings", "briefcase")
TEMPLATES = (gettext_lazy("Templates"), "engagements:templates", "file-text")
VETTING = (gettext_lazy("Vetting"), "contractors:vetting", "user-check")
PEOPLE = (gettext_lazy("People"), "accounts:people", "users")
PAYOUTS = (gettext_lazy("Payouts"), "milestones:payouts", "banknote")
BUDGETS = (gettext_lazy("Budgets"), "milestones:budgets", "landmark")
INVOICES = (gettext_lazy("Invoices"), "milestones:invoices", "file-text")
LEDGER = (gettext_lazy("Ledger"), "milestones:ledger", "scroll-text")
MONEY = (gettext_lazy("Money"), "milestones:money", "wallet")
RECORD = (gettext_lazy("Record"), "milestones:record", "clipboard-check")
NAV: dict[str, tuple[Any, ...]] = {
    Role.LEAD: (TODAY, ENGAGEMENTS, OPENINGS, TEMPLATES, VETTING),
    Role.MEMBER: (TODAY, ENGAGEMENTS, VETTING),
    Role.ADMIN: (VETTING, ENGAGEMENTS, OPENINGS, TEMPLATES, PEOPLE, PAYOUTS),
    Role.FINANCE: (PAYOUTS, INVOICES, BUDGETS, LEDGER),
    Role.CONTRACTOR: (HOME, ENGAGEMENTS, MONEY, RECORD),
}
# Pages that belong to an entry although their address is another.
BELOW: dict[str, tuple[str, ...]] = {
    "engagements:engagements": ("/milestones/", "/goals/", "/measurements/", "/amendments/"),
    "engagements:templates": ("/template-versions/", "/objectives/", "/capabilities/"),
    "contractors:openings": ("/imports/",),
    "contractors:vetting": ("/applications/", "/contractors/"),
    "milestones:payouts": ("/payees/", "/invoices/", "/budgets/", "/ledger/"),
    "milestones:money": ("/invoices/",),
}
PHONE_PLACES = 5  # in the bar at a phone's lower edge


@cache
def url_of(name: str) -> str:
    """'' for a page that this installation does not have."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


@dataclass(frozen=True)
class Entry:
    """A place of the navigation."""

    label: Any
    url: str
    icon: str
    is_current: bool


@dataclass(frozen=True)
class Shape:
    """What the frame of a page depends on besides the values that are put into it: nothing of a single person, since
    what was drawn for one is shown to the next of the same shape."""

    role: str = ""  # of who is signed in
    current: tuple[str, ...] = ()  # addresses of the navigation to which the page belongs
    theme: str = Theme.AUTO
    demo_note: str = ""
    themes = Theme.choices

    @property
    def is_staff_member(self) -> bool:
        return self.role in STAFF_ROLES

    @property
    def role_name(self) -> Any:
        return Role(self.role).label

    @property
    def nav(self) -> list[Entry]:
        return [
            Entry(label, url, icon, url in self.current)
            for label, name, icon in NAV.get(self.role, ())
            if (url := url_of(name))
        ]

    @property
    def bar(self) -> list[Entry]:
        """In the bar at a phone's lower edge: all of them where they fit, else one place is for "More"."""
        return self.nav if len(self.nav) <= PHONE_PLACES else self.nav[: PHONE_PLACES - 1]

    @property
    def more(self) -> list[Entry]:
        return self.nav[len(self.bar) :]

    @property
    def is_in_more(self) -> bool:
        return any(entry.is_current for entry in self.more)


def current_of(role: str, path: str) -> tuple[str, ...]:
    """Addresses of the navigation to which the page at `path` belongs."""
    entries = [(url_of(name), BELOW.get(name, ())) for _label, name, _icon in NAV[role]]
    own = [url for url, _below in entries if url and (path == url or (url != "/" and path.startswith(url)))]
    return tuple(own or [url for url, below in entries if url and path.startswith(below)])


def shell(request: HttpRequest) -> dict[str, Any]:
    """At most one query: the organisation, unless this process has just read it."""
    try:
        user: Any = getattr(request, "user", None)
        person = user if user is not None and user.is_authenticated else None
        organisation = queries.organisation()
    except DatabaseError:  # the page that says so still has a frame
        person = organisation = None
    clock = ""
    if person:
        here = timezone.localtime(timezone.now(), person.tz)
        clock = f"{date_format(here, 'D H:i')} · {city(person.zone)}"
    demo_note = ""
    if settings.MODE == "demo" and not settings.MFA_REQUIRED_ROLES:
        demo_note = _("Demo with made-up data. No second factor is asked for here: don’t keep real work in it.")
    shape = Shape(
        role=person.role if person else "",
        current=current_of(person.role, request.path) if person else (),
        theme=person.theme if person else Theme.AUTO,
        demo_note=demo_note,
    )
    return {
        "shell": {
            "shape": shape,
            "person": person,
            "clock": clock,
            "org": organisation.name if organisation else "Duckrow",
            "logo": url_of("accounts:logo") if organisation and organisation.logo_type else "",
            "demo_note": demo_note,
        }
    }
