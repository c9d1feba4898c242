"""Pages before sign-in: first run and the invitation's link."""

from typing import Any

from allauth.account.utils import perform_login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import queries
from accounts.forms import FirstRunForm, JoinForm
from accounts.models import Invitation, Organisation
from accounts.services import invitations, people
from accounts.states import Role


@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def first_run(request: HttpRequest) -> HttpResponse:
    """The organisation and its first admin; afterwards this page leads home."""
    if request.method != "POST":
        if queries.organisation() is not None:
            return redirect("home")
        return render(request, "accounts/first_run.html", {"form": FirstRunForm(initial={"zone": "UTC"})})
    form = FirstRunForm(request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "accounts/first_run.html", {"form": form}, status=422)
    facts = dict(form.cleaned_data)
    logo, logo_type = facts.pop("logo")
    user = people.start_organisation(**facts, logo=logo, logo_type=logo_type, at=timezone.now())
    return perform_login(request, user, redirect_url="/")


@login_not_required
@require_safe
@cache_control(public=True, max_age=300)
def logo(request: HttpRequest) -> HttpResponse:
    """The organisation's picture, as it was checked when it came in."""
    organisation = Organisation.objects.first()
    if organisation is None or not organisation.logo:
        raise Http404
    return HttpResponse(bytes(organisation.logo), content_type=organisation.logo_type)


@login_not_required
def absent(request: HttpRequest, **parts: str) -> HttpResponse:
    """A page of allauth's that this house does not have."""
    raise Http404


def why_closed(request: HttpRequest, invitation: Invitation | None) -> str:
    """What to tell somebody whose link opens nothing; '' when it opens."""
    if request.user.is_authenticated:
        return _("You are signed in as %(name)s. To join as somebody else, sign out first.") % {"name": request.user}
    if invitation is None:
        return _("Check that the whole link was copied, or ask the person who sent it for a new one.")
    if invitation.accepted_at:
        return _("It was used already. Sign in with your e-mail and password.")
    if invitation.role == Role.CONTRACTOR:
        return _("Open the link of your offer: it lets you read the offer first, and join from there.")
    if invitation.revoked_at or invitation.expires_at <= timezone.now():
        return _("It has ended. Ask the person who sent it for a new one.")
    return ""


@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Name, password and zone make an account; the link works once."""
    invitation = queries.invitation_by_token(token)
    sentence = why_closed(request, invitation)
    if invitation is None or sentence:
        status = 404 if invitation is None else 410
        return render(request, "accounts/join_closed.html", {"sentence": sentence}, status=status)
    if request.method == "POST":
        form = JoinForm(request.POST, email=invitation.email)
    else:
        organisation = queries.organisation()
        initial = {"name": invitation.name, "zone": organisation.zone if organisation else "UTC"}
        form = JoinForm(initial=initial, email=invitation.email)
    if not form.is_valid():
        context: dict[str, Any] = {"form": form, "invitation": invitation}
        return render(request, "accounts/join.html", context, status=422 if form.is_bound else 200)
    user = invitations.accept(invitation, **form.cleaned_data, at=timezone.now())
    return perform_login(request, user, redirect_url="/")
