"""Drafts of the page from template to offer: kept as one types, and thrown away."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import DomainError
from core.idempotency import is_spent
from core.permissions import require
from milestones.forms.engagement_new import number, says_something, typed_answers
from milestones.models import OfferDraft
from milestones.permissions import can_create_engagement
from milestones.services import offer_drafts as services
from milestones.views.engagement_new import tab_of

AS_NEW = "new"  # keep mine although the draft is gone


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """What stands in the form now. `keep` says that this tab's words go over another's, whose number it names."""
    require(can_create_engagement(request.user))
    tab, answers = tab_of(request), typed_answers(request.POST)
    if is_spent(request.user, tab) or not says_something(answers):
        return HttpResponse(status=204)
    pk, keep = number(request.POST.get("draft")), request.POST.get("keep", "")
    seen = number(keep) or number(request.POST.get("draft_number")) or 0
    who = {"tab": tab, "by": request.user, "at": timezone.now()}
    try:
        if pk is None or keep == AS_NEW:
            draft = services.begin_offer_draft(answers, **who)
        else:
            draft = services.save_offer_draft(pk, answers=answers, seen=seen, **who)
    except services.StaleDraftError as error:
        refused = {"draft_pk": pk, "draft_number": seen, "stale": error}
        return render(request, "milestones/_offer_saved.html", refused, status=409)
    except DomainError as error:
        return render(request, "milestones/_offer_saved.html", {"draft_pk": pk, "sentence": error.sentence}, status=409)
    facts = {"draft_pk": draft.pk, "draft_number": draft.number, "saved_at": draft.saved_at}
    answer = render(request, "milestones/_offer_saved.html", facts)
    answer["HX-Replace-Url"] = f"{reverse('milestones:engagement_new')}?draft={draft.pk}"
    return answer


@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    draft = get_object_or_404(OfferDraft.objects.visible_to(request.user), pk=pk)
    require(can_create_engagement(request.user))
    services.discard_offer_draft(draft, by=request.user, at=timezone.now())
    messages.success(request, _("The draft is gone."))
    return redirect("milestones:engagement_new")
