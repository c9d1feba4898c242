"""The path of an engagement, a use case a move. The use cases of the milestones room call these."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import DomainError
from core.transitions import move
from core.use_case import use_case
from engagements.models import Engagement
from engagements.queries.offer import current_agreement
from engagements.services.agreements import verify
from engagements.states import EngagementStatus, Side


@use_case
def offer(engagement: Engagement, *, expires_at: datetime, by: User, at: datetime) -> Engagement:
    engagement = Engagement.objects.lock(engagement)
    if expires_at <= at:
        raise DomainError(_("The offer would end before it is read. Choose a later day."))
    return move(engagement, to=EngagementStatus.OFFERED, by=by, at=at, offered_at=at, offer_expires_at=expires_at)


@use_case
def agree(engagement: Engagement, *, by: User, at: datetime) -> Engagement:
    """Raises DomainError unless both sides have signed the agreement that stands."""
    engagement = Engagement.objects.lock(engagement)
    agreement = current_agreement(engagement)
    if agreement is None or agreement.signatures.count() < len(Side.values) or not verify(agreement):
        raise DomainError(_("“%(what)s” is agreed once both sides have signed.") % {"what": engagement})
    return move(engagement, to=EngagementStatus.AGREED, by=by, at=at, agreed_at=at)


@use_case
def activate(engagement: Engagement, *, by: User, at: datetime) -> Engagement:
    return move(Engagement.objects.lock(engagement), to=EngagementStatus.ACTIVE, by=by, at=at)


@use_case
def decline(engagement: Engagement, *, reason: str = "", by: User, at: datetime) -> Engagement:
    return move(
        Engagement.objects.lock(engagement), to=EngagementStatus.DECLINED, by=by, at=at, note=reason, ended_at=at
    )


@use_case
def withdraw(engagement: Engagement, *, reason: str = "", by: User, at: datetime) -> Engagement:
    return move(
        Engagement.objects.lock(engagement), to=EngagementStatus.WITHDRAWN, by=by, at=at, note=reason, ended_at=at
    )


@use_case
def expire(engagement: Engagement, *, at: datetime) -> Engagement:
    """By the clock, once the offer's last moment has passed."""
    engagement = Engagement.objects.lock(engagement)
    if engagement.offer_expires_at is None or engagement.offer_expires_at > at:
        raise DomainError(_("The offer “%(what)s” still stands.") % {"what": engagement})
    return move(engagement, to=EngagementStatus.EXPIRED, by=None, at=at, ended_at=at)
