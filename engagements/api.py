"""Templates and engagements for programs: the same lists, checks and services as the pages."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema, Status
from ninja.errors import HttpError
from pydantic import Field

from accounts.api import in_their_words, require_scope
from accounts.states import TokenScope
from core.api import answers
from core.money import Money, exponent
from core.paging import KeyPaginator
from core.permissions import require
from engagements.files import applying
from engagements.files.reading import FileError
from engagements.files.templates import document_of, write
from engagements.files.templates import schema as template_schema
from engagements.models import ContractTemplate, Engagement, TemplateVersion
from engagements.permissions import can_write_templates
from engagements.queries.lists import engagements_of
from engagements.states import VersionStatus
from milestones.files import engagements as files
from milestones.models import Milestone
from milestones.permissions import can_create_engagement
from reminders.queries import sentence, waiting

A_PAGE = 50
YAML = "application/yaml"
BODIES = ("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml", "application/json")
LONGEST_NUMBER = 2_147_483_647
router = Router()
router.add_decorator(in_their_words)


class Amount(Schema):
    """`amount` is decimal text with the currency's places: `4800.00`."""

    amount: str
    currency: str

    @classmethod
    def of(cls, money: Money) -> "Amount":
        return cls(amount=f"{money.decimal:.{exponent(money.currency)}f}", currency=money.currency)


class VersionOut(Schema):
    number: int
    status: str


class TemplateRow(Schema):
    id: int
    name: str
    lead: str
    live_version: int | None
    draft_version: int | None
    engagements: int


class TemplatePage(Schema):
    items: list[TemplateRow]
    page: int
    pages: int
    count: int


class TemplateOut(Schema):
    """`document` is what the shown version says, in the shape of a template's file."""

    id: int
    name: str
    lead: str
    version: VersionOut
    versions: list[VersionOut]
    document: dict[str, Any]


class DifferenceOut(Schema):
    """`sign` is + for what is new, - for what is gone, ~ for what changed."""

    sign: str
    where: str
    before: str
    after: str


class AppliedOut(Schema):
    """Without differences the version says what the file says already. `id` is empty in a plan of a new template."""

    id: int | None
    name: str
    version: VersionOut
    is_new: bool
    is_plan: bool
    differences: list[DifferenceOut]


class EngagementRow(Schema):
    id: int
    title: str
    status: str
    waits: str = Field(description="Whose turn it is, as a sentence for the token's person.")
    contractor: str
    lead: str
    comms_owner: str
    price: Amount
    starts_on: date
    created_at: datetime


class EngagementPage(Schema):
    items: list[EngagementRow]
    page: int
    pages: int
    count: int


class GoalOut(Schema):
    """Of one that is done or not done, `criterion` says it; of the others, `target` and `unit`."""

    metric: str
    kind: str
    criterion: str
    unit: str
    baseline: str
    direction: str
    target: str
    target_high: str
    method: str
    measured_by: str
    objective: str
    hands_over: bool
    due_on: date


class MilestoneOut(Schema):
    id: int
    position: int
    title: str
    status: str
    amount: Amount
    due_on: date


class EngagementOut(EngagementRow):
    template: str
    version: int
    cover: str
    goals: list[GoalOut]
    milestones: list[MilestoneOut]


class MadeOut(Schema):
    """`is_new` is false for a key that made its engagement before; nothing was changed then. `lacks` holds the offer
    back. `id` is empty in a plan."""

    id: int | None
    title: str
    status: str
    contractor: str
    price: Amount
    starts_on: date
    is_new: bool
    is_plan: bool
    lacks: list[str]


PageNumber = Query(1, ge=1, le=LONGEST_NUMBER)


def _body(schema: dict[str, Any]) -> dict[str, Any]:
    """What an operation's body is, for the OpenAPI document."""
    content = {name: {"schema": schema} for name in (YAML, "application/json")}
    return {"requestBody": {"required": True, "content": content}}


