"""Conditions over what the clock side keeps, by name."""

from typing import Any

from django.db.models import QuerySet

from core.secrets import token_digest


class CalendarFeedQuerySet(QuerySet):
    def of(self, user: Any) -> "CalendarFeedQuerySet":
        return self.filter(user=user)

    def opened_by(self, token: str) -> "CalendarFeedQuerySet":
        """The feed behind an address, while its person is here."""
        return self.filter(token_digest=token_digest(token), user__is_active=True).select_related("user")
