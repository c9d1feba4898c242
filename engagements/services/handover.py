"""Somebody leaves: what he or she led, answered for or covered goes to somebody else."""

from datetime import datetime
from typing import Any

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.states import Role
from contractors.models import Opening
from contractors.services.openings import hand_over_openings
from core import history
from core.errors import DomainError
from core.use_case import use_case
from engagements import notifications
from engagements.models import Delegation, Engagement

LEADS = (Role.LEAD, Role.ADMIN)
OWNS_COMMUNICATION = (Role.LEAD, Role.MEMBER, Role.ADMIN)


@use_case
def hand_over(person: User, *, to: User, by: User, at: datetime) -> int:
    """Give every part that `person` has in an open engagement to `to`, and the openings that `person` leads. Returns
    the number of engagements. Raises DomainError when `to` can't take such a part."""
    # Keys stay free: whoever holds one of the engagements and writes a row that names a person would wait for us.
    locked = User.objects.select_for_update(no_key=True).filter(pk__in=(person.pk, to.pk)).order_by("pk")
    people = {user.pk: user for user in locked}
    person, to = people[person.pk], people[to.pk]
    if person.pk == to.pk:
        raise DomainError(_("Choose somebody else to hand over to."))
    if not to.is_active or to.role not in OWNS_COMMUNICATION:
        raise DomainError(
            _("%(name)s can’t look after engagements. Choose an active lead, member or admin.") % {"name": to}
        )
    held = list(Engagement.objects.open().held_by(person).select_for_update(of=("self",), no_key=True).order_by("pk"))
    # Not joined: a row that we waited for comes with the people that it named before.
    prefetch_related_objects(held, "contractor__user", "lead", "comms_owner", "cover", "delegate")
    if to.role not in LEADS and (
        any(engagement.lead_id == person.pk for engagement in held) or Opening.objects.filter(lead=person).exists()
    ):
        raise DomainError(
            _("%(person)s leads some of these, and %(to)s can’t lead. Choose a lead or an admin.")
            % {"person": person, "to": to}
        )
    for engagement in held:
        _hand_over_one(engagement, person, to=to, by=by, at=at)
    if Opening.objects.filter(lead=person).exists():
        hand_over_openings(person, to=to, by=by, at=at)
    notifications.handed_over(to, person, held, by=by, at=at)
    return len(held)


def _hand_over_one(engagement: Engagement, person: User, *, to: User, by: User, at: datetime) -> None:
    parts = []
    changes: dict[str, Any] = {}
    for column, part in (("lead", _("lead")), ("comms_owner", _("comms owner")), ("cover", _("cover"))):
        if getattr(engagement, f"{column}_id") == person.pk:
            changes[column] = to
            parts.append(part)
    comms_owner = changes.get("comms_owner", engagement.comms_owner)
    cover = changes.get("cover", engagement.cover)
    if cover is not None and cover.pk == comms_owner.pk:
        changes["cover"] = None  # nobody covers for oneself
    delegate = engagement.delegate
    if delegate is not None and ("lead" in changes or delegate.pk == person.pk):
        changes["delegate"] = None  # nobody reviews after having left, or for somebody who leads no more
        Delegation.objects.filter(engagement=engagement, ended_at=None).update(ended_at=at, ended_by=by)
        history.record(engagement, verb="reviews_again", by=by, at=at, note=changes.get("lead", engagement.lead).name)
    Engagement.objects.filter(pk=engagement.pk).update(**changes)
    if "delegate" in changes:
        engagement.lead = changes.get("lead", engagement.lead)
        notifications.delegation_ended(delegate, engagement, at=at)
    if not parts:
        return
    note = _("%(parts)s: %(from)s → %(to)s") % {"parts": ", ".join(parts), "from": person.name, "to": to.name}
    history.record(engagement, verb="handed_over", by=by, at=at, note=note)
