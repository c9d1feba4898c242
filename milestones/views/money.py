"""The contractor's own money, and where it is sent."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.views.again import ask_again, is_sure, url_of_asking
from contractors.models import Contractor
from core.errors import DomainError
from core.rows import link, row
from core.templatetags.duckrow import NOTHING, court, day, glyph, tag
from core.templatetags.duckrow import money as money_text
from milestones import queries
from milestones.forms.bank import BankForm
from milestones.models import Milestone
from milestones.permissions import can_have_money
from milestones.queries.tax import why_no_invoice
from milestones.queries.timeline import Timeline
from milestones.services import bank as services
from milestones.states import PayoutStatus

A_PAGE = 25


def own_contractor(request: HttpRequest) -> Contractor:
    """The contractor behind the sign-in, with bank and tax details; for anybody else this page does not exist."""
    user: Any = request.user
    contractor = queries.contractor_of(user) if can_have_money(user) else None
    if contractor is None:
        raise Http404
    return contractor


@require_safe
def money(request: HttpRequest) -> HttpResponse:
    contractor = own_contractor(request)
    user: Any = request.user
    detail = getattr(contractor, "tax_detail", None)
    found = queries.money_page(contractor, user, request.GET.get("page"), A_PAGE, at=timezone.now())
    context = {
        "sums": found.sums,
        "page": found.page,
        "rows": [_row(milestone, timeline) for milestone, timeline in found.rows],
        "bank": queries.bank_of(contractor),
        "tax_detail": detail,
        "why_no_invoice": why_no_invoice(found.invoice_setup, detail, contractor),
        "payment_rhythm": found.payment_rhythm,
    }
    return render(request, "milestones/money.html", context)


def _row(milestone: Milestone, timeline: Timeline | None) -> SafeString:
    shape: str = "held"
    on: date | None = milestone.funded_at
    if milestone.paid_at:
        shape, on = "paid", milestone.paid_at
    elif timeline and timeline.payout.status == PayoutStatus.WRITTEN_OFF:
        shape, on = "written_off", timeline.payout.status_since
    elif timeline:
        shape, on = "late" if timeline.is_late else "owed", timeline.payout.due_on
    return row(
        "milestones/_money_row.html",
        shape,
        status=milestone.status,
        glyph=glyph(milestone.status),
        url=link("milestones:milestone", milestone.pk),
        title=milestone.title,
        engagement=milestone.engagement.title,
        state=milestone.get_status_display(),  # type: ignore[attr-defined]
        day=day(on),
        turn=_turn(timeline) if timeline and shape != "paid" else NOTHING,
        amount=money_text(milestone.amount),
    )


def _turn(timeline: Timeline) -> SafeString:
    """As milestones/_turn.html."""
    whose = court(timeline.whose, "you" if timeline.is_viewers else "theirs") if timeline.whose else NOTHING
    late = tag(_("Late"), "bad") if timeline.is_late else NOTHING
    return format_html(
        "{}{}{}{}{}", whose, " " if timeline.whose else "", timeline.says, " " if timeline.is_late else "", late
    )


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
