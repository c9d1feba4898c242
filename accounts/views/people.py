"""The admin's pages: who is here, who is invited, and one person."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.forms import HandOverForm, InviteForm, RoleForm
from accounts.models import Invitation, User
from accounts.permissions import can_administer_people
from accounts.services import invitations
from accounts.services import people as services
from accounts.states import Role
from core import idempotency
from core.errors import DomainError
from core.models import Event
from core.permissions import require
from engagements.models import Engagement

A_PAGE = 25


def _people_page(request: HttpRequest, form: InviteForm, status: int = 200) -> HttpResponse:
    everybody = User.objects.visible_to(request.user).order_by("-is_active", "name", "pk")
    context = {
        "page": Paginator(everybody, A_PAGE).get_page(request.GET.get("page")),
        "invitations": Invitation.objects.open(timezone.now()).for_team().for_list()[:100],
        "form": form,
    }
    return render(request, "accounts/people.html", context, status=status)


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    require(can_administer_people(request.user))
    return _people_page(request, InviteForm())


@require_POST
def invite(request: HttpRequest) -> HttpResponse:
    require(can_administer_people(request.user))
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _people_page(request, form, status=422)
    now = timezone.now()

    def act() -> str:
        invitation, _token = invitations.invite(**form.cleaned_data, by=request.user, at=now)
        messages.success(request, _("%(email)s gets a link that works for 14 days.") % {"email": invitation.email})
        return reverse("accounts:people")

    return redirect(idempotency.once(request, act, at=now))


@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    require(can_administer_people(request.user))
    invitation = get_object_or_404(Invitation, pk=pk)
    invitations.revoke(invitation, by=request.user, at=timezone.now())
    messages.success(request, _("The invitation of %(email)s is revoked.") % {"email": invitation.email})
    return redirect("accounts:people")


def _held_by(person: User) -> Any:
    """Open engagements that need somebody else before this person can leave."""
    if person.role == Role.CONTRACTOR:
        return Engagement.objects.none()
    return Engagement.objects.open().held_by(person)


def _person_page(request: HttpRequest, person: User, status: int = 200, **forms: Any) -> HttpResponse:
    context = {
        "person": person,
        "held": _held_by(person).count(),
        "events": Event.objects.of(person).for_list()[:50],
        "role_form": RoleForm(initial={"role": person.role}),
        "hand_over_form": HandOverForm(person=person),
        **forms,
    }
    return render(request, "accounts/person.html", context, status=status)


def _person(request: HttpRequest, pk: int) -> User:
    person: User = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    require(can_administer_people(request.user))
    return person


@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    return _person_page(request, _person(request, pk))


@require_POST
def change_role(request: HttpRequest, pk: int) -> HttpResponse:
    person = _person(request, pk)
    form = RoleForm(request.POST)
    if not form.is_valid():
        return _person_page(request, person, status=422, role_form=form)
    person = services.change_role(person, role=form.cleaned_data["role"], by=request.user, at=timezone.now())
    messages.success(request, _("%(name)s is now: %(role)s.") % {"name": person, "role": person.get_role_display()})
    return redirect("accounts:person", pk=pk)


@require_POST
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything open that this person leads, owns or covers goes to somebody else."""
    from engagements.services import handover

    person = _person(request, pk)
    form = HandOverForm(request.POST, person=person)
    if not form.is_valid():
        return _person_page(request, person, status=422, hand_over_form=form)
    to = form.cleaned_data["to"]
    count = handover.hand_over(person, to=to, by=request.user, at=timezone.now())
    said = ngettext("%(n)d engagement is now with %(to)s.", "%(n)d engagements are now with %(to)s.", count)
    messages.success(request, said % {"n": count, "to": to})
    return redirect("accounts:person", pk=pk)


@require_POST
def deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    person = _person(request, pk)
    if _held_by(person).exists():
        raise DomainError(_("%(name)s still has open engagements. Hand them over first.") % {"name": person})
    person = services.deactivate(person, by=request.user, at=timezone.now())
    messages.success(request, _("%(name)s is deactivated and signed out everywhere.") % {"name": person})
    return redirect("accounts:person", pk=pk)
