"""Histories as people read them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# By verb. In the reader's language when one of them is said.
PHRASES = {
    "created": gettext_lazy("“%(what)s” was made"),
    "edited": gettext_lazy("“%(what)s” was edited"),
    "froze": gettext_lazy("The agreement was written"),
    "signed": gettext_lazy("The agreement was signed"),
    "voided": gettext_lazy("The agreement was voided"),
    "handed_over": gettext_lazy("Handed over"),
    "delegated": gettext_lazy("Somebody reviews in the lead’s place"),
    "reviews_again": gettext_lazy("The lead reviews again"),
    "escalated": gettext_lazy("Nobody decided about “%(what)s” in time; somebody else decides now"),
    "stated": gettext_lazy("Something was added to the dispute about “%(what)s”"),
    "passed_on": gettext_lazy("The dispute about “%(what)s” was passed on"),
    "split": gettext_lazy("“%(what)s” was divided"),
    "accepted_policy": gettext_lazy("The delivery policy and the clauses were accepted"),
    "said_back": gettext_lazy("The goals were said back"),
    "heard_back": gettext_lazy("The read-back was accepted"),
    "asked_again": gettext_lazy("The read-back was answered: something else was meant"),
    "renewed_link": gettext_lazy("A new link to the offer went out"),
    "revoked_link": gettext_lazy("The link to the offer was ended"),
    "amended": gettext_lazy("“%(what)s” was amended"),
    "froze_amendment": gettext_lazy("“%(what)s” was written with its estimates"),
    "signed_amendment": gettext_lazy("“%(what)s” was signed"),
    "cut": gettext_lazy("The offer became smaller"),
    "asked": gettext_lazy("A question about the offer was asked"),
    "answered": gettext_lazy("A question about the offer was answered"),
    "overrode": gettext_lazy("Sent although it was not ready"),
    "measured": gettext_lazy("A value of a goal was recorded"),
    "measured_again": gettext_lazy("A value of a goal was corrected"),
    "taken_back": gettext_lazy("“%(what)s” was taken back"),
    "gave_notice": gettext_lazy("Notice was given"),
    "took_back": gettext_lazy("The notice was taken back"),
    "refused_end": gettext_lazy("Ending at once was turned down"),
    "rescheduled": gettext_lazy("“%(what)s” has a new date"),
    "issued": gettext_lazy("%(what)s was issued"),
    "appealed": gettext_lazy("The delivery record of “%(what)s” was appealed"),
    "answered_appeal": gettext_lazy("The appeal about “%(what)s” was answered"),
    "retired": gettext_lazy("“%(what)s” was retired"),
    "stood": gettext_lazy("“%(what)s” stands"),
    "fell": gettext_lazy("“%(what)s” does not stand any more"),
}


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
    phrase = PHRASES.get(event.verb)
    return str(phrase) % facts if phrase else f"“{event.subject_label}”: {event.verb.replace('_', ' ')}"
