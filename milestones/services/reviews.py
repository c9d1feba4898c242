"""The team's answer to a submission."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.queries import organisation
from core.errors import DomainError
from core.transitions import born, move
from core.use_case import use_case
from engagements.models import Goal
from engagements.services.contacts import record_contact
from engagements.states import ContactKind, Side
from milestones import notifications
from milestones.models import GoalVerdict, Milestone, Payout, Review, Submission
from milestones.services import ledger
from milestones.states import MilestoneStatus, Outcome, PayoutStatus, PostingKind

PAYMENT_DAYS = 14  # from the local day of acceptance to the day by which the money is promised

Verdicts = Mapping[Goal, tuple[bool, str]]


def pay_by(accepted_at: datetime) -> date:
    """The day promised to the contractor, on the organisation's calendar."""
    house = organisation()
    zone = ZoneInfo(house.zone if house else "UTC")
    return accepted_at.astimezone(zone).date() + timedelta(days=PAYMENT_DAYS)


@use_case
def accept_milestone(
    milestone: Milestone, *, verdicts: Verdicts, note: str = "", submission_number: int, by: User, at: datetime
) -> Milestone:
    """Held → owed, and a payout due `PAYMENT_DAYS` later. Raises DomainError while a goal is judged not met or not
    judged at all, and when another submission than the one read lies on the table."""
    milestone = Milestone.objects.lock(milestone)
    submission = _read(milestone, submission_number)
    judged = _judged(milestone, verdicts)
    for goal, (is_met, _note) in judged.items():
        if not is_met:
            raise DomainError(
                _("“%(goal)s” is judged not met. Ask for changes, or talk about the goal first.")
                % {"goal": goal.metric}
            )
    move(milestone, to=MilestoneStatus.ACCEPTED, by=by, at=at, accepted_at=at, accepted_by=by)
    review = _record(submission, Outcome.ACCEPTED, judged, note, by=by, at=at)
    ledger.move_milestone(milestone, PostingKind.RELEASE, by=by, at=at)
    payout = Payout.objects.create(
        milestone=milestone,
        round=milestone.round,
        amount_minor=milestone.amount_minor,
        currency=milestone.currency,
        due_on=pay_by(at),
        status=PayoutStatus.DUE,
        status_since=at,
    )
    born(payout, by=by, at=at)
    notifications.milestone_accepted(review, payout, at=at)
    return milestone


@use_case
def request_changes(
    milestone: Milestone, *, verdicts: Verdicts, note: str, submission_number: int, by: User, at: datetime
) -> Milestone:
    """Back to the contractor with what is missing. Raises DomainError without a note, or for a submission that is not
    the latest."""
    milestone = Milestone.objects.lock(milestone)
    submission = _read(milestone, submission_number)
    judged = _judged(milestone, verdicts)
    if not note.strip():
        raise DomainError(_("Say what is missing and what would meet the goal."))
    move(milestone, to=MilestoneStatus.CHANGES_REQUESTED, by=by, at=at)
    review = _record(submission, Outcome.CHANGES_REQUESTED, judged, note, by=by, at=at)
    notifications.changes_requested(review, at=at)
    return milestone


def _read(milestone: Milestone, number: int) -> Submission:
    """The submission under review, which must be the one that the reviewer has read."""
    latest = milestone.submissions.order_by("-number").first()
    if latest is None or latest.number != number:
        raise DomainError(_("Something newer was handed in. Reload to read it before you decide."))
    latest.milestone = milestone
    return latest


def _judged(milestone: Milestone, verdicts: Verdicts) -> dict[Goal, tuple[bool, str]]:
    goals = list(milestone.goals.all())
    for goal in goals:
        if goal not in verdicts:
            raise DomainError(_("Say whether “%(goal)s” is met.") % {"goal": goal.metric})
    return {goal: verdicts[goal] for goal in goals}


def _record(
    submission: Submission, outcome: str, judged: dict[Goal, tuple[bool, str]], note: str, *, by: User, at: datetime
) -> Review:
    review = Review.objects.create(submission=submission, outcome=outcome, note=note, by=by, at=at)
    GoalVerdict.objects.bulk_create(
        GoalVerdict(review=review, goal=goal, is_met=is_met, note=why) for goal, (is_met, why) in judged.items()
    )
    record_contact(submission.milestone.engagement, side=Side.OURS, kind=ContactKind.REVIEW, by=by, at=at)
    return review
