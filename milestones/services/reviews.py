"""The team's answer to a submission, goal by goal and part by part: accepted whole, in part or with something held
back, or sent back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import DomainError
from core.money import Money, split
from core.numbers import parse_number
from core.transitions import born, move
from core.use_case import use_case
from engagements.models import Goal
from engagements.services.contacts import record_contact
from engagements.services.measurements import keep_measurement
from engagements.states import ContactKind, MeasurementSource, Side
from milestones import notifications, queries
from milestones.models import GoalVerdict, Milestone, PartVerdict, Payout, Review, Submission
from milestones.services import ledger
from milestones.services.delivery import record_delivery
from milestones.services.pulses import answer_pulse
from milestones.services.splitting import split_off
from milestones.states import MilestoneStatus, Origin, Outcome, PayoutStatus, PostingKind


class Verdict(NamedTuple):
    """What the reviewer says of one goal; `value` is what he or she measured, in its unit, or nothing."""

    is_met: bool
    note: str = ""
    value: str = ""


Verdicts = Mapping[Goal, tuple[bool, str] | Verdict]
PartVerdicts = Mapping[int, tuple[bool, str]]  # by the place, from 0, in the milestone's parts


@dataclass
class Judgement:
    """Everything that a review says about a submission's goals and parts."""

    goals: dict[Goal, Verdict]
    parts: list[tuple[dict[str, str], bool, str]] = field(default_factory=list)  # part, accepted, note

    @property
    def unmet(self) -> list[Goal]:
        return [goal for goal, verdict in self.goals.items() if not verdict.is_met]

    @property
    def refused(self) -> list[dict[str, str]]:
        return [part for part, is_accepted, _note in self.parts if not is_accepted]

    @property
    def open(self) -> int:
        return len(self.unmet) + len(self.refused)

    @property
    def done(self) -> int:
        return len(self.goals) + len(self.parts) - self.open


def earned(amount: Money, done: int, open: int) -> Money:
    """The share of `amount` that `done` of all goals and parts make, to the minor unit by largest remainder."""
    if done + open == 0:
        return amount
    return split(amount, [done, open])[0]


@use_case
def accept_milestone(
    milestone: Milestone,
    *,
    verdicts: Verdicts,
    parts: PartVerdicts | None = None,
    note: str = "",
    happy: str = "",
    submission_number: int,
    by: User,
    at: datetime,
) -> Milestone:
    """Held → owed, and a payout promised for a day (`queries.pay_by`). Raises DomainError while a goal is judged not
    met, a part not accepted or either not judged at all, and when another submission than the one read is on the
    table."""
    milestone = Milestone.objects.lock(milestone)
    submission = _read(milestone, submission_number)
    judged = _judged(milestone, verdicts, parts)
    _refuse_open(judged)
    conclude(milestone, submission, outcome=Outcome.ACCEPTED, judged=judged, note=note, happy=happy, by=by, at=at)
    return milestone


@use_case
def accept_in_part(
    milestone: Milestone,
    *,
    verdicts: Verdicts,
    parts: PartVerdicts | None = None,
    amount: Money | None = None,
    rest_due_on: date,
    note: str,
    happy: str = "",
    submission_number: int,
    by: User,
    at: datetime,
) -> Milestone:
    """Split off what is not met or not accepted into a milestone of its own, funded and due on `rest_due_on`, and
    accept what stands. `amount` is what is accepted now; without it, the share of goals and parts that stand.

    Raises DomainError when everything or nothing stands, without a note, and as `accept_milestone` does."""
    milestone = Milestone.objects.lock(milestone)
    submission = _read(milestone, submission_number)
    judged = _judged(milestone, verdicts, parts)
    if not judged.open:
        raise DomainError(_("Every goal is met and every part accepted: accept it whole."))
    if not judged.done:
        raise DomainError(_("Nothing in it stands yet: ask for changes."))
    if not note.strip():
        raise DomainError(_("Say what is left to do."))
    whole = milestone.amount
    now = amount if amount is not None else earned(whole, judged.done, judged.open)
    if now.currency != whole.currency:
        raise DomainError(_("Give the amount in %(currency)s.") % {"currency": whole.currency})
    split_off(
        milestone,
        amount=whole - now,
        origin=Origin.REST,
        title=_("%(title)s: the rest") % {"title": milestone.title[:140]},
        goals=judged.unmet,
        parts=judged.refused,
        due_on=rest_due_on,
        reason=note,
        by=by,
        at=at,
    )
    milestone.goals.remove(*judged.unmet)
    for goal in judged.unmet:
        Goal.objects.filter(pk=goal.pk).update(due_on=rest_due_on)
    milestone.parts = [part for part, is_accepted, _note in judged.parts if is_accepted]
    Milestone.objects.filter(pk=milestone.pk).update(parts=milestone.parts)
    conclude(
        milestone, submission, outcome=Outcome.ACCEPTED_IN_PART, judged=judged, note=note, happy=happy, by=by, at=at
    )
    return milestone


