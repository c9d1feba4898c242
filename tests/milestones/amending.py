"""An engagement signed by both sides through the use cases, and amendments of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from core.money import Money
from engagements.models import Amendment, Engagement, Goal
from milestones.models import Milestone
from milestones.queries.amendments import GOAL_FIELDS, GoalWish, Wish, needs_estimate
from milestones.services import amendments, signing
from tests.milestones.test_offer_path import signed


def agreed(lead: Any, contractor: Any) -> Engagement:
    """€4,000 in two steps (€1,600 and €2,400), signed by both; nothing is funded."""
    engagement, agreement = signed(lead, contractor)
    return signing.agree_and_sign(
        engagement, sha256=agreement.sha256, typed_name=lead.name, ip=None, by=lead, at=timezone.now()
    )


def facts_of(goal: Goal, **other: Any) -> GoalWish:
    return GoalWish(goal, {**{name: getattr(goal, name) for name in GOAL_FIELDS}, **other})


def wish(milestone: Milestone, **other: Any) -> Wish:
    """The milestone as it is, but for what is named."""
    facts = {
        "title": milestone.title,
        "deliverable": milestone.deliverable,
        "amount": milestone.amount,
        "goals": [facts_of(goal) for goal in milestone.goals.all()],
        **other,
    }
    return Wish(milestone, **facts)


def another(engagement: Engagement, title: str = "Step 3", minor: int = 50_000, **other: Any) -> Wish:
    """A milestone that is not there yet, with a goal like the first one."""
    like = engagement.goals.first()
    assert like is not None
    facts = {
        "deliverable": "A page in Portuguese.",
        "amount": Money(minor, engagement.currency),
        "planned_for": engagement.starts_on + timedelta(days=60),
        "goals": [GoalWish(None, {**facts_of(like).facts, "metric": f"p95 after {title}"})],
        **other,
    }
    return Wish(None, title=title, **facts)


def propose(engagement: Engagement, *wishes: Wish, **facts: Any) -> Amendment:
    facts = {"reason": "The shop opens in Portugal.", "by": engagement.lead, "at": timezone.now(), **facts}
    return amendments.propose_amendment(engagement, wishes=wishes, **facts)


def estimates_of(amendment: Amendment, hours: int = 8) -> dict[int, tuple[int, Any]]:
    due = amendment.engagement.starts_on + timedelta(days=45)
    return {change["position"]: (hours * 60, due) for change in amendment.changes if needs_estimate(change)}


def sign(amendment: Amendment, *, at: datetime | None = None, **facts: Any) -> Any:
    user = amendment.engagement.contractor.user
    assert user is not None
    facts = {"estimates": estimates_of(amendment), "typed_name": user.name, "ip": "192.0.2.7", "by": user, **facts}
    return amendments.sign_amendment(amendment, at=at or timezone.now(), **facts)


def agree(amendment: Amendment, *, at: datetime | None = None, **facts: Any) -> Amendment:
    lead = amendment.engagement.lead
    text = Amendment.objects.for_page().get(pk=amendment.pk).text
    facts = {"sha256": text.sha256, "typed_name": lead.name, "ip": None, "by": lead, **facts}
    return amendments.agree_amendment(amendment, at=at or timezone.now(), **facts)


def amended(engagement: Engagement, wishes: Sequence[Wish], *, at: datetime | None = None) -> Amendment:
    """Proposed, signed and signed."""
    now = at or timezone.now()
    amendment = propose(engagement, *wishes, at=now)
    sign(amendment, at=now)
    return agree(amendment, at=now)
