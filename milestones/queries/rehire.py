"""Once more with somebody whom we know: what the last engagement answers already."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from accounts.models import User
from contractors.models import Contractor
from core import working_time
from core.money import amount_text
from core.working_time import Calendar
from engagements.models import Engagement, TemplateVersion
from milestones.models import Budget

DAYS_AHEAD = 60


def next_working_day(calendar: Calendar, today: date) -> date:
    """The first day after today with working time in it; tomorrow for somebody without any."""
    days = (today + timedelta(days=n) for n in range(1, DAYS_AHEAD))
    return next((day for day in days if working_time.spans_on(day, calendar)), today + timedelta(days=1))


def last_engagements(contractors: Iterable[Contractor], viewer: User) -> dict[int, Engagement]:
    """The newest signed engagement with each that the viewer sees, by contractor. One query."""
    found: dict[int, Engagement] = {}
    for engagement in Engagement.objects.visible_to(viewer).with_any(contractors).worked():
        found.setdefault(engagement.contractor_id, engagement)
    return found


def answers_again(engagement: Engagement) -> dict[str, Any]:
    """The answers of the page from template to offer, as they stood at this engagement, by field name. The template
    comes in its newest published version, or not at all. Who left the team is left out. Four queries."""
    published = TemplateVersion.objects.published().of(engagement.version.template)
    version = published.first()
    named = [engagement.comms_owner_id, engagement.cover_id]
    people = set(User.objects.can_own_communication().filter(pk__in=named).values_list("pk", flat=True))
    price = engagement.price
    return {
        "version": version.pk if version else None,
        "title": engagement.title,
        "contractor": engagement.contractor_id,
        "price": amount_text(price),
        "currency": price.currency,
        "budget": getattr(Budget.objects.of_engagement(engagement), "pk", None),
        "comms_owner": engagement.comms_owner_id if engagement.comms_owner_id in people else None,
        "cover": engagement.cover_id if engagement.cover_id in people else None,
    }
