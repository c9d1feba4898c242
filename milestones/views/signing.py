"""Both sides' way to a signed agreement."""

from collections.abc import Callable
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import DomainError
from core.idempotency import once
from core.permissions import require
from core.text import clean_text
from engagements.models import Agreement, Engagement
from engagements.permissions import is_its_contractor
from engagements.queries.consent import consent_of, policy_digest, policy_to_accept
from engagements.queries.offer import current_agreement, latest_agreement
from engagements.queries.read_backs import is_understood, latest_read_back
from engagements.services.read_backs import say_back
from engagements.states import EngagementStatus, Side
from milestones.forms.agreeing import AskForm, FasterForm
from milestones.forms.signing import AgreeForm, DeclineForm, EstimatesForm, QuestionForm, ReasonForm
from milestones.models import Estimate
from milestones.permissions import can_agree, can_offer
from milestones.queries.faster import pace_of
from milestones.queries.offer import offer_paper
from milestones.queries.progress import likely_dates
from milestones.services.estimates import estimate_and_sign as sign_for_contractor
from milestones.services.offers import decline_offer, renew_link, revoke_link, send_offer, withdraw_offer
from milestones.services.questions import ask_question
from milestones.services.signing import agree_and_sign, send_back
from milestones.views.questions import asked, refused
from reminders.queries import sentence_for

REFUSED = "refused"


def engagement_seen(request: HttpRequest, pk: int) -> Engagement:
    return get_object_or_404(
        Engagement.objects.visible_to(request.user).for_list().select_related("version__template"), pk=pk
    )


def must_be_offered(engagement: Engagement) -> None:
    if engagement.status != EngagementStatus.OFFERED:
        raise DomainError(
            _("“%(what)s” is %(state)s; there is nothing to sign.")
            % {"what": engagement, "state": engagement.get_status_display().lower()}
        )


@require_http_methods(["GET", "HEAD", "POST"])
def estimate_and_sign(request: HttpRequest, pk: int) -> HttpResponse:
    """The contractor reads the paper, estimates each milestone and signs, on one page."""
    engagement = engagement_seen(request, pk)
    require(is_its_contractor(request.user, engagement))
    must_be_offered(engagement)
    policy = policy_to_accept(engagement)
    form = _estimates_form(engagement, policy, _posted(request))
    if request.method == "POST" and form.is_valid():

        def act() -> str:
            now, data = timezone.now(), form.cleaned_data
            sign_for_contractor(
                engagement,
                estimates=form.estimates(),
                typed_name=data["typed_name"],
                ip=get_adapter(request).get_client_ip(request),
                policy_sha256=data.get("policy", ""),
                by=request.user,
                at=now,
            )
            if data.get("read_back"):
                say_back(engagement, text=data["read_back"], questions=data["open_questions"], by=request.user, at=now)
            return reverse("engagements:engagement", args=[pk])

        if address := _try(request, form, act):
            messages.success(request, _("Signed. %(who)s reads your estimates next.") % {"who": engagement.lead.name})
            return redirect(address)
    return _sign_page(request, engagement, policy, form, _status(form))


def _estimates_form(engagement: Engagement, policy: str, data: Any) -> EstimatesForm:
    milestones = list(engagement.milestones.standing())
    return EstimatesForm(
        data,
        engagement=engagement,
        milestones=milestones,
        latest=Estimate.objects.latest_of(milestones),
        policy_sha256=policy_digest(policy),
        may_say_back=not is_understood(engagement),
    )


def _sign_page(
    request: HttpRequest, engagement: Engagement, policy: str, form: EstimatesForm, status: int, **more: Any
) -> HttpResponse:
    agreement = current_agreement(engagement)
    context = {
        "paper": offer_paper(engagement),
        "ask_url": reverse("milestones:ask", args=[engagement.pk]),
        "engagement": engagement,
        "form": form,
        "decline_form": DeclineForm(),
        "policy": policy,
        "consent": consent_of(Side.THEIRS, engagement),
        "said": latest_read_back(engagement),
        "agreement": agreement,
        "sent_back": None if agreement else latest_agreement(engagement),
        "sentence": sentence_for(engagement, request.user, timezone.now()),
        **more,
    }
    return render(request, "milestones/sign.html", context, status=status)


@require_POST
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """The contractor asks in place."""
    engagement = engagement_seen(request, pk)
    require(is_its_contractor(request.user, engagement), _("Only the reader of the offer asks here."))
    form, address = QuestionForm(request.POST), reverse("milestones:ask", args=[pk])

    def again(status: int, **more: Any) -> HttpResponse:
        policy = policy_to_accept(engagement)
        return _sign_page(request, engagement, policy, _estimates_form(engagement, policy, None), status, **more)

    if not form.is_valid():
        return refused(request, engagement, form, "", 422, address, again)
    try:
        question = ask_question(engagement, **form.cleaned_data, by=request.user, link=None, at=timezone.now())
    except DomainError as error:
        return refused(request, engagement, form, error.sentence, 409, address, again)
    return asked(request, question, address, reverse("milestones:estimate_and_sign", args=[pk]))


def _posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _status(form: Any) -> int:
    """Shown for the first time, refused by a rule, or not understood."""
    if not form.is_bound:
        return 200
    return 409 if form.has_error(form.SIGNATURE, REFUSED) else 422


