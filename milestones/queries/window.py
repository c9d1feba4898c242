"""The review window: by when the reviewer decides, in his or her own working days, outside leave and pauses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from accounts.models import User
from accounts.queries import calendar_of
from core import working_time
from core.working_time import Calendar
from engagements.models import Engagement
from engagements.queries.pauses import Stretch, days_lost, pauses


@dataclass(frozen=True)
class Window:
    """`ends_at` is the end of the reviewer's work on `ends_on`."""

    reviewer: User
    ends_on: date
    ends_at: datetime

    def days_before(self, days: int, calendar: Calendar) -> date:
        return working_time.add_working_days(self.ends_on, -days, calendar)


def window_in(engagement: Engagement, since: datetime, calendar: Calendar, paused: Sequence[Stretch]) -> Window:
    """Of a submission made at `since`, in the reviewer's `calendar` and outside the pauses that ended; no query."""
    reviewer = engagement.lead
    days = engagement.review_days + days_lost(calendar, paused, since=since)
    ends_on = working_time.add_working_days(since.astimezone(reviewer.tz).date(), days, calendar)
    return Window(reviewer, ends_on, working_time.spans_on(ends_on, calendar)[-1][1])


def review_window(engagement: Engagement, since: datetime) -> Window | None:
    """The same with what it needs looked up, in three queries; None for a reviewer who never works."""
    try:
        calendar = calendar_of(engagement.lead, since.date())
        return window_in(engagement, since, calendar, pauses([engagement])[engagement.pk])
    except (working_time.EmptyCalendar, working_time.OutOfRange, IndexError):
        return None
