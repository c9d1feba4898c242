"""The page of one milestone, for whoever sees it; funding and handing in."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.queries import fill_people
from accounts.states import Role
from core import idempotency
from core.permissions import require
from engagements.models import Engagement
from engagements.permissions import can_speak
from engagements.states import RUNNING, EngagementStatus
from milestones import queries
from milestones.forms.bonus import BonusForm
from milestones.forms.dispute import DisputeDecisionForm, DisputeForm, StatementForm, TakeBackForm
from milestones.forms.review import ACCEPT, CHANGES, HOLD_BACK, IN_PART, ReviewForm
from milestones.forms.submission import SubmissionForm
from milestones.forms.write_off import WriteOffForm
from milestones.models import Milestone
from milestones.permissions import (
    can_approve,
    can_decide,
    can_dispute,
    can_fund,
    can_give_bonus,
    can_pay,
    can_review,
    can_state,
    can_submit,
    can_take_back,
)
from milestones.queries.disputes import has_decider
from milestones.queries.pulses import pulse_panel
from milestones.queries.seen import milestone_seen_by
from milestones.queries.steps import whole_steps_of
from milestones.queries.timeline import timeline_of
from milestones.services import funding
from milestones.states import AT_WORK, DONE, Happiness, MilestoneStatus, PayoutStatus
from milestones.views.weighing import weigh
from reminders.facts import facts
from reminders.home import yours
from reminders.obligations import Paper, obligations
from reminders.queries import Waiting, sentence

REST_LASTS, HELD_FOR = timedelta(days=14), timedelta(days=30)  # first suggestions, to be changed
ACCEPTED, PAID, SUBMITTED = MilestoneStatus.ACCEPTED, MilestoneStatus.PAID, MilestoneStatus.SUBMITTED


def visible(request: HttpRequest, pk: int) -> Milestone:
    viewer: Any = request.user
    milestone = milestone_seen_by(viewer, pk)
    if milestone is None:
        raise Http404
    return milestone


def show(request: HttpRequest, milestone: Milestone, status: int = 200, **bound: Any) -> HttpResponse:
    """The page; `bound` forms come back with what was typed, even where the milestone has moved on meanwhile."""
    now = timezone.now()
    viewer: Any = request.user
    named = [(milestone, milestone.PEOPLE), (milestone.engagement, milestone.engagement.PEOPLE)]
    fill_people(named, known=[viewer, milestone.engagement.contractor.user])
    plan = whole_steps_of([milestone.engagement_id])
    page = queries.milestone_page(milestone, plan, viewer, now)
    # What is done waits for nothing.
    waits = None if milestone.status in DONE else _waiting(milestone.engagement, plan, page)
    goals = [row.goal for row in page.goals]
    engagement = milestone.engagement
    is_running = engagement.status == EngagementStatus.ACTIVE
    submission_form, review_form = bound.get("submission_form"), bound.get("review_form")
    if submission_form is None and can_submit(viewer, milestone) and milestone.status in AT_WORK and is_running:
        submission_form = SubmissionForm(
            goals=goals, parts=milestone.parts, initial=SubmissionForm.again(page.submission)
        )
        submission_form.hold_earlier(page.submission)
    if review_form is None and can_review(viewer, milestone) and milestone.status == MilestoneStatus.SUBMITTED:
        review_form = ReviewForm(
            goals=goals, parts=milestone.parts, currency=milestone.currency, initial=_first_view(page, viewer, now)
        )
    dispute, dispute_form = page.dispute, bound.get("dispute_form")
    if dispute:
        dispute.milestone = milestone
    is_decider = dispute is not None and can_decide(viewer, dispute)
    nobody_decides = dispute is not None and not has_decider(dispute, engagement)
    if review_form is None and is_decider:
        review_form = DisputeDecisionForm(
            goals=goals, parts=milestone.parts, currency=milestone.currency, initial=_first_view(page, viewer, now)
        )
    statement_form = bound.get("statement_form")
    if statement_form is None and dispute and can_state(viewer, dispute):
        statement_form = StatementForm()
    if dispute_form is None and can_dispute(viewer, milestone) and milestone.status == SUBMITTED and is_running:
        number = page.submission.number if page.submission else 0
        dispute_form = DisputeForm(goals=goals, parts=milestone.parts, initial={"number": number})
    take_back_form = bound.get("take_back_form")
    if take_back_form is None and dispute and can_take_back(viewer, dispute):
        take_back_form = TakeBackForm(auto_id="take_back_%s")
    promised = queries.pay_by_with(page.setup, now) if review_form else None
    line, mine = _waits(milestone, waits, viewer, now)
    if submission_form:
        submission_form["note"].label = _("What should %(who)s know?") % {"who": engagement.lead.first_name}
    if review_form:
        say_what_follows(review_form, milestone, promised)
    may_give_bonus = can_give_bonus(viewer, milestone) and is_running and milestone.status in (ACCEPTED, PAID)
    context = {
        "page": page,
        "milestone": milestone,
        "engagement": engagement,
        "viewer": viewer,
        "sentence": line,
        "progress": page.progress,
        "mine": mine,
        "invoices": page.invoices,
        "is_contractor": can_submit(viewer, milestone),
        "may_open_engagement": viewer.role == Role.ADMIN or can_speak(viewer, engagement),
        "may_fund": can_fund(viewer, milestone)
        and milestone.status == MilestoneStatus.AGREED
        and engagement.status in RUNNING,
        "write_off_form": bound.get("write_off_form") or _write_off_form(viewer, page),
        "waits_for_read_back": not page.is_understood,
        "submission_form": submission_form,
        "review_form": review_form,
        "is_decider": isinstance(review_form, DisputeDecisionForm),
        "nobody_decides": nobody_decides,
        "dispute_form": dispute_form,
        "statement_form": statement_form,
        "take_back_form": take_back_form,
        "goal_rows": _goal_rows(page, review_form),
        "part_rows": _part_rows(page, review_form),
        "weight": weigh(milestone, review_form, promised) if review_form else None,
        "pulse": pulse_panel(milestone, page.pulses, viewer),
        "pulse_choices": Happiness.choices,
        "upload_max_mb": settings.UPLOAD_MAX_BYTES // 2**20,
        "may_give_bonus": may_give_bonus,
        "bonus_form": bound.get("bonus_form") or (BonusForm(currency=milestone.currency) if may_give_bonus else None),
        "payment_rhythm": queries.rhythm_of(page.setup) if submission_form else "",
        "timeline": timeline_of(page.payout, milestone, viewer, at=now, replaced=page.replaced_banks)
        if page.payout
        else None,
    }
    return render(request, "milestones/milestone.html", context, status=status)


def _waiting(engagement: Engagement, plan: Sequence[Milestone], page: queries.MilestonePage) -> Waiting:
    """As `waiting`, where plan, disputes and what payees are asked for were read with the page."""
    for step in plan:
        step.engagement = engagement
    found, _people = facts({engagement.pk: engagement.status})
    paper = Paper(engagement, plan, found[engagement.pk], page.open_disputes, page.at_payee)
    told = paper.facts
    ends_on = next((p.ends_on for p in told.proposals if p.ends_on), None)
    return Waiting(
        engagement, obligations(paper), plan, told.quiet_sides, told.next_notice, told.quiet_at, ends_on=ends_on
    )


def _waits(milestone: Milestone, all_of_it: Waiting | None, viewer: Any, now: datetime) -> tuple[str, str]:
    """What this milestone waits for, else what its engagement does; and what the viewer is to do, '' for nothing."""
    if all_of_it is None:
        return _("%(state)s on %(day)s; nothing waits.") % {
            "state": milestone.get_status_display(),
            "day": date_format(timezone.localtime(milestone.status_since, viewer.tz), "D j M Y"),
        }, ""
    own = [o for o in all_of_it.obligations if o.milestone and o.milestone.pk == milestone.pk]
    mine = next((yours(o) for o in own if o.person and o.person.pk == viewer.pk), "")
    return sentence(replace(all_of_it, obligations=own) if own else all_of_it, viewer, now), mine


def _write_off_form(viewer: Any, page: queries.MilestonePage) -> WriteOffForm | None:
    payout = page.payout
    if payout is None or not can_pay(viewer) or PayoutStatus.WRITTEN_OFF not in payout.MOVES[payout.status]:
        return None
    payout.milestone = page.milestone
    return WriteOffForm() if can_approve(viewer, payout) else None


def _first_view(page: queries.MilestonePage, viewer: Any, now: datetime) -> dict[str, Any]:
    today = timezone.localtime(now, viewer.tz).date()
    pulse = next((p for p in page.pulses if p.by_id == viewer.pk), None)
    return {
        "submission_number": page.submission.number if page.submission else 0,
        "rest_due_on": today + REST_LASTS,
        "hold_until": today + HELD_FOR,
        "happy": pulse.answer if pulse else "",
    }


def say_what_follows(form: ReviewForm, milestone: Milestone, promised: Any) -> None:
    who = milestone.engagement.contractor.user or milestone.engagement.contractor
    name = getattr(who, "first_name", str(who))
    if not isinstance(form, DisputeDecisionForm):
        form["note"].label = _("A line to %(who)s") % {"who": name}
    form.fields["decision"].widget.consequences = {
        ACCEPT: _("%(amount)s is owed to %(who)s, paid by %(day)s")
        % {"amount": milestone.amount, "who": name, "day": date_format(promised, "D j M")},
        IN_PART: _("What is met is paid; the rest becomes a milestone of its own, still funded"),
        HOLD_BACK: _("A part of the money stays held until a day that you name"),
        CHANGES: _("Back to %(who)s; the money stays set aside") % {"who": name},
    }


def _goal_rows(page: queries.MilestonePage, form: ReviewForm | None) -> list[tuple[Any, ...]]:
    """Each goal with its fields of the review, if there is one to write."""
    return [(row, *(form.fields_of(row.goal) if form else (None, None, None))) for row in page.goals]


def _part_rows(page: queries.MilestonePage, form: ReviewForm | None) -> list[tuple[Any, ...]]:
    return [(row, *(form.fields_of_part(row.place) if form else (None, None))) for row in page.parts]


@require_safe
def milestone(request: HttpRequest, pk: int) -> HttpResponse:
    return show(request, visible(request, pk))


@require_POST
def fund(request: HttpRequest, pk: int) -> HttpResponse:
    milestone = visible(request, pk)
    require(can_fund(request.user, milestone))
    now, there = timezone.now(), reverse("milestones:milestone", args=[pk])

    def act() -> str:
        funding.fund_milestone(milestone, by=request.user, at=now)
        messages.success(request, _("%(amount)s is set aside. The work can start.") % {"amount": milestone.amount})
        return there

    return redirect(idempotency.once(request, act, at=now, to=there))
