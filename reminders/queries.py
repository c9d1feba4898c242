"""Reads across everything that can wait: obligations, the sentence of each record, and who is quiet."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db.models import QuerySet
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from accounts.states import Pronoun
from core.days import day_words
from core.prepared import One, Prepared
from engagements.models import Engagement
from engagements.states import EngagementStatus, Side
from milestones.models import Dispute, Milestone
from milestones.queries.steps import steps_of, whole_steps_of
from milestones.queries.timeline import waiting_on_payees
from milestones.states import MilestoneStatus
from reminders.facts import facts
from reminders.obligations import Obligation, Paper, obligations

# Beyond this many open engagements Today shows the oldest obligations first and says that there is more.
TODAY_LIMIT = 400
# Why nothing waits.
IDLE: dict[str, str] = {
    EngagementStatus.PAUSED: gettext_noop("Paused since %(when)s; nobody is reminded."),
    EngagementStatus.COMPLETED: gettext_noop("Completed on %(when)s; nothing waits."),
    EngagementStatus.DECLINED: gettext_noop("Declined on %(when)s; nothing waits."),
    EngagementStatus.WITHDRAWN: gettext_noop("Withdrawn on %(when)s; nothing waits."),
    EngagementStatus.EXPIRED: gettext_noop("The offer ended unanswered on %(when)s; nothing waits."),
    EngagementStatus.TERMINATED: gettext_noop("Ended on %(when)s; nothing waits."),
}
HER_TIME, HIS_TIME, THEIR_TIME = gettext_noop("her time"), gettext_noop("his time"), gettext_noop("their time")
OTHERWISE = gettext_noop("Every milestone is settled; nothing waits.")


def papers(engagements: Iterable[Engagement], *, is_list: bool = False) -> dict[int, Paper]:
    """What the obligations of these engagements rest on: at most four queries whatever their number. The engagements
    come with contractor__user, lead and comms_owner selected; those of a list come `for_rows`, and are given them."""
    by_id = {e.pk: e for e in engagements}
    milestones: dict[int, list[Milestone]] = defaultdict(list)
    disputes: dict[int, dict[int, Dispute]] = defaultdict(dict)
    at_payee: dict[int, datetime] = {}
    if by_id:
        for milestone in steps_of(by_id) if is_list else whole_steps_of(by_id):
            milestone.engagement = by_id[milestone.engagement_id]
            milestones[milestone.engagement_id].append(milestone)
        disputed = [m.pk for found in milestones.values() for m in found if m.status == MilestoneStatus.DISPUTED]
        if disputed:
            for dispute in Dispute.objects.open().for_page().filter(milestone__in=disputed):
                disputes[dispute.milestone.engagement_id][dispute.milestone_id] = dispute
        unpaid = [m for found in milestones.values() for m in found if m.is_unpaid]
        if unpaid:
            at_payee = waiting_on_payees(unpaid)
    people = _people(by_id.values(), milestones) if is_list else set()
    found, known = facts({pk: e.status for pk, e in by_id.items()}, people)
    if is_list:
        _introduce(by_id.values(), milestones, known)
    return {pk: Paper(e, milestones[pk], found[pk], disputes.get(pk, {}), at_payee) for pk, e in by_id.items()}


def _people(engagements: Iterable[Engagement], milestones: Mapping[int, Sequence[Milestone]]) -> set[int]:
    """Everybody whom one of these can wait for."""
    named = {pk for e in engagements for pk in (e.lead_id, e.comms_owner_id, e.delegate_id, e.contractor.user_id) if pk}
    return named | {m.escalated_to_id for found in milestones.values() for m in found if m.escalated_to_id}


def _introduce(
    engagements: Iterable[Engagement], milestones: Mapping[int, Sequence[Milestone]], known: Mapping[int | None, User]
) -> None:
    for e in engagements:
        e.lead, e.comms_owner = known[e.lead_id], known[e.comms_owner_id]
        e.delegate, e.contractor.user = known.get(e.delegate_id), known.get(e.contractor.user_id)
        for milestone in milestones[e.pk]:
            milestone.escalated_to = known.get(milestone.escalated_to_id)


@dataclass(frozen=True)
class Waiting:
    """One engagement as the clock sees it."""

    engagement: Engagement
    obligations: Sequence[Obligation]
    milestones: Sequence[Milestone] = ()
    quiet_sides: Sequence[str] = ()
    next_notice: dict[int, datetime] = field(default_factory=dict)  # person -> instant
    quiet_at: dict[str, datetime] = field(default_factory=dict)  # side -> instant
    ends_on: date | None = None  # the last day, where notice was given

    @property
    def first(self) -> Obligation:
        """What is told of several: what a person waits for rather than a payment run; then the oldest."""
        return min(self.obligations, key=lambda o: (o.person is None, o.is_aside, o.since))

    def is_quiet(self, side: str) -> bool:
        return side in self.quiet_sides

    def has(self, kind: str) -> bool:
        """Whether an obligation of this kind stands."""
        return any(owed.kind == kind for owed in self.obligations)


def waiting(engagements: Iterable[Engagement], *, is_list: bool = False) -> dict[int, Waiting]:
    """Obligations, open flags and the next reminder of each engagement, in at most four queries however many."""
    return {
        pk: Waiting(
            paper.engagement,
            obligations(paper),
            paper.milestones,
            paper.facts.quiet_sides,
            paper.facts.next_notice,
            paper.facts.quiet_at,
            next((p.ends_on for p in paper.facts.proposals if p.ends_on), None),
        )
        for pk, paper in papers(engagements, is_list=is_list).items()
    }


@cache
def _open_ones(role: str) -> Prepared:
    def build(viewer: One) -> QuerySet:
        viewer.role = role
        return Engagement.objects.visible_to(viewer).open().for_rows(one_by_one=True)[:TODAY_LIMIT]

    return Prepared(build)


def obligations_for(user: User) -> list[Waiting]:
    """The open engagements that this person sees, each with what waits; those with the oldest obligation first."""
    found = waiting(_open_ones(user.role).records(user.pk), is_list=True).values()
    return sorted(
        found, key=lambda w: (not w.quiet_sides, w.obligations[0].since.timestamp() if w.obligations else 9e12)
    )


def sentence_for(engagement: Engagement, viewer: User, at: datetime) -> str:
    """“Waiting for Ana since Tue 09:10 (her time); next reminder Thu 09:00.” Never blank."""
    return sentence(waiting([engagement])[engagement.pk], viewer, at)


def local(instant: datetime, person: User, at: datetime) -> str:
    """`Tue 24 Nov, 09:10` on the person's clock; without the date within the coming or past six days."""
    there = localtime(instant, person.tz)
    is_near = abs((there.date() - localtime(at, person.tz).date()).days) < 6
    day = day_words(there, "D" if is_near else "D j M" if there.year == at.year else "D j M Y")
    return f"{day} {there:%H:%M}"


