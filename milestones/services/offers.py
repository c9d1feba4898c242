"""An offer: sent, read by link, joined, declined, withdrawn, or ended by the clock."""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from accounts.services import invitations, notices
from accounts.states import NoticeKind, Role
from contractors.models import Contractor
from core import outbox
from core.errors import DomainError
from core.use_case import use_case
from engagements.models import Engagement, Signature
from engagements.queries.offer import court_of_offer
from engagements.services import offers as links
from engagements.services import states
from engagements.services.goals import pass_gate
from engagements.states import Court, EngagementStatus, Side
from milestones.services.commitments import promise

log = structlog.get_logger()
LASTS_DAYS = 7
DAYS_AFTER_SENDING_BACK = 3


@use_case
def send_offer(
    engagement: Engagement, *, days: int = LASTS_DAYS, override_reason: str = "", by: User, at: datetime
) -> Engagement:
    """draft → offered, with a mail that opens it; its price is promised from the budget. Raises DomainError when the
    contractor has no e-mail or the budget's uncommitted rest is too small, NotReadyError while a goal can't be checked
    or serves no objective and no reason is given to send it all the same."""
    engagement = Engagement.objects.lock(engagement)
    contractor = engagement.contractor
    if not contractor.email:
        raise DomainError(
            _("%(who)s has no e-mail address, so no offer can be sent. Add one first.") % {"who": contractor}
        )
    pass_gate(engagement, reason=override_reason, by=by, at=at)
    promise(engagement)
    expires_at = at + timedelta(days=days)
    engagement = states.offer(engagement, expires_at=expires_at, by=by, at=at)
    invitation = None
    if contractor.user_id is None:
        invitation, _token = invitations.invite(
            contractor.email,
            name=str(contractor),
            role=Role.CONTRACTOR,
            by=by,
            at=at,
            mail=False,
            expires_at=expires_at,
        )
        Contractor.objects.filter(pk=contractor.pk).update(invitation=invitation)
    token = links.make_link(engagement, invitation=invitation, expires_at=expires_at, at=at)
    with override(contractor.user.language if contractor.user else None):
        outbox.enqueue(
            key=f"offer:{engagement.pk}:{at.isoformat()}",
            kind="offer",
            to=contractor.user,
            address=contractor.email,
            subject=_("%(who)s offers you “%(what)s”") % {"who": by.name, "what": engagement},
            template="offer",
            context={
                "engagement": engagement,
                "contractor": contractor,
                "by": by,
                "expires_at": expires_at,
                "link": f"{settings.SITE_URL}/offers/{token}/",
            },
            at=at,
        )
    return engagement


@use_case
def withdraw_offer(engagement: Engagement, *, reason: str, by: User, at: datetime) -> Engagement:
    """Take an offer back; its link stops working and the contractor is told why."""
    engagement = states.withdraw(engagement, reason=reason, by=by, at=at)
    links.revoke_links(engagement, at=at)
    contractor = engagement.contractor
    outbox.enqueue(
        key=f"withdrawn:{engagement.pk}",
        kind="offer",
        to=contractor.user,
        address=contractor.email,
        subject=_("The offer “%(what)s” was taken back") % {"what": engagement},
        template="offer_withdrawn",
        context={"engagement": engagement, "contractor": contractor, "reason": reason},
        at=at,
    )
    return engagement


@use_case
def decline_offer(engagement: Engagement, *, reason: str, by: User, at: datetime) -> Engagement:
    """The contractor says no; the lead hears it with the reason, if one was given."""
    engagement = states.decline(engagement, reason=reason, by=by, at=at)
    links.revoke_links(engagement, at=at)
    with override(engagement.lead.language):
        notices.notify(
            engagement.lead,
            kind=NoticeKind.REVIEW,
            key=f"declined:{engagement.pk}",
            subject=_("%(who)s declined “%(what)s”") % {"who": engagement.contractor, "what": engagement},
            template="offer_declined",
            context={"engagement": engagement, "reason": reason},
            path=f"/engagements/{engagement.pk}/",
            at=at,
        )
    return engagement


@use_case
def join_by_link(token: str, *, name: str, password: str, zone: str, at: datetime) -> User:
    """Accept the invitation behind an offer's link: an account, tied to the contractor whom the offer is for."""
    link = links.find_link(token, at=at)
    if link is None:
        raise DomainError(_("This link has ended. Ask the person who sent the offer for a new one."))
    contractor = Contractor.objects.select_for_update().get(pk=link.engagement.contractor_id)
    if contractor.user_id is not None or link.invitation is None:
        raise DomainError(_("There is an account for this offer already. Sign in to read it."))
    user = invitations.accept(link.invitation, name=name, password=password, zone=zone, at=at)
    Contractor.objects.filter(pk=contractor.pk).update(user=user, name=name, zone=zone)
    return user


def keep_open(engagement: Engagement, *, at: datetime) -> None:
    """Whoever gets estimates back has time to answer, also when the offer was about to end."""
    ends = at + timedelta(days=DAYS_AFTER_SENDING_BACK)
    Engagement.objects.offered().filter(pk=engagement.pk, offer_expires_at__lt=ends).update(offer_expires_at=ends)


def ended_offers(at: datetime) -> QuerySet[Engagement]:
    """Offers whose last moment has passed unsigned. What the contractor signed in time waits for our signature."""
    signed = Signature.objects.filter(agreement__voided_at=None, side=Side.THEIRS)
    due = Engagement.objects.offered().filter(offer_expires_at__lte=at)
    return due.exclude(pk__in=signed.values("agreement__engagement"))


def expire_offers(*, at: datetime) -> int:
    """By the clock, each in its own transaction; returns how many."""
    ended = 0
    for engagement in ended_offers(at).order_by("pk"):
        try:
            ended += _expire(engagement, at=at)
        except DomainError:
            continue  # signed, declined or withdrawn in the same moment
        except Exception:
            log.exception("expire_failed", engagement=engagement.pk)
    return ended


@use_case
def _expire(engagement: Engagement, *, at: datetime) -> bool:
    engagement = Engagement.objects.lock(engagement)
    if engagement.status != EngagementStatus.OFFERED or court_of_offer(engagement) == Court.OURS:
        return False
    engagement = states.expire(engagement, at=at)
    links.revoke_links(engagement, at=at)
    with override(engagement.lead.language):
        notices.notify(
            engagement.lead,
            kind=NoticeKind.REVIEW,
            key=f"expired:{engagement.pk}",
            subject=_("The offer “%(what)s” ended unanswered") % {"what": engagement},
            template="offer_expired",
            context={"engagement": engagement},
            path=f"/engagements/{engagement.pk}/",
            at=at,
        )
    return True
