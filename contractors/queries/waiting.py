"""Whom an application waits for, and its one sentence."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.text import get_text_list
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from contractors.models import Application, Opening, Scorecard, VettingDecision
from contractors.states import IN_VETTING, ApplicationStatus, Decision
from core.days import day_words

SHORTLY = 6  # days within which a weekday alone says which day is meant


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
        return _settled(standing, viewer, at)
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


def _settled(standing: Standing, viewer: User, at: datetime) -> str:
    application = standing.application
    day = localtime(application.status_since, viewer.tz)
    when = {"when": day_words(day, "D j M" if day.year == at.year else "D j M Y")}
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
    day = day_words(there, "D" if is_near else "D j M" if there.year == today.year else "D j M Y")
    return f"{day} {there:%H:%M}"
