"""The lead names somebody who reviews in his or her place for a time."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import DomainError
from core.idempotency import once
from core.permissions import require
from engagements.forms.delegations import DelegateForm
from engagements.models import Engagement
from engagements.permissions import can_delegate
from engagements.queries.delegations import open_delegation
from engagements.services import delegations
from reminders.queries import sentence_for


def _engagement(request: HttpRequest, pk: int) -> Engagement:
    engagement: Engagement = get_object_or_404(Engagement.objects.visible_to(request.user).for_page(), pk=pk)
    require(can_delegate(request.user, engagement), _("Only the lead says who reviews in the lead’s place."))
    return engagement


def _page(request: HttpRequest, engagement: Engagement, form: DelegateForm, status: int = 200) -> HttpResponse:
    context = {
        "engagement": engagement,
        "form": form,
        "delegation": open_delegation(engagement),
        "sentence": sentence_for(engagement, request.user, timezone.now()),
    }
    return render(request, "engagements/delegate.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def delegate(request: HttpRequest, pk: int) -> HttpResponse:
    engagement = _engagement(request, pk)
    if request.method != "POST":
        return _page(request, engagement, DelegateForm(engagement=engagement))
    form = DelegateForm(request.POST, engagement=engagement)
    if not form.is_valid():
        return _page(request, engagement, form, 422)
    now, given = timezone.now(), form.cleaned_data

    def act() -> str:
        by: Any = request.user
        made = delegations.name_delegate(engagement, **given, by=by, at=now)
        messages.success(request, _("%(who)s reviews now, and knows it.") % {"who": made.person.name})
        return reverse("engagements:delegate", args=[pk])

    try:
        return redirect(once(request, act, at=now))
    except DomainError as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, _engagement(request, pk), form, 409)


@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    engagement = _engagement(request, pk)
    delegations.end_delegation(engagement, by=request.user, at=timezone.now())
    messages.success(request, _("You review again."))
    return redirect("engagements:delegate", pk)
