"""Who somebody is, asked at the beginning of each page by a statement that is kept."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.db.models import QuerySet

from accounts.models import User
from core.prepared import One, Prepared


def _of_key(pk: One) -> QuerySet[User]:
    return User.objects.filter(pk=pk)


_prepared = Prepared(_of_key)


class PersonBackend(AuthenticationBackend):
    def get_user(self, user_id: Any) -> User | None:
        """The person of this key, if they may still sign in."""
        return next((p for p in _prepared.records(user_id) if self.user_can_authenticate(p)), None)
