"""“Ask for faster”: locked, unless the person's own record says that dates slip."""

from datetime import date, datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import DomainError
from core.use_case import use_case
from engagements.models import Message
from engagements.services.conversation import send_message
from milestones.models import Estimate, Milestone
from milestones.queries.faster import pace_of
from milestones.states import MilestoneStatus


@use_case
def ask_for_faster(milestone: Milestone, *, proposed_on: date, reason: str, by: User, at: datetime) -> Message:
    """A question in the conversation with a date in it; only the contractor changes the estimate. Raises DomainError
    while it is locked, for what is not estimated or handed in already, and for a day that is not earlier."""
    milestone = Milestone.objects.lock(milestone)
    pace = pace_of(milestone.engagement.contractor)
    if not pace.may_ask:
        raise DomainError(pace.sentence)
    estimate = Estimate.objects.latest_of([milestone]).get(milestone.pk)
    if estimate is None or milestone.status not in (
        MilestoneStatus.ESTIMATED,
        MilestoneStatus.AGREED,
        MilestoneStatus.FUNDED,
    ):
        raise DomainError(_("“%(what)s” has no estimate that could still change.") % {"what": milestone})
    if not at.date() <= proposed_on < estimate.due_on:
        raise DomainError(
            _("Propose a day before the estimate’s, %(day)s.") % {"day": date_format(estimate.due_on, "D j M Y")}
        )
    body = _("Could “%(what)s” be done by %(day)s instead of %(estimate)s? %(reason)s") % {
        "what": milestone,
        "day": date_format(proposed_on, "D j M Y"),
        "estimate": date_format(estimate.due_on, "D j M Y"),
        "reason": reason.strip(),
    }
    return send_message(milestone.engagement, body=body.strip(), needs_answer=True, by=by, at=at)
