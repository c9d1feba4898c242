"""What the lead may do about an offer that stands, besides signing it: drop a part of it, ask, ask for faster."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import DomainError
from core.permissions import require
from engagements.models import Engagement
from engagements.queries.offer import current_agreement, has_their_signature
from milestones.forms.agreeing import AskForm, CutForm, FasterForm
from milestones.forms.signing import AgreeForm
from milestones.permissions import can_agree
from milestones.services.asking import ask_about_estimates, ask_for_faster
from milestones.services.cutting import cut_scope
from milestones.views.signing import REFUSED, agree_page, engagement_seen, must_be_offered
from reminders.queries import sentence_for


@require_http_methods(["GET", "HEAD", "POST"])
def cut(request: HttpRequest, pk: int) -> HttpResponse:
    """Milestones and goals are dropped from an offer; what stays is shown first."""
    engagement = engagement_seen(request, pk)
    require(can_agree(request.user, engagement))
    must_be_offered(engagement)
    plan = list(engagement.milestones.standing().prefetch_related("goals"))
    form = CutForm(request.POST if request.method == "POST" else None, plan=plan)
    if form.is_bound and form.is_valid():
        try:
            smaller = cut_scope(engagement, **form.cleaned_data, by=request.user, at=timezone.now())
        except DomainError as error:
            form.add_error(None, ValidationError(error.sentence, code=REFUSED))
        else:
            facts = {"price": smaller.price, "who": engagement.contractor}
            messages.success(request, _("The offer is %(price)s now. %(who)s reads what was dropped and why.") % facts)
            return redirect("engagements:engagement", pk)
    context = {
        "engagement": engagement,
        "form": form,
        "is_signed": has_their_signature(engagement),
        "sentence": sentence_for(engagement, request.user, timezone.now()),
    }
    return render(request, "milestones/cut.html", context, status=_status(form))


def _status(form: Any) -> int:
    if not form.is_bound:
        return 200
    return 409 if form.has_error("__all__", REFUSED) else 422


@require_POST
def ask_them(request: HttpRequest, pk: int) -> HttpResponse:
    """A question about the estimates; the signature stands."""

    def act(engagement: Engagement, form: Any) -> None:
        ask_about_estimates(engagement, text=form.cleaned_data["text"], by=request.user, at=timezone.now())
        messages.success(request, _("Asked. %(who)s answers in the conversation.") % {"who": engagement.contractor})

    return _act(request, pk, "ask_form", lambda engagement: AskForm(request.POST), act)


@require_POST
def faster(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose an earlier date, where the person's record allows to ask."""

    def act(engagement: Engagement, form: Any) -> None:
        data = form.cleaned_data
        ask_for_faster(
            form.chosen(),
            proposed_on=data["proposed_on"],
            reason=data["reason"],
            by=request.user,
            at=timezone.now(),
        )
        messages.success(request, _("Asked. Only %(who)s changes the estimate.") % {"who": engagement.contractor})

    def form_of(engagement: Engagement) -> FasterForm:
        return FasterForm(request.POST, milestones=list(engagement.milestones.standing()))

    return _act(request, pk, "faster_form", form_of, act)


def _act(
    request: HttpRequest,
    pk: int,
    name: str,
    form_of: Callable[[Engagement], Any],
    act: Callable[[Engagement, Any], None],
) -> HttpResponse:
    """On the page where the lead agrees; refused, that page comes back with what was typed."""
    engagement = engagement_seen(request, pk)
    require(can_agree(request.user, engagement))
    must_be_offered(engagement)
    form = form_of(engagement)
    if form.is_valid():
        try:
            act(engagement, form)
        except DomainError as error:
            form.add_error(None, ValidationError(error.sentence, code=REFUSED))
        else:
            return redirect(reverse("engagements:engagement", args=[pk]) + "#conversation")
    agreement = current_agreement(engagement)
    if agreement is None:
        raise DomainError(_("%(who)s has not signed yet.") % {"who": engagement.contractor})
    return agree_page(request, engagement, agreement, AgreeForm(), _status(form), **{name: form})
