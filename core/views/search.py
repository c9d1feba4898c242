"""Find anything that one may see."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.states import Role
from contractors.models import Application, Contractor, Opening
from contractors.states import ApplicationStatus
from core.text import clean_text
from engagements.models import ContractTemplate, Engagement
from engagements.states import EngagementStatus
from milestones.models import Milestone
from milestones.states import MilestoneStatus

MOST = 8  # of each kind; the words narrow it down
SHORTEST = 2
LONGEST = 5  # columns besides the label
NOTHING = Value("", CharField())


class Hit(NamedTuple):
    label: str
    note: str
    url: str


@dataclass(frozen=True)
class Group:
    name: str
    hits: list[Hit]
    has_more: bool


@dataclass(frozen=True)
class Kind:
    """What can be found by the words of its `column`; what a hit says besides comes of `columns`, at most LONGEST."""

    name: str
    rows: QuerySet[Any]
    column: str
    address: str
    columns: tuple[Any, ...] = ()
    note: Callable[..., str] = lambda *_columns: ""

    def arm(self, words: list[str]) -> QuerySet[Any, Any]:
        """The newest that hold every word, one more than are shown."""
        first = self.rows.order_by("-pk")
        for word in words:
            first = first.filter(**{f"{self.column}__icontains": word})
        rows = self.rows.model._default_manager.filter(pk__in=first.values("pk")[: MOST + 1]).order_by()
        filler = [NOTHING] * (LONGEST - len(self.columns))
        return rows.values_list(Value(self.name, CharField()), "pk", self.column, *self.columns, *filler)

    def group(self, found: list[Any]) -> Group:
        hits = [
            Hit(label, self.note(*columns[: len(self.columns)]), reverse(self.address, args=[pk]))
            for _kind, pk, label, *columns in sorted(found, key=lambda row: -row[1])
        ]
        return Group(self.name, hits[:MOST], len(hits) > MOST)


def _of_engagement(status: str, pk: str, name: str, headline: str, profile: str) -> str:
    contractor = Contractor(pk=pk, name=name, headline=headline, profile_id=profile)
    return f"{contractor} · {EngagementStatus(status).label}"


def _kinds(user: Any) -> Iterator[Kind]:
    """Each over its own `visible_to`."""
    yield Kind(
        _("Engagements"),
        Engagement.objects.visible_to(user),
        "title",
        "engagements:engagement",
        (
            "status",
            Cast("contractor", CharField()),
            "contractor__name",
            "contractor__headline",
            "contractor__profile_id",
        ),
        _of_engagement,
    )
    yield Kind(
        _("Milestones"),
        Milestone.objects.visible_to(user),
        "title",
        "milestones:milestone",
        ("engagement__title", "status"),
        lambda engagement, status: f"{engagement} · {MilestoneStatus(status).label}",
    )
    if user.role in (Role.LEAD, Role.ADMIN):
        yield Kind(
            _("Contractors"),
            Contractor.objects.visible_to(user),
            "name",
            "contractors:contractor",
            ("headline", "email"),
            lambda headline, email: headline or email,
        )
        yield Kind(_("Templates"), ContractTemplate.objects.visible_to(user), "name", "engagements:template")
    if user.role in (Role.LEAD, Role.ADMIN, Role.MEMBER):
        yield Kind(_("Openings"), Opening.objects.visible_to(user), "title", "contractors:opening")
        yield Kind(
            _("Applications"),
            Application.objects.visible_to(user),
            "contractor__name",
            "contractors:application",
            ("opening__title", "status"),
            lambda opening, status: f"{opening} · {ApplicationStatus(status).label}",
        )
    if user.role == Role.ADMIN:
        yield Kind(
            _("People"),
            User.objects.visible_to(user),
            "name",
            "accounts:person",
            ("email", "role"),
            lambda email, role: f"{email} · {Role(role).label}",
        )


def find(user: Any, text: str) -> list[Group]:
    """Groups with at least one hit, all of them by one statement."""
    words = clean_text(text).split()[:6]
    if sum(map(len, words)) < SHORTEST:
        return []
    kinds = [*_kinds(user)]
    first, *others = (kind.arm(words) for kind in kinds)
    found: dict[str, list[Any]] = {}
    for row in first.union(*others, all=True):
        found.setdefault(row[0], []).append(row)
    return [kind.group(found[kind.name]) for kind in kinds if kind.name in found]


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "")[:200].strip()
    context = {"q": text, "groups": find(request.user, text), "is_short": len(text) < SHORTEST}
    return render(request, "core/search.html", context)
