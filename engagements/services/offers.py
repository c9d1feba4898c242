"""Random addresses under which an offer can be read before an account exists. Only their digest is stored."""

from datetime import datetime

from accounts.models import Invitation
from accounts.services.invitations import prolong
from core import secrets
from core.use_case import use_case
from engagements.models import Engagement, OfferLink


@use_case
def make_link(engagement: Engagement, *, invitation: Invitation | None, expires_at: datetime, at: datetime) -> str:
    """The token of a new link, which can't be had again. Earlier links of the offer end."""
    revoke_links(engagement, at=at)
    token = secrets.new_token()
    OfferLink.objects.create(
        engagement=engagement,
        token_digest=secrets.token_digest(token),
        invitation=invitation,
        created_at=at,
        expires_at=expires_at,
    )
    return token


@use_case
def revoke_links(engagement: Engagement, *, at: datetime) -> int:
    """End every open link of this offer; returns how many."""
    return OfferLink.objects.filter(engagement=engagement, revoked_at=None).update(revoked_at=at)


@use_case
def keep_open(engagement: Engagement, *, until: datetime) -> None:
    """The open link, and the invitation behind it, last until then at least."""
    for link in OfferLink.objects.select_related("invitation").filter(engagement=engagement, revoked_at=None):
        OfferLink.objects.filter(pk=link.pk, expires_at__lt=until).update(expires_at=until)
        if link.invitation is not None:
            prolong(link.invitation, until=until)


def find_link(token: str, *, at: datetime) -> OfferLink | None:
    """The link that this token opens now, with its engagement; None for unknown, revoked and expired ones alike."""
    links = OfferLink.objects.select_related("engagement__contractor__user", "engagement__lead", "invitation")
    return links.filter(token_digest=secrets.token_digest(token), revoked_at=None, expires_at__gt=at).first()


def is_known(token: str) -> bool:
    """Whether there ever was such a link."""
    return OfferLink.objects.filter(token_digest=secrets.token_digest(token)).exists()


@use_case
def mark_read(link: OfferLink, *, at: datetime) -> OfferLink:
    """Remember when it was first read. No contact: a mail scanner opens links too."""
    OfferLink.objects.filter(pk=link.pk, first_read_at=None).update(first_read_at=at)
    link.refresh_from_db(fields=["first_read_at"])
    return link
