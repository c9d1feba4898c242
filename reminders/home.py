"""What Today and the portal home show, read in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

import milestones.queries.timeline as timeline
from accounts.models import User
from accounts.states import Role
from core.money import Money
from engagements.models import Engagement, TemplateVersion
from engagements.states import Side
from milestones.models import Milestone
from milestones.queries.progress import judged_by
from milestones.queries.week import Week, week_of
from milestones.states import CLOSED, AccountKind, MilestoneStatus
from reminders.asks import ACTS, Ask, appeals, disputes, talks, to_decide, to_mark
from reminders.glance import Stands, glance
from reminders.obligations import Obligation
from reminders.queries import Waiting, local, obligations_for, sentence, whose_time

ASKS_SHOWN, ROWS_SHOWN = 20, 12  # a contractor sees every row
JUDGED = 40  # how many that look late are judged, the earliest first
IN_HAND = (MilestoneStatus.FUNDED, MilestoneStatus.CHANGES_REQUESTED)
SHORT = {
    "send_offer": gettext_lazy("send"),
    "sign": gettext_lazy("sign"),
    "countersign": gettext_lazy("sign"),
    "say_back": gettext_lazy("say it back"),
    "hear_back": gettext_lazy("read-back"),
    "fund": gettext_lazy("fund"),
    "hand_in": gettext_lazy("hand in"),
    "review": gettext_lazy("review"),
    "settle": gettext_lazy("decide"),
    "find_decider": gettext_lazy("somebody who decides"),
    "bank": gettext_lazy("bank details"),
    "answer": gettext_lazy("a question"),
    "answer_end": gettext_lazy("answer"),
    "answer_amendment": gettext_lazy("amendment"),
    "complete": gettext_lazy("complete"),
    "measure": gettext_lazy("measure"),
}


@dataclass(frozen=True)
class Row:
    """One engagement as Today lists it. The sentence stands with those that are quiet, and in the portal."""

    engagement: Engagement
    sentence: str
    court: str  # you, theirs, ours, quiet, none
    court_label: str
    milestone: Milestone | None
    number: int
    of: int
    confidence: int | None
    their_time: str
    is_late: bool
    due_on: date | None  # of the milestone: as it was promised, or moved by our delay once that day is over


class Due(NamedTuple):
    """By when a milestone is judged."""

    on: date
    milestone: Milestone


@dataclass
class Home:
    asks: list[Ask] = field(default_factory=list)  # as many as are shown
    waiting: int = 0  # how many there are
    quiet: list[Row] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)  # as many as are shown
    open: int = 0  # how many there are
    overdue: list[Due] = field(default_factory=list)
    agenda: list[Due] = field(default_factory=list)  # of the next seven days
    money: list[tuple[str, Money, Money]] = field(default_factory=list)  # currency, held, owed
    oldest_unpaid: Milestone | None = None
    week: Week | None = None
    payments: list[timeline.Timeline] = field(default_factory=list)  # a contractor’s, that are not paid yet
    late: list[timeline.Timeline] = field(default_factory=list)  # promises of payment that our side has broken so far


@dataclass(frozen=True)
class FirstSteps:
    """Of a house without an engagement yet."""

    has_team: bool  # a lead, and two of finance
    has_template: bool


def first_steps() -> FirstSteps | None:
    """None once there is an engagement."""
    if Engagement.objects.exists():
        return None
    roles = list(User.objects.active().values_list("role", flat=True))
    has_team = Role.LEAD in roles and roles.count(Role.FINANCE) > 1
    return FirstSteps(has_team, TemplateVersion.objects.published().exists())


def url_of(owed: Obligation) -> str:
    if owed.kind == "sign":
        return reverse("milestones:estimate_and_sign", args=[owed.engagement.pk])
    if owed.kind == "countersign":
        return reverse("milestones:agree", args=[owed.engagement.pk])
    if owed.kind in ("say_back", "hear_back"):
        return reverse("engagements:read_back", args=[owed.engagement.pk])
    if owed.kind == "complete":
        return reverse("milestones:complete", args=[owed.engagement.pk])
    if owed.kind == "answer_amendment" and owed.proposal:
        return reverse("milestones:amendment", args=[owed.proposal.pk])
    if owed.kind == "bank":
        return reverse("milestones:bank")
    if owed.goal:
        return reverse("engagements:goal", args=[owed.goal.pk])
    if owed.milestone:
        return reverse("milestones:milestone", args=[owed.milestone.pk])
    return reverse("engagements:engagement", args=[owed.engagement.pk])


def reason_of(owed: Obligation, viewer: User, at: datetime) -> str:
    title = owed.engagement.title
    who = (
        owed.engagement.lead.first_name
        if viewer.pk == owed.engagement.contractor.user_id
        else owed.engagement.contractor
    )
    return _("%(title)s, with %(who)s. Waiting since %(since)s.") % {
        "title": title,
        "who": who,
        "since": local(owed.since, viewer, at),
    }


def ask_of(owed: Obligation, viewer: User, at: datetime) -> Ask:
    what = owed.what[:1].upper() + owed.what[1:]
    return Ask(
        owed.kind,
        what,
        reason_of(owed, viewer, at),
        url_of(owed),
        str(ACTS.get(owed.kind, _("Look"))),
        owed.since,
        owed.due_on,
    )


def home_of(viewer: User, at: datetime) -> Home:
    """Asks first, then everything this person watches."""
    found = obligations_for(viewer)
    engagements = [w.engagement for w in found]
    home = Home()
    asks: list[Ask | Obligation] = [o for w in found for o in w.obligations if o.person and o.person.pk == viewer.pk]
    seen = glance(viewer, [e.pk for e in engagements])
    asks += to_mark(viewer) if "mark" in seen.has else []
    asks += to_decide(viewer) if "decide" in seen.has else []
    asks += talks(viewer) if "talk" in seen.has else []
    asks += disputes(viewer, {e.pk for e in engagements}, at) if "dispute" in seen.has else []
    asks += appeals(seen, viewer, at)
    asks.sort(key=lambda a: (a.kind == "measure", a.since))  # what is beside the work comes last
    home.asks = [a if isinstance(a, Ask) else ask_of(a, viewer, at) for a in asks[:ASKS_SHOWN]]
    home.waiting, home.open = len(asks), len(found)
    today, week = localtime(at).date(), timedelta(days=7)
    plan = [m for w in found for m in w.milestones]
    ahead = sorted((m for m in plan if m.status in IN_HAND), key=lambda m: m.due_on)
    # What looks late is judged after our delay moved its day.
    moved = judged_by([m for m in ahead if m.due_on < today][:JUDGED], plan, at)
    dues = sorted((Due(max(moved.get(m.pk, m.due_on), m.due_on), m) for m in ahead), key=lambda due: due.on)
    home.overdue = [due for due in dues if due.on < today][:8]
    home.agenda = [due for due in dues if today <= due.on <= today + week][:8]
    shown = found if viewer.role == Role.CONTRACTOR else found[:ROWS_SHOWN]
    days = {due.milestone.pk: due.on for due in dues}
    home.rows = [_row(w, viewer, at, seen.confidence.get(w.engagement.pk), days) for w in shown]
    home.quiet = [_row(w, viewer, at, None, days) for w in found if w.quiet_sides]
    home.money = _money(seen.accounts)
    unpaid = [m for m in plan if m.is_unpaid]
    home.oldest_unpaid = min(unpaid, key=lambda m: m.accepted_at or at, default=None)
    if viewer.role == Role.CONTRACTOR and "ahead" in seen.has:
        home.payments = timeline.timelines_ahead(viewer, at=at)
    elif viewer.role == Role.LEAD and seen.promised_on and seen.promised_on < timeline.house_day(at):
        home.late = timeline.late_timelines(viewer, at=at)
    home.week = week_of(plan, viewer, at)
    return home


def _money(accounts: Sequence[Stands]) -> list[tuple[str, Money, Money]]:
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for kind, currency, minor in accounts:
        sums[currency][kind] += minor
    return [
        (currency, Money(by[AccountKind.HELD], currency), Money(by[AccountKind.OWED], currency))
        for currency, by in sorted(sums.items())
        if any(by.values())
    ]


def _row(w: Waiting, viewer: User, at: datetime, confidence: int | None, days: Mapping[int, date]) -> Row:
    """`days`: by when each milestone that is in hand is judged."""
    engagement, milestones = w.engagement, w.milestones
    contractor = engagement.contractor.user
    current = _next_of(milestones)
    mine = next((o for o in w.obligations if o.person and o.person.pk == viewer.pk), None)
    if w.quiet_sides:
        court = "quiet"
        label = _("%(who)s, quiet") % {"who": _side_name(w.quiet_sides[0], engagement, viewer)}
    elif mine:
        court, label = "you", yours(mine)
    elif w.obligations:
        first = w.first
        # What has no person is finance's, or that of a contractor without an account.
        is_payees = first.person is None and first.side == Side.THEIRS
        court, label = first.side, _side_name(Side.THEIRS, engagement, viewer) if is_payees else _who(first)
    else:
        court, label = "none", _("Nobody’s")
    today = localtime(at).date()
    return Row(
        engagement=engagement,
        sentence=sentence(w, viewer, at) if w.quiet_sides or viewer.role == Role.CONTRACTOR else "",
        court=court,
        court_label=str(label),
        milestone=current,
        number=milestones.index(current) + 1 if current else len(milestones),
        of=len(milestones),
        confidence=confidence,
        their_time=f"{localtime(at, contractor.tz):%H:%M}" if contractor else "",
        is_late=any(days[m.pk] < today for m in milestones if m.pk in days),
        due_on=days.get(current.pk, current.due_on) if current else None,
    )


def _next_of(milestones: Sequence[Milestone]) -> Milestone | None:
    """What is worked on or comes next; where all work is accepted, the first that is not paid yet."""
    ahead = (m for m in milestones if m.status not in CLOSED)
    return next(ahead, None) or next((m for m in milestones if m.is_unpaid), None)


def _who(owed: Obligation) -> str:
    return owed.who if owed.person else _("Finance")


def yours(owed: Obligation) -> str:
    """“Yours: review”, to whoever owes it."""
    return _("Yours: %(what)s") % {"what": SHORT[owed.kind]}


def _side_name(side: str, engagement: Engagement, viewer: User) -> str:
    if side == Side.THEIRS:
        user = engagement.contractor.user
        return user.first_name if user else str(engagement.contractor)
    return engagement.lead.first_name


__all__ = ["Ask", "Home", "Row", "home_of", "whose_time"]
