"""Histories as people read them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Happening:
    """One line of a history. `text` names the record that changed, `by` (with a name) is None for the clock, and for
    whoever reads an offer by its link (`is_by_link`)."""

    text: str
    by: Any
    at: datetime
    note: str
    is_by_link: bool = False


def told(events: Iterable[Any]) -> list[Happening]:
    """Events (from `for_list()`, or rows with the same facts) as lines; no query."""
    return [
        Happening(_said(event), event.by, event.at, event.note, is_by_link=event.verb == "asked" and event.by is None)
        for event in events
    ]


def _state(event: Any) -> str:
    """The word that screens use for the state that was reached, whatever room the record lives in."""
    try:
        status = getattr(apps.get_model(event.subject_type), "status", None)
    except LookupError:
        status = None
    choices = status.field.choices if status is not None else ()
    words = {str(value): label for value, label in choices}
    return str(words.get(event.became, event.became.replace("_", " ")))


def _said(event: Any) -> str:
    facts = {"what": event.subject_label, "state": _state(event)}
    if event.verb == "moved":
        return _("“%(what)s” is now: %(state)s") % facts
    phrase = {
        "created": _("“%(what)s” was made"),
        "edited": _("“%(what)s” was edited"),
        "froze": _("The agreement was written"),
        "signed": _("The agreement was signed"),
        "voided": _("The agreement was voided"),
        "handed_over": _("Handed over"),
        "delegated": _("Somebody reviews in the lead’s place"),
        "reviews_again": _("The lead reviews again"),
        "escalated": _("Nobody decided about “%(what)s” in time; somebody else decides now"),
        "stated": _("Something was added to the dispute about “%(what)s”"),
        "passed_on": _("The dispute about “%(what)s” was passed on"),
        "split": _("“%(what)s” was divided"),
        "accepted_policy": _("The delivery policy and the clauses were accepted"),
        "said_back": _("The goals were said back"),
        "heard_back": _("The read-back was accepted"),
        "asked_again": _("The read-back was answered: something else was meant"),
        "renewed_link": _("A new link to the offer went out"),
        "revoked_link": _("The link to the offer was ended"),
        "amended": _("“%(what)s” was amended"),
        "froze_amendment": _("“%(what)s” was written with its estimates"),
        "signed_amendment": _("“%(what)s” was signed"),
        "cut": _("The offer became smaller"),
        "asked": _("A question about the offer was asked"),
        "answered": _("A question about the offer was answered"),
        "overrode": _("Sent although it was not ready"),
        "measured": _("A value of a goal was recorded"),
        "measured_again": _("A value of a goal was corrected"),
        "taken_back": _("“%(what)s” was taken back"),
        "gave_notice": _("Notice was given"),
        "took_back": _("The notice was taken back"),
        "refused_end": _("Ending at once was turned down"),
        "rescheduled": _("“%(what)s” has a new date"),
        "issued": _("%(what)s was issued"),
        "appealed": _("The delivery record of “%(what)s” was appealed"),
        "answered_appeal": _("The appeal about “%(what)s” was answered"),
        "retired": _("“%(what)s” was retired"),
        "stood": _("“%(what)s” stands"),
        "fell": _("“%(what)s” does not stand any more"),
    }.get(event.verb)
    return phrase % facts if phrase else f"“{event.subject_label}”: {event.verb.replace('_', ' ')}"
