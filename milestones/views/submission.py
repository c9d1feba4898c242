"""Handing in, and what was handed in."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import files, idempotency
from core.errors import DomainError
from core.permissions import require
from core.views.files import send
from milestones import queries
from milestones.forms.submission import SubmissionForm
from milestones.permissions import can_submit
from milestones.services import submissions
from milestones.views.milestone import show, visible


@require_POST
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    milestone = visible(request, pk)
    require(can_submit(request.user, milestone))
    now = timezone.now()
    form = SubmissionForm(
        request.POST,
        request.FILES,
        goals=list(milestone.goals.all()),
        parts=milestone.parts,
        drafts=queries.files_to_hand_in(request.user, queries.latest_submission(milestone)),
    )
    form.is_valid()
    _keep(form, request.user, now)
    form.refuse_bare_parts()
    if form.errors:
        return show(request, milestone, 422, submission_form=form)

    def act() -> str:
        submissions.submit_milestone(
            milestone,
            note=form.cleaned_data["note"],
            link=form.cleaned_data["link"],
            evidence=form.evidence,
            parts=form.delivered,
            files=form.kept["all"],
            happy=form.cleaned_data["happy"],
            by=request.user,
            at=now,
        )
        messages.success(request, _("Handed in. %(who)s has it now.") % {"who": milestone.engagement.lead.first_name})
        return reverse("milestones:milestone", args=[pk])

    try:
        return redirect(idempotency.once(request, act, at=now))
    except DomainError as refusal:
        form.add_error(None, refusal.sentence)
        return show(request, visible(request, pk), 409, submission_form=form)


def _keep(form: SubmissionForm, user: Any, now: datetime) -> None:
    """Store what was uploaded, whatever else is wrong, so that nobody uploads it twice."""
    for slot, upload in form.uploads():
        try:
            form.kept[slot].append(files.keep(upload, by=user, at=now))
        except DomainError as refusal:
            form.add_error(f"files_{slot}", refusal.sentence)


@require_safe
def file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Something that was handed in, as a download."""
    return send(get_object_or_404(queries.files_for(request.user), pk=pk))
