"""Disputing a milestone, adding to it, deciding it."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core import files, idempotency
from core.errors import DomainError
from core.models import StoredFile
from core.permissions import require
from milestones.forms.dispute import DisputeDecisionForm, DisputeForm, StatementForm, TakeBackForm
from milestones.models import Dispute, Milestone
from milestones.permissions import can_decide, can_dispute, can_state, can_take_back
from milestones.queries.disputes import has_decider
from milestones.services import disputes
from milestones.views.milestone import show, visible


@require_POST
def dispute(request: HttpRequest, pk: int) -> HttpResponse:
    milestone = visible(request, pk)
    require(can_dispute(request.user, milestone), _("Only the contractor and the lead dispute a milestone."))
    form = DisputeForm(request.POST, goals=list(milestone.goals.all()), parts=milestone.parts)
    if not form.is_valid():
        return show(request, milestone, 422, dispute_form=form)
    now = timezone.now()

    def act() -> str:
        by: Any = request.user
        made = disputes.open_dispute(milestone, **form.facts, by=by, at=now)
        said = _("Disputed. The money is frozen until %(who)s decides.")
        if not has_decider(made, made.milestone.engagement):
            said = _("Disputed, and the money is frozen. Nobody here can decide: an admin has to invite another admin.")
        messages.success(request, said % {"who": made.decider.name})
        return reverse("milestones:milestone", args=[pk])

    try:
        return redirect(idempotency.once(request, act, at=now))
    except DomainError as refusal:
        form.add_error(None, refusal.sentence)
        return show(request, visible(request, pk), 409, dispute_form=form)


def _open(request: HttpRequest, pk: int) -> tuple[Milestone, Dispute]:
    """The dispute that is open; a decided one answers as what it is, by its service."""
    milestone = visible(request, pk)
    found: Dispute = get_object_or_404(Dispute.objects.latest_of(milestone))
    found.milestone = milestone
    return milestone, found


@require_POST
def state(request: HttpRequest, pk: int) -> HttpResponse:
    milestone, found = _open(request, pk)
    require(can_state(request.user, found), _("Only the two sides and who decides add something."))
    now = timezone.now()
    form = StatementForm(request.POST, request.FILES, drafts=list(StoredFile.objects.drafts_of(request.user)))
    form.is_valid()
    _keep(form, request.user, now)
    if form.errors:
        return show(request, milestone, 422, statement_form=form)

    def act() -> str:
        by: Any = request.user
        given = form.cleaned_data
        disputes.add_statement(found, text=given["text"], link=given["link"], files=form.kept, by=by, at=now)
        messages.success(request, _("Added. The other side and who decides are told."))
        return reverse("milestones:milestone", args=[pk]) + "#dispute"

    try:
        return redirect(idempotency.once(request, act, at=now))
    except DomainError as refusal:
        form.add_error(None, refusal.sentence)
        return show(request, visible(request, pk), 409, statement_form=form)


def _keep(form: StatementForm, user: Any, now: datetime) -> None:
    """Store what was uploaded, whatever else is wrong, so that nobody uploads it twice."""
    for upload in form.cleaned_data.get("files_all") or []:
        try:
            form.kept.append(files.keep(upload, by=user, at=now))
        except DomainError as refusal:
            form.add_error("files_all", refusal.sentence)


@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    milestone, found = _open(request, pk)
    require(can_take_back(request.user, found), _("Only the side that opened it takes it back."))
    form = TakeBackForm(request.POST, auto_id="take_back_%s")
    if not form.is_valid():
        return show(request, milestone, 422, take_back_form=form)
    now = timezone.now()

    def act() -> str:
        by: Any = request.user
        disputes.take_back_dispute(found, reason=form.cleaned_data["reason"], by=by, at=now)
        messages.success(request, _("Taken back. It is reviewed as before."))
        return reverse("milestones:milestone", args=[pk])

    try:
        return redirect(idempotency.once(request, act, at=now))
    except DomainError as refusal:
        form.add_error(None, refusal.sentence)
        return show(request, visible(request, pk), 409, take_back_form=form)


@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    milestone, found = _open(request, pk)
    require(can_decide(request.user, found), _("Somebody else decides this dispute."))
    goals = list(milestone.goals.all())
    form = DisputeDecisionForm(request.POST, goals=goals, parts=milestone.parts, currency=milestone.currency)
    if not form.is_valid():
        return show(request, milestone, 422, review_form=form)
    now, given = timezone.now(), form.cleaned_data

    def act() -> str:
        by: Any = request.user
        disputes.decide_dispute(
            found,
            outcome=form.outcome,
            verdicts=form.verdicts,
            parts=form.part_verdicts,
            amount=given["amount"],
            rest_due_on=given["rest_due_on"],
            note=given["note"],
            by=by,
            at=now,
        )
        messages.success(request, _("Decided. Both sides are told."))
        return reverse("milestones:milestone", args=[pk])

    try:
        return redirect(idempotency.once(request, act, at=now))
    except DomainError as refusal:
        form.add_error(None, refusal.sentence)
        return show(request, visible(request, pk), 409, review_form=form)
