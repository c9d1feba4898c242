"""One click each: what the contractor needs from us stands, or does not any more."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.permissions import require
from engagements.models import Need
from engagements.permissions import can_provide
from engagements.services import needs as services


def _need(request: HttpRequest, pk: int) -> Need:
    visible = Need.objects.visible_to(request.user).select_related("engagement__contractor")
    need: Need = get_object_or_404(visible, pk=pk)
    require(can_provide(request.user, need.engagement), _("The people named on an engagement say what stands for it."))
    return need


def _back(need: Need) -> HttpResponse:
    return redirect(reverse("engagements:engagement", args=[need.engagement_id]) + "#ducks")


@require_POST
def stand(request: HttpRequest, pk: int) -> HttpResponse:
    need = services.say_it_stands(_need(request, pk), by=request.user, at=timezone.now())
    messages.success(request, _("“%(what)s” stands.") % {"what": need})
    return _back(need)


@require_POST
def fall(request: HttpRequest, pk: int) -> HttpResponse:
    need = services.say_it_fell(_need(request, pk), by=request.user, at=timezone.now())
    messages.success(request, _("“%(what)s” does not stand any more.") % {"what": need})
    return _back(need)


@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    need = services.take_back(_need(request, pk), by=request.user, at=timezone.now())
    messages.success(request, _("“%(what)s” is taken back.") % {"what": need})
    return redirect(reverse("engagements:engagement", args=[need.engagement_id]) + "#to-take-back")
