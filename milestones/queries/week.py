"""Who waited for whom this week, over everything that a person watches."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.states import Role
from engagements.models import Engagement
from milestones.models import Milestone
from milestones.queries.waited import Part, parts_of, shares_by_engagement
from milestones.queries.waiting import Shares

MOST = 4


@dataclass(frozen=True)
class Week:
    """Working time since Monday, midnight, on the viewer's clock."""

    shares: Shares = field(default_factory=Shares)
    parts: Sequence[Part] = ()
    finding: str = ""
    rows: Sequence[tuple[Engagement, Sequence[Part]]] = ()  # those that waited longest for the viewer's side
    more: int = 0


def monday(at: datetime, viewer: User) -> datetime:
    today = at.astimezone(viewer.tz).date()
    return datetime.combine(today - timedelta(days=today.weekday()), time(), viewer.tz)


def week_of(milestones: Sequence[Milestone], viewer: User, at: datetime) -> Week | None:
    """None when nobody waited for anybody; four queries at most. The milestones come with their engagement, its
    contractor and its lead."""
    by_engagement = shares_by_engagement(milestones, monday(at, viewer), at)
    if not by_engagement:
        return None
    total = sum(by_engagement.values(), Shares())
    engagements = {m.engagement_id: m.engagement for m in milestones}
    is_contractor = viewer.role == Role.CONTRACTOR

    def waited(row: tuple[int, Shares]) -> tuple[timedelta, timedelta]:
        """First for the viewer's side, then for the other."""
        return (row[1].theirs, row[1].ours) if is_contractor else (row[1].ours, row[1].theirs)

    order = sorted(by_engagement.items(), key=waited, reverse=True)
    return Week(
        total,
        parts_of(total, None, viewer),
        _finding(total, is_contractor),
        [(engagements[pk], parts_of(shares, engagements[pk], viewer)) for pk, shares in order[:MOST]],
        max(len(order) - MOST, 0),
    )


def _finding(total: Shares, is_contractor: bool) -> str:
    if total.theirs == total.ours:
        return _("Nobody waited longer than the other")
    if is_contractor:
        return _("The team waited longer for you") if total.theirs > total.ours else _("You waited longer for the team")
    return _("We waited longer for them") if total.theirs > total.ours else _("They waited longer for us")
