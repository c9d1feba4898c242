"""Amendments: written by the lead, read by both sides before beside after, estimated, signed, declined, withdrawn."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import DomainError
from core.idempotency import once
from core.permissions import require
from engagements.forms.units import UNITS
from engagements.models import Amendment, AmendmentPaper, Engagement
from engagements.permissions import is_its_contractor
from engagements.queries.consent import consent_of
from engagements.queries.in_force import agreement_in_force, open_amendment, text_of
from engagements.states import RUNNING, AmendmentStatus, Side
from milestones.forms.amendments import AmendmentPage, AmendmentSignForm
from milestones.forms.signing import AgreeForm, DeclineForm, ReasonForm
from milestones.permissions import can_agree
from milestones.queries.amendments import lines_of, places_of, view_of
from milestones.services import amendments as services
from milestones.views.signing import REFUSED
from reminders.queries import sentence, sentence_for, waiting


def _engagement(request: HttpRequest, pk: int) -> Engagement:
    engagement: Engagement = get_object_or_404(Engagement.objects.visible_to(request.user).for_page(), pk=pk)
    return engagement


def _amendment(request: HttpRequest, pk: int) -> Amendment:
    amendment: Amendment = get_object_or_404(Amendment.objects.visible_to(request.user).for_page(), pk=pk)
    return amendment


@require_http_methods(["GET", "HEAD", "POST"])
def amend(request: HttpRequest, pk: int) -> HttpResponse:
    """The lead writes what shall be another than it was agreed."""
    engagement = _engagement(request, pk)
    require(can_agree(request.user, engagement))
    standing = agreement_in_force(engagement)
    if engagement.status not in RUNNING or standing is None:
        raise DomainError(_("“%(what)s” has no agreement that could be amended now.") % {"what": engagement})
    found = open_amendment(engagement)
    if found is not None and request.method != "POST":
        return redirect("milestones:amendment", found.pk)
    page = AmendmentPage(
        engagement, places_of(engagement, standing), request.POST if request.method == "POST" else None
    )
    status, sentence = 200, ""
    if request.method == "POST":
        status = 422
        if page.is_valid():
            now = timezone.now()

            def act() -> str:
                reason = page.reason.cleaned_data["reason"]
                made = services.propose_amendment(
                    engagement, wishes=page.wishes(), reason=reason, by=request.user, at=now
                )
                return reverse("milestones:amendment", args=[made.pk])

            try:
                address = once(request, act, at=now)
            except DomainError as error:
                status, sentence = 409, error.sentence
            else:
                messages.success(request, _("Proposed. %(who)s reads it next.") % {"who": engagement.contractor})
                return redirect(address)
    context = {
        "engagement": engagement,
        "page": page,
        "units": UNITS,
        "sentence": sentence,
        "waits": sentence_for(engagement, request.user, timezone.now()),
    }
    return render(request, "milestones/amend.html", context, status=status)


@require_safe
def amendment(request: HttpRequest, pk: int) -> HttpResponse:
    return _show(request, _amendment(request, pk))


def _show(request: HttpRequest, amendment: Amendment, status: int = 200, **forms: Any) -> HttpResponse:
    engagement, viewer = amendment.engagement, request.user
    text = text_of(amendment)
    is_open = amendment.status == AmendmentStatus.PROPOSED
    is_contractor, is_lead = is_its_contractor(viewer, engagement), can_agree(viewer, engagement)
    must_sign, must_agree = is_open and is_contractor and not text, is_open and is_lead and text is not None
    context = {
        "amendment": amendment,
        "engagement": engagement,
        "paper": view_of(amendment),
        "text": text,
        "signatures": list(text.signatures.select_related("by")) if text else [],
        "has_pdf": text is not None and AmendmentPaper.objects.made_of(amendment).exists(),
        "is_open": is_open,
        "is_contractor": is_contractor,
        "sign_form": _sign_form(amendment, None) if must_sign else None,
        "agree_form": AgreeForm() if must_agree else None,
        "decline_form": DeclineForm() if must_sign else None,
        "withdraw_form": ReasonForm(auto_id="withdraw_%s") if is_open and is_lead else None,
        "consent": consent_of(Side.THEIRS if is_contractor else Side.OURS, engagement),
        "sentence": _waits(amendment, viewer),
        **forms,
    }
    return render(request, "milestones/amendment.html", context, status=status)


def _waits(amendment: Amendment, viewer: Any) -> str:
    """What this amendment waits for, else what its engagement does."""
    found = waiting([amendment.engagement])[amendment.engagement_id]
    own = [owed for owed in found.obligations if owed.proposal and owed.kind == "answer_amendment"]
    is_open = amendment.status == AmendmentStatus.PROPOSED
    return sentence(replace(found, obligations=own) if own and is_open else found, viewer, timezone.now())


def _sign_form(amendment: Amendment, data: Any) -> AmendmentSignForm:
    lines = lines_of(amendment.changes)
    known = {}
    for change in amendment.changes:
        before, after = change["before"] or {}, change["after"] or {}
        estimate = before.get("estimate") or {}
        asked = after.get("planned_for")
        is_asked = asked != before.get("planned_for")
        known[change["position"]] = {**estimate, "due_on": asked if is_asked else estimate.get("due_on", asked)}
    return AmendmentSignForm(data, lines=lines, known=known)


def _status(form: Any) -> int:
    return 409 if form.has_error(form.SIGNATURE, REFUSED) else 422


def _signed(
    request: HttpRequest, amendment: Amendment, name: str, form: Any, act: Callable[[], object], told: str
) -> HttpResponse:
    """Refused, the page comes back with the sentence beside the signature; nothing typed is lost."""
    if form.is_valid():
        try:
            once(request, lambda: _did(amendment, act), at=timezone.now())
        except DomainError as error:
            form.add_error(form.SIGNATURE, ValidationError(error.sentence, code=REFUSED))
        else:
            messages.success(request, told)
            return redirect("milestones:amendment", amendment.pk)
    return _show(request, _amendment(request, amendment.pk), _status(form), **{name: form})


def _did(amendment: Amendment, act: Callable[[], object]) -> str:
    act()
    return reverse("milestones:amendment", args=[amendment.pk])


@require_POST
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    """The contractor's estimates and name."""
    amendment = _amendment(request, pk)
    require(is_its_contractor(request.user, amendment.engagement), _("Only the contractor writes the estimates."))
    form = _sign_form(amendment, request.POST)

    def act() -> object:
        return services.sign_amendment(
            amendment,
            estimates=form.estimates(),
            typed_name=form.cleaned_data["typed_name"],
            ip=get_adapter(request).get_client_ip(request),
            by=request.user,
            at=timezone.now(),
        )

    told = _("Signed. %(who)s signs next; until then nothing changes.") % {"who": amendment.engagement.lead.name}
    return _signed(request, amendment, "sign_form", form, act, told)


