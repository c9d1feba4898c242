"""Reads about vetting: whom an application waits for, the scorecards that a viewer may read, and the history lines.

Sealing is kept here. Every page that shows marks, or a number made from marks, gets them from `revealed_scorecards`;
nothing else reads `Mark`.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from contractors.models import Application, Contractor, Criterion, Mark, Opening, Scorecard, VettingDecision
from contractors.states import IN_VETTING, ApplicationStatus, ClaimStatus, Decision
from core.models import Event

SHORTLY = 6  # days within which a weekday alone says which day is meant
HISTORY_SHOWN = 100


@dataclass(frozen=True)
class Standing:
    """Where one application stands: who of the named reviewers is in, and who is missing.

    Somebody who was deactivated can't hand in any more, so nobody waits for them."""

    application: Application
    reviewers: Sequence[User]
    scored_at: dict[int, datetime]  # reviewer -> instant
    decision: str = ""  # of the latest vetting decision

    @property
    def missing(self) -> list[User]:
        return [r for r in self.reviewers if r.is_active and r.pk not in self.scored_at]

    @property
    def is_open_to_scorecards(self) -> bool:
        return self.application.status in IN_VETTING

    @property
    def is_revealed(self) -> bool:
        return not self.missing

    @property
    def is_to_decide(self) -> bool:
        return self.is_open_to_scorecards and self.is_revealed

    @property
    def complete_since(self) -> datetime:
        """When the last scorecard came in; when the application did, if none was asked for."""
        return max(self.scored_at.values(), default=self.application.received_at)


def standings(applications: Iterable[Application]) -> dict[int, Standing]:
    """By primary key, in three queries whatever their number. The applications come with contractor and opening."""
    by_id = {a.pk: a for a in applications}
    named: dict[int, list[User]] = defaultdict(list)
    scored: dict[int, dict[int, datetime]] = defaultdict(dict)
    decided: dict[int, str] = {}
    if by_id:
        openings = {a.opening_id for a in by_id.values()}
        through = Opening.reviewers.through.objects.filter(opening__in=openings).select_related("user")
        for row in through.order_by("user__name", "user_id"):
            named[row.opening_id].append(row.user)
        cards = Scorecard.objects.filter(application__in=by_id)
        for application_id, reviewer_id, at in cards.values_list("application_id", "reviewer_id", "submitted_at"):
            scored[application_id][reviewer_id] = at
        decisions = VettingDecision.objects.filter(application__in=by_id).order_by("at", "id")
        decided = dict(decisions.values_list("application_id", "decision"))
    return {pk: Standing(a, named[a.opening_id], scored[pk], decided.get(pk, "")) for pk, a in by_id.items()}


def standing(application: Application) -> Standing:
    return standings([application])[application.pk]


# --- the sentence ---------------------------------------------------------------


def sentence(application: Application, viewer: User, at: datetime) -> str:
    """“Waiting for Jonas’s and Mia’s scorecards since Mon 09:00 (your time); no reminder is planned.” Never blank."""
    return sentence_of(standing(application), viewer, at)


def sentences(applications: Iterable[Application], viewer: User, at: datetime) -> dict[int, str]:
    """The sentence of each record of a list, by primary key."""
    return {pk: sentence_of(s, viewer, at) for pk, s in standings(applications).items()}


def sentence_of(standing: Standing, viewer: User, at: datetime) -> str:
    application, lead = standing.application, standing.application.opening.lead
    if standing.is_open_to_scorecards and standing.missing:
        whose = [_("your") if p.pk == viewer.pk else _("%(name)s’s") % {"name": p.first_name} for p in standing.missing]
        what = ngettext("%(whose)s scorecard", "%(whose)s scorecards", len(whose)) % {
            "whose": get_text_list(whose, _("and"))
        }
        since = application.received_at
    elif standing.is_open_to_scorecards:
        what, since = _decider(lead, viewer), standing.complete_since
    elif application.status == ApplicationStatus.OFFERED:
        who = _("you") if lead.pk == viewer.pk else lead.first_name
        what = _("%(who)s to make the agreement with %(contractor)s") % {
            "who": who,
            "contractor": application.contractor,
        }
        since = application.status_since
    else:
        return _settled(standing)
    return _("Waiting for %(what)s since %(since)s (your time); no reminder is planned.") % {
        "what": what,
        "since": local(since, viewer, at),
    }


def _decider(lead: User, viewer: User) -> str:
    if lead.pk == viewer.pk:
        return str(_("your decision"))
    if not lead.is_active:
        return str(_("an admin’s decision"))
    return str(_("%(name)s’s decision") % {"name": lead.first_name})


