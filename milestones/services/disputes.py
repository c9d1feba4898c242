"""Disputes: opened by one of the two sides, argued by both, decided by somebody else."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from accounts.models import User
from core import files as storage
from core import history
from core.errors import DomainError, NotAllowed
from core.models import StoredFile
from core.money import Money
from core.transitions import move
from core.use_case import use_case
from engagements.models import Engagement, Goal
from engagements.services.contacts import record_contact
from engagements.states import OPEN, ContactKind, EngagementStatus, Side
from milestones.models import Dispute, DisputeDecision, DisputeStatement, Milestone, StatementFile
from milestones.notifications import disputes as told
from milestones.permissions import can_dispute, can_state, can_take_back
from milestones.queries.disputes import decide_by, decider_for, has_decider
from milestones.services import reviews
from milestones.services.reviews import PartVerdicts, Verdicts
from milestones.states import DisputeOutcome, MilestoneStatus


@use_case
def open_dispute(
    milestone: Milestone,
    *,
    reason: str,
    goals: Iterable[Goal] = (),
    parts: Iterable[int] = (),
    submission_number: int,
    by: User,
    at: datetime,
) -> Dispute:
    """submitted → disputed: the money is frozen, and somebody who is not part of it is named to decide; where there is
    nobody, the lead stands in the place and can't decide. `parts` are places, from 0, in the milestone's parts. Raises
    DomainError without a reason, without a goal or part that it is about, for another submission than the one read, and
    for work that does not run."""
    milestone = Milestone.objects.lock(milestone)
    engagement = Engagement.objects.for_page().get(pk=milestone.engagement_id)
    milestone.engagement = engagement
    if not can_dispute(by, milestone):
        raise NotAllowed(_("Only the contractor and the lead dispute a milestone."))
    if engagement.status != EngagementStatus.ACTIVE:
        raise DomainError(
            _("“%(what)s” is %(state)s, so nothing in it can be disputed now.")
            % {"what": engagement, "state": engagement.get_status_display().lower()}
        )
    if milestone.status != MilestoneStatus.SUBMITTED:
        raise DomainError(
            _("“%(what)s” is %(state)s. What is handed in and not decided yet can be disputed.")
            % {"what": milestone, "state": milestone.get_status_display().lower()}
        )
    submission = milestone.submissions.order_by("-number").first()
    if submission is None or submission.number != submission_number:
        raise DomainError(_("Something newer was handed in. Reload to read it before you dispute it."))
    if not reason.strip():
        raise DomainError(_("Say what you do not agree about."))
    about = [goal for goal in milestone.goals.all() if goal in set(goals)]
    concerned = [part for place, part in enumerate(milestone.parts) if place in set(parts)]
    if not about and not concerned and (milestone.parts or milestone.goals.exists()):
        raise DomainError(_("Choose the goals or parts that it is about."))
    decider = decider_for(milestone, by, at) or engagement.lead  # who keeps the place free: see `has_decider`
    move(
        milestone, to=MilestoneStatus.DISPUTED, by=by, at=at, note=reason.strip(), escalated_to=None, escalated_at=None
    )
    dispute = Dispute.objects.create(
        milestone=milestone,
        submission=submission,
        side=engagement.side_of(by),
        reason=reason.strip(),
        parts=concerned,
        by=by,
        at=at,
        decider=decider,
        asked_at=at,
    )
    dispute.goals.set(about)
    record_contact(engagement, side=dispute.side, kind=ContactKind.MESSAGE, by=by, at=at)
    told.dispute_opened(dispute, decide_by(dispute, engagement), at=at)
    return dispute


@use_case
def add_statement(
    dispute: Dispute, *, text: str, link: str = "", files: Iterable[StoredFile] = (), by: User, at: datetime
) -> DisputeStatement:
    """Something more that one side says, or the decider asks; nothing that was said is ever changed. `files` are drafts
    of the person. Raises DomainError once it is decided, without a text, and for a link that is no web address."""
    milestone, dispute = _lock_open(dispute)
    if not can_state(by, dispute):
        raise NotAllowed(_("Only the two sides and who decides add something."))
    if not text.strip():
        raise DomainError(_("Say it in a sentence first."))
    if link and urlsplit(link).scheme not in ("http", "https"):
        raise DomainError(_("Give a link that starts with https:// or http://."))
    wanted = list(files)
    own = StoredFile.objects.drafts_of(by).filter(pk__in=[file.pk for file in wanted]).count()
    if own < len(wanted):
        raise DomainError(_("One of the files is not here any more. Choose it again."))
    side = milestone.engagement.side_of(by)
    statement = DisputeStatement.objects.create(dispute=dispute, side=side, text=text.strip(), link=link, by=by, at=at)
    StatementFile.objects.bulk_create(StatementFile(statement=statement, file=file) for file in wanted)
    for file in wanted:
        storage.attach(file, at=at)
    history.record(milestone, verb="stated", by=by, at=at)
    record_contact(milestone.engagement, side=side, kind=ContactKind.MESSAGE, by=by, at=at)
    told.dispute_stated(statement, dispute, at=at)
    return statement


@use_case
def take_back_dispute(dispute: Dispute, *, reason: str, by: User, at: datetime) -> Milestone:
    """By the side that opened it: disputed → submitted, and the review goes on. Its window begins anew when the
    contractor takes it back; our side gains no time by a dispute of its own, so the window counts from the submission
    then. Raises DomainError without a reason and once it is closed, NotAllowed for anybody else."""
    milestone, dispute = _lock_open(dispute)
    if not can_take_back(by, dispute):
        raise NotAllowed(_("Only the side that opened it takes it back."))
    if not reason.strip():
        raise DomainError(_("Say why: the other side and who decides read it."))
    said = DisputeStatement.objects.create(dispute=dispute, side=dispute.side, text=reason.strip(), by=by, at=at)
    Dispute.objects.filter(pk=dispute.pk).update(closed_at=at)
    since = dispute.submission.at if dispute.side == Side.OURS else at
    note = _("Taken back: %(why)s") % {"why": said.text}
    move(milestone, to=MilestoneStatus.SUBMITTED, by=by, at=at, note=note, status_since=since)
    record_contact(milestone.engagement, side=dispute.side, kind=ContactKind.MESSAGE, by=by, at=at)
    told.dispute_taken_back(said, dispute, at=at)
    return milestone


@use_case
def decide_dispute(
    dispute: Dispute,
    *,
    outcome: str,
    verdicts: Verdicts,
    parts: PartVerdicts | None = None,
    amount: Money | None = None,
    rest_due_on: date | None = None,
    note: str,
    by: User,
    at: datetime,
) -> Milestone:
    """By who was named: disputed → submitted, and in the same moment accepted whole (for the contractor), accepted in
    part, or sent back for changes (for the team), each as a review does it. Raises DomainError without a note, for
    somebody else, once it is decided, and as `reviews` does."""
    milestone, dispute = _lock_open(dispute)
    if dispute.decider_id != by.pk:
        raise DomainError(_("%(who)s decides this dispute now. Reload to see it.") % {"who": dispute.decider.name})
    if not has_decider(dispute, milestone.engagement):
        raise DomainError(_("Nobody decides about the own review. Somebody who is not part of it has to be invited."))
    if outcome not in DisputeOutcome.values:
        raise DomainError(_("Choose one of the three."))
    if not note.strip():
        raise DomainError(_("Say why: both sides read it."))
    Dispute.objects.filter(pk=dispute.pk).update(closed_at=at)
    decision = DisputeDecision.objects.create(dispute=dispute, outcome=outcome, note=note.strip(), by=by, at=at)
    move(milestone, to=MilestoneStatus.SUBMITTED, by=by, at=at, note=f"{decision}: {decision.note}")
    said: dict[str, Any] = {
        "verdicts": verdicts,
        "parts": parts,
        "note": decision.note,
        "submission_number": dispute.submission.number,
        "by": by,
        "at": at,
    }
    if outcome == DisputeOutcome.ACCEPT:
        milestone = reviews.accept_milestone(milestone, **said)
    elif outcome == DisputeOutcome.IN_PART:
        if rest_due_on is None:
            raise DomainError(_("Choose the day by which the rest is handed in."))
        milestone = reviews.accept_in_part(milestone, amount=amount, rest_due_on=rest_due_on, **said)
    else:
        milestone = reviews.request_changes(milestone, **said)
    told.dispute_decided(decision, dispute, at=at)
    return milestone


@use_case
def pass_dispute_on(milestone_id: int, *, at: datetime) -> str:
    """By the clock, once the decider's time is over, or at once where the decider has left or leads the work: the next
    one decides. Returns `passed_on`, `nobody` where no one can decide it (look again tomorrow), or '' while there is
    time, once it is decided, and where it stays with the last who was asked."""
    milestone: Milestone = Milestone.objects.lock(milestone_id)
    engagement = Engagement.objects.for_page().get(pk=milestone.engagement_id)
    milestone.engagement = engagement
    dispute = Dispute.objects.open().filter(milestone=milestone).select_related("decider", "by").first()
    if dispute is None or engagement.status not in OPEN:
        return ""
    silent = dispute.decider
    ends_at = decide_by(dispute, engagement)
    can_decide_it = has_decider(dispute, engagement)
    if can_decide_it and (ends_at is None or at < ends_at):
        return ""
    asked = [*dispute.asked_before, silent.pk]
    decider = decider_for(milestone, dispute.by, at, without=asked)
    if decider is None:
        return "" if can_decide_it else "nobody"
    dispute.decider, dispute.asked_at, dispute.asked_before = decider, at, asked
    Dispute.objects.filter(pk=dispute.pk).update(decider=decider, asked_at=at, asked_before=asked)
    note = _("%(silent)s → %(who)s") % {"silent": silent.name, "who": decider.name}
    history.record(milestone, verb="passed_on", by=None, at=at, note=note)
    dispute.milestone = milestone
    told.dispute_passed_on(dispute, silent, decide_by(dispute, engagement), at=at)
    return "passed_on"


def _lock_open(dispute: Dispute) -> tuple[Milestone, Dispute]:
    """The milestone first, as everywhere."""
    milestone: Milestone = Milestone.objects.lock(dispute.milestone_id)
    milestone.engagement = Engagement.objects.for_page().get(pk=milestone.engagement_id)
    dispute = Dispute.objects.lock(dispute)
    dispute.milestone = milestone
    if not dispute.is_open:
        if dispute.is_taken_back:
            raise DomainError(_("This dispute was taken back. Reload to see where it stands."))
        raise DomainError(_("This dispute is decided. Reload to read the decision."))
    return milestone, dispute
