"""Asking for the password (or passkey, or code) once more before something that a stolen session must not do."""

import time

from allauth.account import app_settings
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from accounts.middleware import signed_in_at


def is_sure(request: HttpRequest, *, also_sign_in: bool = False) -> bool:
    """Whether the person showed within ACCOUNT_REAUTHENTICATION_TIMEOUT who it is; with `also_sign_in` having just
    signed in is enough."""
    return did_recently_reauthenticate(request) or (
        also_sign_in and time.time() - signed_in_at(request, request.user) < app_settings.REAUTHENTICATION_TIMEOUT
    )


def is_sure_for_money(request: HttpRequest) -> bool:
    """Whether the person signed in, or showed again who it is, within MONEY_SURE_SECONDS."""
    recently = time.time() - signed_in_at(request, request.user) < settings.MONEY_SURE_SECONDS
    return recently or did_recently_reauthenticate(request)


def require_sure_for_money(request: HttpRequest) -> None:
    """For what lets money leave the house. Who has been here for longer is asked for the password (or passkey, or
    code) first, and then what was sent is carried out as it was sent: nothing is ticked or typed twice."""
    if not is_sure_for_money(request):
        raise ReauthenticationRequired


def url_of_asking(path: str) -> str:
    """Where it is asked, and then leads on to `path`."""
    return f"{reverse('account_reauthenticate')}?{urlencode({'next': path})}"


def ask_again(request: HttpRequest) -> HttpResponse:
    return redirect(url_of_asking(request.path))
