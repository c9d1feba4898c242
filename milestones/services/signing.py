"""Our side's answer to the estimates: agree and sign the same hash, or send them back with a reason."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from accounts.services import notices
from accounts.states import NoticeKind
from contractors.services.applications import mark_hired
from core.errors import DomainError
from core.transitions import move
from core.use_case import use_case
from engagements.models import Agreement, Engagement
from engagements.queries.offer import current_agreement
from engagements.services import agreements, states
from engagements.services.contacts import record_contact
from engagements.states import ContactKind, EngagementStatus, Side
from milestones.models import Estimate
from milestones.services import offers
from milestones.services.document import document_of
from milestones.states import MilestoneStatus


def _standing(engagement: Engagement) -> Agreement:
    """The agreement that the contractor signed and that waits for us."""
    if engagement.status != EngagementStatus.OFFERED:
        raise DomainError(
            _("“%(what)s” is %(state)s already.")
            % {"what": engagement, "state": engagement.get_status_display().lower()}
        )
    agreement = current_agreement(engagement)
    if agreement is None:
        raise DomainError(_("%(who)s has not signed yet.") % {"who": engagement.contractor})
    return agreement


@use_case
def agree_and_sign(
    engagement: Engagement, *, sha256: str, typed_name: str, ip: str | None, by: User, at: datetime
) -> Engagement:
    """Sign the hash that was shown. The estimates' dates become the milestones' due dates and the engagement is
    agreed. Raises DomainError when the agreement changed since the page was read."""
    engagement = Engagement.objects.lock(engagement)
    agreement = _standing(engagement)
    if agreement.sha256 != sha256:
        raise DomainError(_("The estimates changed since you opened this page. Read them again before you sign."))
    if agreements.canonical(document_of(engagement)) != agreement.canonical:
        raise DomainError(
            _("Something in the contract changed since %(who)s signed. Send it back with a word, to be signed anew.")
            % {"who": engagement.contractor}
        )
    agreements.sign(agreement, side=Side.OURS, typed_name=typed_name, ip=ip, by=by, at=at)
    milestones = list(engagement.milestones.standing().select_for_update(of=("self",)))
    estimates = Estimate.objects.latest_of(milestones)
    for milestone in milestones:
        due_on = estimates[milestone.pk].due_on
        move(milestone, to=MilestoneStatus.AGREED, by=by, at=at, agreed_at=at, due_on=due_on)
        milestone.goals.update(due_on=due_on)
    engagement = states.agree(engagement, by=by, at=at)
    if engagement.application is not None:
        mark_hired(engagement.application, by=by, at=at)
    _tell(engagement, "agreed", _("“%(what)s” is agreed"), {}, at=at)
    return engagement


@use_case
def send_back(engagement: Engagement, *, reason: str, by: User, at: datetime) -> Engagement:
    """Ask for other estimates: the signed agreement is voided, the reason goes to the contractor."""
    engagement = Engagement.objects.lock(engagement)
    agreement = _standing(engagement)
    agreements.void(agreement, reason=reason, by=by, at=at)
    for milestone in engagement.milestones.standing().select_for_update(of=("self",)):
        move(milestone, to=MilestoneStatus.PLANNED, by=by, at=at)
    offers.keep_open(engagement, at=at)
    record_contact(engagement, side=Side.OURS, kind=ContactKind.REVIEW, by=by, at=at)
    context = {"reason": reason}
    _tell(engagement, f"sent-back:{agreement.pk}", _("A question about your estimates for “%(what)s”"), context, at=at)
    return engagement


def _tell(engagement: Engagement, key: str, subject: str, context: dict[str, str], *, at: datetime) -> None:
    user = engagement.contractor.user
    if user is None:
        return
    with override(user.language):
        notices.notify(
            user,
            kind=NoticeKind.REVIEW,
            key=f"{key}:{engagement.pk}",
            subject=subject % {"what": engagement},
            template="offer_answered",
            context={"engagement": engagement, **context},
            path=f"/engagements/{engagement.pk}/",
            at=at,
        )
