"""From need to offer on one page."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.queries import calendar_of
from contractors.models import Application, Contractor
from contractors.states import ApplicationStatus
from core.errors import DomainError
from core.idempotency import KEY, once
from core.money import amount_text
from core.permissions import require
from core.use_case import use_case
from engagements.models import Engagement, Need, TemplateVersion
from engagements.queries.gate import lacks_of_version
from engagements.queries.origin import origin_of
from engagements.queries.readiness import Subject
from engagements.services.goals import NotReadyError
from engagements.states import Duck
from engagements.views import ducks
from milestones.forms.engagement_new import LISTED, EngagementNewForm, number
from milestones.models import OfferDraft
from milestones.permissions import can_create_engagement
from milestones.queries.candidates import find_candidates
from milestones.queries.offer import OfferPaper
from milestones.queries.planned import planned_paper
from milestones.queries.readiness import row_of
from milestones.queries.rehire import answers_again, next_working_day
from milestones.services.drafting import draft_engagement
from milestones.services.offer_drafts import StaleDraftError, spend_offer_draft
from milestones.services.offers import send_offer

# What comes with the template needs no way of its own before there is one.
FIELD_OF = {Duck.ROLE: "version", Duck.COMMS_OWNER: "comms_owner", Duck.BUDGET: "budget"}


def tab_of(request: HttpRequest) -> str:
    """The page's own form key tells a person's tabs apart."""
    key = request.POST.get("form_key", "")
    return key if KEY.fullmatch(key) else ""


def draft_of(request: HttpRequest, given: Any) -> OfferDraft | None:
    """One's own draft by the number in an address or a hidden field."""
    pk = number(given)
    return OfferDraft.objects.visible_to(request.user).filter(pk=pk).first() if pk else None


def _application(request: HttpRequest, draft: OfferDraft | None) -> Application | None:
    """The one that the page was opened from; in a draft it may have been answered otherwise since."""
    offered = Application.objects.visible_to(request.user).in_status(ApplicationStatus.OFFERED).for_list()
    if given := request.GET.get("application", ""):
        return get_object_or_404(offered, pk=number(given) or 0)
    return offered.filter(pk=number(draft.answers.get("application")) or 0).first() if draft else None


def _initial(request: HttpRequest, application: Application | None, draft: OfferDraft | None) -> dict[str, Any]:
    """What is known already, so that it isn't typed again."""
    if draft is not None:
        return {"days": 7, **draft.answers}
    initial: dict[str, Any] = {"starts_on": next_working_day(calendar_of(request.user), timezone.localdate())}
    if again := request.GET.get("again", ""):
        engagements = Engagement.objects.visible_to(request.user).for_page()
        return {**initial, **answers_again(get_object_or_404(engagements, pk=number(again) or 0))}
    initial["contractor"] = number(request.GET.get("contractor"))
    versions = TemplateVersion.objects.visible_to(request.user).published()
    wanted = number(request.GET.get("version"))
    version = versions.filter(pk=wanted).first() if wanted else None
    if application is not None:
        initial["contractor"] = application.contractor_id
        initial["title"] = application.opening.title
        origin = origin_of(application.opening)
        version = version or (versions.filter(pk=origin).first() if origin else None)
    if version is not None:
        initial["version"] = version.pk
        price = version.price
        if application is not None and application.asked_price and application.asked_per == "whole":
            price = application.asked_price if application.asked_currency == version.currency else price
        initial["price"] = amount_text(price)
    return initial


@require_http_methods(["GET", "HEAD", "POST"])
def engagement_new(request: HttpRequest) -> HttpResponse:
    """The page, and its two ways to end: draft kept, or offer sent."""
    require(can_create_engagement(request.user))
    is_posted = request.method == "POST"
    given = request.POST.get("draft", "") if is_posted else request.GET.get("draft", "")
    draft = draft_of(request, given)
    application = _application(request, draft)
    form = EngagementNewForm(
        request.POST if is_posted else None,
        user=request.user,
        application=application,
        initial=_initial(request, application, draft),
    )
    status, is_held, stale = 422 if is_posted else 200, False, None
    if is_posted and form.is_valid():
        try:
            address = once(request, lambda: _carry_out(request, form), at=timezone.now())
        except StaleDraftError as error:
            status, stale = 409, error
        except DomainError as error:
            form.add_error(None, error.sentence)
            status, is_held = 409, isinstance(error, NotReadyError)
        else:
            is_offer = "send" in request.POST
            messages.success(request, _("The offer is on its way.") if is_offer else _("The draft is saved."))
            return redirect(address)
    seen = number(request.POST.get("draft_number")) if is_posted else None
    context = {
        **_seen(request, form),
        "form": form,
        "application": application,
        "is_held": is_held,
        "draft": draft,
        "draft_number": stale.number if stale else seen or (draft.number if draft else None),
        "stale": stale,
        "is_draft_gone": bool(given) and draft is None and not is_posted,
        "drafts": [] if draft or is_posted else list(OfferDraft.objects.visible_to(request.user).for_list()),
    }
    return render(request, "milestones/engagement_new.html", context, status=status)


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """The contract and the ducks for what stands in the form now; nothing is stored."""
    require(can_create_engagement(request.user))
    form = _form_as_typed(request)
    return render(request, "milestones/_offer_preview.html", {**_seen(request, form), "form": form, "swap": True})


