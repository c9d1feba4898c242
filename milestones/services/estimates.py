"""The contractor's own working time and date for each milestone, signed in one act with the offer."""

from collections.abc import Mapping
from datetime import date, datetime

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from accounts.services import notices
from accounts.states import NoticeKind
from core.errors import DomainError, NotAllowed
from core.transitions import move
from core.use_case import use_case
from engagements.models import Agreement, Engagement
from engagements.permissions import is_its_contractor
from engagements.queries.offer import current_agreement
from engagements.services import agreements, policies
from engagements.services.contacts import record_contact
from engagements.states import ContactKind, EngagementStatus, Side
from milestones.models import Estimate, Milestone
from milestones.services.document import document_of, html_of
from milestones.states import MilestoneStatus

MOST_MINUTES = 60 * 24 * 366


@use_case
def estimate_and_sign(
    engagement: Engagement,
    *,
    estimates: Mapping[int, tuple[int, date]],
    typed_name: str,
    ip: str | None,
    policy_sha256: str = "",
    by: User,
    at: datetime,
) -> Agreement:
    """`estimates`: milestone id → (minutes of work, date); `policy_sha256`: hash of the policy and clauses that were
    accepted, where there are any. Freezes the agreement with the estimates and signs it for the contractor's side; an
    agreement that only this side had signed before is voided. Raises DomainError when the offer has ended, the policy
    is not accepted, an estimate is missing or impossible; NotAllowed for anybody but the contractor."""
    engagement = Engagement.objects.lock(engagement)
    if not is_its_contractor(by, engagement):
        raise NotAllowed(_("Only the contractor writes the estimates."))
    if engagement.status != EngagementStatus.OFFERED:
        raise DomainError(_("This offer is %(state)s.") % {"state": engagement.get_status_display().lower()})
    if engagement.offer_expires_at is not None and engagement.offer_expires_at <= at:
        raise DomainError(_("This offer has ended. Ask %(who)s for a new one.") % {"who": engagement.lead.name})
    policies.accept_policy(engagement, sha256=policy_sha256, ip=ip, by=by, at=at)
    standing = current_agreement(engagement)
    if standing is not None:
        agreements.void(standing, reason=_("New estimates"), by=by, at=at)
    milestones = list(engagement.milestones.standing().select_for_update(of=("self",)))
    for milestone in milestones:
        _estimate(milestone, estimates.get(milestone.pk), engagement, by=by, at=at)
    record_contact(engagement, side=Side.THEIRS, kind=ContactKind.ESTIMATE, by=by, at=at)
    document = document_of(engagement)
    agreement = agreements.freeze(engagement, document=document, html=html_of(engagement, document), by=by, at=at)
    agreements.sign(agreement, side=Side.THEIRS, typed_name=typed_name, ip=ip, by=by, at=at)
    with override(engagement.lead.language):
        notices.notify(
            engagement.lead,
            kind=NoticeKind.REVIEW,
            key=f"signed:{agreement.pk}",
            subject=_("%(who)s estimated and signed “%(what)s”") % {"who": engagement.contractor, "what": engagement},
            template="offer_signed",
            context={"engagement": engagement},
            path=f"/engagements/{engagement.pk}/agree",
            at=at,
        )
    return agreement


def _estimate(
    milestone: Milestone, given: tuple[int, date] | None, engagement: Engagement, *, by: User, at: datetime
) -> None:
    if given is None:
        raise DomainError(_("Give an estimate for “%(what)s”.") % {"what": milestone})
    minutes, due_on = given
    if not 1 <= minutes <= MOST_MINUTES:
        raise DomainError(_("Give the hours of work for “%(what)s”.") % {"what": milestone})
    if due_on < engagement.starts_on:
        raise DomainError(_("“%(what)s” can’t be done before the start.") % {"what": milestone})
    if due_on.year >= 2100:
        raise DomainError(_("Choose a day before 2100 for “%(what)s”.") % {"what": milestone})
    last = Estimate.objects.filter(milestone=milestone).aggregate(last=Max("number"))["last"] or 0
    Estimate.objects.create(milestone=milestone, number=last + 1, work_minutes=minutes, due_on=due_on, by=by, at=at)
    move(milestone, to=MilestoneStatus.ESTIMATED, by=by, at=at)
