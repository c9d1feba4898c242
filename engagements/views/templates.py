"""Contract templates: the list, one with its versions, the editor, publishing."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.queries import organisation
from contractors.forms.openings import OpeningPage
from core.errors import DomainError
from core.idempotency import once
from core.models import Event
from core.paging import KeyPaginator
from core.permissions import require
from engagements import queries
from engagements.forms import DraftPage, NewTemplateForm
from engagements.forms.templates import ADDERS
from engagements.forms.units import UNITS
from engagements.models import ContractTemplate, TemplateVersion
from engagements.permissions import can_see_templates, can_write_templates
from engagements.queries.differences import differences
from engagements.services import openings
from engagements.services import templates as services
from engagements.states import VersionStatus
from engagements.views.page_rows import happenings
from engagements.views.rows import template_row

A_PAGE = 25


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    if not can_see_templates(request.user):
        raise Http404
    rows = ContractTemplate.objects.visible_to(request.user).for_list()
    page = KeyPaginator(rows, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [template_row(template) for template in page.object_list],
        "may_write": can_write_templates(request.user),
    }
    return render(request, "engagements/templates.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    if not can_see_templates(request.user):
        raise Http404
    require(can_write_templates(request.user))
    if request.method != "POST":
        ours = organisation()
        form = NewTemplateForm(initial={"currency": ours.home_currency if ours else "EUR"})
        return render(request, "engagements/template_new.html", {"form": form})
    form = NewTemplateForm(request.POST)
    if not form.is_valid():
        return render(request, "engagements/template_new.html", {"form": form}, status=422)
    now = timezone.now()
    given = form.cleaned_data

    def act() -> str:
        version = services.create_template(
            given["name"], role=given["role"], price=given["price"], by=request.user, at=now
        )
        return reverse("engagements:version_edit", args=[version.pk])

    try:
        return redirect(once(request, act, at=now))
    except DomainError as error:
        form.add_error("name", error.sentence)
        return render(request, "engagements/template_new.html", {"form": form}, status=409)


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    template = get_object_or_404(ContractTemplate.objects.visible_to(request.user).select_related("lead"), pk=pk)
    versions = list(TemplateVersion.objects.of(template))
    by_number = {str(version.number): version for version in versions}
    live = next((v for v in versions if v.status == VersionStatus.PUBLISHED), None)
    shown = by_number.get(request.GET.get("version", "")) or live or versions[0]
    shown.template = template
    context = {
        "template": template,
        "versions": versions,
        "shown": shown,
        "steps": queries.plan(shown),
        "areas": shown.areas.select_related("inside_owner"),
        "draft": next((v for v in versions if v.status == VersionStatus.DRAFT), None),
        "live": live,
        "ticks": queries.ticks(shown) if shown.status == VersionStatus.DRAFT else [],
        "history": happenings(queries.told(Event.objects.of(template).for_list()[:20]), request.user),
        "may_write": can_write_templates(request.user),
    }
    return render(request, "engagements/template.html", context)


def _template_url(version: TemplateVersion) -> str:
    return f"{reverse('engagements:template', args=[version.template_id])}?version={version.number}"


@require_POST
def new_draft(request: HttpRequest, pk: int) -> HttpResponse:
    template = get_object_or_404(ContractTemplate.objects.visible_to(request.user), pk=pk)
    require(can_write_templates(request.user))
    now = timezone.now()

    def act() -> str:
        version = services.new_draft(template, by=request.user, at=now)
        return reverse("engagements:version_edit", args=[version.pk])

    return redirect(once(request, act, at=now))


def _version(request: HttpRequest, pk: int) -> TemplateVersion:
    version: TemplateVersion = get_object_or_404(
        TemplateVersion.objects.visible_to(request.user).select_related("template"), pk=pk
    )
    require(can_write_templates(request.user))
    return version


def _editor(request: HttpRequest, page: DraftPage, *, seen: str, status: int = 200, sentence: str = "") -> HttpResponse:
    version = page.version
    steps = queries.plan(version)
    context: dict[str, Any] = {
        "version": version,
        "page": page,
        "units": UNITS,
        "seen": seen,
        "sentence": sentence,
        "ticks": queries.ticks(version),
        "amounts": {number: step.amount for number, step in enumerate(steps, start=1)},
        "live": TemplateVersion.objects.published().of(version.template).first(),
    }
    context["is_ready"] = all(tick.is_ok or not tick.holds_back for tick in context["ticks"])
    return render(request, "engagements/version_edit.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def version_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The editor. `act` is the button: save, publish (saves first), or one more row for browsers without script."""
    version = _version(request, pk)
    if request.method != "POST":
        if version.status != VersionStatus.DRAFT:
            return redirect(_template_url(version))
        return _editor(request, DraftPage(version), seen=queries.draft_version(version))
    act = request.POST.get("act", "save")
    seen = request.POST.get("seen", "")
    if act in ADDERS:
        return _editor(request, DraftPage.with_one_more(version, request.POST, act), seen=seen)
    page = DraftPage(version, request.POST)
    if not page.is_valid():
        return _editor(request, page, seen=seen, status=422)
    now = timezone.now()

    def save() -> str:
        services.save_draft(version, **page.facts(), by=request.user, at=now, seen=seen)
        return reverse("engagements:version_edit", args=[version.pk])

    try:
        url = once(request, save, at=now)
        if act == "publish":
            services.publish(version, by=request.user, at=now)
            url = _template_url(version)
    except DomainError as error:
        version.refresh_from_db()
        seen = queries.draft_version(version)  # whoever saves once more has read the sentence
        return _editor(request, page, seen=seen, status=409, sentence=error.sentence)
    if act == "publish":
        messages.success(request, _("%(what)s is published and never changes again.") % {"what": version})
    else:
        messages.success(request, _("Saved."))
    return redirect(url)


