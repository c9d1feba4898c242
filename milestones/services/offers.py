"""An offer: sent, read by link, joined, declined, withdrawn, or ended by the clock."""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Invitation, User
from accounts.services import invitations, notices
from accounts.states import NoticeKind, Role
from contractors.models import Contractor
from core import history, outbox
from core.errors import DomainError
from core.use_case import use_case
from engagements.models import Engagement, OfferLink, OfferQuestion, Signature
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
    _mail_link(engagement, invitation, expires_at=expires_at, by=by, at=at)
    return engagement


def _mail_link(
    engagement: Engagement, invitation: Invitation | None, *, expires_at: datetime, by: User, at: datetime
) -> None:
    """A new link, which ends the earlier ones, in a mail that can't be turned down."""
    contractor = engagement.contractor
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


def _must_stand(engagement: Engagement, at: datetime) -> None:
    ends = engagement.offer_expires_at
    if engagement.status != EngagementStatus.OFFERED or ends is None or ends <= at:
        raise DomainError(_("The offer “%(what)s” does not stand any more, so it has no link.") % {"what": engagement})


@use_case
def renew_link(engagement: Engagement, *, by: User, at: datetime) -> Engagement:
    """The old link ends, a new one goes out by mail: it was lost, or read by somebody else."""
    engagement = Engagement.objects.lock(engagement)
    _must_stand(engagement, at)
    found = OfferLink.objects.select_related("invitation").filter(engagement=engagement).order_by("-pk").first()
    has_account = engagement.contractor.user_id is not None
    invitation = None if has_account or found is None else found.invitation
    ends = engagement.offer_expires_at
    assert ends is not None  # _must_stand
    if invitation is not None:
        invitations.prolong(invitation, until=ends)
    _mail_link(engagement, invitation, expires_at=ends, by=by, at=at)
    history.record(engagement, verb="renewed_link", by=by, at=at)
    return engagement


@use_case
def revoke_link(engagement: Engagement, *, by: User, at: datetime) -> Engagement:
    """The link opens nothing any more; the offer itself stands. Raises DomainError when none is open."""
    engagement = Engagement.objects.lock(engagement)
    _must_stand(engagement, at)
    if not links.revoke_links(engagement, at=at):
        raise DomainError(_("There is no open link. Send a new one if it is needed."))
    history.record(engagement, verb="revoked_link", by=by, at=at)
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
    """Whoever gets estimates or an answer back has time to act on it, also when the offer was about to end."""
    ends = at + timedelta(days=DAYS_AFTER_SENDING_BACK)
    Engagement.objects.offered().filter(pk=engagement.pk, offer_expires_at__lt=ends).update(offer_expires_at=ends)
    links.keep_open(engagement, until=ends)


def ended_offers(at: datetime) -> QuerySet[Engagement]:
    """Offers whose last moment has passed unsigned. What the contractor signed or asked in time waits for us."""
    signed = Signature.objects.filter(agreement__voided_at=None, side=Side.THEIRS)
    asked = OfferQuestion.objects.unanswered()
    due = Engagement.objects.offered().filter(offer_expires_at__lte=at)
    return due.exclude(pk__in=signed.values("agreement__engagement")).exclude(pk__in=asked.values("engagement"))


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
