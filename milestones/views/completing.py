"""Completing the work, and what stays of it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.errors import DomainError
from core.idempotency import once
from core.permissions import require
from engagements.models import Engagement
from engagements.states import EngagementStatus
from milestones.forms.completing import CompleteForm
from milestones.models import Milestone
from milestones.permissions import can_steer
from milestones.queries.completion import effort, price_of, results, unsettled
from milestones.services import completing
from milestones.states import ACCOUNTED
from reminders.queries import sentence_for

REFUSED = "refused"


@require_http_methods(["GET", "HEAD", "POST"])
def complete(request: HttpRequest, pk: int) -> HttpResponse:
    """The short form while the work is active; afterwards what was kept."""
    engagement = get_object_or_404(Engagement.objects.visible_to(request.user).for_page(), pk=pk)
    require(can_steer(request.user, engagement), _("Only the lead completes the work."))
    now = timezone.now()
    data: Any = request.POST if request.method == "POST" else None
    contractor = engagement.contractor
    form = CompleteForm(data, who=contractor.user.first_name if contractor.user else str(contractor))
    if form.is_bound and form.is_valid():

        def act() -> str:
            completing.complete(engagement, **form.facts, by=request.user, at=now)
            messages.success(request, _("Completed. What was learnt is kept."))
            return reverse("engagements:engagement", args=[pk])

        try:
            return redirect(once(request, act, at=now))
        except DomainError as error:
            form.add_error(None, ValidationError(error.sentence, code=REFUSED))
    status = 200 if not form.is_bound else 409 if form.has_error("__all__", REFUSED) else 422
    milestones = list(
        Milestone.objects.of(engagement).select_related("engagement__contractor__user", "engagement__lead")
    )
    accepted = [m for m in milestones if m.status in ACCOUNTED]
    estimate, actual = effort(accepted, now)
    context = {
        "engagement": engagement,
        "form": form,
        "may_complete": engagement.status == EngagementStatus.ACTIVE and not unsettled(milestones),
        "unsettled": unsettled(milestones),
        "results": results(engagement),
        "estimate": estimate,
        "actual": actual,
        "price": price_of(accepted, engagement.currency),
        "needs": engagement.needs.to_take_back(),
        "sentence": sentence_for(engagement, request.user, now),
    }
    return render(request, "milestones/complete.html", context, status=status)
