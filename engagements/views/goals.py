"""Goals: the clarity check as one types, the goals of a draft, and the objectives they serve."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import DomainError
from core.idempotency import once
from core.permissions import require
from engagements import clarity
from engagements.forms.goals import GoalsPage
from engagements.forms.objectives import ObjectiveForm
from engagements.forms.units import UNITS
from engagements.models import Engagement, Objective
from engagements.permissions import can_edit_goals, can_see_templates, can_write_templates
from engagements.queries import objectives as queries
from engagements.queries.gate import lacks_of_offer
from engagements.services import goals as services
from engagements.services import objectives
from engagements.states import Direction, EngagementStatus, GoalKind

A_PAGE = 25
LONGEST = 20_000  # characters of one text
KNOWN = ("metric", "unit", "baseline", "target", "method")


@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """What the clarity check says about the posted field named by `field`; its goal's other fields fill rewrites."""
    if not can_see_templates(request.user):
        raise Http404
    name = request.POST.get("field", "")
    text = request.POST.get(name, "").replace("\r\n", "\n")[:LONGEST]
    prefix, _dash, field = name.rpartition("-")
    goal = {each: request.POST.get(f"{prefix}-{each}", "") for each in KNOWN} if prefix else {}
    direction = request.POST.get(f"{prefix}-direction", "")
    if direction in Direction.values and request.POST.get(f"{prefix}-kind") != GoalKind.BINARY:
        goal["direction"] = str(Direction(direction).label)
    hints = [
        {"start": h.start, "end": h.end, "text": text[h.start : h.end], "why": h.why, "rewrite": h.rewrite}
        for h in clarity.explain(text, goal)
    ]
    verdict = clarity.is_measurable(text) if field == "criterion" and text.strip() else None
    return render(request, "engagements/_clarity.html", {"hints": hints, "verdict": verdict})


@require_http_methods(["GET", "HEAD", "POST"])
def engagement_goals(request: HttpRequest, pk: int) -> HttpResponse:
    """The goals of a draft, before they are offered."""
    engagement = get_object_or_404(Engagement.objects.visible_to(request.user).select_related("contractor"), pk=pk)
    require(can_edit_goals(request.user, engagement))
    if request.method != "POST" and engagement.status != EngagementStatus.DRAFT:
        return redirect("engagements:engagement", pk)
    page = GoalsPage(engagement, request.POST if request.method == "POST" else None)
    status, sentence = 200, ""
    if request.method == "POST":
        status = 422
        if page.is_valid():
            now = timezone.now()

            def act() -> str:
                services.rewrite_goals(engagement, page.facts(), **page.areas.cleaned_data, by=request.user, at=now)
                return reverse("engagements:engagement", args=[engagement.pk])

            try:
                address = once(request, act, at=now)
            except DomainError as error:
                status, sentence = 409, error.sentence
            else:
                messages.success(request, _("Saved."))
                return redirect(address)
    context = {
        "engagement": engagement,
        "page": page,
        "lacks": lacks_of_offer(engagement),
        "units": UNITS,
        "sentence": sentence,
    }
    return render(request, "engagements/goals_edit.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """Objectives with what serves them, goals that serve none, and the form for one more."""
    if not can_see_templates(request.user):
        raise Http404
    may_write = can_write_templates(request.user)
    form = ObjectiveForm(request.POST if request.method == "POST" else None, initial={"owner": request.user.pk})
    status = 200
    if request.method == "POST":
        require(may_write)
        status = 422
        if form.is_valid():
            now = timezone.now()

            def act() -> str:
                objectives.add_objective(**form.cleaned_data, by=request.user, at=now)
                return reverse("engagements:objectives")

            try:
                return redirect(once(request, act, at=now))
            except DomainError as error:
                form.add_error("title", error.sentence)
                status = 409
    context = {
        "page": Paginator(queries.objectives(request.user), A_PAGE).get_page(request.GET.get("page")),
        "orphans": queries.orphans(request.user),
        "form": form,
        "may_write": may_write,
    }
    return render(request, "engagements/objectives.html", context, status=status)


@require_POST
def retire(request: HttpRequest, pk: int) -> HttpResponse:
    objective = get_object_or_404(Objective.objects.visible_to(request.user), pk=pk)
    require(can_write_templates(request.user))
    objectives.retire_objective(objective, by=request.user, at=timezone.now())
    messages.success(request, _("“%(what)s” is retired. Goals that serve it keep it.") % {"what": objective})
    return redirect("engagements:objectives")
