"""The offer as the outside person meets it: by a link, before an account exists."""

from typing import Any

from allauth.account.utils import perform_login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.forms.people import JoinForm
from accounts.models import User
from accounts.queries import organisation
from core.errors import DomainError
from engagements.models import OfferLink
from engagements.queries.clauses import filled
from engagements.services import offers as links
from engagements.states import EngagementStatus
from milestones.services.offers import join_by_link


def _private(response: HttpResponse) -> HttpResponse:
    """The address is a key: it stays out of search engines, and goes as a referrer to nobody but ourselves. (With none
    at all a browser also hides the origin, and the form below it would be refused as forged.)"""
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex"
    return response


def _closed(request: HttpRequest) -> HttpResponse:
    return _private(render(request, "milestones/offer_closed.html", status=410))


def _page(request: HttpRequest, link: OfferLink, token: str, form: JoinForm | None, status: int = 200) -> HttpResponse:
    engagement = link.engagement
    milestones = engagement.milestones.prefetch_related("goals").order_by("position")
    viewer = request.user
    may_join = not viewer.is_authenticated and engagement.contractor.user_id is None and link.invitation is not None
    if may_join and form is None:
        known = {"name": engagement.contractor.name, "zone": engagement.contractor.zone or "UTC"}
        form = JoinForm(email=engagement.contractor.email, initial=known)
    context: dict[str, Any] = {
        "engagement": engagement,
        "milestones": milestones,
        "clauses": filled(engagement.version.clauses, engagement, organisation()),
        "token": token,
        "form": form if may_join else None,
        "is_for_viewer": viewer.is_authenticated and viewer.pk == engagement.contractor.user_id,
        "is_somebody_else": viewer.is_authenticated and viewer.pk != engagement.contractor.user_id,
    }
    return _private(render(request, "milestones/offer.html", context, status=status))


def _link(token: str) -> OfferLink | None:
    """The link while its offer stands, None afterwards; an unknown one is not there."""
    if not links.is_known(token):
        raise Http404
    link = links.find_link(token, at=timezone.now())
    return link if link is not None and link.engagement.status == EngagementStatus.OFFERED else None


@never_cache
@require_safe
@login_not_required
def offer(request: HttpRequest, token: str) -> HttpResponse:
    """All of the offer, for whoever holds the link."""
    link = _link(token)
    if link is None:
        return _closed(request)
    links.mark_read(link, at=timezone.now())
    return _page(request, link, token, None)


@never_cache
@require_POST
@login_not_required
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Accept the invitation: an account, signed in, at the page where one estimates and signs."""
    link = _link(token)
    if link is None:
        return _closed(request)
    if request.user.is_authenticated:
        return _page(request, link, token, None, status=409)
    form = JoinForm(request.POST, email=link.engagement.contractor.email)
    if not form.is_valid():
        return _page(request, link, token, form, status=422)
    data = form.cleaned_data
    try:
        user: User = join_by_link(token, **data, at=timezone.now())
    except DomainError as error:
        form.add_error(None, error.sentence)
        return _page(request, link, token, form, status=409)
    return perform_login(request, user, redirect_url=reverse("milestones:estimate_and_sign", args=[link.engagement_id]))
