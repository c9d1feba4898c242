"""The way in: a single-use, expiring link of which only the digest is stored."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from accounts import queries
from accounts.models import Invitation, User
from accounts.services.people import add_person
from accounts.states import Role
from core import history, outbox, secrets
from core.errors import DomainError
from core.use_case import use_case

LASTS = timedelta(days=14)


@use_case
def invite(
    email: str,
    *,
    name: str,
    role: str,
    by: User,
    at: datetime,
    mail: bool = True,
    expires_at: datetime | None = None,
) -> tuple[Invitation, str]:
    """An invitation and its token, which is not stored and can't be had again. With `mail` it goes out by e-mail.
    It lasts two weeks, or until `expires_at`.

    Inviting somebody of the team again ends the earlier link. A contractor's comes with an offer, and an older offer
    may still be open, so it stays. Raises DomainError when the address has an account.
    """
    email = email.lower()
    if User.objects.filter(email=email).exists():
        raise DomainError(_("%(email)s has an account here already. Ask them to sign in.") % {"email": email})
    if role != Role.CONTRACTOR:
        Invitation.objects.open(at).filter(email=email).exclude(role=Role.CONTRACTOR).update(revoked_at=at)
    token = secrets.new_token()
    invitation = Invitation.objects.create(
        email=email,
        name=name,
        role=role,
        token_digest=secrets.token_digest(token),
        invited_by=by,
        created_at=at,
        expires_at=expires_at or at + LASTS,
    )
    history.record(invitation, verb="invited", became=role, by=by, at=at)
    if mail:
        organisation = queries.organisation()
        facts = {"who": by.name, "organisation": organisation.name if organisation else "Duckrow"}
        outbox.enqueue(
            key=f"invitation:{invitation.pk}",
            kind="invitation",
            to=None,
            address=email,
            subject=_("%(who)s invites you to %(organisation)s on Duckrow") % facts,
            template="invitation",
            context={"invitation": invitation, "link": f"{settings.SITE_URL}/invitations/{token}/", **facts},
            at=at,
        )
    return invitation, token


def _open(invitation: Invitation, at: datetime) -> Invitation:
    """The invitation, locked, if it still opens; else the sentence that says what to do."""
    invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if invitation.accepted_at:
        raise DomainError(_("This invitation was used already. Sign in with %(email)s.") % {"email": invitation.email})
    if invitation.revoked_at or invitation.expires_at <= at:
        raise DomainError(_("This invitation has ended. Ask the person who sent it for a new one."))
    return invitation


@use_case
def accept(invitation: Invitation, *, name: str, password: str | None, zone: str, at: datetime) -> User:
    """The new person, with the invitation's role and address. Two tabs: the second is told to sign in."""
    invitation = _open(invitation, at)
    user = add_person(invitation.email, name=name, role=invitation.role, password=password, zone=zone, at=at)
    Invitation.objects.filter(pk=invitation.pk).update(accepted_at=at, accepted_by=user)
    history.record(invitation, verb="accepted", by=user, at=at)
    return user


@use_case
def revoke(invitation: Invitation, *, by: User, at: datetime) -> Invitation:
    """The link opens nothing any more."""
    invitation = _open(invitation, at)
    Invitation.objects.filter(pk=invitation.pk).update(revoked_at=at)
    history.record(invitation, verb="revoked", by=by, at=at)
    invitation.refresh_from_db()
    return invitation


@use_case
def prolong(invitation: Invitation, *, until: datetime) -> None:
    """An invitation that is still open lasts until then at least."""
    Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None, expires_at__lt=until).update(
        expires_at=until
    )