def whose_time(person: User, viewer: User) -> str:
    if person.pk == viewer.pk:
        return _("your time")
    return _({Pronoun.HERS: HER_TIME, Pronoun.HIS: HIS_TIME}.get(Pronoun(person.pronoun), THEIR_TIME))


def sentence(waiting: Waiting, viewer: User, at: datetime) -> str:
    """The one line under a record's title, in the words and the clock of whoever it waits for; of a contract under
    notice also its last day."""
    said = _waits(waiting, viewer, at) if waiting.obligations else _idle(waiting.engagement)
    if waiting.ends_on is None:
        return said
    return said + " " + _("It ends on %(day)s.") % {"day": day_words(waiting.ends_on, "D j M Y")}


def _waits(waiting: Waiting, viewer: User, at: datetime) -> str:
    first = waiting.first
    clock = first.person or viewer
    facts: dict[str, Any] = {
        "who": _("you") if first.person and first.person.pk == viewer.pk else first.who,
        "what": first.what,
        "since": local(first.since, clock, at),
        "clock": whose_time(clock, viewer),
        "next": "",
    }
    if first.person is None and first.side == Side.THEIRS:
        facts["who"] = str(waiting.engagement.contractor).split()[0]
    upcoming = waiting.next_notice.get(first.person.pk) if first.person else None
    if waiting.is_quiet(first.side):
        facts["next"] = _("quiet, and the comms owner knows")
    elif upcoming and upcoming > at:
        facts["next"] = _("next reminder %(when)s") % {"when": local(upcoming, clock, at)}
    elif first.side in waiting.quiet_at and first.patience and waiting.quiet_at[first.side] > at:
        facts["next"] = _("counts as quiet from %(when)s") % {"when": local(waiting.quiet_at[first.side], clock, at)}
    elif first.proposal and first.proposal.expires_at:
        facts["next"] = _("it ends %(when)s") % {"when": local(first.proposal.expires_at, clock, at)}
    elif first.kind == "sign" and waiting.engagement.offer_expires_at:
        facts["next"] = _("the offer ends %(when)s") % {"when": local(waiting.engagement.offer_expires_at, clock, at)}
    else:
        facts["next"] = _("no reminder is planned")
    return _("Waiting for %(who)s to %(what)s since %(since)s (%(clock)s); %(next)s.") % facts


def _idle(engagement: Engagement) -> str:
    """Nothing waits: say why."""
    since = {"when": day_words(localtime(engagement.status_since), "D j M Y")}
    return _(IDLE.get(engagement.status, OTHERWISE)) % since
