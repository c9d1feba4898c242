"""Histories as people read them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from contractors.models import Application, Contractor, Opening
from contractors.states import ApplicationStatus, ClaimStatus, Decision
from core.models import Event

HISTORY_SHOWN = 100


@dataclass(frozen=True)
class Line:
    """One line of a history as people read it."""

    text: str
    by: User | None
    at: datetime
    note: str


def history_of(*roots: Opening | Application | Contractor) -> list[Line]:
    """The events of these records together, newest first. One query each."""
    events: list[Event] = []
    for root in roots:
        events += Event.objects.of(root).for_list()[:HISTORY_SHOWN]
    events.sort(key=lambda e: (e.at, e.pk), reverse=True)
    return [Line(_said(event), event.by, event.at, event.note) for event in events[:HISTORY_SHOWN]]


def _said(event: Event) -> str:
    facts: dict[str, Any] = {}
    if event.verb == "moved":
        facts["state"] = ApplicationStatus(event.became).label if event.became in ApplicationStatus else event.became
        return _("Moved to “%(state)s”") % facts
    if event.verb == "decided":
        facts["decision"] = Decision(event.became).label if event.became in Decision else event.became
        return _("Decided: %(decision)s") % facts
    if event.verb == "checked":
        facts["status"] = ClaimStatus(event.became).label if event.became in ClaimStatus else event.became
        return _("Claim checked: %(status)s") % facts
    phrase = {
        "created": _("Made"),
        "applied": _("Applied"),
        "edited": _("Edited"),
        "published": _("Published"),
        "closed": _("Closed"),
        "handed_over": _("Handed over"),
        "scored": _("Scorecard handed in"),
        "imported": _("Imported"),
    }
    return phrase.get(event.verb, event.verb.replace("_", " ").capitalize())
