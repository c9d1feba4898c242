"""The account that we pay from, and the days on which we do."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.queries import organisation
from accounts.views.again import ask_again, is_sure_for_money, url_of_asking
from core.errors import DomainError
from milestones import queries
from milestones.forms.payout import PaymentSetupForm
from milestones.permissions import can_set_up_payment
from milestones.queries.accounts import WrongAccount
from milestones.queries.promise import BANK_DAYS, WEEKDAYS
from milestones.services import payment_setup as services

FIELDS = {"account": "iban", "code": "bic"}  # of our own account, as the form calls them


@require_http_methods(["GET", "HEAD", "POST"])
def payment_setup(request: HttpRequest) -> HttpResponse:
    if not can_set_up_payment(request.user):  # type: ignore[arg-type]
        raise Http404
    setup, house = queries.payment_setup(), organisation()
    known = ("name", "street", "postcode", "town", "country", "weekdays", "bank_days")
    initial = (
        {name: getattr(setup, name) for name in known}
        if setup
        else {
            "name": house.legal_name[:70] if house else "",
            "country": house.country if house else "",
            "weekdays": WEEKDAYS,
            "bank_days": BANK_DAYS,
        }
    )
    form = PaymentSetupForm(request.POST or None, initial=initial, setup=setup)
    context = {"form": form, "setup": setup, "ask_url": ""}
    is_known = is_sure_for_money(request)
    if request.method != "POST":
        return render(request, "milestones/payment_setup.html", context) if is_known else ask_again(request)
    if not form.is_valid():
        return render(request, "milestones/payment_setup.html", context, status=422)
    if not is_known:
        context["ask_url"] = url_of_asking(request.path)
        return render(request, "milestones/payment_setup.html", context, status=409)
    try:
        services.save_payment_setup(**form.cleaned_data, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    except WrongAccount as refusal:
        form.add_error(FIELDS[refusal.field], refusal.sentence)
        return render(request, "milestones/payment_setup.html", context, status=422)
    except DomainError as refusal:
        form.add_error(None, refusal.sentence)
        return render(request, "milestones/payment_setup.html", context, status=409)
    messages.success(request, _("Saved."))
    return redirect("milestones:payment_setup")
