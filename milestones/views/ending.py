"""Giving notice, taking it back, and agreeing to end at once."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import DomainError
from core.idempotency import once
from core.permissions import require
from engagements.models import Engagement, Termination
from engagements.permissions import is_its_contractor
from engagements.queries import open_termination
from engagements.states import ENDABLE
from milestones.forms.ending import EndForm
from milestones.permissions import can_end
from milestones.queries.ending import earliest_last_day, fates
from milestones.services import ending
from reminders.queries import sentence_for

REFUSED = "refused"


def _engagement(request: HttpRequest, pk: int) -> Engagement:
    engagement = get_object_or_404(Engagement.objects.visible_to(request.user).for_page(), pk=pk)
    require(can_end(request.user, engagement), _("The lead and the contractor end a contract."))
    return engagement


@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """What ending would do, and the notice."""
    engagement = _engagement(request, pk)
    now = timezone.now()
    is_contractor = is_its_contractor(request.user, engagement)
    other = engagement.lead.first_name if is_contractor else str(engagement.contractor)
    data: Any = request.POST if request.method == "POST" else None
    earliest = earliest_last_day(engagement, now)
    form = EndForm(data, earliest=earliest, days=engagement.notice_days, other=other)
    if form.is_bound and form.is_valid():

        def act() -> str:
            facts = {"reason": form.cleaned_data["reason"], "last_on": form.cleaned_data["last_on"]}
            ending.give_notice(engagement, **facts, by=request.user, at=now)
            messages.success(request, _("Your notice is given. %(who)s hears of it now.") % {"who": other})
            return reverse("engagements:engagement", args=[pk])

        try:
            return redirect(once(request, act, at=now))
        except DomainError as error:
            form.add_error(None, ValidationError(error.sentence, code=REFUSED))
    status = 200 if not form.is_bound else 409 if form.has_error("__all__", REFUSED) else 422
    context = {
        "engagement": engagement,
        "form": form,
        "fates": fates(list(engagement.milestones.order_by("position"))),
        "may_end": engagement.status in ENDABLE and open_termination(engagement) is None,
        "other": other,
        "sentence": sentence_for(engagement, request.user, now),
    }
    return render(request, "milestones/end.html", context, status=status)


def _open(engagement: Engagement) -> Termination:
    found = open_termination(engagement)
    if found is None:
        raise DomainError(_("There is no notice for “%(what)s”. Reload to see where it stands.") % {"what": engagement})
    return found


@require_POST
def agree(request: HttpRequest, pk: int) -> HttpResponse:
    engagement = _engagement(request, pk)
    ending.agree_to_end(_open(engagement), by=request.user, at=timezone.now())
    messages.success(request, _("“%(what)s” has ended.") % {"what": engagement})
    return redirect("engagements:engagement", pk)


@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    engagement = _engagement(request, pk)
    ending.take_back_notice(_open(engagement), by=request.user, at=timezone.now())
    messages.success(request, _("“%(what)s” goes on.") % {"what": engagement})
    return redirect("engagements:engagement", pk)
