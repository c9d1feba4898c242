"""Pausing the work, and going on."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.permissions import require
from engagements.models import Engagement
from milestones.forms.signing import ReasonForm
from milestones.permissions import can_steer
from milestones.services import pausing


def _engagement(request: HttpRequest, pk: int) -> Engagement:
    engagement = get_object_or_404(Engagement.objects.visible_to(request.user).for_list(), pk=pk)
    require(can_steer(request.user, engagement), _("Only the lead pauses the work."))
    return engagement


@require_POST
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    engagement = _engagement(request, pk)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        context = {"form": form, "engagement": engagement, "title": _("Pause the work")}
        return render(request, "milestones/reason.html", context, status=422)
    pausing.pause(engagement, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now())
    messages.success(request, _("Paused. Nobody is reminded until you go on."))
    return redirect("engagements:engagement", pk)


@require_POST
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    engagement = _engagement(request, pk)
    pausing.resume(engagement, by=request.user, at=timezone.now())
    messages.success(request, _("The work goes on. Open dates moved along with the pause."))
    return redirect("engagements:engagement", pk)
