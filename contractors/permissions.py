"""Who may do what in vetting. Whoever may not see vetting gets 404 for all of it (product.md, rule 7)."""

from accounts.models import User
from accounts.states import Role
from contractors.models import Application, Opening


def can_see_vetting(user: User) -> bool:
    """A contractor does not see the record that was kept about him or her, nor does finance."""
    return user.role in (Role.LEAD, Role.MEMBER, Role.ADMIN)


def can_create_opening(user: User) -> bool:
    return user.role in (Role.LEAD, Role.ADMIN)


def can_edit_opening(user: User, opening: Opening) -> bool:
    """Also publish and close it, and import into it."""
    return user.role == Role.ADMIN or (user.role == Role.LEAD and opening.lead_id == user.pk)


def can_score(user: User, application: Application) -> bool:
    """Only those named on the opening."""
    return application.opening.reviewers.filter(pk=user.pk).exists()


def can_decide(user: User, application: Application) -> bool:
    return can_edit_opening(user, application.opening)


def can_see_bench(user: User) -> bool:
    """Members see only those whom they review."""
    return user.role in (Role.LEAD, Role.ADMIN)


def can_check_claim(user: User) -> bool:
    return user.role in (Role.LEAD, Role.ADMIN)
