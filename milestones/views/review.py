"""The lead's answer to what was handed in, and what he or she may add to it."""

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import idempotency
from core.errors import DomainError
from core.permissions import require
from engagements.permissions import hears_private_line
from engagements.states import Side
from milestones import queries
from milestones.forms.bonus import BonusForm
from milestones.forms.review import ACCEPT, HOLD_BACK, IN_PART, ReviewForm
from milestones.models import Dispute, Milestone
from milestones.permissions import can_answer_for_us, can_give_bonus, can_review, can_submit
from milestones.services import bonus, pulses, reviews
from milestones.states import MilestoneStatus
from milestones.views.milestone import show, visible
from milestones.views.weighing import weigh as weighed


def _form(data: Any, milestone: Milestone) -> ReviewForm:
    goals = list(milestone.goals.all())
    return ReviewForm(data, goals=goals, parts=milestone.parts, currency=milestone.currency)


@require_POST
def review(request: HttpRequest, pk: int) -> HttpResponse:
    milestone = visible(request, pk)
    require(can_review(request.user, milestone))
    form = _form(request.POST, milestone)
    if not form.is_valid():
        if milestone.status != MilestoneStatus.SUBMITTED:  # what it says of the answers is beside the point
            form.errors.clear()
            form.add_error(None, reviews.moved_on(milestone))
            return show(request, milestone, 409, review_form=form)
        return show(request, milestone, 422, review_form=form)
    now = timezone.now()

    def act() -> str:
        done = _decide(milestone, form, by=request.user, at=now)
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


def _decide(milestone: Milestone, form: ReviewForm, *, by: Any, at: datetime) -> Milestone:
    given = form.cleaned_data
    said: dict[str, Any] = {
        "verdicts": form.verdicts,
        "parts": form.part_verdicts,
        "note": given["note"],
        "happy": given["happy"],
        "submission_number": given["submission_number"],
        "by": by,
        "at": at,
    }
    if given["decision"] == ACCEPT:
        return reviews.accept_milestone(milestone, **said)
    if given["decision"] == IN_PART:
        due_on: date = given["rest_due_on"]
        return reviews.accept_in_part(milestone, amount=given["amount"], rest_due_on=due_on, **said)
    if given["decision"] == HOLD_BACK:
        return reviews.accept_holding_back(milestone, amount=given["hold_amount"], until=given["hold_until"], **said)
    return reviews.request_changes(milestone, **said)


@require_safe
def weigh(request: HttpRequest, pk: int) -> HttpResponse:
    """The button as the form stands now, half filled or not."""
    milestone = visible(request, pk)
    decides = Dispute.objects.open().decided_by([request.user.pk]).about(milestone).exists()
    require(decides or can_review(request.user, milestone))
    weight = weighed(milestone, _form(request.GET, milestone), queries.pay_by(timezone.now()))
    return render(request, "milestones/_act.html", {"weight": weight, "milestone": milestone})


@require_POST
def give_bonus(request: HttpRequest, pk: int) -> HttpResponse:
    milestone = visible(request, pk)
    require(can_give_bonus(request.user, milestone))
    form = BonusForm(request.POST, currency=milestone.currency)
    if not form.is_valid():
        return show(request, milestone, 422, bonus_form=form)
    now = timezone.now()

    def act() -> str:
        given = form.cleaned_data
        made = bonus.give_bonus(
            milestone.engagement, amount=given["amount"], reason=given["reason"], by=request.user, at=now
        )
        messages.success(request, _("A bonus of %(amount)s is on its way.") % {"amount": made.amount})
        return reverse("milestones:milestone", args=[made.pk])

    try:
        return redirect(idempotency.once(request, act, at=now))
    except DomainError as refusal:
        form.add_error(None, refusal.sentence)
        return show(request, visible(request, pk), 409, bonus_form=form)


@require_POST
def pulse(request: HttpRequest, pk: int) -> HttpResponse:
    """“Happy to continue?”, by one of the two who are asked."""
    milestone = visible(request, pk)
    is_theirs = can_submit(request.user, milestone)
    require(is_theirs or can_answer_for_us(request.user, milestone))
    pulses.answer_pulse(
        milestone,
        side=Side.THEIRS if is_theirs else Side.OURS,
        answer=request.POST.get("happy", ""),
        by=request.user,
        at=timezone.now(),
    )
    messages.success(request, _("Thank you. The other side sees it once both answers are in."))
    return redirect("milestones:milestone", pk)


@require_POST
def talked(request: HttpRequest, pk: int) -> HttpResponse:
    """The comms owner had the talk that a “no” asked for."""
    milestone = visible(request, pk)
    require(hears_private_line(request.user, milestone.engagement))
    pulses.note_talk(milestone, by=request.user, at=timezone.now())
    messages.success(request, _("Noted. Thank you for talking."))
    return redirect("milestones:milestone", pk)
