"""The door to the pages of vetting."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from contractors.permissions import can_see_vetting

View = Callable[..., HttpResponse]


def vetting_page(view: View) -> View:
    """404 for contractors and finance: for them there is nothing here, not even their own record."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not can_see_vetting(request.user):  # type: ignore[arg-type]
            raise Http404
        return view(request, *args, **kwargs)

    return guarded
