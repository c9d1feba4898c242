"""One goal: what was measured of it, and a further value."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import DomainError
from core.idempotency import once
from core.paging import KeyPaginator
from core.permissions import require
from engagements.forms.measurements import MeasurementForm
from engagements.models import Goal, Measurement
from engagements.permissions import can_correct, can_measure, is_its_contractor
from engagements.queries.measurements import trends
from engagements.services import measurements as services
from engagements.states import MEASURABLE
from reminders.queries import sentence_for

A_PAGE = 50


def _goal(request: HttpRequest, pk: int) -> Goal:
    goal: Goal = get_object_or_404(Goal.objects.visible_to(request.user).for_page(), pk=pk)
    return goal


def _form(request: HttpRequest, goal: Goal, data: Any = None, **more: Any) -> MeasurementForm:
    today = timezone.localtime(timezone.now(), request.user.tz).date()
    return MeasurementForm(data, goal=goal, today=today, **more)


def _page(request: HttpRequest, goal: Goal, status: int = 200, form: MeasurementForm | None = None) -> HttpResponse:
    engagement, viewer = goal.engagement, request.user
    may_measure = can_measure(viewer, engagement) and engagement.status in MEASURABLE
    page = KeyPaginator(Measurement.objects.of_goals([goal]).for_list(), A_PAGE).get_page(request.GET.get("page"))
    context = {
        "goal": goal,
        "engagement": engagement,
        "trend": trends([goal])[0],
        "page": page,
        "side": engagement.side_of(viewer) if may_measure else "",
        "form": form or (_form(request, goal) if may_measure else None),
        "is_contractor": is_its_contractor(viewer, engagement),
        "sentence": sentence_for(engagement, viewer, timezone.now()),
    }
    return render(request, "engagements/goal.html", context, status=status)


@require_safe
def goal(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _goal(request, pk))


@require_POST
def measure(request: HttpRequest, pk: int) -> HttpResponse:
    goal = _goal(request, pk)
    require(can_measure(request.user, goal.engagement), _("The people of this contract measure its goals."))
    form = _form(request, goal, request.POST)
    if not form.is_valid():
        return _page(request, goal, 422, form)
    now = timezone.now()

    def act() -> str:
        made = services.record_measurement(goal, **form.cleaned_data, by=request.user, at=now)
        messages.success(request, _("Recorded: %(value)s.") % {"value": goal.value_words(made.value)})
        return reverse("engagements:goal", args=[pk])

    try:
        return redirect(once(request, act, at=now))
    except DomainError as error:
        form.add_error(None, error.sentence)
        return _page(request, goal, 409, form)


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """A wrong value is superseded; it stays in the list with the reason."""
    visible = Measurement.objects.visible_to(request.user).for_page()
    wrong: Measurement = get_object_or_404(visible, pk=pk)
    goal, engagement = wrong.goal, wrong.goal.engagement
    require(can_correct(request.user, wrong, engagement), _("Who stated a value corrects it."))
    now = timezone.now()
    form = _form(request, goal, request.POST if request.method == "POST" else None, corrects=wrong)
    status = 200
    if form.is_bound:
        status = 422
        if form.is_valid():

            def act() -> str:
                made = services.correct_measurement(wrong, **form.cleaned_data, by=request.user, at=now)
                messages.success(request, _("Corrected to %(value)s.") % {"value": goal.value_words(made.value)})
                return reverse("engagements:goal", args=[goal.pk])

            try:
                return redirect(once(request, act, at=now))
            except DomainError as error:
                form.add_error(None, error.sentence)
                status = 409
    context = {
        "goal": goal,
        "engagement": engagement,
        "wrong": wrong,
        "form": form,
        "is_contractor": is_its_contractor(request.user, engagement),
        "sentence": sentence_for(engagement, request.user, now),
    }
    return render(request, "engagements/measurement_correct.html", context, status=status)
