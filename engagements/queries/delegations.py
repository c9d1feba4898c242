"""Who reviews in the lead's place, and when."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from accounts.models import User
from engagements.models import Delegation, Engagement
from engagements.states import StandIn


def delegations(engagements: Iterable[Engagement | int]) -> dict[int, list[Delegation]]:
    """Of these engagements (rows or ids), by engagement id, in their order; one query."""
    keys = [e if isinstance(e, int) else e.pk for e in engagements]
    found: dict[int, list[Delegation]] = defaultdict(list, {key: [] for key in keys})
    for row in Delegation.objects.filter(engagement__in=keys).select_related("person").order_by("at", "pk"):
        found[row.engagement_id].append(row)
    return found


def open_delegation(engagement: Engagement) -> Delegation | None:
    """The one that lasts; no query while the lead reviews."""
    if engagement.delegate_id is None:
        return None
    return Delegation.objects.select_related("person", "by").filter(engagement=engagement, ended_at=None).first()


def reviewer_on(day: date, lead: User, named: Sequence[Delegation]) -> User:
    """Whose working day counts for a review window on this day of the lead's calendar: that of whoever the lead had
    named for it, else the lead's. A cover who stands in during leave may decide, but the window stands still then."""
    for row in reversed(named):
        ended_on = row.ended_at.astimezone(lead.tz).date() if row.ended_at else None
        if row.cause == StandIn.NAMED and row.from_on <= day <= row.until_on and (ended_on is None or day < ended_on):
            person: User = row.person
            return person
    return lead
