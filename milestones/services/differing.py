"""A difference to an agreement: what may be one, how it is stored, and the text of it that both sides sign."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from core.errors import DomainError
from core.money import Money
from engagements.models import Amendment, Engagement, Goal, Objective
from engagements.queries.in_force import InForce, agreement_in_force
from engagements.services.agreements import canonical
from engagements.states import RUNNING, AmendmentStatus
from milestones.queries import amendments as queries
from milestones.queries.amendments import GOAL_FIELDS, Place, Wish, added_minor, needs_estimate
from milestones.services import ledger
from milestones.services.commitments import require_uncommitted
from milestones.services.estimates import MOST_MINUTES
from milestones.services.splitting import LAST_DAY, next_place

FORMAT = 1


def must_run(engagement: Engagement) -> InForce:
    if engagement.status not in RUNNING:
        raise DomainError(
            _("“%(what)s” is %(state)s. An agreement is amended while the work is agreed or runs.")
            % {"what": engagement, "state": engagement.get_status_display().lower()}
        )
    standing = agreement_in_force(engagement)
    if standing is None:
        raise DomainError(_("There is no agreement that both sides have signed, so there is nothing to amend."))
    return standing


def must_be_open(amendment: Amendment, at: datetime, *, is_signed: bool = False) -> InForce:
    """The agreement that it is a difference to; what it touches is as it was when it was proposed."""
    engagement = amendment.engagement
    if amendment.status != AmendmentStatus.PROPOSED:
        raise DomainError(
            _("%(what)s is %(state)s. Reload to see where it stands.")
            % {"what": amendment, "state": amendment.get_status_display().lower()}
        )
    if not is_signed and amendment.expires_at <= at:
        raise DomainError(_("This amendment has ended. Ask %(who)s for a new one.") % {"who": engagement.lead.name})
    standing = must_run(engagement)
    places = {place.milestone.pk: place for place in queries.places_of(engagement, standing)}
    known = {milestone["position"]: milestone for milestone in standing.document["milestones"]}
    for change in amendment.changes:
        pk, before = change["rows"]["milestone"], change["before"]
        if pk is None:
            continue
        if pk not in places or known.get(change["position"]) != before:
            raise DomainError(
                _("“%(what)s” became another since this was proposed. Withdraw it and propose another.")
                % {"what": before["title"]}
            )
        must_be_touchable(places[pk])
    must_keep_what_was_measured(engagement, amendment.changes)
    must_be_paid_for(engagement, amendment.changes)
    return standing


def must_be_touchable(place: Place) -> None:
    if place.why_not:
        raise DomainError(_("“%(what)s” can’t be amended. %(why)s") % {"what": place.milestone, "why": place.why_not})


def must_keep_what_was_measured(engagement: Engagement, changes: Sequence[Mapping[str, Any]]) -> None:
    """A goal with values is neither dropped nor judged in another way: what was measured stays, and means the same."""
    touched = [change["rows"] for change in changes if change["rows"]["milestone"]]
    goals = Goal.objects.filter(milestones__in=[rows["milestone"] for rows in touched], engagement=engagement)
    measured = queries.measured_among(goals.values_list("pk", flat=True))
    facts = {row["goal"]: row["facts"] for rows in touched for row in rows["goals"]}
    for goal in goals.filter(pk__in=measured):
        if goal.pk not in facts:
            raise DomainError(
                _("“%(goal)s” has been measured already, so it can’t be dropped.") % {"goal": goal.metric}
            )
        for sentence in queries.breaks_of(goal, facts[goal.pk]).values():
            raise DomainError(sentence)


def must_be_paid_for(engagement: Engagement, changes: Sequence[Mapping[str, Any]]) -> None:
    added = added_minor(changes)
    if added > 0:
        require_uncommitted(ledger.budget_of(engagement), Money(added, engagement.currency))


def must_be_sound(engagement: Engagement, standing: InForce, changes: Sequence[Mapping[str, Any]]) -> None:
    if not changes:
        raise DomainError(_("Nothing is changed yet. Change, add or drop something first."))
    left = {m["position"] for m in standing.document["milestones"]}
    left -= {change["position"] for change in changes if change["after"] is None}
    left |= {change["position"] for change in changes if change["before"] is None}
    if not left:
        raise DomainError(_("Nothing of the agreement would be left. Bring the engagement to its end instead."))
    lacks = queries.lacks_after(engagement, changes)
    if lacks:
        raise DomainError(_("Not proposed yet. %(lacks)s.") % {"lacks": "; ".join(lacks)})
    must_keep_what_was_measured(engagement, changes)
    must_be_paid_for(engagement, changes)


# --- the difference --------------------------------------------------------------------
def changes_of(
    engagement: Engagement, standing: InForce, places: Mapping[int, Place], wishes: Sequence[Wish]
) -> list[dict[str, Any]]:
    known = {milestone["position"]: milestone for milestone in standing.document["milestones"]}
    free = next_place(engagement.pk)
    found = []
    for wish in wishes:
        if wish.milestone is None:
            change = _change(engagement, free, None, wish)
            free += 1
        else:
            place = places.get(wish.milestone.pk)
            if place is None:
                raise DomainError(_("“%(what)s” is not in the plan any more.") % {"what": wish.milestone})
            change = _change(engagement, wish.milestone.position, known.get(wish.milestone.position), wish)
            if change["before"] == change["after"]:
                continue
            must_be_touchable(place)
        found.append(change)
    return found


def _change(engagement: Engagement, position: int, before: Any, wish: Wish) -> dict[str, Any]:
    """As it is stored: plain data, each milestone in the shape of the agreement's."""
    rows = {
        "milestone": wish.milestone.pk if wish.milestone else None,
        "goals": [
            {"goal": one.goal.pk if one.goal else None, "facts": {name: one.facts.get(name) for name in GOAL_FIELDS}}
            for one in wish.goals
        ],
    }
    if wish.is_dropped:
        return {"position": position, "before": before, "after": None, "rows": {**rows, "goals": []}}
    _must_be_whole(engagement, wish)
    old = before or {}
    after = {
        "position": position,
        "title": wish.title,
        "deliverable": wish.deliverable,
        "parts": old.get("parts", []) if wish.parts is None else list(wish.parts),
        "amount": wish.amount,
        "planned_for": wish.planned_for or old.get("planned_for"),
        "estimate": old.get("estimate"),
        "goals": [_goal(one.facts) for one in wish.goals],
    }
    change: dict[str, Any] = json.loads(
        canonical({"position": position, "before": before, "after": after, "rows": rows})
    )
    if needs_estimate(change):
        change["after"]["estimate"] = None
    return change


