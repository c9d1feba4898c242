"""Who may do what with people."""

from accounts.models import User
from accounts.states import Role


def can_administer_people(user: User) -> bool:
    """Invite, deactivate, change roles, hand over."""
    return user.role == Role.ADMIN
