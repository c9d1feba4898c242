"""Keys with which programs act for a person. The text of one is shown once; only its digest is stored."""

import re
import secrets as randomness
import string
from datetime import datetime, timedelta
from hmac import compare_digest
from zlib import crc32

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import ApiToken, User
from accounts.states import TokenScope
from core import history, secrets
from core.errors import DomainError, NotAllowed
from core.use_case import use_case

LETTERS = string.ascii_letters + string.digits
LOOKUP, SECRET = 8, 32  # letters; 32 of 62 are 190 bits
MOST = 20  # live tokens a person
NOTED_EVERY = timedelta(minutes=5)  # between two notes of “was used”: a request should not cost a write
SHAPE = re.compile(rf"duck[rw]_[A-Za-z0-9]{{{LOOKUP + SECRET}}}[0-9a-f]{{8}}")
MARK = {TokenScope.READ: "duckr_", TokenScope.WRITE: "duckw_"}


def _random(length: int) -> str:
    return "".join(randomness.choice(LETTERS) for _turn in range(length))


def _checksum(text: str) -> str:
    """Tells a mistyped token from a revoked one without asking the database."""
    return f"{crc32(text.encode()):08x}"


@use_case
def make_token(name: str, *, scope: str, days: int, by: User, at: datetime) -> tuple[ApiToken, str]:
    """A token and its text, which is not stored and can't be had again. Raises DomainError beyond 20 live ones."""
    person = User.objects.select_for_update().get(pk=by.pk)
    if ApiToken.objects.of(person).live(at).count() >= MOST:
        raise DomainError(_("You have %(n)d tokens that work. Revoke one that nothing uses any more.") % {"n": MOST})
    prefix = MARK[TokenScope(scope)] + _random(LOOKUP)
    text = prefix + _random(SECRET)
    text += _checksum(text)
    token = ApiToken.objects.create(
        user=person,
        name=name,
        prefix=prefix,
        digest=secrets.token_digest(text),
        scope=scope,
        created_at=at,
        expires_at=at + timedelta(days=days),
    )
    history.record(token, verb="created", by=by, at=at)
    return token, text


@use_case
def revoke_token(token: ApiToken, *, by: User, at: datetime) -> ApiToken:
    """The next request with it is turned away."""
    token = ApiToken.objects.select_for_update(of=("self",)).get(pk=token.pk)
    if token.user_id != by.pk:
        raise NotAllowed(_("Only its person revokes a token."))
    if token.revoked_at is None:
        token.revoked_at = at
        token.save(update_fields=["revoked_at"])
        history.record(token, verb="revoked", by=by, at=at)
    return token


def find_token(text: str, *, at: datetime) -> ApiToken | None:
    """The token that this text opens now, with its person; None for unknown, revoked and expired ones alike, and when
    the person has left."""
    if not SHAPE.fullmatch(text) or _checksum(text[:-8]) != text[-8:]:
        return None
    prefix = text[: len("duckr_") + LOOKUP]
    token = ApiToken.objects.live(at).select_related("user").filter(prefix=prefix, user__is_active=True).first()
    if token is None or not compare_digest(token.digest, secrets.token_digest(text)):
        return None
    return token


@use_case
def note_use(token: ApiToken, *, at: datetime) -> None:
    """Remember now and then that it is used. No statement where the token, as it was read, says so already."""
    if token.last_used_at is not None and token.last_used_at > at - NOTED_EVERY:
        return
    due = Q(last_used_at=None) | Q(last_used_at__lte=at - NOTED_EVERY)
    ApiToken.objects.filter(due, pk=token.pk).update(last_used_at=at)
