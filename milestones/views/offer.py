"""The offer as the outside person meets it: by a link, before an account exists."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.utils import perform_login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.forms.people import JoinForm
from accounts.models import User
from core import secrets
from core.errors import DomainError
from core.rates import is_one_too_many
from engagements.models import OfferLink
from engagements.services import offers as links
from engagements.states import EngagementStatus
from milestones.forms.signing import QuestionForm
from milestones.queries.offer import offer_paper
from milestones.services.offers import join_by_link
from milestones.services.questions import ask_question
from milestones.views.questions import asked, refused

HOUR = 3600
READS_AN_HOUR, JOINS_AN_HOUR, QUESTIONS_AN_HOUR = 240, 30, 20
TOO_MANY = gettext_lazy("Too many tries came from your network or with this link. Wait an hour, then try again.")


def _private(response: HttpResponse) -> HttpResponse:
    """The address is a key: it stays out of search engines, and goes as a referrer to nobody but ourselves. (With none
    at all a browser also hides the origin, and the form below it would be refused as forged.)"""
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex"
    return response


def _closed(request: HttpRequest) -> HttpResponse:
    return _private(render(request, "milestones/offer_closed.html", status=410))


def _page(
    request: HttpRequest, link: OfferLink, token: str, form: JoinForm | None, status: int = 200, **more: Any
) -> HttpResponse:
    engagement = link.engagement
    viewer = request.user
    may_join = not viewer.is_authenticated and engagement.contractor.user_id is None and link.invitation is not None
    if may_join and form is None:
        known = {"name": engagement.contractor.name, "zone": engagement.contractor.zone or "UTC"}
        form = JoinForm(email=engagement.contractor.email, initial=known)
    context: dict[str, Any] = {
        "engagement": engagement,
        "paper": offer_paper(engagement),
        "ask_url": reverse("milestones:offer_ask", args=[token]) if engagement.contractor.user_id is None else "",
        "token": token,
        "form": form if may_join else None,
        "is_for_viewer": viewer.is_authenticated and viewer.pk == engagement.contractor.user_id,
        "is_somebody_else": viewer.is_authenticated and viewer.pk != engagement.contractor.user_id,
        **more,
    }
    return _private(render(request, "milestones/offer.html", context, status=status))


def _link(token: str) -> OfferLink | None:
    """The link while its offer stands, None afterwards; an unknown one is not there."""
    if not links.is_known(token):
        raise Http404
    link = links.find_link(token, at=timezone.now())
    return link if link is not None and link.engagement.status == EngagementStatus.OFFERED else None


def _is_one_too_many(request: HttpRequest, token: str, what: str, most: int) -> bool:
    """By the caller's address for any link, and by the link from anywhere: neither guessing nor flooding goes far."""
    caller = f"offer:{what}:{get_adapter(request).get_client_ip(request)}"
    link = f"offer:{what}:{secrets.token_digest(token)}"
    now = timezone.now()
    counts = [is_one_too_many(key, most=most, seconds=HOUR, at=now) for key in (caller, link)]
    return any(counts)


def _too_many(request: HttpRequest) -> HttpResponse:
    return _private(render(request, "429.html", {"sentence": TOO_MANY}, status=429))


@never_cache
@require_safe
@login_not_required
def offer(request: HttpRequest, token: str) -> HttpResponse:
    """All of the offer, for whoever holds the link."""
    if _is_one_too_many(request, token, "read", READS_AN_HOUR):
        return _too_many(request)
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
    if _is_one_too_many(request, token, "join", JOINS_AN_HOUR):
        return _too_many(request)
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


@never_cache
@require_POST
@login_not_required
def ask(request: HttpRequest, token: str) -> HttpResponse:
    """A question in place, before there is an account."""
    link = _link(token)
    if link is None:
        return _closed(request)
    engagement, address = link.engagement, reverse("milestones:offer_ask", args=[token])
    form = QuestionForm(request.POST)

    def again(status: int, **more: Any) -> HttpResponse:
        return _page(request, link, token, None, status, **more)

    if _is_one_too_many(request, token, "ask", QUESTIONS_AN_HOUR):
        form.full_clean()
        return refused(request, engagement, form, str(TOO_MANY), 429, address, again)
    if not form.is_valid():
        return refused(request, engagement, form, "", 422, address, again)
    try:
        question = ask_question(engagement, **form.cleaned_data, by=None, link=link, at=timezone.now())
    except DomainError as error:
        return refused(request, engagement, form, error.sentence, 409, address, again)
    return _private(asked(request, question, address, reverse("milestones:offer", args=[token])))
