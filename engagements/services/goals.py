"""The goals of a draft and the areas it touches, and the gate an offer passes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from core import history
from core.errors import DomainError
from core.use_case import use_case
from engagements.models import Engagement, GateOverride
from engagements.queries.gate import lacks_of_offer
from engagements.queries.templates import SHARED_GOAL_FIELDS
from engagements.states import EngagementStatus

EDITABLE = (*SHARED_GOAL_FIELDS, "baseline_due_on", "due_on")


@use_case
def rewrite_goals(
    engagement: Engagement,
    facts: Mapping[int, Mapping[str, Any]],
    *,
    areas: Sequence[int] | None = None,
    why_outside: str = "",
    by: User,
    at: datetime,
) -> None:
    """Write goals by their number, before they are offered; and, unless `areas` is None, which areas of ours the work
    touches (capabilities by primary key) and why it is done outside. Raises DomainError when the offer has left."""
    engagement = Engagement.objects.lock(engagement)
    if engagement.status != EngagementStatus.DRAFT:
        raise DomainError(_("“%(what)s” was offered already, so its goals stand.") % {"what": engagement})
    for goal in engagement.goals.filter(pk__in=facts):
        for name in EDITABLE:
            setattr(goal, name, facts[goal.pk][name])
        goal.save(update_fields=EDITABLE)
    if areas is not None:
        engagement.areas.set(areas)
        engagement.why_outside = why_outside
        engagement.save(update_fields=["why_outside"])
    history.record(engagement, verb="edited", by=by, at=at, note=_("Goals"))
    history.touch(engagement, at=at)


class NotReadyError(DomainError):
    """The offer is held back by `lacks`, and may leave with a reason."""

    def __init__(self, sentence: str, lacks: Sequence[str]) -> None:
        super().__init__(sentence)
        self.lacks = list(lacks)


@use_case
def pass_gate(engagement: Engagement, *, reason: str, by: User, at: datetime) -> None:
    """Let an offer leave. Raises NotReadyError with all that is missing; `reason`, if given, overrides and is kept."""
    lacks = lacks_of_offer(engagement)
    if not lacks:
        return
    if not reason.strip():
        what = "; ".join(lacks)
        raise NotReadyError(_("Not sent yet. %(what)s.") % {"what": what[0].upper() + what[1:]}, lacks)
    GateOverride.objects.create(engagement=engagement, reason=reason, lacks=lacks, by=by, at=at)
    history.record(engagement, verb="overrode", by=by, at=at)  # its history is read by the contractor too: no reason
