"""From a published template version and a contractor to an engagement that can be offered."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from accounts.models import User
from contractors.models import Application, Contractor
from core import history
from core.errors import DomainError
from core.money import Money, split
from core.transitions import born
from core.use_case import use_case
from engagements.models import Engagement, Goal, Need, TemplateVersion
from engagements.queries.templates import SHARED_GOAL_FIELDS, WHOLE
from engagements.states import VersionStatus
from milestones.models import Budget, EngagementBudget, Milestone
from milestones.queries.planned import PlannedStep, steps_of

LAST_START = date(2099, 12, 31)


@use_case
def draft_engagement(
    version: TemplateVersion,
    *,
    contractor: Contractor,
    application: Application | None,
    title: str,
    lead: User,
    comms_owner: User,
    cover: User | None,
    starts_on: date,
    price: Money,
    budget: Budget,
    steps: Sequence[PlannedStep] | None = None,
    standing: Collection[int] = (),
    by: User,
    at: datetime,
) -> Engagement:
    """A draft with the version's goals and milestones, dated from `starts_on`, its amounts summing to `price`.

    `steps` are the version's milestones as they shall be in this engagement, one each in their order; without them as
    the version has them. `standing` are the places (from 1) of those needs that stand already. Raises DomainError for a
    version that is not published, a budget in another currency, an application of somebody else or one that has an
    engagement already, shares that make no whole, and a price too small to give every milestone an amount.
    """
    version = TemplateVersion.objects.lock(version)
    if version.status != VersionStatus.PUBLISHED:
        raise DomainError(
            _("“%(version)s” is not published, so no contract can be made from it.") % {"version": version}
        )
    if budget.currency != price.currency:
        raise DomainError(
            _("The budget “%(budget)s” is kept in %(has)s, the price is in %(wants)s.")
            % {"budget": budget, "has": budget.currency, "wants": price.currency}
        )
    if cover is not None and cover.pk == comms_owner.pk:
        raise DomainError(_("The cover stands in for the comms owner, so it is somebody else."))
    if application is not None:
        if application.contractor_id != contractor.pk:
            raise DomainError(_("That application is not %(who)s’s.") % {"who": contractor})
        if Engagement.objects.of_application(application).exists():
            raise DomainError(_("This application has led to an engagement already."))
    plan = list(version.milestones.order_by("position"))
    steps = steps_of(version) if steps is None else steps
    if len(steps) != len(plan) or sum(step.share_bp for step in steps) != WHOLE:
        raise DomainError(_("Each milestone of the template has one share, and the shares make 100 %."))
    amounts = split(price, [step.share_bp for step in steps])
    if any(amount.minor <= 0 for amount in amounts):
        raise DomainError(_("The price is too small to give each milestone an amount."))
    engagement = Engagement(
        title=title,
        contractor=contractor,
        version=version,
        application=application,
        status_since=at,
        lead=lead,
        comms_owner=comms_owner,
        cover=cover,
        currency=price.currency,
        price_minor=price.minor,
        starts_on=starts_on,
        checkin_days=version.checkin_days,
        review_days=version.review_days,
        review_end=version.review_end,
        notice_days=version.notice_days,
        why_outside=version.why_outside,
        created_at=at,
    )
    engagement.save(force_insert=True)
    engagement.areas.set(version.areas.all())
    EngagementBudget.objects.create(engagement=engagement, budget=budget)
    born(engagement, by=by, at=at)
    goals: dict[int, list[Goal]] = {}
    due = {m.pk: starts_on + timedelta(days=s.due_after_days) for m, s in zip(plan, steps, strict=True)}
    for wanted in version.goals.order_by("position"):
        days = wanted.baseline_after_days
        goal = Goal.objects.create(
            engagement=engagement,
            position=wanted.position,
            due_on=due[wanted.milestone_id],
            baseline_due_on=None if days is None else starts_on + timedelta(days=days),
            **{name: getattr(wanted, name) for name in SHARED_GOAL_FIELDS},
        )
        goals.setdefault(wanted.milestone_id, []).append(goal)
    for model, step, amount in zip(plan, steps, amounts, strict=True):
        milestone = Milestone.objects.create(
            engagement=engagement,
            position=model.position,
            title=step.title,
            deliverable=step.deliverable,
            parts=model.parts,
            amount_minor=amount.minor,
            currency=amount.currency,
            due_on=due[model.pk],
            status_since=at,
        )
        milestone.goals.set(goals.get(model.pk, []))
        born(milestone, by=by, at=at)
    Need.objects.bulk_create(
        Need(
            engagement=engagement,
            position=place,
            kind=need["kind"],
            what=need["what"],
            stands_at=at if place in standing else None,
            stands_by=by if place in standing else None,
        )
        for place, need in enumerate(version.needs, start=1)
    )
    history.touch(engagement, at=at)
    return engagement
