"""The page of one milestone, for whoever sees it; funding and handing in."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.states import Role
from core import idempotency
from core.errors import DomainError
from core.permissions import require
from engagements.queries.read_backs import is_understood
from engagements.states import RUNNING, EngagementStatus
from milestones import queries
from milestones.forms.review import ReviewForm
from milestones.forms.submission import SubmissionForm
from milestones.forms.write_off import WriteOffForm
from milestones.models import Milestone
from milestones.permissions import can_approve, can_fund, can_pay, can_review, can_submit
from milestones.queries.waited import waited
from milestones.services import funding, submissions
from milestones.services.reviews import PAYMENT_DAYS, pay_by
from milestones.states import AT_WORK, DONE, MilestoneStatus, Outcome, PayoutStatus
from reminders.queries import sentence, waiting


def visible(request: HttpRequest, pk: int) -> Milestone:
    milestone: Milestone = get_object_or_404(Milestone.objects.visible_to(request.user).for_page(), pk=pk)
    return milestone


def show(request: HttpRequest, milestone: Milestone, status: int = 200, **bound: Any) -> HttpResponse:
    """The page; `bound` forms come back with what was typed, even where the milestone has moved on meanwhile."""
    now = timezone.now()
    viewer: Any = request.user
    page = queries.milestone_page(milestone)
    goals = [row.goal for row in page.goals]
    engagement = milestone.engagement
    is_running = engagement.status == EngagementStatus.ACTIVE
    submission_form, review_form = bound.get("submission_form"), bound.get("review_form")
    if submission_form is None and can_submit(viewer, milestone) and milestone.status in AT_WORK and is_running:
        submission_form = SubmissionForm(goals=goals, initial=SubmissionForm.again(page.submission))
    if review_form is None and can_review(viewer, milestone) and milestone.status == MilestoneStatus.SUBMITTED:
        number = page.submission.number if page.submission else 0
        review_form = ReviewForm(goals=goals, initial={"submission_number": number})
    promised = pay_by(now)
    line, is_mine = _waits(milestone, viewer, now)
    if submission_form:
        submission_form.fields["note"].label = _("What should %(who)s know?") % {"who": engagement.lead.first_name}
    if review_form:
        _say_what_follows(review_form, page, promised)
    context = {
        "page": page,
        "milestone": milestone,
        "engagement": engagement,
        "viewer": viewer,
        "sentence": line,
        "waited": waited([milestone], viewer, now).get(milestone.pk),
        "is_mine": is_mine,
        "is_contractor": can_submit(viewer, milestone),
        "may_open_engagement": viewer.role != Role.FINANCE,
        "may_fund": can_fund(viewer, milestone)
        and milestone.status == MilestoneStatus.AGREED
        and engagement.status in RUNNING,
        "write_off_form": bound.get("write_off_form") or _write_off_form(viewer, page),
        "waits_for_read_back": engagement.status == EngagementStatus.AGREED and not is_understood(engagement),
        "submission_form": submission_form,
        "review_form": review_form,
        "goal_rows": _goal_rows(page, review_form),
        "payment_days": PAYMENT_DAYS,
        "promised": promised,
    }
    return render(request, "milestones/milestone.html", context, status=status)


def _waits(milestone: Milestone, viewer: Any, now: datetime) -> tuple[str, bool]:
    """What this milestone waits for, else what its engagement does; and whether it waits for the viewer."""
    if milestone.status in DONE:
        return _("%(state)s on %(day)s; nothing waits.") % {
            "state": milestone.get_status_display(),
            "day": date_format(timezone.localtime(milestone.status_since, viewer.tz), "D j M Y"),
        }, False
    all_of_it = waiting([milestone.engagement])[milestone.engagement_id]
    own = [o for o in all_of_it.obligations if o.milestone and o.milestone.pk == milestone.pk]
    is_mine = any(o.person and o.person.pk == viewer.pk for o in own)
    return sentence(replace(all_of_it, obligations=own) if own else all_of_it, viewer, now), is_mine


def _write_off_form(viewer: Any, page: queries.MilestonePage) -> WriteOffForm | None:
    payout = page.payout
    if payout is None or not can_pay(viewer) or PayoutStatus.WRITTEN_OFF not in payout.MOVES[payout.status]:
        return None
    payout.milestone = page.milestone
    return WriteOffForm() if can_approve(viewer, payout) else None


def _say_what_follows(form: ReviewForm, page: queries.MilestonePage, promised: Any) -> None:
    milestone = page.milestone
    who = milestone.engagement.contractor.user or milestone.engagement.contractor
    name = getattr(who, "first_name", str(who))
    form.fields["note"].label = _("A line to %(who)s") % {"who": name}
    form.fields["decision"].widget.consequences = {
        Outcome.ACCEPTED: _("%(amount)s is owed to %(who)s, paid by %(day)s")
        % {"amount": milestone.amount, "who": name, "day": date_format(promised, "D j M")},
        Outcome.CHANGES_REQUESTED: _("Back to %(who)s; the money stays set aside") % {"who": name},
    }


def _goal_rows(page: queries.MilestonePage, form: ReviewForm | None) -> list[tuple[Any, ...]]:
    """Each goal with its two fields of the review, if there is one to write."""
    return [(row, *(form.fields_of(row.goal) if form else (None, None))) for row in page.goals]


@require_safe
def milestone(request: HttpRequest, pk: int) -> HttpResponse:
    return show(request, visible(request, pk))


@require_POST
def fund(request: HttpRequest, pk: int) -> HttpResponse:
    milestone = visible(request, pk)
    require(can_fund(request.user, milestone))
    now = timezone.now()

    def act() -> str:
        funding.fund_milestone(milestone, by=request.user, at=now)
        messages.success(request, _("%(amount)s is set aside. The work can start.") % {"amount": milestone.amount})
        return reverse("milestones:milestone", args=[pk])

    return redirect(idempotency.once(request, act, at=now))


@require_POST
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    milestone = visible(request, pk)
    require(can_submit(request.user, milestone))
    form = SubmissionForm(request.POST, goals=list(milestone.goals.all()))
    if not form.is_valid():
        return show(request, milestone, 422, submission_form=form)
    now = timezone.now()

    def act() -> str:
        submissions.submit_milestone(
            milestone,
            note=form.cleaned_data["note"],
            link=form.cleaned_data["link"],
            evidence=form.evidence,
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