@require_POST
def from_template(request: HttpRequest) -> HttpResponse:
    """What the chosen template brings, to be changed in place; nothing is stored."""
    require(can_create_engagement(request.user))
    form = _form_as_typed(request)
    return render(request, "milestones/_offer_from_template.html", {**_seen(request, form), "form": form, "swap": True})


@require_safe
def choices(request: HttpRequest) -> HttpResponse:
    """What the type-ahead of a field offers for the words in `q`."""
    require(can_create_engagement(request.user))
    words, field = request.GET.get("q", "")[:100], request.GET.get("field", "")
    versions: list[TemplateVersion] = []
    people: list[Any] = []
    if field == "version":
        found = TemplateVersion.objects.visible_to(request.user).published().for_list()
        versions = list(found.named(words)[:LISTED])
    else:
        people = find_candidates(request.user, words, most=12, day=timezone.localdate())
    context = {"field": "version" if field == "version" else "contractor", "versions": versions, "people": people}
    return render(request, "milestones/_offer_choices.html", context)


def _form_as_typed(request: HttpRequest) -> EngagementNewForm:
    form = EngagementNewForm(
        request.POST, user=request.user, application=_application(request, draft_of(request, request.POST.get("draft")))
    )
    return form


def _seen(request: HttpRequest, form: EngagementNewForm) -> dict[str, Any]:
    """What stands beside the form: the paper as the contractor will read it, the row of ducks, what holds it back."""
    version, facts = form.chosen, form.known()
    ticked = {str(place) for place in facts.get("stands") or ()}
    needs = [
        Need(kind=need["kind"], what=need["what"], stands_at=timezone.now() if str(place) in ticked else None)
        for place, need in enumerate(version.needs if version else [], start=1)
    ]
    price = facts.get("money") or (version.price if version else None)
    subject = Subject(
        version, list(version.goals.all()) if version else [], needs, facts.get("comms_owner"), facts.get("cover")
    )
    links: dict[str, tuple[str, Any]] = {
        **{duck: (f"#id_{name}", _("Go to it")) for duck, name in FIELD_OF.items()},
        **ducks.template_links(version, request.user),
    }
    budget = facts.get("budget")
    if version is not None:
        links |= dict.fromkeys((Duck.ENVIRONMENT, Duck.ACCESS), ("#id_stands", _("Say what stands")))
        links[Duck.GOALS] = (reverse("engagements:template", args=[version.template_id]), _("Edit the template"))
    if budget is not None:
        links[Duck.BUDGET] = (reverse("milestones:budget", args=[budget.pk]), _("Look at it"))
    shown = ducks.shown(row_of(subject, budget=budget, price=price), request.user, links)
    lacks = lacks_of_version(version) if version else []
    return {**shown, "lacks": lacks, "paper": _paper(form, facts, request.user) if version else None}


def _paper(form: EngagementNewForm, facts: dict[str, Any], lead: User) -> OfferPaper:
    """The paper as the contractor will read it, with words in the place of what nobody has chosen yet."""
    version: Any = form.chosen
    return planned_paper(
        version,
        form.planned_steps(),
        contractor=facts.get("contractor") or Contractor(name=_("(nobody chosen yet)")),
        title=facts.get("title") or _("(no title yet)"),
        lead=lead,
        comms_owner=facts.get("comms_owner") or User(name=_("(nobody named yet)")),
        starts_on=facts.get("starts_on") or timezone.localdate(),
        price=facts.get("money") or version.price,
    )


@use_case
def _carry_out(request: HttpRequest, form: EngagementNewForm) -> str:
    data, now = form.cleaned_data, timezone.now()
    spend_offer_draft(
        number(request.POST.get("draft")),
        seen=number(request.POST.get("draft_number")) or 0,
        tab=tab_of(request),
        by=request.user,
        at=now,
    )
    engagement: Engagement = draft_engagement(
        data["version"],
        contractor=data["contractor"],
        application=data["application"],
        title=data["title"],
        lead=request.user,
        comms_owner=data["comms_owner"],
        cover=data["cover"],
        starts_on=data["starts_on"],
        price=data["money"],
        budget=data["budget"],
        steps=form.planned_steps(),
        standing=data["stands"],
        by=request.user,
        at=now,
    )
    if "send" in request.POST:
        send_offer(engagement, days=data["days"], override_reason=data["override_reason"], by=request.user, at=now)
    if "goals" in request.POST:
        return reverse("engagements:engagement_goals", args=[engagement.pk])
    return reverse("engagements:engagement", args=[engagement.pk])
