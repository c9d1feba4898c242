"""From need to offer on one page."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from contractors.models import Application
from contractors.states import ApplicationStatus
from core.errors import DomainError
from core.idempotency import once
from core.permissions import require
from core.use_case import use_case
from engagements.models import Engagement, TemplateVersion
from engagements.queries.gate import lacks_of_version
from engagements.queries.origin import origin_of
from engagements.services.goals import NotReadyError
from milestones.forms.engagement_new import EngagementNewForm
from milestones.permissions import can_create_engagement
from milestones.services.drafting import draft_engagement
from milestones.services.offers import send_offer


def _application(request: HttpRequest) -> Application | None:
    pk = request.GET.get("application", "")
    if not pk:
        return None
    offered = Application.objects.visible_to(request.user).in_status(ApplicationStatus.OFFERED)
    return get_object_or_404(offered.for_list(), pk=pk if pk.isdecimal() and len(pk) < 19 else 0)


def _initial(request: HttpRequest, application: Application | None) -> dict[str, Any]:
    """What is known already, so that it isn't typed again."""
    initial: dict[str, Any] = {"starts_on": timezone.localdate()}
    versions = TemplateVersion.objects.visible_to(request.user).published()
    wanted = request.GET.get("version", "")
    version = versions.filter(pk=wanted).first() if wanted.isdecimal() and len(wanted) < 19 else None
    if application is not None:
        initial["contractor"] = application.contractor_id
        initial["title"] = application.opening.title
        origin = origin_of(application.opening)
        version = version or (versions.filter(pk=origin).first() if origin else None)
    if version is not None:
        initial["version"] = version.pk
        price = version.price
        if application is not None and application.asked_price and application.asked_per == "whole":
            price = application.asked_price if application.asked_currency == version.currency else price
        initial["price"] = f"{price.decimal:f}"
        initial.setdefault("title", version.role)
    return initial


@require_http_methods(["GET", "HEAD", "POST"])
def engagement_new(request: HttpRequest) -> HttpResponse:
    """The page, and its two ways to end: draft kept, or offer sent."""
    require(can_create_engagement(request.user))
    application = _application(request)
    form = EngagementNewForm(
        request.POST if request.method == "POST" else None,
        user=request.user,
        application=application,
        initial=_initial(request, application),
    )
    status, is_held = 422 if form.is_bound else 200, False
    if form.is_bound and form.is_valid():
        is_offer = "send" in request.POST
        try:
            address = once(request, lambda: _carry_out(request, form, is_offer=is_offer), at=timezone.now())
        except DomainError as error:
            form.add_error(None, error.sentence)
            status, is_held = 409, isinstance(error, NotReadyError)
        else:
            messages.success(request, _("The offer is on its way.") if is_offer else _("The draft is saved."))
            return redirect(address)
    version = _chosen(form)
    context = {
        "form": form,
        "application": application,
        "version": version,
        "lacks": lacks_of_version(version) if version else [],
        "is_held": is_held,
    }
    return render(request, "milestones/engagement_new.html", context, status=status)


def _chosen(form: EngagementNewForm) -> TemplateVersion | None:
    """The version whose contract the page previews."""
    pk = form["version"].value()
    versions: Any = form.fields["version"]
    if not pk or not str(pk).isdecimal() or len(str(pk)) > 18:
        return None
    return versions.queryset.prefetch_related("milestones", "goals").filter(pk=pk).first()


@use_case
def _carry_out(request: HttpRequest, form: EngagementNewForm, *, is_offer: bool) -> str:
    data, now = form.cleaned_data, timezone.now()
    engagement: Engagement = draft_engagement(
        data["version"],
        contractor=data["contractor"],
        application=data["application"],
        title=data["title"],
        lead=request.user,
        comms_owner=data["comms_owner"],
        cover=data["cover"],
        starts_on=data["starts_on"],
        price=data["money"],
        budget=data["budget"],
        by=request.user,
        at=now,
    )
    if is_offer:
        send_offer(engagement, days=data["days"], override_reason=data["override_reason"], by=request.user, at=now)
    return reverse("engagements:engagement", args=[engagement.pk])
