"""Django's sessions in the database, asked for by a statement that is kept: each page begins with one."""

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from core.prepared import Prepared, Word


def _of_key(key: Word) -> QuerySet[Session]:
    return Session.objects.filter(session_key=key)


_prepared = Prepared(_of_key)


class SessionStore(db.SessionStore):
    def _get_session_from_db(self) -> Any:
        """Its row; None, and no key any more, where there is none or it is over."""
        for found in _prepared.records(self.session_key or ""):
            if found.expire_date > timezone.now():
                return found
        self._session_key = None
        return None
