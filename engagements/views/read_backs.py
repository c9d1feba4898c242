"""The read-back: said by the contractor, heard by the lead, read by both on one page."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import DomainError
from core.idempotency import once
from core.permissions import require
from engagements.forms.read_backs import AskAgainForm, ReadBackForm, ReplyForm
from engagements.models import Engagement
from engagements.permissions import can_hear_back, is_its_contractor
from engagements.queries.measurements import Trend
from engagements.queries.read_backs import read_backs, reply_to
from engagements.queries.seen import goals_of
from engagements.services import read_backs as services
from engagements.views.page_rows import goal_rows
from reminders.queries import sentence_for


def _engagement(request: HttpRequest, pk: int) -> Engagement:
    engagement: Engagement = get_object_or_404(Engagement.objects.visible_to(request.user).for_page(), pk=pk)
    return engagement


def _page(request: HttpRequest, engagement: Engagement, status: int = 200, **forms: Any) -> HttpResponse:
    said = read_backs(engagement)
    latest = said[0] if said else None
    reply = reply_to(latest)
    is_open = engagement.status in services.BEFORE_WORK and not (reply and reply.is_accepted)
    may_answer = is_open and latest is not None and reply is None and can_hear_back(request.user, engagement)
    may_say = is_open and is_its_contractor(request.user, engagement)
    initial = {"read_back": latest.text, "open_questions": latest.questions} if latest else None
    context = {
        "engagement": engagement,
        "said": said,
        "goal_rows": goal_rows(Trend(goal) for goal in goals_of(engagement)),
        "form": ReadBackForm(initial=initial) if may_say else None,
        "latest": latest,
        "may_answer": may_answer,
        "again_form": AskAgainForm() if may_answer else None,
        "sentence": sentence_for(engagement, request.user, timezone.now()),
        **forms,
    }
    return render(request, "engagements/read_back.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def read_back(request: HttpRequest, pk: int) -> HttpResponse:
    engagement = _engagement(request, pk)
    if request.method != "POST":
        return _page(request, engagement)
    require(is_its_contractor(request.user, engagement), _("Only the contractor says the goals back."))
    form = ReadBackForm(request.POST)
    if not form.is_valid():
        return _page(request, engagement, 422, form=form)
    now = timezone.now()

    def act() -> str:
        data = form.cleaned_data
        services.say_back(engagement, text=data["read_back"], questions=data["open_questions"], by=request.user, at=now)
        messages.success(request, _("Sent. %(who)s says whether that is it.") % {"who": engagement.lead.name})
        return reverse("engagements:read_back", args=[pk])

    try:
        return redirect(once(request, act, at=now))
    except DomainError as error:
        form.add_error(None, error.sentence)
        return _page(request, engagement, 409, form=form)


@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    engagement = _engagement(request, pk)
    require(can_hear_back(request.user, engagement), _("Only the lead accepts a read-back."))
    form = ReplyForm(request.POST)
    if not form.is_valid():
        raise DomainError(_("The page came in without the read-back you read. Read it again, then accept it."))
    number = form.cleaned_data["number"]
    services.accept_read_back(engagement, number=number, by=request.user, at=timezone.now())
    messages.success(request, _("You two mean the same. Fund the first milestone and the work can start."))
    return redirect("engagements:engagement", pk)


@require_POST
def ask_again(request: HttpRequest, pk: int) -> HttpResponse:
    engagement = _engagement(request, pk)
    require(can_hear_back(request.user, engagement), _("Only the lead accepts a read-back."))
    form = AskAgainForm(request.POST)
    if not form.is_valid():
        return _page(request, engagement, 422, again_form=form)
    services.ask_again(engagement, **form.cleaned_data, by=request.user, at=timezone.now())
    messages.success(request, _("Sent. %(who)s says the goals back once more.") % {"who": engagement.contractor})
    return redirect("engagements:read_back", pk)