def _settled(standing: Standing) -> str:
    application = standing.application
    when = {"when": date_format(localtime(application.status_since), "D j M Y")}
    if application.status == ApplicationStatus.DECLINED and standing.decision == Decision.BENCH:
        return str(_("Kept on the bench since %(when)s; nothing waits.") % when)
    return str(
        {
            ApplicationStatus.HIRED: _("Hired on %(when)s; nothing waits."),
            ApplicationStatus.DECLINED: _("Declined on %(when)s; nothing waits."),
        }.get(ApplicationStatus(application.status), _("Withdrawn on %(when)s; nothing waits."))
        % when
    )


def local(instant: datetime, person: User, at: datetime) -> str:
    """`Mon 09:00` on the person's clock, with the date when it is not of these days."""
    there = localtime(instant, person.tz)
    today = localtime(at, person.tz)
    is_near = abs((there.date() - today.date()).days) < SHORTLY
    day = date_format(there, "D" if is_near else "D j M" if there.year == today.year else "D j M Y")
    return f"{day} {there:%H:%M}"


# --- scorecards -------------------------------------------------------------------


def revealed_scorecards(standing: Standing, viewer: User) -> list[Scorecard]:
    """The scorecards whose marks this person may read now: one's own, and everybody's once all named reviewers are
    in. Whatever the role: leads and admins wait too."""
    cards = Scorecard.objects.filter(application=standing.application).select_related("reviewer")
    if not standing.is_revealed:
        cards = cards.filter(reviewer=viewer)
    return list(cards.order_by("submitted_at", "id"))


@dataclass(frozen=True)
class BoardRow:
    """One criterion; `points` by scorecard in their order, None where it was not marked."""

    criterion: Criterion
    points: list[int | None]

    @property
    def gap(self) -> int:
        """The distance between the highest and the lowest mark."""
        marked = [p for p in self.points if p is not None]
        return max(marked) - min(marked) if marked else 0


@dataclass(frozen=True)
class Board:
    cards: list[Scorecard]
    rows: list[BoardRow]
    mean: Decimal | None  # of 5, weighted by criterion, one decimal
    marks: int  # how many marks the mean rests on


def board(opening: Opening, cards: list[Scorecard]) -> Board:
    """The marks of these scorecards beside each other; their weighted mean = Σ weight × points ÷ Σ weight."""
    points: dict[tuple[int, int], int] = {
        (card, criterion): n
        for card, criterion, n in Mark.objects.filter(scorecard__in=cards).values_list(
            "scorecard_id", "criterion_id", "points"
        )
    }
    rows = [BoardRow(c, [points.get((card.pk, c.pk)) for card in cards]) for c in opening.criteria.all()]
    weighed = [(row.criterion.weight, p) for row in rows for p in row.points if p is not None]
    mean = None
    if weighed:
        total = Decimal(sum(w * p for w, p in weighed)) / sum(w for w, _points in weighed)
        mean = total.quantize(Decimal("0.1"), ROUND_HALF_UP)
    return Board(cards, rows, mean, len(weighed))


# --- lists and counts ----------------------------------------------------------------

# What the queue's switch offers: the word in the address → the states that it shows.
STAGES: dict[str, tuple[str, ...]] = {
    "vetting": IN_VETTING,
    "offered": (ApplicationStatus.OFFERED,),
    "hired": (ApplicationStatus.HIRED,),
    "closed": (ApplicationStatus.DECLINED, ApplicationStatus.WITHDRAWN),
}


def stage_counts(applications: QuerySet[Application]) -> dict[str, int]:
    """How many of these stand in each stage of the switch. One query."""
    by_status = Counter(dict(applications.order_by().values_list("status").annotate(n=Count("pk"))))
    return {stage: sum(by_status[s] for s in statuses) for stage, statuses in STAGES.items()}


def status_counts(opening: Opening) -> list[tuple[str, int]]:
    """(word, number) of every state that somebody is in, in the order of the path."""
    found = dict(opening.applications.order_by().values_list("status").annotate(n=Count("pk")))
    return [(str(s.label), found[s.value]) for s in ApplicationStatus if s.value in found]


def draft_version(opening: Opening) -> str:
    """A digest of what the edit page writes: two tabs that started from different ones differ here."""
    facts = [
        (opening.title, opening.brief, opening.currency),
        list(opening.criteria.values_list("name", "weight")),
        list(opening.questions.values_list("text", "is_required")),
        sorted(opening.reviewers.values_list("pk", flat=True)),
    ]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]


# --- history ---------------------------------------------------------------------------


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
