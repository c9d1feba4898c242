"""Vetting: the queue, the record of one application, marking it and deciding on it."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contractors import queries
from contractors.forms.vetting import DecisionForm, ScorecardForm
from contractors.models import Application, Opening
from contractors.permissions import can_check_claim, can_decide, can_score
from contractors.services import decisions, scorecards
from contractors.states import ApplicationStatus, ClaimStatus, Decision
from contractors.views.access import vetting_page
from core.errors import DomainError
from core.idempotency import once
from core.permissions import require
from engagements.models import Engagement
from milestones.permissions import can_create_engagement
from reminders.asks import asks_of_admin
from reminders.views.home_rows import ask_rows

ROWS_A_PAGE = 25
ASKS_SHOWN = 8


class CountedPaginator(Paginator):
    """Of a list whose length is known already."""

    def __init__(self, rows: object, per_page: int, count: int) -> None:
        super().__init__(rows, per_page)  # type: ignore[arg-type]
        self.known = count

    @cached_property
    def count(self) -> int:
        return self.known


@require_safe
@vetting_page
def queue(request: HttpRequest) -> HttpResponse:
    """What waits for me first, for an admin whatever it is about, then every application that I may see."""
    now = timezone.now()
    visible = Application.objects.visible_to(request.user)
    openings = list(Opening.objects.visible_to(request.user).for_list().only("title", "lead__name")[:200])
    wanted = request.GET.get("opening", "")
    opening = next((o for o in openings if str(o.pk) == wanted), None)
    rows = visible.of(opening) if opening else visible
    counts = queries.stage_counts(rows)
    stage = request.GET.get("stage", "")
    stage = stage if stage in queries.STAGES else "vetting"
    shown = rows.in_status(*queries.STAGES[stage]).for_list()
    page = CountedPaginator(shown, ROWS_A_PAGE, counts[stage]).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "sentences": queries.sentences(page, request.user, now),
        "stage": stage,
        "counts": counts,
        "openings": openings,
        "opening": opening,
        "asked": ask_rows(asks_of_admin(request.user, now)),  # type: ignore[arg-type]
        "to_mark": list(Application.objects.to_mark_by(request.user)[: ASKS_SHOWN + 1]),
        "to_decide": list(Application.objects.to_decide_by(request.user)[: ASKS_SHOWN + 1]),
    }
    return render(request, "contractors/vetting.html", context)


def _application(request: HttpRequest, pk: int) -> Application:
    visible = Application.objects.visible_to(request.user)
    return get_object_or_404(visible.select_related("contractor__user", "opening__lead"), pk=pk)


def _record(request: HttpRequest, application: Application, form: DecisionForm, status: int) -> HttpResponse:
    now = timezone.now()
    standing = queries.standing(application)
    cards = queries.revealed_scorecards(standing, request.user)
    claims = list(application.contractor.claims.all())
    may_decide = can_decide(request.user, application)
    context = {
        "application": application,
        "contractor": application.contractor,
        "opening": application.opening,
        "standing": standing,
        "sentence": queries.sentence_of(standing, request.user, now),
        "claims": [(claim, queries.reading(claim)) for claim in claims],
        "checked": sum(claim.status != ClaimStatus.CLAIMED for claim in claims),
        "may_check": can_check_claim(request.user),
        "answers": application.answers.select_related("question").order_by("question__position"),
        "board": queries.board(application.opening, cards),
        "decisions": application.decisions.select_related("by"),
        "history": queries.history_of(application, application.contractor),
        "form": form,
        "may_decide": may_decide
        and (standing.is_to_decide or application.status == ApplicationStatus.OFFERED or form.is_bound),
        **_agreement(request, application),
        "is_mine_to_mark": standing.is_open_to_scorecards and request.user.pk in {p.pk for p in standing.missing},
    }
    return render(request, "contractors/application.html", context, status=status)


def _agreement(request: HttpRequest, application: Application) -> dict[str, object]:
    """What became of a hire: the engagement, or whether this person may make it. Nothing is asked before one."""
    if application.status not in (ApplicationStatus.OFFERED, ApplicationStatus.HIRED):
        return {}
    engagement = Engagement.objects.visible_to(request.user).of_application(application).first()
    may_make = application.status == ApplicationStatus.OFFERED and can_create_engagement(request.user)
    return {"engagement": engagement, "may_make_agreement": may_make and engagement is None}


def _decision_form(application: Application, data: object = None) -> DecisionForm:
    """After a hire only the ways out of it are offered; nobody is promised a mail that can't go out."""
    form = DecisionForm(data)  # type: ignore[arg-type]
    if not application.contractor.email:
        no_mail = _("No mail goes out: no e-mail is known")
        form.fields["decision"].widget.consequences |= {Decision.BENCH.value: no_mail, Decision.DECLINE.value: no_mail}  # type: ignore[attr-defined]
    if application.status == ApplicationStatus.OFFERED:
        form.fields["decision"].choices = [c for c in Decision.choices if c[0] != Decision.HIRE]  # type: ignore[attr-defined]
    return form


@require_safe
@vetting_page
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """All that is known about one application, with who and when."""
    application = _application(request, pk)
    return _record(request, application, _decision_form(application), 200)


@require_POST
@vetting_page
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    application = _application(request, pk)
    require(can_decide(request.user, application))
    form = _decision_form(application, request.POST)
    if not form.is_valid():
        return _record(request, application, form, 422)
    now, given = timezone.now(), form.cleaned_data

    def act() -> str:
        decisions.decide(application, decision=given["decision"], reason=given["reason"], by=request.user, at=now)
        return reverse("contractors:application", args=[pk])

    try:
        where = once(request, act, at=now)
    except DomainError as error:
        form.add_error(None, error.sentence)
        return _record(request, _application(request, pk), form, 409)
    messages.success(request, _("Decided and written down."))
    return redirect(where)


@require_http_methods(["GET", "HEAD", "POST"])
@vetting_page
def scorecard(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one application, alone."""
    application = _application(request, pk)
    require(can_score(request.user, application), _("Only the reviewers named on the opening mark applications."))
    if request.method != "POST":
        standing = queries.standing(application)
        if request.user.pk in standing.scored_at or not standing.is_open_to_scorecards:
            return redirect("contractors:application", pk)
        return _scorecard_page(request, application, ScorecardForm(opening=application.opening), 200)
    form = ScorecardForm(request.POST, opening=application.opening)
    if not form.is_valid():
        return _scorecard_page(request, application, form, 422)
    now = timezone.now()

    def act() -> str:
        scorecards.submit(
            application, reviewer=request.user, marks=form.marks(), evidence=form.cleaned_data["evidence"], at=now
        )
        return reverse("contractors:application", args=[pk])

    try:
        return redirect(once(request, act, at=now))
    except DomainError as error:
        form.add_error(None, error.sentence)
        return _scorecard_page(request, application, form, 409)


def _scorecard_page(request: HttpRequest, application: Application, form: ScorecardForm, status: int) -> HttpResponse:
    claims = list(application.contractor.claims.all())
    context = {
        "application": application,
        "contractor": application.contractor,
        "opening": application.opening,
        "answers": application.answers.select_related("question").order_by("question__position"),
        "claims": [(claim, queries.reading(claim)) for claim in claims],
        "checked": sum(claim.status != ClaimStatus.CLAIMED for claim in claims),
        "form": form,
    }
    return render(request, "contractors/scorecard.html", context, status=status)
