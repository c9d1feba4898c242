"""Who a program is: a bearer token, checked and counted at every request. No session opens the interface."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from ninja.errors import AuthenticationError, HttpError
from ninja.security import HttpBearer
from ninja.throttling import BaseThrottle

from accounts.models import ApiToken
from accounts.services import tokens
from accounts.states import TokenScope
from core.errors import NotAllowed
from core.rates import count

MINUTE = timedelta(minutes=1)
FAILURES_A_MINUTE = 30  # from one address of the network


def _count(key: str) -> int:
    """How often this was counted in this minute of the clock."""
    now = timezone.now()
    return count(f"api:{key}", until=now.replace(second=0, microsecond=0) + MINUTE, at=now)


class Token(HttpBearer):
    """Leaves the person as `request.user` and the token as `request.auth`."""

    def __call__(self, request: HttpRequest) -> ApiToken:
        found = super().__call__(request)
        if found is None:
            raise AuthenticationError(message=_("Send a token that works: Authorization: Bearer …"))
        return found

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        now = timezone.now()
        found = tokens.find_token(token, at=now)
        if found is None:
            if _count(f"failed:{get_adapter(request).get_client_ip(request)}") > FAILURES_A_MINUTE:
                raise HttpError(429, _("Too many tokens that open nothing. Wait a minute."))
            return None
        tokens.note_use(found, at=now)
        request.user = found.user
        return found


class Rate(BaseThrottle):
    """So many requests a minute and token."""

    def allow_request(self, request: Any) -> bool:
        return _count(f"token:{request.auth.pk}") <= settings.API_REQUESTS_A_MINUTE

    def wait(self) -> float:
        now = timezone.now()
        return 60 - now.second - now.microsecond / 1_000_000


def require_scope(request: HttpRequest, scope: TokenScope) -> None:
    """Raises NotAllowed unless the request's token has it; whoever may write may read."""
    if scope == TokenScope.WRITE and request.auth.scope != TokenScope.WRITE:  # type: ignore[attr-defined]
        raise NotAllowed(_("This token only reads. Make one that also writes, in your settings."))


def in_their_words(operation: Callable[..., Any]) -> Callable[..., Any]:
    """Run an operation on its person's clock and in the person's language, as pages do."""

    @wraps(operation)
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        user: Any = request.user
        with timezone.override(user.tz), translation.override(user.language):
            return operation(request, *args, **kwargs)

    return run
