"""Recording what was measured of a goal. What is wrong is corrected by a further row; no row ever changes."""

from datetime import date, datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from core import history
from core.errors import DomainError, NotAllowed
from core.numbers import parse_number
from core.use_case import use_case
from engagements import notifications
from engagements.models import Engagement, Goal, Measurement
from engagements.models.template import DONE, NOT_DONE
from engagements.permissions import can_correct, can_measure
from engagements.services.contacts import record_contact
from engagements.states import MEASURABLE, ContactKind, MeasurementSource

FIRST_DAY = date(2000, 1, 1)
MOST = 500  # measurements of one goal


@use_case
def record_measurement(
    goal: Goal, *, value: str, measured_on: date, evidence: str, by: User, at: datetime
) -> Measurement:
    """A number in the goal's unit (1 or 0 of one that is done or not done), and how one knows: a link or a line.

    Raises DomainError before the contract is agreed and once it is over, for what is no number, for a day that is not
    over or too long ago, and without evidence; NotAllowed for anybody but the people of the contract."""
    engagement = _lock(goal, by)
    made = _add(goal, engagement, value=value, measured_on=measured_on, evidence=evidence, by=by, at=at)
    _tell(made, engagement, verb="measured", by=by, at=at)
    return made


@use_case
def correct_measurement(
    measurement: Measurement, *, value: str, measured_on: date, evidence: str, reason: str, by: User, at: datetime
) -> Measurement:
    """The side that stated it says what it should have been, and why. Raises DomainError also without a reason, and for
    one that was corrected already; NotAllowed for the other side, which states a value of its own."""
    goal = measurement.goal
    engagement = _lock(goal, by)
    if not can_correct(by, measurement, engagement):
        raise NotAllowed(_("Who stated a value corrects it. State your own beside it."))
    if Measurement.objects.superseding(measurement).exists():
        raise DomainError(_("This value was corrected already. Reload to see by what."))
    if not reason.strip():
        raise DomainError(_("Say why it is corrected: the old value stays beside the new one."))
    made = _add(
        goal,
        engagement,
        value=value,
        measured_on=measured_on,
        evidence=evidence,
        supersedes=measurement,
        reason=reason.strip(),
        by=by,
        at=at,
    )
    _tell(made, engagement, verb="measured_again", by=by, at=at)
    return made


def keep_measurement(
    goal: Goal, *, value: str, evidence: str, source: str, side: str, by: User, at: datetime
) -> Measurement:
    """A step of handing in and of reviewing a milestone locked by the caller, which has judged the value (canonical)
    and tells of it."""
    return Measurement.objects.create(
        goal=goal,
        value=value,
        measured_on=at.astimezone(by.tz).date(),
        evidence=evidence[:1000],
        source=source,
        side=side,
        by=by,
        at=at,
    )


def _lock(goal: Goal, by: User) -> Engagement:
    engagement: Engagement = Engagement.objects.lock(goal.engagement_id)
    if not can_measure(by, engagement):
        raise NotAllowed(_("The people of this contract measure its goals."))
    if engagement.status not in MEASURABLE:
        raise DomainError(
            _("“%(what)s” is %(state)s, so nothing is measured in it now.")
            % {"what": engagement, "state": engagement.get_status_display().lower()}
        )
    return engagement


def _add(
    goal: Goal,
    engagement: Engagement,
    *,
    value: str,
    measured_on: date,
    evidence: str,
    supersedes: Measurement | None = None,
    reason: str = "",
    by: User,
    at: datetime,
) -> Measurement:
    try:
        value = parse_number(value)
    except ValueError as error:
        raise DomainError(str(error)) from error
    if goal.is_binary and value not in (DONE, NOT_DONE):
        raise DomainError(_("Say whether “%(goal)s” is done or not.") % {"goal": goal.metric})
    if not FIRST_DAY <= measured_on <= at.astimezone(by.tz).date():
        raise DomainError(_("Choose the day on which it was measured: today or an earlier one, since 2000."))
    if not evidence.strip():
        raise DomainError(_("Say how one knows: a link, or a line on how it was measured."))
    if goal.measurements.count() >= MOST:
        raise DomainError(_("“%(goal)s” has %(n)d values, which is all it takes.") % {"goal": goal.metric, "n": MOST})
    return Measurement.objects.create(
        goal=goal,
        value=value,
        measured_on=measured_on,
        evidence=evidence.strip(),
        source=MeasurementSource.NOTED,
        side=engagement.side_of(by),
        supersedes=supersedes,
        reason=reason,
        by=by,
        at=at,
    )


def _tell(made: Measurement, engagement: Engagement, *, verb: str, by: User, at: datetime) -> None:
    value, day = made.goal.value_words(made.value), date_format(made.measured_on, "j M Y")
    note = _("“%(goal)s”: %(value)s on %(day)s") % {"goal": made.goal.metric, "value": value, "day": day}
    history.record(engagement, verb=verb, by=by, at=at, note=f"{note}. {made.reason}" if made.reason else note)
    record_contact(engagement, side=made.side, kind=ContactKind.MEASUREMENT, by=by, at=at)
    notifications.goal_measured(made, engagement, at=at)
