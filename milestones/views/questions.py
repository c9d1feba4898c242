"""Questions about an offer, asked and answered in place."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.permissions import require
from engagements.models import Engagement, OfferQuestion
from engagements.permissions import is_named
from milestones.forms.signing import AnswerForm, QuestionForm
from milestones.queries.offer import offer_paper
from milestones.services.questions import answer_question


def _paper(request: HttpRequest, engagement: Engagement, address: str, status: int, **more: object) -> HttpResponse:
    """The paper alone, to be put in place of the one on the page: what was typed elsewhere stays."""
    context = {"engagement": engagement, "paper": offer_paper(engagement), "ask_url": address, **more}
    return render(request, "milestones/_paper.html", context, status=status)


def asked(request: HttpRequest, question: OfferQuestion, address: str, page: str) -> HttpResponse:
    """After a question: the paper with it, or without script the page again, at the place."""
    if request.headers.get("HX-Request"):
        return _paper(request, question.engagement, address, 200)
    return redirect(f"{page}#{question.anchor}")


def refused(
    request: HttpRequest,
    engagement: Engagement,
    form: QuestionForm,
    sentence: str,
    status: int,
    address: str,
    page: Callable[..., HttpResponse],
) -> HttpResponse:
    """The place open, with what was typed and what is wrong. `page` draws the whole page, for use without script."""
    bound = {
        "asked_at": form["anchor"].value() or "whole",
        "asked_text": form["text"].value() or "",
        "ask_error": sentence or form.sentence,
    }
    if request.headers.get("HX-Request"):
        return _paper(request, engagement, address, status, **bound)
    return page(status, **bound)


@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """By one of ours, on the engagement's page."""
    question = get_object_or_404(OfferQuestion.objects.visible_to(request.user), pk=pk)
    engagement = question.engagement
    require(is_named(request.user, engagement), _("Only the people named on an engagement answer here."))
    form = AnswerForm(request.POST)
    if not form.is_valid():
        context = {"form": form, "engagement": engagement, "title": _("Answer the question"), "question": question}
        return render(request, "milestones/answer.html", context, status=422)
    answer_question(question, text=form.cleaned_data["text"], by=request.user, at=timezone.now())
    messages.success(request, _("Answered. %(who)s reads it in the offer.") % {"who": engagement.contractor})
    return redirect(reverse("engagements:engagement", args=[engagement.pk]) + f"#question-{pk}")
