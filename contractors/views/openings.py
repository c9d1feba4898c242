"""Openings: the list, one of them, writing, publishing, closing."""

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.queries import organisation
from contractors import queries
from contractors.forms.openings import OpeningPage
from contractors.models import Application, Opening
from contractors.permissions import can_create_opening, can_edit_opening
from contractors.services import openings
from contractors.views.access import vetting_page
from core.errors import DomainError
from core.idempotency import once
from core.permissions import require

ROWS_A_PAGE = 25
IMPORTS_SHOWN = 5


@require_safe
@vetting_page
def index(request: HttpRequest) -> HttpResponse:
    rows = Opening.objects.visible_to(request.user).for_list().with_counts()
    context = {
        "page": Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page")),
        "may_create": can_create_opening(request.user),
    }
    return render(request, "contractors/openings.html", context)


@require_safe
@vetting_page
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    opening = get_object_or_404(Opening.objects.visible_to(request.user).select_related("lead"), pk=pk)
    applications = Application.objects.of(opening).for_list()
    page = Paginator(applications, ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "opening": opening,
        "criteria": opening.criteria.all(),
        "questions": opening.questions.all(),
        "reviewers": opening.reviewers.order_by("name", "pk"),
        "counts": queries.status_counts(opening),
        "page": page,
        "sentences": queries.sentences(page, request.user, timezone.now()),
        "history": queries.history_of(opening),
        "imports": opening.imports.defer("content").order_by("-created_at", "-pk")[:IMPORTS_SHOWN],
        "public_url": settings.SITE_URL + reverse("contractors:apply", args=[opening.token]),
        "may_edit": can_edit_opening(request.user, opening),
        "is_draft": opening.published_at is None,
    }
    return render(request, "contractors/opening.html", context)


def _form_page(request: HttpRequest, page: OpeningPage, opening: Opening | None, status: int) -> HttpResponse:
    return render(request, "contractors/opening_form.html", {"page": page, "opening": opening}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@vetting_page
def new(request: HttpRequest) -> HttpResponse:
    require(can_create_opening(request.user))
    if request.method != "POST":
        ours = organisation()
        initial = {"currency": ours.home_currency if ours else "EUR", "reviewers": [request.user.pk]}
        return _form_page(request, OpeningPage(initial=initial), None, 200)
    page = OpeningPage(request.POST)
    if not page.is_valid():
        return _form_page(request, page, None, 422)
    now = timezone.now()

    def create() -> str:
        opening = openings.create_opening(**page.facts(), lead=request.user, by=request.user, at=now)
        return reverse("contractors:opening", args=[opening.pk])

    try:
        return redirect(once(request, create, at=now))
    except DomainError as error:
        page.form.add_error(None, error.sentence)
        return _form_page(request, page, None, 409)


@require_http_methods(["GET", "HEAD", "POST"])
@vetting_page
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    opening = get_object_or_404(Opening.objects.visible_to(request.user), pk=pk)
    require(can_edit_opening(request.user, opening))
    if request.method != "POST":
        initial = {"seen": queries.draft_version(opening)}
        return _form_page(request, OpeningPage(initial=initial, opening=opening), opening, 200)
    page = OpeningPage(request.POST, opening=opening)
    if not page.is_valid():
        return _form_page(request, page, opening, 422)
    seen = page.form.cleaned_data["seen"]
    try:
        openings.edit_opening(opening, **page.facts(), by=request.user, at=timezone.now(), seen=seen)
    except DomainError as error:
        page.form.add_error(None, error.sentence)
        return _form_page(request, page, opening, 409)
    return redirect("contractors:opening", opening.pk)


@require_POST
@vetting_page
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    opening = get_object_or_404(Opening.objects.visible_to(request.user), pk=pk)
    require(can_edit_opening(request.user, opening))
    openings.publish_opening(opening, by=request.user, at=timezone.now())
    messages.success(request, _("The public page is open. Send its link to whom you like."))
    return redirect("contractors:opening", opening.pk)


@require_POST
@vetting_page
def close(request: HttpRequest, pk: int) -> HttpResponse:
    opening = get_object_or_404(Opening.objects.visible_to(request.user), pk=pk)
    require(can_edit_opening(request.user, opening))
    openings.close_opening(opening, by=request.user, at=timezone.now())
    messages.success(request, _("The public page is closed. Decide on those who applied."))
    return redirect("contractors:opening", opening.pk)
