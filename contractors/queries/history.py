"""Histories as people read them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from contractors.models import Application, Contractor, Opening
from contractors.states import ApplicationStatus, ClaimStatus, Decision, ImportStatus
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
    facts: dict[str, Any] = {"what": event.subject_label, "now": event.became}
    if event.subject_type == "contractors.importbatch":
        facts["now"] = dict(ImportStatus.choices).get(event.became, event.became)
        return _("File “%(what)s”: %(now)s") % facts
    if event.verb == "moved":
        facts["now"] = dict(ApplicationStatus.choices).get(event.became, event.became)
        return _("Moved to “%(now)s”") % facts
    if event.verb == "decided":
        facts["now"] = dict(Decision.choices).get(event.became, event.became)
        return _("Decided: %(now)s") % facts
    if event.verb == "checked":
        facts["now"] = dict(ClaimStatus.choices).get(event.became, event.became)
        return _("Claim checked: %(now)s") % facts
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
