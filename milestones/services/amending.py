"""What an amendment does to the plan once both have signed it. It touches no money: only what is not funded changes."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Max, ProtectedError
from django.utils.translation import gettext as _

from accounts.models import User
from core import history
from core.errors import DomainError
from core.transitions import born, move
from core.use_case import use_case
from engagements.models import Amendment, Engagement, Goal
from milestones.models import Estimate, Milestone
from milestones.queries.amendments import stored
from milestones.states import MilestoneStatus


@use_case
def carry_out(
    amendment: Amendment, document: Mapping[str, Any], *, estimated_at: datetime, by: User, at: datetime
) -> None:
    """`document`: the text that both signed. Inside the use case that holds the engagement locked."""
    engagement = amendment.engagement
    for change, signed in zip(amendment.changes, document["changes"], strict=True):
        pk, after = change["rows"]["milestone"], signed["after"]
        milestone = Milestone.objects.lock(pk) if pk else None
        if after is None:
            assert milestone is not None
            move(milestone, to=MilestoneStatus.CANCELLED, by=by, at=at, note=str(amendment))
            _drop(milestone, keep=[])
            continue
        if milestone is None:
            milestone = _new(engagement, after, by=by, at=at)
        else:
            _rewrite(milestone, after)
            history.record(milestone, verb="amended", by=by, at=at, note=str(amendment))
        is_new = change["before"] is None
        if is_new or change["before"]["estimate"] != after["estimate"]:
            _promise(milestone, after["estimate"], estimated_at=estimated_at, is_new=is_new, by=by, at=at)
        _set_goals(milestone, change["rows"]["goals"])
    price = document["price"]["after"]
    Engagement.objects.filter(pk=engagement.pk).update(price_minor=price["minor"])
    engagement.price_minor = price["minor"]


def _new(engagement: Engagement, after: Mapping[str, Any], *, by: User, at: datetime) -> Milestone:
    milestone = Milestone.objects.create(
        engagement=engagement,
        position=after["position"],
        title=after["title"],
        deliverable=after["deliverable"],
        parts=after["parts"],
        amount_minor=after["amount"]["minor"],
        currency=after["amount"]["currency"],
        due_on=date.fromisoformat(after["planned_for"]),
        status_since=at,
    )
    return born(milestone, by=by, at=at)


def _rewrite(milestone: Milestone, after: Mapping[str, Any]) -> None:
    facts = {
        "title": after["title"],
        "deliverable": after["deliverable"],
        "parts": after["parts"],
        "amount_minor": after["amount"]["minor"],
    }
    Milestone.objects.filter(pk=milestone.pk).update(**facts)
    for name, value in facts.items():
        setattr(milestone, name, value)


def _promise(
    milestone: Milestone,
    estimate: Mapping[str, Any],
    *,
    estimated_at: datetime,
    is_new: bool,
    by: User,
    at: datetime,
) -> None:
    """The contractor's new estimate is the promise from now on: its day is the milestone's, agreed at this moment."""
    due_on = date.fromisoformat(estimate["due_on"])
    last = Estimate.objects.filter(milestone=milestone).aggregate(last=Max("number"))["last"] or 0
    contractor = milestone.engagement.contractor.user
    assert contractor is not None
    Estimate.objects.create(
        milestone=milestone,
        number=last + 1,
        work_minutes=estimate["work_minutes"],
        due_on=due_on,
        by=contractor,
        at=estimated_at,
    )
    if is_new:
        move(milestone, to=MilestoneStatus.ESTIMATED, by=contractor, at=at)
        move(milestone, to=MilestoneStatus.AGREED, by=by, at=at, agreed_at=at, due_on=due_on)
        return
    Milestone.objects.filter(pk=milestone.pk).update(due_on=due_on, agreed_at=at)
    milestone.due_on, milestone.agreed_at = due_on, at


def _set_goals(milestone: Milestone, rows: list[Mapping[str, Any]]) -> None:
    known = {goal.pk: goal for goal in milestone.goals.all()}
    _drop(milestone, keep=[row["goal"] for row in rows])
    last = milestone.engagement.goals.aggregate(last=Max("position"))["last"] or 0
    for row in rows:
        facts = {**stored(row["facts"]), "due_on": milestone.due_on}
        if row["goal"] is None:
            last += 1
            goal = Goal.objects.create(engagement=milestone.engagement, position=last, **facts)
            milestone.goals.add(goal)
            continue
        goal = known[row["goal"]]
        for name, value in facts.items():
            setattr(goal, name, value)
        goal.save(update_fields=[*facts])


def _drop(milestone: Milestone, *, keep: list[int | None]) -> None:
    """Goals that it has and shall not keep. No other milestone has them (queries.amendments.places_of)."""
    gone = milestone.goals.exclude(pk__in=[pk for pk in keep if pk])
    try:
        gone.delete()
    except ProtectedError as error:
        raise DomainError(
            _("A goal of “%(what)s” has been measured already, so it can’t be dropped.") % {"what": milestone}
        ) from error
