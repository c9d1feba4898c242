"""Ending what is owed without paying it."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.views.again import require_sure_for_money
from core import idempotency
from core.errors import DomainError
from core.permissions import require
from milestones.forms.write_off import WriteOffForm
from milestones.models import Payout
from milestones.permissions import can_pay
from milestones.services import write_offs
from milestones.views.milestone import show, visible


@require_POST
def write_off(request: HttpRequest, pk: int) -> HttpResponse:
    milestone = visible(request, pk)
    require(can_pay(request.user))
    require_sure_for_money(request)
    payout = Payout.objects.of(milestone)
    if payout is None:
        raise Http404
    form = WriteOffForm(request.POST)
    if not form.is_valid():
        return show(request, milestone, 422, write_off_form=form)
    now = timezone.now()

    def act() -> str:
        write_offs.write_off(payout, reason=form.cleaned_data["reason"], by=request.user, at=now)
        messages.success(request, _("Written off. %(amount)s is back in its budget.") % {"amount": payout.amount})
        return reverse("milestones:milestone", args=[pk])

    try:
        return redirect(idempotency.once(request, act, at=now))
    except DomainError as refusal:
        form.add_error(None, refusal.sentence)
        return show(request, visible(request, pk), 409, write_off_form=form)
