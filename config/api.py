"""The interface for programs: its operations, how they refuse, and its OpenAPI document (see docs/api.md)."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import RawPostDataException
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from accounts.api import Rate, Token
from core.api import refuse
from core.errors import DomainError
from engagements.api import router
from engagements.files.reading import FileError
from engagements.services.goals import NotReadyError

VERSION = "1"
token = Token()


def for_staff_or_token(view: Callable[..., Any]) -> Callable[..., Any]:
    """The OpenAPI document is for whoever is signed in as one of us, or has a token."""

    @login_not_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.method not in ("GET", "HEAD"):
            return _not_allowed("GET")
        user: Any = request.user
        if user.is_authenticated:
            allowed = user.is_staff_member
            return view(request, *args, **kwargs) if allowed else refuse(403, _("This is for people of the team."))
        try:
            token(request)
        except HttpError as error:
            return refuse(error.status_code, error.message)
        return view(request, *args, **kwargs)

    return guarded


def _not_allowed(allowed: str) -> HttpResponse:
    answer = refuse(405, _("This address takes %(methods)s.") % {"methods": allowed})
    answer["Allow"] = allowed
    return answer


api = NinjaAPI(
    title="Duckrow",
    version=VERSION,
    description="Contract templates and engagements. Send `Authorization: Bearer …`; see docs/api.md.",
    urls_namespace="api",
    docs_url=None,
    docs_decorator=for_staff_or_token,
    auth=token,
    throttle=Rate(),
)
api.add_router("", router)


@api.exception_handler(HttpError)
def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    sentence = _("Too many requests with this token. Wait a minute.") if error.status_code == 429 else error.message
    return refuse(error.status_code, sentence)


@api.exception_handler(ValidationError)
def _shape(request: HttpRequest, error: ValidationError) -> HttpResponse:
    told = [f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in error.errors]
    return refuse(422, _("Something in the address needs another look."), lines=told)


@api.exception_handler(FileError)
def _file(request: HttpRequest, error: FileError) -> HttpResponse:
    return refuse(422, _("The file needs another look. Nothing was stored."), lines=error.sentences)


@api.exception_handler(DomainError)
def _rule(request: HttpRequest, error: DomainError) -> HttpResponse:
    return refuse(409, error.sentence, lacks=error.lacks if isinstance(error, NotReadyError) else ())


@api.exception_handler(PermissionDenied)
def _denied(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    return refuse(403, str(error) or _("This is not yours to do."))


@api.exception_handler(RequestDataTooBig)
def _too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return refuse(413, _("The body is larger than 5 MB. A contract’s file is not."))


@api.exception_handler(RawPostDataException)
def _read_before(request: HttpRequest, error: RawPostDataException) -> HttpResponse:
    return refuse(415, _("Send the file as application/yaml or application/json."))


@api.exception_handler(Http404)
def _absent(request: HttpRequest, error: Http404) -> HttpResponse:
    return refuse(404, _("There is no such thing, or it is not yours to see."))


@api.exception_handler(OverflowError)
def _no_such_number(request: HttpRequest, error: OverflowError) -> HttpResponse:
    return refuse(404, _("There is no such thing, or it is not yours to see."))


@login_not_required
def root(request: HttpRequest) -> HttpResponse:
    if request.method not in ("GET", "HEAD"):
        return _not_allowed("GET")
    return HttpResponse(json.dumps({"openapi": f"{request.path}openapi.json"}), content_type="application/json")


@csrf_exempt
@login_not_required
def nowhere(request: HttpRequest, rest: str) -> HttpResponse:
    return refuse(404, _("There is no such address. openapi.json lists those that there are."))


def _urls() -> list[Any]:
    """The library's addresses, closed by tokens and not by the sign-in; but for its root, which only raises 404."""
    found: list[Any] = [one for one in api.urls[0] if getattr(one, "name", "") != "api-root"]
    for one in found:
        one.callback.login_required = False
    return [*found, path("", root, name="api-root"), path("<path:rest>", nowhere, name="nowhere")]


urls = (_urls(), "api")
