"""What every page's frame shows: navigation by role, the person and their clock, the organisation."""

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
from accounts.states import Role, Theme
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


@cache
def url_of(name: str) -> str:
    """'' for a page that this installation does not have."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def nav_of(role: str, path: str) -> list[dict[str, Any]]:
    entries = [(label, url_of(name), icon, BELOW.get(name, ())) for label, name, icon in NAV[role]]
    own = [url for _label, url, _icon, _below in entries if path == url or (url != "/" and path.startswith(url))]
    return [
        {
            "label": label,
            "url": url,
            "icon": icon,
            "is_current": url in own or (not own and path.startswith(below)),
            "count": 0,
        }
        for label, url, icon, below in entries
        if url
    ]


PHONE_PLACES = 5  # in the bar at a phone's lower edge


def bar_of(nav: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(in the phone's bar, behind its "More"): all of them where they fit, else one place is for "More"."""
    if len(nav) <= PHONE_PLACES:
        return nav, []
    return nav[: PHONE_PLACES - 1], nav[PHONE_PLACES - 1 :]


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
    nav = nav_of(person.role, request.path) if person else []
    bar, more = bar_of(nav)
    return {
        "shell": {
            "nav": nav,
            "bar": bar,
            "more": more,
            "is_in_more": any(entry["is_current"] for entry in more),
            "person": person,
            "clock": clock,
            "org": organisation.name if organisation else "Duckrow",
            "logo": url_of("accounts:logo") if organisation and organisation.logo_type else "",
            "theme": person.theme if person else Theme.AUTO,
            "themes": Theme.choices,
            "demo_note": demo_note,
            "roles": Role,
        }
    }
