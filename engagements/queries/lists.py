"""The long lists, page by page."""

from accounts.models import User
from accounts.states import Role
from core.paging import KeyPaginator
from core.tallies import ALL, TalliedPaginator
from engagements.models import Engagement


def engagements_of(user: User, per_page: int) -> KeyPaginator:
    """Those that this person sees, the newest first. Contractors have few, and are not counted for."""
    found = Engagement.objects.visible_to(user).for_rows()
    if user.role in (Role.LEAD, Role.MEMBER, Role.ADMIN):
        viewer = ALL if user.role == Role.ADMIN else user.pk
        return TalliedPaginator(found, per_page, viewer, shown=Engagement.objects.for_rows())
    return KeyPaginator(found, per_page)
