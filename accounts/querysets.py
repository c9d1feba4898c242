from typing import Any

from django.contrib.auth.base_user import BaseUserManager
from django.db import models
from django.utils import timezone

from accounts.states import STAFF_ROLES, Role


class UserQuerySet(models.QuerySet):
    def active(self) -> "UserQuerySet":
        return self.filter(is_active=True)

    def staff(self) -> "UserQuerySet":
        """People of the organisation, not contractors."""
        return self.filter(role__in=STAFF_ROLES)

    def with_role(self, *roles: str) -> "UserQuerySet":
        return self.filter(role__in=roles)

    def can_own_communication(self) -> "UserQuerySet":
        """Who may be named comms owner or cover."""
        return self.active().filter(role__in=(Role.LEAD, Role.MEMBER, Role.ADMIN))

    def visible_to(self, user: Any) -> "UserQuerySet":
        """The people pages are the admin's; everybody sees oneself."""
        return self if user.role == Role.ADMIN else self.filter(pk=user.pk)


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    def create_user(self, email: str, password: str | None = None, **facts: Any) -> Any:
        """A person who can sign in with `email`; without a password only by mailed code."""
        user = self.model(email=self.normalize_email(email).lower(), **{"joined_at": timezone.now(), **facts})
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, email: str | None) -> Any:
        return self.get(email=(email or "").lower())


class InvitationQuerySet(models.QuerySet):
    def open(self, at: Any) -> "InvitationQuerySet":
        return self.filter(accepted_at=None, revoked_at=None, expires_at__gt=at)

    def for_team(self) -> "InvitationQuerySet":
        """Not those of contractors: an offer brings them in."""
        return self.exclude(role=Role.CONTRACTOR)

    def for_list(self) -> "InvitationQuerySet":
        return self.select_related("invited_by").order_by("-created_at")


class ApiTokenQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "ApiTokenQuerySet":
        """One's own; nobody else's business."""
        return self.filter(user=user)

    def of(self, user: Any) -> "ApiTokenQuerySet":
        return self.filter(user=user)

    def live(self, at: Any) -> "ApiTokenQuerySet":
        return self.filter(revoked_at=None, expires_at__gt=at)

    def for_list(self) -> "ApiTokenQuerySet":
        return self.order_by("-created_at", "-pk")
