"""The agreement as it stands or stood, its paper, and the proof that neither has changed."""

from datetime import date, datetime, time

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.errors import DomainError
from core.models import Event
from engagements import queries
from engagements.forms.verification import PaperForm
from engagements.models import Agreement, Engagement
from engagements.queries.in_force import agreement_in_force, thawed
from engagements.queries.verification import has_made_paper, made_paper, verification_of
from engagements.services.agreements import verify as is_whole
from engagements.views.page_rows import happenings
from reminders.queries import sentence_for

EVENTS_SHOWN = 50
FIRST_DAY = date(2000, 1, 1)


def _engagement(request: HttpRequest, pk: int) -> Engagement:
    engagement: Engagement = get_object_or_404(Engagement.objects.visible_to(request.user).for_page(), pk=pk)
    return engagement


def _agreement(engagement: Engagement) -> Agreement:
    found = queries.latest_agreement(engagement)
    if found is None:
        raise Http404
    return found


@require_safe
def agreement(request: HttpRequest, pk: int) -> HttpResponse:
    """The agreement that stands, or the last one that was voided."""
    engagement = _engagement(request, pk)
    found = queries.latest_agreement(engagement)
    context = {
        "engagement": engagement,
        "agreement": found,
        # Our own rendering, escaped when it was frozen; its hash is that of the canonical text beside it.
        "html": mark_safe(found.html) if found else "",  # noqa: S308
        "signatures": list(found.signatures.select_related("by").order_by("at")) if found else [],
        "is_whole": is_whole(found) if found else True,
        "has_paper": has_made_paper(found) if found else False,
        "amendments": list(engagement.amendments.for_list()),
        "sentence": sentence_for(engagement, request.user, timezone.now()),
    }
    return render(request, "engagements/agreement.html", context)


@require_safe
def in_force(request: HttpRequest, pk: int) -> HttpResponse:
    """What both sides had signed by the end of a day (`?on=`), today unless another is given."""
    engagement = _engagement(request, pk)
    zone = request.user.tz
    today = timezone.localtime(timezone.now(), zone).date()
    on, problem = today, ""
    if given := request.GET.get("on", ""):
        try:
            on = date.fromisoformat(given)
        except ValueError:
            problem = _("Give a day as 2026-11-25.")
    if on < FIRST_DAY:
        on, problem = today, _("Choose a day from 2000 on.")
    elif on > today:
        said = date_format(on, "D j M Y")
        on, problem = today, _("%(day)s is still to come. Below stands what is in force today.") % {"day": said}
    standing = agreement_in_force(engagement, until=datetime.combine(on, time.max, zone))
    context = {
        "engagement": engagement,
        "on": on,
        "today": today,
        "problem": problem,
        "standing": standing,
        "paper": thawed(standing.document) if standing else None,
        "sentence": sentence_for(engagement, request.user, timezone.now()),
    }
    return render(request, "engagements/agreement_in_force.html", context, status=422 if problem else 200)


@require_safe
def paper(request: HttpRequest, pk: int) -> HttpResponse:
    """The PDF, byte for byte as it was made."""
    engagement = _engagement(request, pk)
    found = _agreement(engagement)
    made = made_paper(found)
    if made is None:
        raise DomainError(
            _("The PDF is made within a minute of the second signature. Try again then.")
            if not found.voided_at
            else _("This agreement was voided before both had signed, so it has no PDF.")
        )
    response = HttpResponse(bytes(made.pdf or b""), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="agreement-{pk}-{found.number}.pdf"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest, pk: int) -> HttpResponse:
    """Every hash computed anew, from what is stored and, on request, from a file that somebody was given."""
    engagement = _engagement(request, pk)
    found = _agreement(engagement)
    form = PaperForm(request.POST, request.FILES) if request.method == "POST" else PaperForm()
    proof = verification_of(found)
    sha256 = form.sha256() if form.is_bound and form.is_valid() else ""
    events = Event.objects.of(engagement).for_list()[:EVENTS_SHOWN]
    context = {
        "engagement": engagement,
        "agreement": found,
        "proof": proof,
        "form": form,
        "file_sha256": sha256,
        "is_ours": sha256 in proof.paper_hashes,
        "history": happenings(queries.told(events), request.user),
        "sentence": sentence_for(engagement, request.user, timezone.now()),
    }
    return render(request, "engagements/agreement_verify.html", context, status=422 if form.errors else 200)