def _try(request: HttpRequest, form: Any, act: Callable[[], str]) -> str:
    """The address to go to, or '' with the refusal beside the signature; nothing typed is lost."""
    try:
        return once(request, act, at=timezone.now())
    except DomainError as error:
        form.add_error(form.SIGNATURE, ValidationError(error.sentence, code=REFUSED))
        return ""


@require_http_methods(["GET", "HEAD", "POST"])
def agree(request: HttpRequest, pk: int) -> HttpResponse:
    """The lead reads the estimates, then signs the same hash, cuts scope, asks, or sends them back."""
    engagement = engagement_seen(request, pk)
    require(can_agree(request.user, engagement))
    must_be_offered(engagement)
    agreement = current_agreement(engagement)
    if agreement is None:
        raise DomainError(_("%(who)s has not signed yet.") % {"who": engagement.contractor})
    form = AgreeForm(_posted(request))
    if request.method == "POST" and form.is_valid():

        def act() -> str:
            agree_and_sign(
                engagement,
                sha256=form.cleaned_data["sha256"],
                typed_name=form.cleaned_data["typed_name"],
                ip=get_adapter(request).get_client_ip(request),
                by=request.user,
                at=timezone.now(),
            )
            return reverse("engagements:engagement", args=[pk])

        if address := _try(request, form, act):
            messages.success(request, _agreed(engagement))
            return redirect(address)
    return agree_page(request, engagement, agreement, form, _status(form))


def agree_page(
    request: HttpRequest, engagement: Engagement, agreement: Agreement, form: AgreeForm, status: int, **forms: Any
) -> HttpResponse:
    """What the contractor signed, and all that the lead may do about it; `forms` that were refused come back."""
    milestones = list(engagement.milestones.standing())
    latest = Estimate.objects.latest_of(milestones)
    pace = pace_of(engagement.contractor)
    context = {
        "engagement": engagement,
        "agreement": agreement,
        "signature": agreement.signatures.select_related("by").first(),
        "rows": [(m, latest.get(m.pk)) for m in milestones],
        "likely": likely_dates(engagement, latest, timezone.now()),
        "consent": consent_of(Side.OURS, engagement),
        "said": latest_read_back(engagement),
        "form": form,
        "reason_form": ReasonForm(),
        "pace": pace,
        "faster_form": FasterForm(milestones=milestones) if pace.may_ask else None,
        "ask_form": AskForm(),
        "sentence": sentence_for(engagement, request.user, timezone.now()),
        **forms,
    }
    return render(request, "milestones/agree.html", context, status=status)


def _agreed(engagement: Engagement) -> str:
    if is_understood(engagement):
        return _("Agreed. Fund the first milestone and the work can start.")
    return _("Agreed. The work starts once the read-back of %(who)s is accepted.") % {"who": engagement.contractor}


@require_POST
def send_estimates_back(request: HttpRequest, pk: int) -> HttpResponse:
    engagement = engagement_seen(request, pk)
    require(can_agree(request.user, engagement))
    form = ReasonForm(request.POST)
    if not form.is_valid():
        context = {"form": form, "engagement": engagement, "title": _("Send the estimates back")}
        return render(request, "milestones/reason.html", context, status=422)
    send_back(engagement, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now())
    messages.success(request, _("Sent back. %(who)s hears the reason.") % {"who": engagement.contractor})
    return redirect("engagements:engagement", pk)


@require_POST
def send(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a draft's offer."""
    engagement = engagement_seen(request, pk)
    require(can_offer(request.user, engagement))
    reason = clean_text(request.POST.get("override_reason", ""))[:2000]
    send_offer(engagement, override_reason=reason, by=request.user, at=timezone.now())
    messages.success(request, _("The offer is on its way."))
    return redirect("engagements:engagement", pk)


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    engagement = engagement_seen(request, pk)
    require(can_offer(request.user, engagement))
    form = ReasonForm(request.POST)
    if not form.is_valid():
        context = {"form": form, "engagement": engagement, "title": _("Take the offer back")}
        return render(request, "milestones/reason.html", context, status=422)
    withdraw_offer(engagement, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now())
    messages.success(request, _("The offer was taken back."))
    return redirect("engagements:engagement", pk)


@require_POST
def renew(request: HttpRequest, pk: int) -> HttpResponse:
    """Mail the offer's link anew; the old one ends."""
    engagement = engagement_seen(request, pk)
    require(can_offer(request.user, engagement))
    renew_link(engagement, by=request.user, at=timezone.now())
    messages.success(request, _("A new link is on its way; the old one opens nothing any more."))
    return redirect("engagements:engagement", pk)


@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    engagement = engagement_seen(request, pk)
    require(can_offer(request.user, engagement))
    revoke_link(engagement, by=request.user, at=timezone.now())
    messages.success(request, _("The link opens nothing any more. The offer itself stands."))
    return redirect("engagements:engagement", pk)


@require_POST
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    engagement = engagement_seen(request, pk)
    require(is_its_contractor(request.user, engagement))
    form = DeclineForm(request.POST)
    if not form.is_valid():
        context = {"form": form, "engagement": engagement, "title": _("Say no to the offer")}
        return render(request, "milestones/reason.html", context, status=422)
    decline_offer(engagement, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now())
    messages.success(request, _("You said no. Nobody counts it against you."))
    return redirect("home")
