"""Money that is owed and will never be paid: the contractor waived it, or nobody can be paid any more."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import DomainError
from core.transitions import move
from core.use_case import use_case
from milestones import notifications
from milestones.models import Payout
from milestones.permissions import approval_problem
from milestones.services import ledger
from milestones.states import PayoutStatus, PostingKind


@use_case
def write_off(payout: Payout, *, reason: str, by: User, at: datetime) -> Payout:
    """owed → budget. The work stays accepted, the payout ends, the contractor is told why. Raises DomainError without
    a reason, for whoever could not approve the payout, and once it is approved or on its way to the bank."""
    payout = Payout.objects.lock(payout)
    if problem := approval_problem(by, payout):
        raise DomainError(problem)
    if not reason.strip():
        raise DomainError(_("Say why it will never be paid."))
    move(payout, to=PayoutStatus.WRITTEN_OFF, by=by, at=at, note=reason)
    milestone = payout.milestone
    milestone.written_off_at = at
    milestone.save(update_fields=["written_off_at"])
    ledger.move_milestone(milestone, PostingKind.WRITE_OFF, by=by, at=at)
    notifications.payout_written_off(payout, reason=reason, by=by, at=at)
    return payout
