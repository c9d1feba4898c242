"""Who may do what with templates and engagements. Seeing is a queryset (engagements.querysets); this is doing."""

from accounts.models import User
from accounts.states import Role
from engagements.models import Engagement, Measurement


def can_see_templates(user: User) -> bool:
    return user.role in (Role.LEAD, Role.ADMIN)


def can_write_templates(user: User) -> bool:
    """Templates, their versions, and openings made from them."""
    return user.role == Role.LEAD


def can_see_capabilities(user: User) -> bool:
    return user.role in (Role.LEAD, Role.MEMBER, Role.ADMIN)


def can_keep_capabilities(user: User) -> bool:
    return user.role == Role.LEAD


def can_edit_goals(user: User, engagement: Engagement) -> bool:
    return user.pk == engagement.lead_id


def is_named(user: User, engagement: Engagement) -> bool:
    """One of the people who speak for us: lead, comms owner or cover."""
    return user.pk in (engagement.lead_id, engagement.comms_owner_id, engagement.cover_id)


def can_provide(user: User, engagement: Engagement) -> bool:
    """Say that an access or an environment stands."""
    return is_named(user, engagement)


def is_its_contractor(user: User, engagement: Engagement) -> bool:
    return engagement.contractor.user_id == user.pk


def can_speak(user: User, engagement: Engagement) -> bool:
    return is_named(user, engagement) or user.pk == engagement.delegate_id or is_its_contractor(user, engagement)


def can_measure(user: User, engagement: Engagement) -> bool:
    """Both sides state what they measured."""
    return can_speak(user, engagement)


def can_correct(user: User, measurement: Measurement, engagement: Engagement) -> bool:
    """A value is corrected by the side that stated it."""
    return can_measure(user, engagement) and engagement.side_of(user) == measurement.side


def can_check_in(user: User, engagement: Engagement) -> bool:
    return is_its_contractor(user, engagement)


def can_hear_back(user: User, engagement: Engagement) -> bool:
    """Say whether a read-back is what was meant: who leads it knows."""
    return user.pk == engagement.lead_id


def can_delegate(user: User, engagement: Engagement) -> bool:
    """Name who reviews in one’s place: only whose review it is."""
    return user.pk == engagement.lead_id


def hears_private_line(user: User, engagement: Engagement) -> bool:
    """Leads the talk when somebody is not happy to continue."""
    return engagement.hears_private_line(user)