def _text(request: HttpRequest) -> str:
    """The body as text. Raises HttpError 415 for another kind, FileError for what is no UTF-8."""
    if request.content_type not in BODIES:
        raise HttpError(415, _("Send the file as application/yaml or application/json."))
    try:
        return request.body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileError([_("The file is no UTF-8 text.")]) from error


# --- templates ------------------------------------------------------------------------


@router.get("/templates", response=answers({200: TemplatePage}, 422), url_name="templates")
def list_templates(request: HttpRequest, page: int = PageNumber) -> TemplatePage:
    """The contract templates that the token's person sees, 50 a page, by name."""
    rows = ContractTemplate.objects.visible_to(request.user).for_list()
    found = KeyPaginator(rows, A_PAGE).get_page(page)
    items = [
        TemplateRow(
            id=template.pk,
            name=template.name,
            lead=template.lead.name,
            live_version=template.live_number,
            draft_version=template.draft_number,
            engagements=template.uses,
        )
        for template in found
    ]
    return TemplatePage(items=items, page=found.number, pages=found.paginator.num_pages, count=found.paginator.count)


def _version_out(version: TemplateVersion) -> VersionOut:
    return VersionOut(number=version.number, status=version.status)


def _shown(request: HttpRequest, pk: int, number: int | None) -> tuple[TemplateVersion, list[TemplateVersion]]:
    """One version of a template (the latest published one, else the latest, without a number), and all of them."""
    template = get_object_or_404(ContractTemplate.objects.visible_to(request.user).select_related("lead"), pk=pk)
    versions: list[TemplateVersion] = list(TemplateVersion.objects.of(template))
    live = next((v for v in versions if v.status == VersionStatus.PUBLISHED), versions[0])
    shown = live if number is None else next((v for v in versions if v.number == number), None)
    if shown is None:
        raise Http404
    shown.template = template
    return shown, versions


@router.get("/templates/{int:pk}", response=answers({200: TemplateOut}, 404, 422), url_name="template")
def read_template(
    request: HttpRequest, pk: int, version: int | None = Query(None, ge=1, le=LONGEST_NUMBER)
) -> TemplateOut:
    """One template; without `version` what its latest published version says."""
    shown, versions = _shown(request, pk, version)
    return TemplateOut(
        id=pk,
        name=shown.template.name,
        lead=shown.template.lead.name,
        version=_version_out(shown),
        versions=[_version_out(one) for one in versions],
        document=document_of(shown),
    )


@router.get(
    "/templates/{int:pk}/file",
    response=answers({}, 404, 422),
    url_name="template_file",
    openapi_extra={"responses": {200: {"description": "OK", "content": {YAML: {"schema": {"type": "object"}}}}}},
)
def export_template(
    request: HttpRequest, pk: int, version: int | None = Query(None, ge=1, le=LONGEST_NUMBER)
) -> HttpResponse:
    """The template's file, as `apply` takes it."""
    return HttpResponse(write(_shown(request, pk, version)[0]), content_type=f"{YAML}; charset=utf-8")


@router.post(
    "/templates",
    response=answers({200: AppliedOut}, 403, 409, 413, 415, 422),
    url_name="template_apply",
    openapi_extra=_body(template_schema()),
)
def apply_template(request: HttpRequest, plan: bool = False, publish: bool = False) -> AppliedOut:
    """Make the template of this name say what the file says. With `plan` only say what would change."""
    require_scope(request, TokenScope.WRITE)
    require(can_write_templates(request.user), _("Only leads write templates."))
    now = timezone.now()
    if plan:
        done = applying.plan(_text(request), by=request.user, at=now)
    else:
        done = applying.apply(_text(request), by=request.user, at=now, publish=publish)
        done.version.refresh_from_db()
    return AppliedOut(
        id=None if plan and done.is_new else done.version.template_id,
        name=done.version.template.name,
        version=_version_out(done.version),
        is_new=done.is_new,
        is_plan=plan,
        differences=[
            DifferenceOut(sign=one.sign, where=one.where, before=one.before, after=one.after)
            for one in done.differences
        ],
    )


