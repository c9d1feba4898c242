"""The public page of an opening: no sign-in, and nothing on it tells a stranger who else applied."""

from allauth.account.adapter import get_adapter
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from contractors.forms.applications import ApplyForm
from contractors.models import Opening
from contractors.services import applications
from core.errors import DomainError
from core.rates import is_one_too_many

APPLICATIONS_AN_HOUR = 20  # from one address of the network


def _closed(request: HttpRequest, opening: Opening) -> HttpResponse:
    """410 for an opening that was closed; one that was never public looks as if it were not there."""
    if opening.published_at is None:
        raise Http404
    return render(request, "contractors/apply_closed.html", {"opening": opening}, status=410)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
def apply(request: HttpRequest, token: str) -> HttpResponse:
    opening = get_object_or_404(Opening, token=token)
    if not opening.is_public:
        return _closed(request, opening)
    if request.method != "POST":
        return _page(request, opening, ApplyForm(opening=opening), 200)
    form = ApplyForm(request.POST, opening=opening)
    caller = f"apply:{get_adapter(request).get_client_ip(request)}"
    if is_one_too_many(caller, most=APPLICATIONS_AN_HOUR, seconds=3600, at=timezone.now()):
        form.full_clean()
        form.add_error(None, _("Too many applications came from your network. Wait an hour, then send this again."))
        return _page(request, opening, form, 429)
    if form.is_from_a_program():
        return redirect("contractors:applied", token)
    if not form.is_valid():
        return _page(request, opening, form, 422)
    given = form.cleaned_data
    try:
        applications.apply(
            opening,
            name=given["name"],
            email=given["email"],
            price=given["price"],
            per=given["per"],
            answers=form.answers(),
            at=timezone.now(),
        )
    except DomainError as error:
        form.add_error(None, error.sentence)
        return _page(request, opening, form, 409)
    return redirect("contractors:applied", token)


def _page(request: HttpRequest, opening: Opening, form: ApplyForm, status: int) -> HttpResponse:
    return render(request, "contractors/apply.html", {"opening": opening, "form": form}, status=status)


@never_cache
@require_safe
@login_not_required
def applied(request: HttpRequest, token: str) -> HttpResponse:
    """The same words for everybody, whether it was a first application or not."""
    opening = get_object_or_404(Opening, token=token, published_at__isnull=False)
    return render(request, "contractors/applied.html", {"opening": opening})