@use_case
def accept_holding_back(
    milestone: Milestone,
    *,
    verdicts: Verdicts,
    parts: PartVerdicts | None = None,
    amount: Money,
    until: date,
    note: str = "",
    happy: str = "",
    submission_number: int,
    by: User,
    at: datetime,
) -> Milestone:
    """Accept everything, but keep `amount` of it held until `until`: a milestone of its own with the same goals, which
    have to hold on that day still. Raises DomainError as `accept_milestone` does."""
    milestone = Milestone.objects.lock(milestone)
    submission = _read(milestone, submission_number)
    judged = _judged(milestone, verdicts, parts)
    _refuse_open(judged)
    if amount.currency != milestone.currency:
        raise DomainError(_("Give the amount in %(currency)s.") % {"currency": milestone.currency})
    split_off(
        milestone,
        amount=amount,
        origin=Origin.HOLD_BACK,
        title=_("%(title)s: held back") % {"title": milestone.title[:140]},
        goals=list(judged.goals),
        parts=[],
        due_on=until,
        reason=note or _("Held back until it has held for a while."),
        by=by,
        at=at,
    )
    conclude(milestone, submission, outcome=Outcome.ACCEPTED, judged=judged, note=note, happy=happy, by=by, at=at)
    return milestone


@use_case
def request_changes(
    milestone: Milestone,
    *,
    verdicts: Verdicts,
    parts: PartVerdicts | None = None,
    note: str,
    happy: str = "",
    submission_number: int,
    by: User,
    at: datetime,
) -> Milestone:
    """Back to the contractor with what is missing. Raises DomainError without a note, where no goal is judged not met
    and no part left open, or for a submission that is not the latest."""
    milestone = Milestone.objects.lock(milestone)
    submission = _read(milestone, submission_number)
    judged = _judged(milestone, verdicts, parts)
    if not note.strip():
        raise DomainError(_("Say what is missing and what would meet the goal."))
    if judged.done and not judged.open:  # what has neither goals nor parts is sent back by its note alone
        raise DomainError(nothing_is_open())
    move(milestone, to=MilestoneStatus.CHANGES_REQUESTED, by=by, at=at)
    review = _record(submission, Outcome.CHANGES_REQUESTED, judged, note, by=by, at=at)
    if happy:
        answer_pulse(milestone, side=Side.OURS, answer=happy, by=by, at=at)
    notifications.changes_requested(review, at=at)
    return milestone


def release(milestone: Milestone, *, by: User | None, at: datetime) -> Payout:
    """Held → owed for a milestone that was accepted and locked by the caller, and the payout that follows."""
    ledger.move_milestone(milestone, PostingKind.RELEASE, by=by, at=at)
    payout = Payout.objects.create(
        milestone=milestone,
        round=milestone.round,
        amount_minor=milestone.amount_minor,
        currency=milestone.currency,
        due_on=queries.pay_by(at),
        status=PayoutStatus.DUE,
        status_since=at,
    )
    return born(payout, by=by, at=at)


