"""The contract as it would be, before anything is stored: what the page from template to offer shows beside itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from accounts.models import User
from contractors.models import Contractor
from core.money import Money, split
from engagements.models import Engagement, Goal, TemplateMilestone, TemplateVersion
from engagements.queries.templates import SHARED_GOAL_FIELDS, WHOLE
from milestones.queries.offer import OfferPaper, paper_of


@dataclass(frozen=True)
class PlannedStep:
    """A step of the plan as it is offered: the template's, unless somebody wrote something else for this one."""

    title: str
    deliverable: str
    share_bp: int
    due_after_days: int


def steps_of(version: TemplateVersion) -> list[PlannedStep]:
    """As the template has them; one query unless prefetched."""
    return [PlannedStep(m.title, m.deliverable, m.share_bp, m.due_after_days) for m in version.milestones.all()]


@dataclass(frozen=True)
class PlannedMilestone:
    title: str
    deliverable: str
    parts: list[dict[str, str]]
    amount: Money
    due_on: date
    position: int
    goals: list[Goal]


def planned_paper(
    version: TemplateVersion,
    steps: Sequence[PlannedStep],
    *,
    contractor: Contractor,
    title: str,
    lead: User,
    comms_owner: User,
    starts_on: date,
    price: Money,
) -> OfferPaper:
    """The paper of what `draft_engagement` would make of the same, from unsaved records and with nothing asked yet.
    Shares that make no whole yet are shown as they are. Three queries unless the version comes with its plan.
    `contractor` and `comms_owner` may be unsaved."""
    engagement = Engagement(
        title=title, lead=lead, currency=price.currency, price_minor=price.minor, starts_on=starts_on,
        version=version, checkin_days=version.checkin_days, review_days=version.review_days,
        review_end=version.review_end, notice_days=version.notice_days,
    )  # fmt: skip
    engagement.contractor, engagement.comms_owner = contractor, comms_owner
    shares = [step.share_bp for step in steps]
    rest = WHOLE - sum(shares)
    amounts = split(price, [*shares, rest] if rest > 0 else shares) if shares else []
    models: list[TemplateMilestone] = list(version.milestones.all())
    goals: dict[int, list[Goal]] = {m.pk: [] for m in models}
    for model in version.goals.all():
        days = model.baseline_after_days
        goals[model.milestone_id].append(
            Goal(
                position=model.position,
                baseline_due_on=None if days is None else starts_on + timedelta(days=days),
                **{name: getattr(model, name) for name in SHARED_GOAL_FIELDS},
            )
        )
    milestones = [
        PlannedMilestone(
            step.title, step.deliverable, model.parts, amount, starts_on + timedelta(days=step.due_after_days),
            model.position, goals[model.pk],
        )
        for model, step, amount in zip(models, steps, amounts, strict=False)
    ]  # fmt: skip
    return paper_of(engagement, [(milestone, milestone.goals) for milestone in milestones])
