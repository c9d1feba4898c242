"""Contractors: who is known, and what is claimed about each."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
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
from milestones.permissions import can_create_engagement
from milestones.queries.candidates import can_be_offered
from milestones.queries.delivery import delivery_record
from milestones.queries.rehire import last_engagements

ROWS_A_PAGE = 25
APPLICATIONS_SHOWN = 50


@require_safe
@vetting_page
def index(request: HttpRequest) -> HttpResponse:
    rows = Contractor.objects.visible_to(request.user).for_list()
    is_bench = request.GET.get("bench") == "1" and can_see_bench(request.user)
    if is_bench:
        rows = rows.on_bench()
    page = KeyPaginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    may_offer = is_bench and can_create_engagement(request.user)
    context = {
        "page": page,
        "is_bench": is_bench,
        "may_offer": may_offer,
        "again": last_engagements(page.object_list, request.user) if may_offer else {},
        "may_see_bench": can_see_bench(request.user),
    }
    return render(request, "contractors/contractors.html", context)


@require_safe
@vetting_page
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    contractor = get_object_or_404(Contractor.objects.visible_to(request.user).select_related("user"), pk=pk)
    applications = Application.objects.visible_to(request.user).by(contractor).for_list()[:APPLICATIONS_SHOWN]
    found = list(contractor.claims.all())
    may_offer = can_create_engagement(request.user) and can_be_offered(contractor)
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
        "record": delivery_record(contractor),
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
