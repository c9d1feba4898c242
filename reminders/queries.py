"""Reads across everything that can wait: obligations, the sentence of each record, and who is quiet."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import CharField, IntegerField, Prefetch, Value
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.states import Pronoun
from core.days import day_words
from engagements.models import (
    Agreement,
    Amendment,
    Engagement,
    Message,
    OfferQuestion,
    ReadBack,
    Signature,
    Termination,
)
from engagements.queries.in_force import text_of
from engagements.queries.measurements import awaiting_baseline
from engagements.states import ENDABLE, OPEN, RUNNING, EngagementStatus, Side
from milestones.models import Dispute, Milestone
from milestones.queries.timeline import waiting_on_payees
from milestones.states import MilestoneStatus
from reminders.models import PlannedNotice, Presence, QuietFlag
from reminders.obligations import Obligation, Paper, Proposal, obligations
from reminders.states import ACTS

# Beyond this many open engagements Today shows the oldest obligations first and says that there is more.
TODAY_LIMIT = 400


def papers(engagements: Iterable[Engagement]) -> dict[int, Paper]:
    """What the obligations of these engagements rest on, in at most nine queries whatever their number. The
    engagements come with contractor__user, lead and comms_owner selected."""
    by_id = {e.pk: e for e in engagements}
    milestones: dict[int, list[Milestone]] = defaultdict(list)
    questions: dict[int, list[Message]] = defaultdict(list)
    agreements: dict[int, Agreement] = {}
    offer_questions: dict[int, list[OfferQuestion]] = defaultdict(list)
    read_backs: dict[int, ReadBack] = {}
    disputes: dict[int, dict[int, Dispute]] = defaultdict(dict)
    at_payee: dict[int, datetime] = {}
    if by_id:
        steps = Milestone.objects.with_limit().filter(engagement__in=by_id).select_related("escalated_to")
        for milestone in steps.order_by("position"):
            milestone.engagement = by_id[milestone.engagement_id]
            milestones[milestone.engagement_id].append(milestone)
        talking = [pk for pk, e in by_id.items() if e.status in (EngagementStatus.OFFERED, *RUNNING)]
        if talking:
            for question in Message.objects.waiting().filter(engagement__in=talking).order_by("at", "id"):
                questions[question.engagement_id].append(question)
        offered = [pk for pk, e in by_id.items() if e.status == EngagementStatus.OFFERED]
        if offered:
            current = Agreement.objects.filter(engagement__in=offered, voided_at=None).defer("canonical", "html")
            for agreement in current.prefetch_related(Prefetch("signatures", Signature.objects.order_by("at"))):
                agreements[agreement.engagement_id] = agreement
            for asked in OfferQuestion.objects.filter(engagement__in=offered).for_list():
                offer_questions[asked.engagement_id].append(asked)
        disputed = [m.pk for found in milestones.values() for m in found if m.status == MilestoneStatus.DISPUTED]
        if disputed:
            for dispute in Dispute.objects.open().for_page().filter(milestone__in=disputed):
                disputes[dispute.milestone.engagement_id][dispute.milestone_id] = dispute
        unpaid = [m for found in milestones.values() for m in found if m.is_unpaid]
        if unpaid:
            at_payee = waiting_on_payees(unpaid)
        agreed = [pk for pk, e in by_id.items() if e.status == EngagementStatus.AGREED]
        if agreed:
            said = ReadBack.objects.filter(engagement__in=agreed).select_related("reply").order_by("number")
            read_backs = {read_back.engagement_id: read_back for read_back in said}
    proposals = _proposals(by_id)
    running = [pk for pk, e in by_id.items() if e.status in RUNNING]
    unmeasured = awaiting_baseline(running) if running else {}
    return {
        pk: Paper(
            e,
            milestones[pk],
            agreements.get(pk),
            questions[pk],
            offer_questions[pk],
            disputes.get(pk, {}),
            read_backs.get(pk),
            proposals[pk],
            unmeasured.get(pk, ()),
            at_payee,
        )
        for pk, e in by_id.items()
    }


def _proposals(engagements: dict[int, Engagement]) -> dict[int, list[Proposal]]:
    """What one side has put to the other and is not settled; two queries, none when nothing of these runs."""
    found: dict[int, list[Proposal]] = defaultdict(list)
    running = [pk for pk, e in engagements.items() if e.status in ENDABLE]
    if running:
        notices = Termination.objects.open().filter(engagement__in=running)
        for pk, engagement, side, at, last_on in notices.values_list(
            "pk", "engagement_id", "side", "given_at", "last_on"
        ):
            found[engagement].append(Proposal("end", pk, side, at, last_on))
    working = [pk for pk, e in engagements.items() if e.status in RUNNING]
    if working:
        for amendment in Amendment.objects.open().filter(engagement__in=working).brief():
            text = text_of(amendment)
            side, at = (Side.THEIRS, text.at) if text else (Side.OURS, amendment.proposed_at)
            ends = None if text else amendment.expires_at
            found[amendment.engagement_id].append(Proposal("amendment", amendment.pk, side, at, expires_at=ends))
    return found


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

    def is_quiet(self, side: str) -> bool:
        return side in self.quiet_sides

    def has(self, kind: str) -> bool:
        """Whether an obligation of this kind stands."""
        return any(owed.kind == kind for owed in self.obligations)


def waiting(engagements: Iterable[Engagement]) -> dict[int, Waiting]:
    """Obligations, open flags and the next reminder of each engagement, in at most nine queries however many."""
    found = papers(engagements)
    if not found:
        return {}
    quiet_sides: dict[int, list[str]] = defaultdict(list)
    notices: dict[int, dict[int, datetime]] = defaultdict(dict)
    quiet_at: dict[int, dict[str, datetime]] = defaultdict(dict)
    open_ones = [pk for pk, paper in found.items() if paper.engagement.status in OPEN]
    for kind, engagement, side, recipient, instant in _signals(open_ones) if open_ones else ():
        if kind == "flag":
            quiet_sides[engagement].append(side)
        elif kind == "notice":
            earliest = notices[engagement].get(recipient, instant)
            notices[engagement][recipient] = min(earliest, instant)
        else:
            quiet_at[engagement][side] = instant
    return {
        pk: Waiting(
            paper.engagement,
            obligations(paper),
            paper.milestones,
            quiet_sides[pk],
            notices[pk],
            quiet_at[pk],
            next((p.ends_on for p in paper.proposals if p.ends_on), None),
        )
        for pk, paper in found.items()
    }


def _signals(engagements: Iterable[int]) -> Iterable[tuple[str, int, str, int, datetime]]:
    """Open flags, reminders to come and instants at which a side will count as quiet, in one statement:
    (kind, engagement, side, recipient, instant)."""
    flags = QuietFlag.objects.filter(engagement__in=engagements, cleared_at=None)
    notices = PlannedNotice.objects.filter(engagement__in=engagements, fired_at=None).exclude(rule__in=ACTS)
    presences = Presence.objects.filter(engagement__in=engagements, quiet_at__isnull=False)
    nobody, no_side = Value(0, IntegerField()), Value("", CharField())
    rows: Any = flags.values_list(_kind("flag"), "engagement_id", "side", nobody, "raised_at").union(
        notices.values_list(_kind("notice"), "engagement_id", no_side, "recipient_id", "fire_at"),
        presences.values_list(_kind("quiet"), "engagement_id", "side", nobody, "quiet_at"),
        all=True,
    )
    return rows


def _kind(name: str) -> Value:
    return Value(name, CharField())


def obligations_for(user: User) -> list[Waiting]:
    """The open engagements that this person sees, each with what waits; those with the oldest obligation first."""
    open_ones = Engagement.objects.visible_to(user).open().for_list().select_related("cover")[:TODAY_LIMIT]
    found = waiting(open_ones).values()
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
        return str(_("your time"))
    return str({Pronoun.HERS: _("her time"), Pronoun.HIS: _("his time")}.get(Pronoun(person.pronoun), _("their time")))


def sentence(waiting: Waiting, viewer: User, at: datetime) -> str:
    """The one line under a record's title, in the words and the clock of whoever it waits for; of a contract under
    notice also its last day."""
    said = _waits(waiting, viewer, at) if waiting.obligations else _idle(waiting.engagement)
    if waiting.ends_on is None:
        return said
    return said + " " + _("It ends on %(day)s.") % {"day": day_words(waiting.ends_on, "D j M Y")}


def _waits(waiting: Waiting, viewer: User, at: datetime) -> str:
    # What a person waits for rather than a payment run; then the oldest.
    first = min(waiting.obligations, key=lambda o: (o.person is None, o.is_aside, o.since))
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
    return {
        EngagementStatus.PAUSED: _("Paused since %(when)s; nobody is reminded."),
        EngagementStatus.COMPLETED: _("Completed on %(when)s; nothing waits."),
        EngagementStatus.DECLINED: _("Declined on %(when)s; nothing waits."),
        EngagementStatus.WITHDRAWN: _("Withdrawn on %(when)s; nothing waits."),
        EngagementStatus.EXPIRED: _("The offer ended unanswered on %(when)s; nothing waits."),
        EngagementStatus.TERMINATED: _("Ended on %(when)s; nothing waits."),
    }.get(EngagementStatus(engagement.status), _("Every milestone is settled; nothing waits.")) % since
