"""Before the second signature: our question about the estimates, and “could it be sooner?”, which is locked unless the
person's own record says that dates slip. Neither changes anything: only the contractor writes the estimates."""

from datetime import date, datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import DomainError
from core.use_case import use_case
from engagements.models import Engagement, Message
from engagements.queries.offer import has_their_signature
from engagements.services.conversation import send_message
from engagements.states import EngagementStatus
from milestones.models import Estimate, Milestone
from milestones.queries.faster import pace_of
from milestones.states import MilestoneStatus


@use_case
def ask_about_estimates(engagement: Engagement, *, text: str, by: User, at: datetime) -> Message:
    """Into the conversation; the offer is in their court until it is answered or signed anew. The signature under it
    stands. Raises DomainError before they have signed and after we have."""
    engagement = Engagement.objects.lock(engagement)
    if engagement.status != EngagementStatus.OFFERED or not has_their_signature(engagement):
        raise DomainError(
            _("There are no estimates of “%(what)s” that wait for your answer. Write in the conversation instead.")
            % {"what": engagement}
        )
    return send_message(engagement, body=text, needs_answer=True, by=by, at=at)


@use_case
def ask_for_faster(milestone: Milestone, *, proposed_on: date, reason: str, by: User, at: datetime) -> Message:
    """A question with a date in it. Raises DomainError while it is locked (see queries.faster), for what has no
    estimate that waits for us, and for a day that is not earlier."""
    milestone = Milestone.objects.lock(milestone)
    engagement = milestone.engagement
    pace = pace_of(engagement.contractor)
    if not pace.may_ask:
        raise DomainError(pace.sentence)
    estimate = Estimate.objects.latest_of([milestone]).get(milestone.pk)
    if estimate is None or milestone.status != MilestoneStatus.ESTIMATED:
        raise DomainError(_("“%(what)s” has no estimate that waits for your answer.") % {"what": milestone})
    if not engagement.starts_on <= proposed_on < estimate.due_on:
        raise DomainError(
            _("Propose a day from the start on and before the estimate’s, %(day)s.")
            % {"day": date_format(estimate.due_on, "D j M Y")}
        )
    text = _("Could “%(what)s” be done by %(day)s instead of %(estimate)s? %(reason)s") % {
        "what": milestone,
        "day": date_format(proposed_on, "D j M Y"),
        "estimate": date_format(estimate.due_on, "D j M Y"),
        "reason": reason.strip(),
    }
    return ask_about_estimates(engagement, text=text.strip(), by=by, at=at)
