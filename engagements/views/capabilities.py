"""The capability map: areas of ours, which of them are core, and who inside knows them."""

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
from engagements.forms.capabilities import CapabilityForm
from engagements.models import Capability
from engagements.permissions import can_keep_capabilities, can_see_capabilities
from engagements.queries import capabilities as queries
from engagements.services import capabilities as services

A_PAGE = 25


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """The map, and the form for one more area."""
    if not can_see_capabilities(request.user):
        raise Http404
    may_write = can_keep_capabilities(request.user)
    form = CapabilityForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        require(may_write)
        status = 422
        if form.is_valid():
            now = timezone.now()

            def act() -> str:
                services.add_capability(**form.facts(), by=request.user, at=now)
                return reverse("engagements:capabilities")

            try:
                return redirect(once(request, act, at=now))
            except DomainError as error:
                form.add_error("name", error.sentence)
                status = 409
    context = {
        "page": Paginator(queries.capabilities(request.user), A_PAGE).get_page(request.GET.get("page")),
        "unowned": queries.unowned(request.user),
        "form": form if may_write else None,
    }
    return render(request, "engagements/capabilities.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One area: who knows it, what touches it, and the form that changes it."""
    area: Capability = get_object_or_404(Capability.objects.visible_to(request.user).for_list(), pk=pk)
    may_write = can_keep_capabilities(request.user)
    form = CapabilityForm(request.POST if request.method == "POST" else None, area=area)
    status = 200
    if request.method == "POST":
        require(may_write)
        status = 422
        if form.is_valid():
            try:
                services.change_capability(area, **form.facts(), by=request.user, at=timezone.now())
            except DomainError as error:
                form.add_error("name", error.sentence)
                status = 409
            else:
                messages.success(request, _("Saved."))
                return redirect("engagements:capabilities")
    context = {
        "area": area,
        "form": form if may_write and area.retired_at is None else None,
        "touching": queries.touching(area, request.user),
    }
    return render(request, "engagements/capability.html", context, status=status)


@require_POST
def retire(request: HttpRequest, pk: int) -> HttpResponse:
    area = get_object_or_404(Capability.objects.visible_to(request.user), pk=pk)
    require(can_keep_capabilities(request.user))
    services.retire_capability(area, by=request.user, at=timezone.now())
    messages.success(request, _("“%(what)s” is retired. Contracts that touch it keep it.") % {"what": area})
    return redirect("engagements:capabilities")
