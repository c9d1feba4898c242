"""Tax details: ours, and the contractor's own."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.queries import organisation
from core.errors import DomainError
from milestones.forms.tax import NOTES, InvoiceSetupForm, TaxDetailForm
from milestones.permissions import can_set_up_invoices
from milestones.queries import payment_setup
from milestones.queries.tax import consent_sentence, setup_of, tax_detail_of, why_no_invoice
from milestones.services import tax as services
from milestones.views.money import own_contractor

PARTY = ("legal_name", "street", "postcode", "town", "country", "vat_id", "registration")


@require_http_methods(["GET", "HEAD", "POST"])
def invoice_setup(request: HttpRequest) -> HttpResponse:
    if not can_set_up_invoices(request.user):
        raise Http404
    setup, house = setup_of(), organisation()
    account = payment_setup()
    initial: dict[str, Any] = {
        **({name: getattr(account, name) for name in ("street", "postcode", "town")} if account else {}),
        "legal_name": house.legal_name[:160] if house else "",
        "country": house.country if house else "",
        **NOTES,
    }
    if setup:
        initial = {name: getattr(setup, name) for name in (*PARTY, "self_bills", *NOTES)}
    form = InvoiceSetupForm(request.POST or None, initial=initial)
    context = {"form": form, "setup": setup, "address": house.address if house else ""}
    if request.method != "POST":
        return render(request, "milestones/invoice_setup.html", context)
    if not form.is_valid():
        return render(request, "milestones/invoice_setup.html", context, status=422)
    services.save_invoice_setup(**form.cleaned_data, by=request.user, at=timezone.now())
    messages.success(request, _("Saved. What was written before stays as it is."))
    return redirect("milestones:invoice_setup")


@require_http_methods(["GET", "HEAD", "POST"])
def tax(request: HttpRequest) -> HttpResponse:
    contractor = own_contractor(request)
    setup, detail, house = setup_of(), tax_detail_of(contractor), organisation()
    initial: dict[str, Any] = {"legal_name": contractor.name, "country": contractor.country}
    if detail:
        initial = {name: getattr(detail, name) for name in (*PARTY, "tax_number", "mode")}
        initial["agrees"] = detail.agreed_at is not None
    consent = consent_sentence(setup, house.legal_name if house else "")
    form = TaxDetailForm(request.POST or None, initial=initial, consent=consent)
    context = {
        "form": form,
        "detail": detail,
        "house": house,
        "self_bills": bool(setup and setup.self_bills),
        "why_no_invoice": why_no_invoice(setup, detail, contractor) if detail else "",
    }
    if request.method != "POST":
        return render(request, "milestones/tax.html", context)
    if not form.is_valid():
        return render(request, "milestones/tax.html", context, status=422)
    try:
        services.save_tax_detail(contractor, **form.cleaned_data, by=request.user, at=timezone.now())
    except DomainError as refusal:
        form.add_error(None, refusal.sentence)
        return render(request, "milestones/tax.html", context, status=409)
    messages.success(request, _("Saved. It holds for payments from now on."))
    return redirect("milestones:tax")
