"""Asking for the password (or passkey, or code) once more before something that a stolen session must not do."""

import time

from allauth.account import app_settings
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode


def is_sure(request: HttpRequest, *, also_sign_in: bool = False) -> bool:
    """Whether the person showed within ACCOUNT_REAUTHENTICATION_TIMEOUT who it is; with `also_sign_in` having just
    signed in is enough."""
    if did_recently_reauthenticate(request):
        return True
    records = get_authentication_records(request, request.user) if also_sign_in else []  # type: ignore[arg-type]
    latest: float = max((record.get("at", 0) for record in records), default=0)
    return time.time() - latest < app_settings.REAUTHENTICATION_TIMEOUT


def url_of_asking(path: str) -> str:
    """Where it is asked, and then leads on to `path`."""
    return f"{reverse('account_reauthenticate')}?{urlencode({'next': path})}"


def ask_again(request: HttpRequest) -> HttpResponse:
    return redirect(url_of_asking(request.path))
