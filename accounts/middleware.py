"""What the signed-in person means for a request: language and clock, idle time, the second factor, first run."""

import time
from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts import queries

SEEN_EVERY = 300  # seconds between two notes of “was here”: a page view should not cost a write
SECOND_FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


class PersonMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user: Any = request.user
        if user.is_authenticated and (not user.is_active or is_idle(request, user)):
            logout(request)  # the door, or 401 for a form, is then SignInRequiredMiddleware's to answer
            user = request.user
        if not user.is_authenticated:
            # Whoever is signed in came through first run or an invitation, so only others are asked.
            if queries.organisation() is None and not is_before_first_run(request.path_info):
                return redirect("accounts:first_run")
            return self.get_response(request)
        with timezone.override(user.tz), translation.override(user.language):
            if lacks_second_factor(user) and not is_on_the_way_to_one(request.path_info):
                messages.warning(request, _("Your role needs a second factor. Set one up to go on."))
                return lead_to(request, reverse("mfa_index"))
            return self.get_response(request)


def is_idle(request: HttpRequest, user: Any) -> bool:
    """Whether a member of the team left this session alone for too long; if not, notes now and then that it is used."""
    if not user.is_staff_member:
        return False
    now = int(time.time())
    seen = request.session.get("seen") or signed_in_at(request, user) or now
    if now - seen > settings.STAFF_IDLE_SECONDS:
        return True
    if now - seen > SEEN_EVERY:
        request.session["seen"] = now
    return False


def signed_in_at(request: HttpRequest, user: Any) -> int:
    """Unix seconds, from allauth's own record in the session, else the person's last sign-in anywhere."""
    records = request.session.get("account_authentication_methods") or []
    times = [record["at"] for record in records if isinstance(record, dict) and "at" in record]
    return int(max(times)) if times else int(user.last_login.timestamp()) if user.last_login else 0


def is_before_first_run(path: str) -> bool:
    """Whether this address answers for itself by then; programs are led nowhere."""
    return path.startswith("/api/") or path in (reverse("accounts:first_run"), reverse("healthz"), reverse("readyz"))


def lacks_second_factor(user: Any) -> bool:
    return user.role in settings.MFA_REQUIRED_ROLES and not is_mfa_enabled(user, SECOND_FACTORS)


def is_on_the_way_to_one(path: str) -> bool:
    allowed = ("mfa_index", "account_logout", "account_reauthenticate", "theme")
    return path.startswith(tuple(reverse(name) for name in allowed))


def lead_to(request: HttpRequest, url: str) -> HttpResponse:
    """A redirect that htmx follows with the whole page, not inside a fragment."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)
