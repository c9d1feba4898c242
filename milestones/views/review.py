"""The lead's answer to what was handed in."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core import idempotency
from core.errors import DomainError
from core.permissions import require
from milestones.forms.review import ReviewForm
from milestones.permissions import can_review
from milestones.services import reviews
from milestones.states import Outcome
from milestones.views.milestone import show, visible


@require_POST
def review(request: HttpRequest, pk: int) -> HttpResponse:
    milestone = visible(request, pk)
    require(can_review(request.user, milestone))
    form = ReviewForm(request.POST, goals=list(milestone.goals.all()))
    if not form.is_valid():
        return show(request, milestone, 422, review_form=form)
    given = form.cleaned_data
    answer = reviews.accept_milestone if given["decision"] == Outcome.ACCEPTED else reviews.request_changes
    now = timezone.now()

    def act() -> str:
        done = answer(
            milestone,
            verdicts=form.verdicts,
            note=given["note"],
            submission_number=given["submission_number"],
            by=request.user,
            at=now,
        )
        messages.success(
            request,
            _("Accepted. Finance has it now.") if done.accepted_at else _("Sent back with your words."),
        )
        return reverse("milestones:milestone", args=[pk])

    try:
        return redirect(idempotency.once(request, act, at=now))
    except DomainError as refusal:
        form.add_error(None, refusal.sentence)
        return show(request, visible(request, pk), 409, review_form=form)
