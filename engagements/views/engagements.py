"""Engagements: the list, one of them, what is said in it, its history and its agreement."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.queries import fill_people
from accounts.states import Pronoun
from core.errors import DomainError
from core.idempotency import once
from core.models import Event
from core.money import Money
from core.permissions import require
from engagements import queries
from engagements.forms import CheckInForm, MessageForm
from engagements.models import Engagement, Need
from engagements.permissions import can_check_in, can_hear_back, can_measure, can_speak, is_its_contractor, is_named
from engagements.queries.gate import lacks_of_offer
from engagements.queries.lists import engagements_of
from engagements.queries.measurements import Trend, trends
from engagements.queries.offer import link_of
from engagements.queries.seen import engagement_seen_by, goals_of
from engagements.services import conversation as services
from engagements.services.read_backs import BEFORE_WORK
from engagements.states import ENDABLE, ENDED, MEASURABLE, RUNNING, EngagementStatus
from engagements.views import ducks
from engagements.views.page_rows import goal_rows, happenings, lines, milestone_rows
from engagements.views.rows import rows
from milestones.forms.signing import ReasonForm
from milestones.models import Milestone
from milestones.permissions import can_agree, can_create_engagement, can_end, can_offer, can_steer
from milestones.queries.completion import completion_of
from milestones.queries.engagement_page import engagement_facts
from milestones.queries.progress import progress
from milestones.states import DONE, MilestoneStatus
from reminders.queries import sentence, waiting

A_PAGE = 25


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    page = engagements_of(request.user, A_PAGE).get_page(request.GET.get("page"))
    return render(request, "engagements/engagements.html", {"page": page, "rows": rows(page.object_list, request.user)})


def _engagement(request: HttpRequest, pk: int, *more: str) -> Engagement:
    viewer: Any = request.user
    engagement = engagement_seen_by(viewer, pk, *more)
    if engagement is None:
        raise Http404
    return engagement


def _to_take_back(engagement: Engagement) -> list[Need]:
    return list(engagement.needs.to_take_back()) if engagement.status in ENDED else []


def _money(milestones: Sequence[Milestone], currency: str, *statuses: str) -> Money:
    return Money(sum(m.amount_minor for m in milestones if m.status in statuses), currency)


def _turn(engagement: Engagement, ladder: Sequence[queries.Rung], viewer: User) -> str:
    """Whose turn the offer's next step is; empty when it is the viewer's own."""
    rung = next((each for each in ladder if each.place == "is-now"), None)
    if rung is None or (rung.person is not None and rung.person.pk == viewer.pk):
        return ""
    person = rung.person
    if person is not None and person.pk == engagement.contractor.user_id and person.pronoun != Pronoun.THEIRS:
        return _("Hers") if person.pronoun == Pronoun.HERS else _("His")
    return _("%(name)s’s") % {"name": person.first_name if person else engagement.contractor}


def _has_ended(engagement: Engagement, milestones: Sequence[Milestone]) -> bool:
    """Over, or all of it is paid."""
    is_over = engagement.status in (EngagementStatus.COMPLETED, EngagementStatus.TERMINATED)
    return is_over or (bool(milestones) and all(m.status in DONE for m in milestones))


def _page(request: HttpRequest, engagement: Engagement, *, status: int = 200, **forms: Any) -> HttpResponse:
    viewer: Any = request.user
    now = timezone.now()
    fill_people([(engagement, engagement.PEOPLE)], known=[viewer, engagement.contractor.user])
    waits = waiting([engagement])[engagement.pk]
    milestones = waits.milestones
    facts = engagement_facts(engagement, now, also=[viewer, engagement.comms_owner])
    said, has_earlier = queries.conversation(engagement, viewer)
    is_contractor = is_its_contractor(viewer, engagement)
    other = engagement.comms_owner if is_contractor else engagement.contractor.user
    speaks = can_speak(viewer, engagement) and engagement.status not in services.SILENT
    has_ended = _has_ended(engagement, milestones)
    checks_in = can_check_in(viewer, engagement) and engagement.status in RUNNING and not has_ended
    is_offered = engagement.status == EngagementStatus.OFFERED
    is_agreed = engagement.agreed_at is not None
    is_signed = is_offered and queries.has_their_signature(engagement)
    may_offer = can_offer(viewer, engagement)
    goals = goals_of(engagement)
    ladder = queries.offer_ladder(engagement) if is_offered else []
    is_amendable = facts.agreement is not None and engagement.status in RUNNING
    amendment = next((owed for owed in waits.obligations if owed.kind == "answer_amendment"), None)
    may_steer = can_steer(viewer, engagement)
    may_end, side = can_end(viewer, engagement), engagement.side_of(viewer)
    has_notice = waits.ends_on is not None or waits.has("answer_end")
    notice = queries.open_termination(engagement) if has_notice else queries.carried_out(engagement)
    context = {
        "engagement": engagement,
        "ladder": ladder,
        "ladder_turn": _turn(engagement, ladder, viewer),
        "may_rehire": can_create_engagement(viewer) and has_ended,
        "is_contractor": is_contractor,
        "sentence": sentence(waits, viewer, now),
        "milestone_rows": milestone_rows(
            milestones, progress(milestones, viewer, now, plan=milestones, times=facts.times)
        ),
        "paid": _money(milestones, engagement.currency, MilestoneStatus.PAID),
        "goal_rows": goal_rows(
            trends(goals) if is_agreed and "measured" in facts.has else [Trend(goal) for goal in goals],
            shows_values=is_agreed,
            may_measure=is_agreed and can_measure(viewer, engagement) and engagement.status in MEASURABLE,
        ),
        "shows_values": is_agreed,
        "lines": lines(said, engagement, viewer),
        "has_earlier": has_earlier,
        "confidence": facts.confidence,
        "clocks": queries.clocks(viewer, other, now, facts.times.calendars)
        if other and other.pk != viewer.pk
        else None,
        "now_there": f"{now.astimezone(other.tz):%H:%M}" if other else "",
        "other": other,
        "agreement": facts.agreement,
        "must_sign": is_contractor and is_offered and not is_signed,
        "must_countersign": can_agree(viewer, engagement) and is_signed,
        "must_say_back": is_contractor and waits.has("say_back"),
        "must_hear_back": can_hear_back(viewer, engagement) and waits.has("hear_back"),
        "offer_questions": queries.questions_of(engagement) if engagement.status in BEFORE_WORK else [],
        "may_answer": is_offered and is_named(viewer, engagement),
        "amendment_owed": amendment,
        "must_sign_amendment": amendment is not None and amendment.person == viewer,
        "may_amend": amendment is None and can_agree(viewer, engagement) and is_amendable,
        "must_send": may_offer and engagement.status == EngagementStatus.DRAFT,
        "lacks": lacks_of_offer(engagement) if may_offer and engagement.status == EngagementStatus.DRAFT else [],
        "overrides": list(engagement.overrides.select_related("by").order_by("pk"))
        if "override" in facts.has and not is_contractor
        else [],
        "pause": queries.open_pause(engagement),
        "pause_form": ReasonForm(auto_id="pause_%s")
        if may_steer and engagement.status == EngagementStatus.ACTIVE
        else None,
        "may_complete": may_steer and any(o.kind == "complete" for o in waits.obligations),
        "completion": None if is_contractor else completion_of(engagement),
        "to_take_back": _to_take_back(engagement) if is_named(viewer, engagement) else [],
        "termination": notice,
        "answers_notice": may_end and notice is not None and notice.is_at_once and notice.side != side,
        "may_take_back": may_end and notice is not None and notice.side == side,
        "may_end": may_end and engagement.status in ENDABLE and notice is None,
        "may_resume": may_steer and engagement.status == EngagementStatus.PAUSED,
        "areas": list(engagement.areas.select_related("inside_owner"))
        if "area" in facts.has and not is_contractor
        else [],
        "link": link_of(engagement) if may_offer and is_offered else None,
        "withdraw_form": ReasonForm(auto_id="withdraw_%s") if may_offer and is_offered else None,
        "history": happenings(queries.told(facts.history), viewer),
        "message_form": MessageForm(auto_id="say_%s") if speaks else None,
        "check_in_form": CheckInForm() if checks_in else None,
        **({} if is_contractor else ducks.of_engagement(engagement, goals, viewer, facts.has)),
        **forms,
    }
    return render(request, "engagements/engagement.html", context, status=status)


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _engagement(request, pk, "version__template"))


@require_POST
def message(request: HttpRequest, pk: int) -> HttpResponse:
    engagement = _engagement(request, pk)
    require(can_speak(request.user, engagement), _("Only the people named on an engagement write in it."))
    form = MessageForm(request.POST, auto_id="say_%s")
    if not form.is_valid():
        return _page(request, engagement, status=422, message_form=form)
    now, there = timezone.now(), reverse("engagements:engagement", args=[pk]) + "#conversation"

    def act() -> str:
        services.send_message(engagement, **form.cleaned_data, by=request.user, at=now)
        return there

    try:
        return redirect(once(request, act, at=now, to=there))
    except DomainError as error:
        form.add_error(None, error.sentence)
        return _page(request, engagement, status=409, message_form=form)


@require_POST
def check_in(request: HttpRequest, pk: int) -> HttpResponse:
    engagement = _engagement(request, pk)
    require(can_check_in(request.user, engagement), _("Only the contractor checks in."))
    form = CheckInForm(request.POST)
    if not form.is_valid():
        return _page(request, engagement, status=422, check_in_form=form)
    now, there = timezone.now(), reverse("engagements:engagement", args=[pk]) + "#conversation"

    def act() -> str:
        services.check_in(engagement, **form.cleaned_data, by=request.user, at=now)
        return there

    try:
        return redirect(once(request, act, at=now, to=there))
    except DomainError as error:
        form.add_error(None, error.sentence)
        return _page(request, engagement, status=409, check_in_form=form)


@require_safe
def conversation(request: HttpRequest, pk: int) -> HttpResponse:
    engagement = _engagement(request, pk)
    fill_people([(engagement, engagement.PEOPLE)], known=[engagement.contractor.user])
    page = queries.conversation_page(engagement, request.user, request.GET)
    is_contractor = is_its_contractor(request.user, engagement)
    said = lines(page.object_list, engagement, request.user)
    context = {"engagement": engagement, "page": page, "lines": said, "is_contractor": is_contractor}
    return render(request, "engagements/conversation.html", context)


@require_safe
def history(request: HttpRequest, pk: int) -> HttpResponse:
    engagement = _engagement(request, pk)
    page = Paginator(Event.objects.of(engagement).for_list(), A_PAGE).get_page(request.GET.get("page"))
    told = happenings(queries.told(page.object_list), request.user)
    context = {"engagement": engagement, "page": page, "history": told}
    return render(request, "engagements/history.html", context)
