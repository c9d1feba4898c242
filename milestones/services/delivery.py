"""The delivery record is written when work is accepted; the contractor may appeal a row."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.queries import organisation
from contractors.models import Contractor
from contractors.services.claims import state_own_history
from contractors.states import ClaimKind
from core import history
from core.errors import DomainError
from core.use_case import use_case
from milestones import notifications
from milestones.models import AppealAnswer, DeliveryRow, Milestone, RecordAppeal
from milestones.permissions import can_answer_appeal
from milestones.queries.delivery import Reckoning, reckonings
from milestones.queries.record import on_time_of
from milestones.states import AppealOutcome


def row_of(milestone: Milestone, found: Reckoning, at: datetime) -> DeliveryRow:
    """What is kept of a reckoning; not saved."""
    assert found.delivered_at is not None
    assert found.delivered_on is not None
    return DeliveryRow(
        milestone=milestone,
        round=milestone.round,
        contractor_id=milestone.engagement.contractor_id,
        template_id=milestone.engagement.version.template_id,
        promised_on=found.promised_on,
        delivered_at=found.delivered_at,
        delivered_on=found.delivered_on,
        funding_wait=found.funding_wait,
        our_share=found.our_share,
        paused=found.paused,
        moved_to=found.moved_to,
        theirs=found.shares.theirs,
        ours=found.shares.ours,
        no_overlap=found.shares.no_overlap,
        estimated_minutes=found.estimated_minutes,
        at=at,
    )


@use_case
def record_delivery(milestone: Milestone, *, at: datetime) -> DeliveryRow | None:
    """A step of accepting it, once it stands as accepted: reckon it against its promise, keep the row, and state the
    new record as a claim. None for what was never estimated."""
    found = reckonings([milestone], at).get(milestone.pk)
    if found is None or found.delivered_at is None:
        return None
    row = row_of(milestone, found, at)
    row.save(force_insert=True)
    _state(milestone.engagement.contractor, at)
    return row


def _state(contractor: Contractor, at: datetime) -> None:
    """Vetting sees finished work as a claim among the others, and knows nothing of milestones."""
    house = organisation()
    found = on_time_of([contractor])[contractor.pk]
    state_own_history(
        contractor,
        kind=ClaimKind.ON_TIME,
        raw=_("%(count)d of %(of)d milestones") % {"count": found.count, "of": found.of},
        value_milli=round(100_000 * found.count / found.of) if found.is_known else None,
        n=found.of,
        evidence=_("Our own delivery record: each row can be read, and appealed."),
        on=at.astimezone(ZoneInfo(house.zone if house else "UTC")).date(),
    )


@use_case
def appeal_row(row: DeliveryRow, *, reason: str, by: User, at: datetime) -> RecordAppeal:
    """The contractor says what is wrong with a row; the admins hear of it. Raises DomainError without a reason, or
    while an appeal of the same row waits for its answer."""
    milestone = Milestone.objects.lock(row.milestone_id)
    if not reason.strip():
        raise DomainError(_("Say what is wrong with this row."))
    if RecordAppeal.objects.of([row]).filter(answer=None).exists():
        raise DomainError(_("You have appealed this row already. You get a mail when it is answered."))
    appeal = RecordAppeal.objects.create(row=row, reason=reason.strip(), by=by, at=at)
    history.record(milestone, verb="appealed", by=by, at=at, note=appeal.reason)
    notifications.row_appealed(appeal, at=at)
    return appeal


@use_case
def answer_appeal(
    appeal: RecordAppeal, *, outcome: str, moved_to: date | None = None, note: str, by: User, at: datetime
) -> AppealAnswer:
    """By a lead or an admin who was not part of it. A corrected row is judged by `moved_to`; one that doesn't count is
    left out, and shown as such. Raises DomainError when it is answered already, without a note or a date, or for a
    date before the promise."""
    milestone = Milestone.objects.lock(appeal.row.milestone_id)
    row = appeal.row
    if AppealAnswer.objects.filter(appeal=appeal).exists():
        raise DomainError(_("This appeal is answered already. Reload to read the answer."))
    if not can_answer_appeal(by, appeal):
        raise DomainError(_("Somebody who was not part of this engagement answers the appeal."))
    if not note.strip():
        raise DomainError(_("Say what you found: %(who)s reads it.") % {"who": row.contractor})
    if outcome == AppealOutcome.CORRECTED:
        if moved_to is None:
            raise DomainError(_("Give the day by which the row is to be judged."))
        if moved_to < row.promised_on:
            raise DomainError(_("A promise moves forwards only: give a day from the promised one on."))
    answer = AppealAnswer.objects.create(
        appeal=appeal,
        outcome=outcome,
        moved_to=moved_to if outcome == AppealOutcome.CORRECTED else None,
        note=note.strip(),
        by=by,
        at=at,
    )
    history.record(milestone, verb="answered_appeal", by=by, at=at, note=f"{answer}: {answer.note}")
    _state(row.contractor, at)
    notifications.appeal_answered(answer, at=at)
    return answer