# --- engagements ----------------------------------------------------------------------


def _row(engagement: Engagement, said: str) -> dict[str, Any]:
    return {
        "id": engagement.pk,
        "title": engagement.title,
        "status": engagement.status,
        "waits": said,
        "contractor": str(engagement.contractor),
        "lead": engagement.lead.name,
        "comms_owner": engagement.comms_owner.name,
        "price": Amount.of(engagement.price),
        "starts_on": engagement.starts_on,
        "created_at": engagement.created_at,
    }


@router.get("/engagements", response=answers({200: EngagementPage}, 422), url_name="engagements")
def list_engagements(request: HttpRequest, page: int = PageNumber) -> EngagementPage:
    """The engagements that the token's person sees, 50 a page, the newest first."""
    now = timezone.now()
    found = engagements_of(request.user, A_PAGE).get_page(page)
    waits = waiting(found.object_list, is_list=True)
    items = [EngagementRow(**_row(e, sentence(waits[e.pk], request.user, now))) for e in found.object_list]
    return EngagementPage(items=items, page=found.number, pages=found.paginator.num_pages, count=found.paginator.count)


@router.get("/engagements/{int:pk}", response=answers({200: EngagementOut}, 404), url_name="engagement")
def read_engagement(request: HttpRequest, pk: int) -> EngagementOut:
    """One engagement with its goals and milestones."""
    engagement = get_object_or_404(Engagement.objects.visible_to(request.user).for_page(), pk=pk)
    waits = waiting([engagement])[engagement.pk]
    return EngagementOut(
        **_row(engagement, sentence(waits, request.user, timezone.now())),
        template=engagement.version.template.name,
        version=engagement.version.number,
        cover=engagement.cover.name if engagement.cover else "",
        goals=_goals(engagement),
        milestones=_milestones(waits.milestones),
    )


def _goals(engagement: Engagement) -> list[GoalOut]:
    names = ("metric", "kind", "criterion", "unit", "baseline", "direction", "target", "target_high", "method",
             "measured_by", "due_on")  # fmt: skip
    return [
        GoalOut(
            **{name: getattr(goal, name) for name in names},
            objective=goal.objective.title if goal.objective else "",
            hands_over=goal.is_transfer,
        )
        for goal in engagement.goals.select_related("objective")
    ]


def _milestones(milestones: Iterable[Milestone]) -> list[MilestoneOut]:
    return [
        MilestoneOut(
            id=one.pk,
            position=one.position,
            title=one.title,
            status=one.status,
            amount=Amount.of(one.amount),
            due_on=one.due_on,
        )
        for one in milestones
    ]


@router.post(
    "/engagements",
    response=answers({200: MadeOut, 201: MadeOut}, 403, 409, 413, 415, 422),
    url_name="engagement_create",
    openapi_extra=_body(files.schema()),
)
def create_engagement(request: HttpRequest, plan: bool = False, send: bool = False) -> Status:
    """Make the engagement of this file, and with `send` its offer. 201 once; the same key again gives 200 and changes
    nothing. With `plan` only say what would be made."""
    require_scope(request, TokenScope.WRITE)
    require(can_create_engagement(request.user), _("Only leads make engagements."))
    act = files.plan if plan else files.create
    made = act(_text(request), send=send, by=request.user, at=timezone.now())
    engagement = made.engagement
    out = MadeOut(
        id=None if plan and made.is_new else engagement.pk,
        title=engagement.title,
        status=engagement.status,
        contractor=str(engagement.contractor),
        price=Amount.of(engagement.price),
        starts_on=engagement.starts_on,
        is_new=made.is_new,
        is_plan=plan,
        lacks=made.lacks,
    )
    return Status(201 if made.is_new and not plan else 200, out)
