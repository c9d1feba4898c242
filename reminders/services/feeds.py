"""The secret address of a person's calendar: made, made anew, ended."""

from datetime import datetime

from accounts.models import User
from core import history, secrets
from core.use_case import use_case
from reminders.models import CalendarFeed


@use_case
def make_feed(*, by: User, at: datetime) -> str:
    """The token of a new address, which can't be had again; the address before it opens nothing any more."""
    person = User.objects.select_for_update().get(pk=by.pk)
    token = secrets.new_token()
    feed, _is_new = CalendarFeed.objects.update_or_create(
        user=person, defaults={"token_digest": secrets.token_digest(token), "made_at": at}
    )
    history.record(feed, verb="made", by=by, at=at)
    return token


@use_case
def end_feed(*, by: User, at: datetime) -> bool:
    """The next time a calendar asks, nothing is there. False when there was no address."""
    feed = CalendarFeed.objects.of(by).select_for_update().first()
    if feed is None:
        return False
    history.record(feed, verb="ended", by=by, at=at)
    feed.delete()
    return True