def _must_be_whole(engagement: Engagement, wish: Wish) -> None:
    amount = wish.amount
    if amount is None or amount.currency != engagement.currency or amount.minor <= 0:
        raise DomainError(
            _("Give “%(what)s” an amount in %(currency)s.") % {"what": wish.title, "currency": engagement.currency}
        )
    if not wish.title.strip() or not wish.deliverable.strip():
        raise DomainError(_("Say what each milestone is called and what is delivered."))
    if not wish.goals:
        raise DomainError(
            _("“%(what)s” would be left without a goal. Drop the milestone itself instead.") % {"what": wish.title}
        )
    if wish.milestone is None and wish.planned_for is None:
        raise DomainError(_("Give the new milestone a day."))
    if wish.planned_for is not None and not engagement.starts_on <= wish.planned_for <= LAST_DAY:
        raise DomainError(_("Choose a day from the start on, before 2100, for “%(what)s”.") % {"what": wish.title})


def _goal(facts: Mapping[str, Any]) -> dict[str, Any]:
    """As milestones.services.document writes a goal."""
    pk = facts.get("objective_id")
    objective = Objective.objects.filter(pk=pk).first() if pk else None
    names = (
        "kind", "metric", "criterion", "unit", "baseline", "baseline_by", "baseline_due_on", "direction", "target",
        "target_high", "method", "measured_by",
    )  # fmt: skip
    return {"objective": objective.title if objective else "", **{name: facts.get(name) for name in names}}


def estimated(change: Mapping[str, Any], given: tuple[int, date] | None, engagement: Engagement) -> dict[str, Any]:
    what = change["after"]["title"]
    if given is None:
        raise DomainError(_("Give an estimate for “%(what)s”.") % {"what": what})
    minutes, due_on = given
    if not 1 <= minutes <= MOST_MINUTES:
        raise DomainError(_("Give the hours of work for “%(what)s”.") % {"what": what})
    if due_on < engagement.starts_on:
        raise DomainError(_("“%(what)s” can’t be done before the start.") % {"what": what})
    if due_on > LAST_DAY:
        raise DomainError(_("Choose a day before 2100 for “%(what)s”.") % {"what": what})
    return {**change, "after": {**change["after"], "estimate": {"work_minutes": minutes, "due_on": due_on}}}


def text_document(amendment: Amendment, standing: InForce, changes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    engagement = amendment.engagement
    price = engagement.price
    return {
        "format": FORMAT,
        "kind": "amendment",
        "number": amendment.number,
        "engagement": standing.document["engagement"],
        "parties": standing.document["parties"],
        "previous_sha256": standing.sha256,
        "reason": amendment.reason,
        "price": {"before": price, "after": Money(price.minor + added_minor(changes), price.currency)},
        "changes": [{name: change[name] for name in ("position", "before", "after")} for change in changes],
    }


def is_text_of(amendment: Amendment, document: Mapping[str, Any]) -> bool:
    """Whether the frozen text is the difference that was proposed, but for the estimates in it."""

    def bare(change: Mapping[str, Any]) -> Any:
        after = change["after"] and {**change["after"], "estimate": None}
        return change["position"], change["before"], after

    return [bare(change) for change in document["changes"]] == [bare(change) for change in amendment.changes]