def conclude(
    milestone: Milestone,
    submission: Submission,
    *,
    outcome: str,
    judged: Judgement,
    note: str,
    happy: str = "",
    by: User | None,
    at: datetime,
) -> None:
    """The steps of every acceptance of a milestone locked by the caller: state, review, held → owed and the payout, the
    delivery record. `by` is None for the clock, which judges no goal."""
    if milestone.status == MilestoneStatus.PAID:  # from here the bank alone leads back to accepted
        raise DomainError(moved_on(milestone))
    move(milestone, to=MilestoneStatus.ACCEPTED, by=by, at=at, accepted_at=at, accepted_by=by)
    review = _record(submission, outcome, judged, note, by=by, at=at)
    payout = release(milestone, by=by, at=at)
    record_delivery(milestone, at=at)
    if happy and by is not None:
        answer_pulse(milestone, side=Side.OURS, answer=happy, by=by, at=at)
    notifications.milestone_accepted(review, payout, at=at)


def moved_on(milestone: Milestone) -> str:
    """Why nothing can be decided about what is not on the table any more."""
    facts = {"what": milestone, "state": milestone.get_status_display().lower()}
    return _("“%(what)s” is %(state)s, so this can’t be done any more. Reload to see where it stands.") % facts


def nothing_is_open() -> str:
    return _("By your views nothing is missing. Mark the goal or part that isn’t met yet, or accept.")


def _refuse_open(judged: Judgement) -> None:
    for goal in judged.unmet:
        raise DomainError(_("“%(goal)s” is judged not met. Accept in part or ask for changes.") % {"goal": goal.metric})
    for part in judged.refused:
        raise DomainError(
            _("“%(part)s” is not accepted yet. Accept in part or ask for changes.") % {"part": part["what"]}
        )


def _read(milestone: Milestone, number: int) -> Submission:
    """The submission under review, which must be the one that the reviewer has read."""
    # First, by the table of moves: the goals of what was decided may have gone on to the rest.
    if MilestoneStatus.CHANGES_REQUESTED not in milestone.MOVES[milestone.status]:
        raise DomainError(moved_on(milestone))
    latest = milestone.submissions.order_by("-number").first()
    if latest is None or latest.number != number:
        raise DomainError(_("Something newer was handed in. Reload to read it before you decide."))
    latest.milestone = milestone
    return latest


def _judged(milestone: Milestone, verdicts: Verdicts, parts: PartVerdicts | None) -> Judgement:
    judged = Judgement({})
    for goal in milestone.goals.all():
        if goal not in verdicts:
            raise DomainError(_("Say whether “%(goal)s” is met.") % {"goal": goal.metric})
        verdict = Verdict(*verdicts[goal])
        if verdict.value:
            try:
                verdict = verdict._replace(value=parse_number(verdict.value))
            except ValueError as error:
                raise DomainError(f"“{goal.metric}”: {error}") from error
        judged.goals[goal] = verdict
    for place, part in enumerate(milestone.parts):
        if place not in (parts or {}):
            raise DomainError(_("Say whether “%(part)s” is accepted.") % {"part": part["what"]})
        judged.parts.append((part, *(parts or {})[place]))
    return judged


def _record(
    submission: Submission, outcome: str, judged: Judgement, note: str, *, by: User | None, at: datetime
) -> Review:
    review = Review.objects.create(submission=submission, outcome=outcome, note=note, by=by, at=at)
    GoalVerdict.objects.bulk_create(
        GoalVerdict(review=review, goal=goal, is_met=verdict.is_met, note=verdict.note, value=verdict.value)
        for goal, verdict in judged.goals.items()
    )
    PartVerdict.objects.bulk_create(
        PartVerdict(
            review=review, position=place, kind=part["kind"], what=part["what"], is_accepted=is_accepted, note=why
        )
        for place, (part, is_accepted, why) in enumerate(judged.parts)
    )
    for goal, verdict in judged.goals.items():
        if verdict.value and by is not None:
            keep_measurement(
                goal,
                value=verdict.value,
                evidence=verdict.note,
                source=MeasurementSource.REVIEWED,
                side=Side.OURS,
                by=by,
                at=at,
            )
    if by is not None:  # the clock is nobody's sign of life
        record_contact(submission.milestone.engagement, side=Side.OURS, kind=ContactKind.REVIEW, by=by, at=at)
    return review
