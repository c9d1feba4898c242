"""The contractor's own money, and where it is sent."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.views.again import ask_again, is_sure, url_of_asking
from contractors.models import Contractor
from core.errors import DomainError
from milestones import queries
from milestones.forms.bank import BankForm
from milestones.permissions import can_have_money
from milestones.queries.tax import setup_of, tax_detail_of, why_no_invoice
from milestones.queries.timeline import money_lines
from milestones.services import bank as services

A_PAGE = 25


def own_contractor(request: HttpRequest) -> Contractor:
    """The contractor behind the sign-in; for anybody else this page does not exist."""
    user: Any = request.user
    if not can_have_money(user):
        raise Http404
    contractor: Contractor = get_object_or_404(Contractor.objects.select_related("bank_detail"), user=user)
    return contractor


@require_safe
def money(request: HttpRequest) -> HttpResponse:
    contractor = own_contractor(request)
    user: Any = request.user
    detail = tax_detail_of(contractor)
    page = Paginator(queries.money_rows(user), A_PAGE).get_page(request.GET.get("page"))
    context = {
        "sums": queries.own_money(user),
        "page": page,
        "rows": money_lines(page.object_list, contractor, user, at=timezone.now()),
        "bank": queries.bank_of(contractor),
        "tax_detail": detail,
        "why_no_invoice": why_no_invoice(setup_of(), detail, contractor),
        "payment_rhythm": queries.payment_rhythm(),
    }
    return render(request, "milestones/money.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def bank(request: HttpRequest) -> HttpResponse:
    contractor = own_contractor(request)
    detail = queries.bank_of(contractor)
    chosen = request.GET.get("bank_country", "")
    initial = {
        "holder": request.user.name,  # type: ignore[union-attr]
        "bank_country": chosen or (detail.bank_country if detail else contractor.country),
        "town": detail.town if detail else "",
        "country": detail.country if detail else contractor.country,
    }
    form = BankForm(request.POST or None, initial=initial)
    context = {"form": form, "bank": detail, "ask_url": ""}
    # Who changes an account shows again who it is; for the first one having just signed in will do.
    is_known = is_sure(request, also_sign_in=detail is None)
    if request.method != "POST":
        if request.headers.get("HX-Request"):
            return render(request, "milestones/_bank_form.html", context)
        return render(request, "milestones/bank.html", context) if is_known else ask_again(request)
    if not form.is_valid():
        return render(request, "milestones/bank.html", context, status=422)
    if not is_known:
        context["ask_url"] = url_of_asking(request.path)
        return render(request, "milestones/bank.html", context, status=409)
    try:
        services.save_bank_detail(contractor, **form.cleaned_data, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    except DomainError as refusal:
        form.add_error(None, refusal.sentence)
        return render(request, "milestones/bank.html", context, status=409)
    messages.success(request, _("Saved. A mail about it is on its way to you."))
    return redirect("milestones:money")
