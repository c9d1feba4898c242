"""Find anything that one may see."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.states import Role
from contractors.models import Application, Contractor, Opening
from core.text import clean_text
from engagements.models import ContractTemplate, Engagement
from milestones.models import Milestone

MOST = 8  # of each kind; the words narrow it down
SHORTEST = 2


@dataclass(frozen=True)
class Hit:
    label: str
    note: str
    url: str


@dataclass(frozen=True)
class Group:
    name: str
    hits: list[Hit]
    has_more: bool


def narrowed(rows: QuerySet[Any], words: list[str], column: str) -> QuerySet[Any]:
    """Rows whose column holds every word."""
    for word in words:
        rows = rows.filter(**{f"{column}__icontains": word})
    return rows


def find(user: Any, text: str) -> list[Group]:
    """Groups with at least one hit. Each kind is one query over its own `visible_to`."""
    words = clean_text(text).split()[:6]
    if sum(map(len, words)) < SHORTEST:
        return []
    kinds: list[tuple[str, QuerySet[Any], str, Any]] = [
        (_("Engagements"), Engagement.objects.visible_to(user).select_related("contractor"), "title", _engagement),
        (_("Milestones"), Milestone.objects.visible_to(user).select_related("engagement"), "title", _milestone),
    ]
    if user.role in (Role.LEAD, Role.ADMIN):
        kinds += [
            (_("Contractors"), Contractor.objects.visible_to(user), "name", _contractor),
            (_("Templates"), ContractTemplate.objects.visible_to(user), "name", _template),
        ]
    if user.role in (Role.LEAD, Role.ADMIN, Role.MEMBER):
        kinds += [
            (_("Openings"), Opening.objects.visible_to(user), "title", _opening),
            (
                _("Applications"),
                Application.objects.visible_to(user).select_related("contractor", "opening"),
                "contractor__name",
                _application,
            ),
        ]
    if user.role == Role.ADMIN:
        kinds.append((_("People"), User.objects.visible_to(user), "name", _person))
    groups = []
    for name, rows, column, show in kinds:
        found = list(narrowed(rows, words, column).order_by("-pk")[: MOST + 1])
        if found:
            groups.append(Group(name, [show(row) for row in found[:MOST]], len(found) > MOST))
    return groups


def _engagement(row: Engagement) -> Hit:
    return Hit(
        row.title, f"{row.contractor} · {row.get_status_display()}", reverse("engagements:engagement", args=[row.pk])
    )


def _milestone(row: Milestone) -> Hit:
    note = f"{row.engagement} · {row.get_status_display()}"
    return Hit(row.title, note, reverse("milestones:milestone", args=[row.pk]))


def _contractor(row: Contractor) -> Hit:
    return Hit(str(row), row.headline or row.email, reverse("contractors:contractor", args=[row.pk]))


def _template(row: ContractTemplate) -> Hit:
    return Hit(row.name, "", reverse("engagements:template", args=[row.pk]))


def _opening(row: Opening) -> Hit:
    return Hit(row.title, "", reverse("contractors:opening", args=[row.pk]))


def _application(row: Application) -> Hit:
    return Hit(
        str(row.contractor),
        f"{row.opening} · {row.get_status_display()}",
        reverse("contractors:application", args=[row.pk]),
    )


def _person(row: User) -> Hit:
    return Hit(row.name, f"{row.email} · {row.get_role_display()}", reverse("accounts:person", args=[row.pk]))


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "")[:200].strip()
    context = {"q": text, "groups": find(request.user, text), "is_short": len(text) < SHORTEST}
    return render(request, "core/search.html", context)
