"""What the contractor needs from us: it stands once somebody of ours says so."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from core import history
from core.errors import DomainError
from core.use_case import use_case
from engagements.models import Engagement, Need
from engagements.states import ENDED, OPEN


def _must_be_open(engagement: Engagement) -> None:
    if engagement.status not in OPEN:
        raise DomainError(
            _("“%(what)s” is %(state)s, so nothing has to stand for it any more.")
            % {"what": engagement, "state": engagement.get_status_display().lower()}
        )


@use_case
def say_it_stands(need: Need, *, by: User, at: datetime) -> Need:
    """Raises DomainError when it stands already, or when the engagement is over."""
    need = Need.objects.lock(need)
    _must_be_open(need.engagement)
    if need.stands_at is not None:
        raise DomainError(_("“%(what)s” stands already.") % {"what": need})
    need.stands_at, need.stands_by = at, by
    need.save(update_fields=["stands_at", "stands_by"])
    history.record(need, verb="stood", by=by, at=at)
    return need


@use_case
def say_it_fell(need: Need, *, by: User, at: datetime) -> Need:
    """It does not stand any more, or never did. Raises DomainError when nobody had said that it stands."""
    need = Need.objects.lock(need)
    _must_be_open(need.engagement)
    if need.stands_at is None:
        raise DomainError(_("Nobody has said yet that “%(what)s” stands.") % {"what": need})
    need.stands_at, need.stands_by = None, None
    need.save(update_fields=["stands_at", "stands_by"])
    history.record(need, verb="fell", by=by, at=at)
    return need


@use_case
def take_back(need: Need, *, by: User, at: datetime) -> Need:
    """The work is over, so the access or environment is taken away again. Raises DomainError before that, and when
    there is nothing to take away."""
    need = Need.objects.lock(need)
    if need.engagement.status not in ENDED:
        raise DomainError(_("“%(what)s” is not over yet. Take it back once it is.") % {"what": need.engagement})
    if need.stands_at is None or need.taken_back_at is not None:
        raise DomainError(_("“%(what)s” does not stand any more.") % {"what": need})
    need.taken_back_at, need.taken_back_by = at, by
    need.save(update_fields=["taken_back_at", "taken_back_by"])
    history.record(need, verb="taken_back", by=by, at=at)
    return need
