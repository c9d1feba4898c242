"""Contractors: who is known, and what is claimed about each."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from contractors import queries
from contractors.forms.vetting import CheckForm
from contractors.models import Application, Claim, Contractor
from contractors.permissions import can_check_claim, can_see_bench
from contractors.services import claims
from contractors.states import ClaimStatus
from contractors.views.access import vetting_page
from core.errors import DomainError
from core.paging import KeyPaginator
from core.permissions import require
from core.rows import link, row
from core.tallies import WholePaginator
from core.templatetags.duckrow import DASH, address, avatar, day
from engagements.models import Engagement
from milestones.permissions import can_create_engagement
from milestones.queries.candidates import can_be_offered
from milestones.queries.record import page_of, record_sums
from milestones.queries.rehire import last_engagements
from milestones.views.record_rows import staff_rows

ROWS_A_PAGE = 25
RECORD_SHOWN = 12
APPLICATIONS_SHOWN = 50


@require_safe
@vetting_page
def index(request: HttpRequest) -> HttpResponse:
    rows = Contractor.objects.visible_to(request.user).for_list()
    is_bench = request.GET.get("bench") == "1" and can_see_bench(request.user)
    is_whole = not is_bench and Contractor.objects.are_all_seen_by(request.user)
    paginator = (WholePaginator if is_whole else KeyPaginator)(rows.on_bench() if is_bench else rows, ROWS_A_PAGE)
    page = paginator.get_page(request.GET.get("page"))
    may_offer = is_bench and can_create_engagement(request.user)
    again = last_engagements(page.object_list, request.user) if may_offer else {}
    context = {
        "page": page,
        "rows": [_row(contractor, may_offer, again.get(contractor.pk)) for contractor in page.object_list],
        "is_bench": is_bench,
        "may_offer": may_offer,
        "may_see_bench": can_see_bench(request.user),
    }
    return render(request, "contractors/contractors.html", context)


def _row(contractor: Contractor, may_offer: bool, last: Engagement | None) -> SafeString:
    name = str(contractor)
    subtitle = format_html('<span class="dr-table__s">{}</span>', contractor.headline)
    no_mail = format_html('<span class="dr-muted">{}</span>', _("none: gets no mail"))
    return row(
        "contractors/_row.html",
        avatar=avatar(name),
        url=link("contractors:contractor", contractor.pk),
        name=name,
        subtitle=subtitle if contractor.name and contractor.headline else "",
        email=address(contractor.email) if contractor.email else no_mail,
        source=contractor.source or DASH,
        since=day(contractor.created_at),
        next=_next(contractor, last) if may_offer else "",
    )


def _next(contractor: Contractor, last: Engagement | None) -> SafeString:
    """On the bench: an offer, or work like the last again."""
    named = {"contractor": contractor}
    return format_html(
        '<td role="cell" class="num"><a class="btn btn-secondary btn-sm" href="{}?{}" aria-label="{}">{}</a></td>',
        reverse("milestones:engagement_new"),
        f"again={last.pk}" if last else f"contractor={contractor.pk}",
        (_("Rehire %(contractor)s") if last else _("Make %(contractor)s an offer")) % named,
        _("Rehire") if last else _("Make an offer"),
    )


@require_safe
@vetting_page
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    contractor = get_object_or_404(Contractor.objects.visible_to(request.user).select_related("user"), pk=pk)
    applications = Application.objects.visible_to(request.user).by(contractor).for_list()[:APPLICATIONS_SHOWN]
    found = list(contractor.claims.all())
    may_offer = can_create_engagement(request.user) and can_be_offered(contractor)
    record = record_sums(contractor)
    context = {
        "contractor": contractor,
        "may_offer": may_offer,
        "again": last_engagements([contractor], request.user).get(contractor.pk) if may_offer else None,
        "skills": contractor.skills.order_by("name"),
        "claims": [(claim, queries.reading(claim)) for claim in found],
        "checked": sum(claim.status != ClaimStatus.CLAIMED for claim in found),
        "may_check": can_check_claim(request.user),
        "applications": applications,
        "sentences": queries.sentences(applications, request.user, timezone.now()),
        "hire_again": contractor.hire_again.select_related("by").first(),
        "history": queries.history_of(contractor),
        "record": record,
        "record_rows": staff_rows(page_of(record, {}, RECORD_SHOWN).object_list, request.user),  # type: ignore[arg-type]
    }
    return render(request, "contractors/contractor.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@vetting_page
def claim_check(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what was found about one claim."""
    visible = Contractor.objects.visible_to(request.user)
    claim = get_object_or_404(Claim.objects.about(visible).select_related("contractor"), pk=pk)
    require(can_check_claim(request.user))
    if request.method != "POST":
        return _check_page(request, claim, CheckForm.of(claim, request.GET.get("application", "")), 200)
    form = CheckForm(request.POST)
    if not form.is_valid():
        return _check_page(request, claim, form, 422)
    given = form.cleaned_data
    try:
        claims.check_claim(
            claim,
            status=given["status"],
            evidence=given["evidence"],
            by=request.user,
            at=timezone.now(),
            seen=given["seen"],
        )
    except DomainError as error:
        form.add_error(None, error.sentence)
        claim.refresh_from_db()
        return _check_page(request, claim, form, 409)
    records = Application.objects.visible_to(request.user).by(claim.contractor)
    back = records.filter(pk=given["application"]).first()
    if back:
        return redirect(f"{reverse('contractors:application', args=[back.pk])}#claims")
    return redirect(f"{reverse('contractors:contractor', args=[claim.contractor_id])}#claims")


def _check_page(request: HttpRequest, claim: Claim, form: CheckForm, status: int) -> HttpResponse:
    context = {"claim": claim, "reading": queries.reading(claim), "contractor": claim.contractor, "form": form}
    return render(request, "contractors/claim_check.html", context, status=status)
