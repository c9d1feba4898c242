"""One milestone’s page."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from core.models import StoredFile
from core.money import Money
from core.rows import record, tie
from core.working_time import EmptyCalendar, OutOfRange
from engagements.models import Delegation, Goal
from engagements.queries.measurements import Trend
from engagements.states import EngagementStatus, PartKind
from milestones.models import (
    Budget,
    DeliveredPart,
    Dispute,
    Evidence,
    GoalVerdict,
    Milestone,
    PartVerdict,
    PaymentSetup,
    Payout,
    Pulse,
    Submission,
)
from milestones.queries.banks import BANK_HOLD
from milestones.queries.disputes import decide_by_in
from milestones.queries.handed_in import KINDS, submissions_from
from milestones.queries.page_rows import PageRows, has_window, page_rows, was_handed_in
from milestones.queries.payouts import payouts_about
from milestones.queries.progress import Progress, progress
from milestones.queries.timeline import payees_asked
from milestones.queries.times import MILESTONE, Actor, Times
from milestones.queries.window import Window, counted_from, next_of, window_in
from milestones.states import ACCOUNTED, DONE, InvoiceKind, MilestoneStatus, Origin


@dataclass(frozen=True)
class Step:
    """One stop on the way from planned to paid. `place` is "", is-now or is-todo."""

    status: str
    label: str
    place: str
    on: date | datetime | None = None
    hint: str = ""


@dataclass(frozen=True)
class GoalRow:
    """A goal with what was measured and what the reviewer said about it."""

    goal: Goal
    evidence: Evidence | None = None
    verdict: GoalVerdict | None = None
    files: Sequence[StoredFile] = ()
    trend: Trend | None = None  # all that was measured of it

    @property
    def is_reached(self) -> bool | None:
        """Whether the measured value reaches the target; None without a value."""
        if self.evidence is None or not self.evidence.value:
            return None
        return self.goal.is_reached_by(self.evidence.value)

    @property
    def measured(self) -> str:
        return self.goal.value_words(self.evidence.value) if self.evidence and self.evidence.value else ""

    @property
    def checked(self) -> str:
        """What the reviewer measured."""
        return self.goal.value_words(self.verdict.value) if self.verdict and self.verdict.value else ""


@dataclass(frozen=True)
class PartRow:
    """A part of the deliverable with where it was handed in and what the reviewer said about it."""

    place: int
    part: dict[str, str]
    delivered: DeliveredPart | None = None
    verdict: PartVerdict | None = None
    files: Sequence[StoredFile] = ()

    @property
    def kind(self) -> str:
        return str(PartKind(self.part["kind"]).label)


class Estimated(NamedTuple):
    """The latest estimate."""

    at: datetime
    work_minutes: int
    by: User


class InvoiceInBrief(NamedTuple):
    pk: int
    kind: str  # in words
    number: str


@dataclass(frozen=True)
class HistoryLine:
    """Which state it reached, when and by whom (None: the clock)."""

    text: str
    at: datetime
    by: Actor | None
    note: str


@dataclass(frozen=True)
class MilestonePage:
    milestone: Milestone
    number: int
    of: int
    steps: Sequence[Step]
    goals: Sequence[GoalRow]
    submissions: Sequence[Submission]  # newest first, each with its review
    estimate: Estimated | None
    payout: Payout | None
    budget: Budget | None
    rest: Money | None  # what is left in that budget
    history: Sequence["HistoryLine"] = field(default_factory=list)
    parts: Sequence[PartRow] = ()
    window: Window | None = None  # by when the latest submission is decided; of one made now, while it is at work
    # What follows when nobody decides by then: acceptance by the clock, or who decides instead.
    counts_as_accepted: bool = False
    next_reviewer: User | None = None
    delegation: Delegation | None = None  # who reviews in the lead's place, and until when
    disputes: Sequence[Dispute] = ()  # newest first; at most the first is open
    decide_by: datetime | None = None  # of the open one
    halves: Sequence[Milestone] = ()  # what was split off from it
    pulses: Sequence[Pulse] = ()
    progress: Progress | None = None
    invoices: Sequence["InvoiceInBrief"] = ()  # of its payment, as far as the viewer sees them
    # What its engagement waits for: disputes that are open, and since when payees are asked for a bank; by milestone.
    open_disputes: Mapping[int, Dispute] = field(default_factory=dict)
    at_payee: Mapping[int, datetime] = field(default_factory=dict)
    replaced_banks: Collection[int] = ()  # lately, by key
    setup: PaymentSetup | None = None  # by which we pay, where the page says when
    is_understood: bool = True  # the read-back, where the work waits for that

    @property
    def dispute(self) -> Dispute | None:
        """The one that is open."""
        return self.disputes[0] if self.disputes and self.disputes[0].is_open else None

    @property
    def submission(self) -> Submission | None:
        return self.submissions[0] if self.submissions else None

    @property
    def is_affordable(self) -> bool:
        """Whether the budget holds enough to fund it now."""
        return (
            self.rest is not None
            and self.rest.currency == self.milestone.currency
            and self.rest >= self.milestone.amount
        )

    @property
    def review(self) -> Any:
        return getattr(self.submission, "review", None)


HISTORY_SHOWN = 30
PATH = (
    MilestoneStatus.PLANNED,
    MilestoneStatus.ESTIMATED,
    MilestoneStatus.AGREED,
    MilestoneStatus.FUNDED,
    MilestoneStatus.SUBMITTED,
    MilestoneStatus.ACCEPTED,
    MilestoneStatus.PAID,
)
# States beside the straight way, and the stop that they stand at.
STANDS_IN_FOR = {
    MilestoneStatus.CHANGES_REQUESTED: MilestoneStatus.SUBMITTED,
    MilestoneStatus.DISPUTED: MilestoneStatus.SUBMITTED,
}


def steps_of(milestone: Milestone, estimate: Estimated | None, payout: Payout | None) -> list[Step]:
    status = MilestoneStatus(milestone.status)
    if status == MilestoneStatus.CANCELLED:
        return [
            Step(PATH[0], str(PATH[0].label), "", milestone.engagement.created_at),
            Step(status, str(status.label), "is-now", milestone.status_since),
        ]
    now = PATH.index(STANDS_IN_FOR.get(status, status))
    dates: dict[str, Any] = {
        MilestoneStatus.PLANNED: None if milestone.origin == Origin.BONUS else milestone.engagement.created_at,
        MilestoneStatus.ESTIMATED: estimate.at if estimate else None,
        MilestoneStatus.AGREED: milestone.agreed_at or milestone.engagement.agreed_at,
        MilestoneStatus.FUNDED: milestone.funded_at,
        MilestoneStatus.SUBMITTED: milestone.submitted_at,
        MilestoneStatus.ACCEPTED: milestone.accepted_at,
        MilestoneStatus.PAID: milestone.paid_at,
    }
    steps = []
    for place, stop in enumerate(PATH):
        if place > now:
            hint = _hint(stop, milestone, payout)
            steps.append(Step(stop, str(stop.label), "is-todo", hint=hint))
        elif place == now:
            on = dates[stop] if status == stop else milestone.status_since
            steps.append(Step(status, str(status.label), "is-now", on))
        else:
            steps.append(Step(stop, str(stop.label), "", dates[stop]))
    return steps


def _hint(stop: str, milestone: Milestone, payout: Payout | None) -> str:
    """What is known of a stop that lies ahead."""
    if stop == MilestoneStatus.SUBMITTED:
        return _("due %(day)s") % {"day": date_format(milestone.due_on, "j M")}
    if stop == MilestoneStatus.ACCEPTED and milestone.status == MilestoneStatus.SUBMITTED:
        days = milestone.engagement.review_days
        return _("within %(n)d working days") % {"n": days}
    if stop == MilestoneStatus.PAID and milestone.written_off_at:
        return _("will not be")
    if stop == MilestoneStatus.PAID and payout:
        return _("by %(day)s") % {"day": date_format(payout.due_on, "j M")}
    return ""


def _invoice(found: tuple[Any, ...]) -> InvoiceInBrief:
    """Of such a row."""
    return InvoiceInBrief(found[1], str(InvoiceKind(found[10]).label), found[11])


def _pulse(found: tuple[Any, ...]) -> Pulse:
    """Of such a row."""
    _kind, pk, by, _low, _high, _on, _last_on, answer, at, talked_at, side, name, *_more = found
    columns = ("id", "side", "answer", "by_id", "at", "talked_at")
    pulse: Pulse = record(Pulse, columns, (pk, side, answer, by, at, talked_at))
    tie(pulse, by=record(User, ("id", "name"), (by, name)))
    return pulse


def milestone_page(milestone: Milestone, plan: Sequence[Milestone], viewer: User, at: datetime) -> MilestonePage:
    """Everything that the page of one milestone shows: one statement, and one about its money where there is any on the
    way. `plan`: all milestones of its engagement, in their order."""
    engagement = milestone.engagement
    rows = page_rows(milestone, plan, viewer, at)
    times = rows.times
    funding = getattr(engagement, "funding", None)
    budget = funding.budget if funding else None
    began = was_handed_in(milestone)
    submissions = submissions_from((r for kind in KINDS for r in rows.of[kind]), milestone)
    estimate = _estimate(milestone, times)
    is_accounted = milestone.status in ACCOUNTED
    unpaid = set() if milestone.status in DONE else {m.pk for m in plan if m.is_unpaid}
    payout, due = payouts_about(milestone) if is_accounted or unpaid else (None, [])
    window = _window(rows, at)
    disputes = rows.disputes if began else []
    if budget and payout:  # where a manager looks before it asks the database
        budget._prefetched_objects_cache = {"approvers": rows.approvers}
    for step in plan:  # what it came from stands in the same plan
        if step.pk == milestone.split_from_id:
            milestone.split_from = step
    return MilestonePage(
        milestone=milestone,
        number=[m.pk for m in plan].index(milestone.pk) + 1,
        of=len(plan),
        steps=steps_of(milestone, estimate, payout),
        goals=_goal_rows(rows, submissions),
        submissions=submissions,
        estimate=estimate,
        payout=payout if is_accounted else None,
        budget=budget,
        rest=Money(sum(r[2] for r in rows.of["rest"]), budget.currency) if budget else None,
        history=history_of(milestone, times),
        parts=_part_rows(milestone, submissions),
        window=window,
        counts_as_accepted=window is not None and rows.counts_as_accepted,
        next_reviewer=next_of(engagement, window.reviewer, rows.deciders, rows.is_off, window.ends_at)
        if window
        else None,
        delegation=rows.open_delegation,
        disputes=disputes,
        decide_by=_decide_by(disputes[0], rows) if disputes and disputes[0].is_open else None,
        halves=[m for m in plan if m.split_from_id == milestone.pk] if milestone.round > 1 else (),
        # A bonus has them without anything handed in.
        pulses=sorted((_pulse(r) for r in rows.of["pulse"]), key=lambda p: p.pk) if began else (),
        invoices=sorted(_invoice(r) for r in rows.of["invoice"]) if payout and is_accounted else (),
        progress=progress(
            [milestone], viewer, at, plan=plan, times=times, known={engagement.contractor_id: rows.pace}
        ).get(milestone.pk),
        open_disputes=rows.open_disputes,
        at_payee=payees_asked(p for p in due if p.milestone_id in unpaid),
        replaced_banks=rows.changed_banks(at - BANK_HOLD),
        setup=rows.setup,
        is_understood=engagement.status != EngagementStatus.AGREED or rows.is_understood,
    )


def _estimate(milestone: Milestone, times: Times) -> Estimated | None:
    promises = times.promises.get(milestone.pk)
    if not promises:
        return None
    promise, contractor = promises[-1], milestone.engagement.contractor.user
    by = contractor if contractor and contractor.pk == promise.by_id else User.objects.get(pk=promise.by_id)
    return Estimated(promise.at, promise.work_minutes, by)


def _goal_rows(rows: PageRows, submissions: Sequence[Submission]) -> list[GoalRow]:
    lines = [Trend(goal, rows.points.get(goal.pk, ())) for goal in rows.goals]
    if not submissions:
        return [GoalRow(line.goal, trend=line) for line in lines]
    latest = submissions[0]
    review = getattr(latest, "review", None)
    evidence = {e.goal_id: e for e in latest.evidence.all()}
    verdicts = {v.goal_id: v for v in review.verdicts.all()} if review else {}
    files: dict[int | None, list[StoredFile]] = defaultdict(list)
    for attachment in latest.attachments.all():
        files[attachment.goal_id].append(attachment.file)
    return [
        GoalRow(line.goal, evidence.get(pk), verdicts.get(pk), files.get(pk, ()), line)
        for line in lines
        for pk in [line.goal.pk]
    ]


def _part_rows(milestone: Milestone, submissions: Sequence[Submission]) -> list[PartRow]:
    """Matched by their words: a split may have taken some away since they were handed in."""
    if not submissions:
        return [PartRow(place, part) for place, part in enumerate(milestone.parts)]
    latest = submissions[0]
    review = getattr(latest, "review", None)
    delivered = {(d.kind, d.what): d for d in latest.parts.all()}
    verdicts = {(v.kind, v.what): v for v in review.parts.all()} if review else {}
    files: dict[int | None, list[StoredFile]] = defaultdict(list)
    for attachment in latest.attachments.all():
        files[attachment.part].append(attachment.file)
    rows = []
    for place, part in enumerate(milestone.parts):
        key = (part["kind"], part["what"])
        found = delivered.get(key)
        rows.append(PartRow(place, part, found, verdicts.get(key), files.get(found.position, ()) if found else ()))
    return rows


def _window(rows: PageRows, at: datetime) -> Window | None:
    """None for a reviewer who never works, too."""
    milestone, engagement = rows.milestone, rows.milestone.engagement
    if not has_window(milestone):
        return None
    since = milestone.status_since if milestone.status == MilestoneStatus.SUBMITTED else at
    since = counted_from(milestone, engagement.lead, since)
    named = rows.delegations
    calendars = rows.calendars([engagement.lead, *(each.person for each in named)], since)
    try:
        return window_in(engagement, since, calendars, rows.times.pauses[engagement.pk], named)
    except (EmptyCalendar, OutOfRange):
        return None


def _decide_by(dispute: Dispute, rows: PageRows) -> datetime | None:
    """None for somebody who never works."""
    engagement = rows.milestone.engagement
    calendar = rows.calendars([dispute.decider], dispute.asked_at)[dispute.decider_id]
    try:
        return decide_by_in(dispute, calendar, rows.times.pauses[engagement.pk])
    except (EmptyCalendar, OutOfRange, IndexError):
        return None


def history_of(milestone: Milestone, times: Times) -> list[HistoryLine]:
    """Newest first."""
    labels = dict(MilestoneStatus.choices)
    verbs = {
        "rescheduled": _("New date"),
        "split": _("Divided"),
        "escalated": _("Nobody decided in time"),
        "stated": _("Added to the dispute"),
        "passed_on": _("The dispute was passed on"),
    }
    lines, before = [], ""
    for e in times.events:
        if e.subject_type != MILESTONE or e.subject_id != milestone.pk:
            continue
        text = str(labels[MilestoneStatus(e.became)]) if e.became else str(verbs.get(e.verb, e.verb))
        if (before, e.became) == (MilestoneStatus.PAID, MilestoneStatus.ACCEPTED):
            text = _("The bank returned the payment; the money is owed again")
        lines.append(HistoryLine(text, e.at, e.by, e.note))
        before = e.became or before
    return lines[: -HISTORY_SHOWN - 1 : -1]
