"""What happens to every request, whatever page it asks for."""

import re
import secrets
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.text import clean_text

GetResponse = Callable[[HttpRequest], HttpResponseBase]
REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
log = structlog.get_logger()


class RequestIdMiddleware:
    """Gives each request an id (or takes the proxy's), for log lines and for the error page that a person quotes."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-Id", "")
        request.id = given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)  # type: ignore[attr-defined]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request.id)  # type: ignore[attr-defined]
        response = self.get_response(request)
        response["X-Request-Id"] = request.id  # type: ignore[attr-defined]
        return response


class CleanInputMiddleware:
    """Takes NUL, other control characters and direction overrides out of everything typed, and answers bodies that
    can't be read with 400 or 413 before any view sees them."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            request.path.encode("utf-8")
            if "\x00" in request.path:
                return unreadable(request, 400)
            request.GET = cleaned(request.GET)  # type: ignore[assignment]
            if int(request.META.get("CONTENT_LENGTH") or 0) > settings.REQUEST_MAX_BYTES:
                return render(request, "413.html", status=413)
            if request.method == "POST":
                request.POST = cleaned(request.POST)  # type: ignore[assignment]
        except RequestDataTooBig:
            return unreadable(request, 413)
        except (TooManyFieldsSent, SuspiciousOperation, UnicodeError, ValueError):
            return unreadable(request, 400)
        return self.get_response(request)


def unreadable(request: HttpRequest, status: int) -> HttpResponse:
    """A page for people, a sentence for programs."""
    if request.path.startswith("/api/"):
        from core.api import refuse  # brings libraries that no page needs

        sentences = {400: _("The request can’t be read."), 413: _("The body is too large.")}
        return refuse(status, sentences[status])
    return render(request, f"{status}.html", status=status)


def cleaned(data: QueryDict) -> QueryDict:
    if all(v.isascii() and v.isprintable() for key in data for v in (key, *data.getlist(key))):
        return data
    fresh = QueryDict(mutable=True)
    for key in data:
        fresh.setlist(clean_text(key), [clean_text(value) for value in data.getlist(key)])
    fresh._mutable = False
    return fresh


class SignInRequiredMiddleware:
    """Closed unless a view says `@login_not_required`. A page asks the person to sign in; a form or fragment answers
    401, so that what was typed stays in the browser while its dialog offers the sign-in."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponseBase | None:
        if request.user.is_authenticated or not getattr(view, "login_required", True):
            return None
        if (view.__module__ or "").startswith("allauth."):
            return None  # allauth guards its own pages, and its doors must stay open
        if request.method not in {"GET", "HEAD"} or request.headers.get("HX-Request"):
            response = render(request, "core/signed_out.html", status=401)
            response["HX-Reswap"] = "none"
            return response
        here = request.get_full_path()
        query = urlencode({"next": here}) if here != "/" and url_has_allowed_host_and_scheme(here, None) else ""
        return redirect(f"{reverse(settings.LOGIN_URL)}?{query}" if query else reverse(settings.LOGIN_URL))


class DomainErrorMiddleware:
    """Turns a refused rule into 409 with its sentence; and keeps signed-in pages out of shared caches."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_store=True)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, DomainError):
            log.info("refused", sentence=error.sentence)
            if request.headers.get("HX-Request"):
                return render(request, "core/_refused.html", {"sentence": error.sentence}, status=409)
            back = request.headers.get("Referer", "")
            is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
            return render(
                request, "409.html", {"sentence": error.sentence, "back": back if is_ours else ""}, status=409
            )
        if isinstance(error, OverflowError):
            return render(request, "404.html", status=404)  # an id that no database column holds
        return None


__all__ = ["CleanInputMiddleware", "DomainErrorMiddleware", "RequestIdMiddleware", "SignInRequiredMiddleware"]
