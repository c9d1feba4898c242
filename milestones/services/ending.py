"""Ending an engagement before its work is done: with notice for a day, or at once when both sides agree.

What was handed in is decided first. What is at work by then is cancelled and its money returns to the budget; what was
accepted is paid as promised."""

from datetime import UTC, date, datetime, time, timedelta

import structlog
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from accounts.models import User
from core import history
from core.errors import DomainError, NotAllowed
from core.money import Money
from core.transitions import move
from core.use_case import use_case
from engagements import notifications
from engagements.models import Engagement, Termination
from engagements.states import ENDABLE, EngagementStatus
from milestones.models import Milestone
from milestones.permissions import can_end
from milestones.queries.ending import earliest_last_day, zone_of
from milestones.services import ledger
from milestones.services.pausing import end_pause
from milestones.states import AT_WORK, UNDECIDED, UNFINISHED, MilestoneStatus, PostingKind

log = structlog.get_logger()
LAST_DAY = date(2099, 12, 31)


@use_case
def give_notice(engagement: Engagement, *, reason: str, last_on: date | None, by: User, at: datetime) -> Termination:
    """End it after `last_on`, or (None) at once if the other side agrees. Raises DomainError for work that does not
    run, a second notice, a day within the notice, and, at once, while something that was handed in is undecided."""
    engagement = Engagement.objects.lock(engagement)
    if not can_end(by, engagement):
        raise NotAllowed(_("Only the two sides of a contract end it."))
    if engagement.status not in ENDABLE:
        raise DomainError(
            _("“%(what)s” is %(state)s, so there is nothing to end.")
            % {"what": engagement, "state": engagement.get_status_display().lower()}
        )
    if engagement.terminations.open().exists():
        raise DomainError(_("There is a notice for “%(what)s” already. Reload to see it.") % {"what": engagement})
    if not reason.strip():
        raise DomainError(_("Say why it ends: the other side reads it."))
    if last_on is None:
        _refuse_undecided(engagement)
    else:
        earliest = earliest_last_day(engagement, at)
        if last_on < earliest:
            raise DomainError(
                _("The contract asks for %(days)d days’ notice, so the last day is %(day)s at the earliest.")
                % {"days": engagement.notice_days, "day": date_format(earliest, "j M Y")}
            )
        if last_on > LAST_DAY:
            raise DomainError(_("Choose a day before 2100."))
    side = engagement.side_of(by)
    given = Termination.objects.create(
        engagement=engagement,
        side=side,
        reason=reason,
        last_on=last_on,
        ends_at=None if last_on is None else _over_at(last_on, engagement),
        given_by=by,
        given_at=at,
    )
    day = date_format(last_on, "j M Y") if last_on else _("at once")
    history.record(engagement, verb="gave_notice", by=by, at=at, note=f"{day}. {reason}")
    notifications.notice_given(given, engagement, at=at)
    return given


def _over_at(day: date, engagement: Engagement) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), zone_of(engagement)).astimezone(UTC)


@use_case
def agree_to_end(termination: Termination, *, by: User, at: datetime) -> Engagement:
    """The other side says yes to ending at once, and so it ends."""
    engagement, termination = _lock_open(termination)
    if not can_end(by, engagement) or engagement.side_of(by) == termination.side:
        raise NotAllowed(_("The other side agrees to it."))
    if termination.last_on is not None:
        raise DomainError(
            _("This notice runs until %(day)s; nobody has to agree to it.")
            % {"day": date_format(termination.last_on, "j M Y")}
        )
    termination.agreed_by, termination.agreed_at = by, at
    termination.save(update_fields=["agreed_by", "agreed_at"])
    return _carry_out(engagement, termination, by=by, at=at)


@use_case
def take_back_notice(termination: Termination, *, by: User, at: datetime) -> Termination:
    """The side that gave it thinks again; the other side may say no to ending at once."""
    engagement, termination = _lock_open(termination)
    is_own = engagement.side_of(by) == termination.side
    if not can_end(by, engagement) or not (is_own or termination.is_at_once):
        raise NotAllowed(_("Only the side that gave this notice takes it back."))
    close_notice(termination, by=by, at=at)
    history.record(engagement, verb="took_back" if is_own else "refused_end", by=by, at=at)
    notifications.notice_taken_back(termination, engagement, is_refused=not is_own, by=by, at=at)
    return termination


def close_notice(termination: Termination, *, by: User, at: datetime) -> None:
    """It counts no more. The engagement is locked by the caller."""
    termination.taken_back_by, termination.taken_back_at = by, at
    termination.save(update_fields=["taken_back_by", "taken_back_at"])


def _lock_open(termination: Termination) -> tuple[Engagement, Termination]:
    engagement = Engagement.objects.lock(termination.engagement_id)
    termination = Termination.objects.select_for_update(of=("self",)).get(pk=termination.pk)
    if termination.carried_out_at:
        raise DomainError(_("“%(what)s” has ended already.") % {"what": engagement})
    if termination.taken_back_at:
        raise DomainError(_("This notice was taken back. Reload to see where it stands."))
    return engagement, termination


def _refuse_undecided(engagement: Engagement) -> None:
    waiting = Milestone.objects.of(engagement).filter(status__in=UNDECIDED)
    if names := [f"“{milestone}”" for milestone in waiting]:
        raise DomainError(
            _("%(what)s was handed in and is not decided yet. Decide that first, then it can end.")
            % {"what": get_text_list(names, _("and"))}
        )


def _carry_out(engagement: Engagement, termination: Termination, *, by: User | None, at: datetime) -> Engagement:
    """active or paused → terminated. The clock acts for whoever gave the notice."""
    _refuse_undecided(engagement)
    returned = 0
    for milestone in Milestone.objects.of(engagement).filter(status__in=UNFINISHED).select_for_update(of=("self",)):
        is_held = milestone.status in AT_WORK
        milestone.engagement = engagement
        move(milestone, to=MilestoneStatus.CANCELLED, by=by, at=at)
        if is_held:
            ledger.move_milestone(milestone, PostingKind.REFUND, by=by or termination.given_by, at=at)
            returned += milestone.amount_minor
    if engagement.status == EngagementStatus.PAUSED:
        end_pause(engagement, by=by, at=at)  # nothing is open any more, so no date moves
    termination.carried_out_at = at
    termination.save(update_fields=["carried_out_at"])
    move(engagement, to=EngagementStatus.TERMINATED, by=by, at=at, note=termination.reason, ended_at=at)
    notifications.engagement_ended(termination, engagement, returned=Money(returned, engagement.currency), by=by, at=at)
    return engagement


def due_endings(at: datetime) -> QuerySet[Termination]:
    """Notices whose last day is over, but for those that wait for a decision about what was handed in."""
    undecided = Milestone.objects.filter(status__in=UNDECIDED, engagement=OuterRef("engagement"))
    return Termination.objects.due(at).exclude(Exists(undecided))


def end_due(*, at: datetime) -> int:
    """By the clock, each in its own transaction; returns how many ended."""
    ended = 0
    for termination in due_endings(at).order_by("pk"):
        try:
            _end(termination, at=at)
            ended += 1
        except DomainError:
            continue  # taken back, completed or handed in at the same moment
        except Exception:
            log.exception("end_failed", engagement=termination.engagement_id)
    return ended


@use_case
def _end(termination: Termination, *, at: datetime) -> None:
    engagement, termination = _lock_open(termination)
    _carry_out(engagement, termination, by=None, at=at)