@require_POST
def agree(request: HttpRequest, pk: int) -> HttpResponse:
    """Our name under the same hash."""
    amendment = _amendment(request, pk)
    require(can_agree(request.user, amendment.engagement))
    form = AgreeForm(request.POST)

    def act() -> object:
        return services.agree_amendment(
            amendment,
            sha256=form.cleaned_data["sha256"],
            typed_name=form.cleaned_data["typed_name"],
            ip=get_adapter(request).get_client_ip(request),
            by=request.user,
            at=timezone.now(),
        )

    return _signed(request, amendment, "agree_form", form, act, _("Signed by both. The plan is as it says now."))


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    amendment = _amendment(request, pk)
    require(can_agree(request.user, amendment.engagement))
    form = ReasonForm(request.POST, auto_id="withdraw_%s")
    if not form.is_valid():
        return _show(request, amendment, 422, withdraw_form=form)
    services.withdraw_amendment(amendment, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now())
    messages.success(request, _("Taken back. The agreement stands as it was."))
    return redirect("milestones:amendment", pk)


@require_POST
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    amendment = _amendment(request, pk)
    require(is_its_contractor(request.user, amendment.engagement))
    form = DeclineForm(request.POST)
    if not form.is_valid():
        return _show(request, amendment, 422, decline_form=form)
    services.decline_amendment(amendment, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now())
    messages.success(request, _("You said no. The agreement stands as it was."))
    return redirect("milestones:amendment", pk)


@require_safe
def pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The PDF, byte for byte as it was made."""
    amendment = _amendment(request, pk)
    made = AmendmentPaper.objects.made_of(amendment).first()
    if made is None:
        raise DomainError(
            _("The PDF is made within a minute of the second signature. Try again then.")
            if amendment.status == AmendmentStatus.AGREED
            else _("Both sides have not signed this amendment, so it has no PDF.")
        )
    response = HttpResponse(bytes(made.pdf or b""), content_type="application/pdf")
    name = f"amendment-{amendment.engagement_id}-{amendment.number}.pdf"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