@require_POST
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    version = services.publish(_version(request, pk), by=request.user, at=timezone.now())
    messages.success(request, _("%(what)s is published and never changes again.") % {"what": version})
    return redirect(_template_url(version))


@require_safe
def compare(request: HttpRequest, pk: int) -> HttpResponse:
    """Two versions side by side, by goal and clause: `old` and `new` are numbers; the latest two without them."""
    from engagements.files.templates import document_of  # YAML and JSON Schema, for these two addresses alone

    template = get_object_or_404(ContractTemplate.objects.visible_to(request.user), pk=pk)
    versions = list(template.versions.select_related("template").order_by("-number"))
    by_number = {str(version.number): version for version in versions}
    new = by_number.get(request.GET.get("new", "")) or versions[0]
    old = by_number.get(request.GET.get("old", "")) or next((v for v in versions if v.number < new.number), new)
    context = {
        "template": template,
        "versions": versions,
        "old": old,
        "new": new,
        "differences": differences(document_of(old), document_of(new)),
    }
    return render(request, "engagements/compare.html", context)


@require_safe
def as_file(request: HttpRequest, pk: int) -> HttpResponse:
    from engagements.files.templates import write

    version = get_object_or_404(TemplateVersion.objects.visible_to(request.user).select_related("template"), pk=pk)
    name = slugify(version.template.name) or f"template-{version.template_id}"
    return HttpResponse(
        write(version),
        content_type="application/yaml; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}-v{version.number}.yaml"'},
    )


@require_POST
def duplicate(request: HttpRequest, pk: int) -> HttpResponse:
    version, now = _version(request, pk), timezone.now()

    def act() -> str:
        return reverse("engagements:version_edit", args=[services.duplicate(version, by=request.user, at=now).pk])

    return redirect(once(request, act, at=now))


@require_POST
def retire(request: HttpRequest, pk: int) -> HttpResponse:
    version = services.retire(_version(request, pk), by=request.user, at=timezone.now())
    messages.success(request, _("%(what)s is retired. What was made from it keeps it.") % {"what": version})
    return redirect(_template_url(version))


def _brief(version: TemplateVersion) -> str:
    """The version's own words and its goals, as applicants may read them."""
    goals = "\n".join(
        f"- {goal}" + (f" ({_('today')} {goal.baseline})" if goal.baseline else "") for goal in version.goals.all()
    )
    return f"{version.brief}\n\n{goals}".strip()


@require_http_methods(["GET", "HEAD", "POST"])
def opening_new(request: HttpRequest, pk: int) -> HttpResponse:
    version = _version(request, pk)
    if request.method != "POST":
        if version.status != VersionStatus.PUBLISHED:
            return redirect(_template_url(version))
        initial = {
            "title": version.template.name,
            "brief": _brief(version),
            "currency": version.currency,
            "reviewers": [request.user.pk],
        }
        return _opening_page(request, version, OpeningPage(initial=initial))
    page = OpeningPage(request.POST)
    if not page.is_valid():
        return _opening_page(request, version, page, status=422)
    now = timezone.now()

    def act() -> str:
        opening = openings.open_from_template(version, **page.facts(), by=request.user, at=now)
        return reverse("contractors:opening", args=[opening.pk])

    try:
        return redirect(once(request, act, at=now))
    except DomainError as error:
        page.form.add_error(None, error.sentence)
        return _opening_page(request, version, page, status=409)


def _opening_page(request: HttpRequest, version: TemplateVersion, page: OpeningPage, status: int = 200) -> HttpResponse:
    context = {"page": page, "opening": None, "version": version}
    return render(request, "engagements/opening_new.html", context, status=status)
