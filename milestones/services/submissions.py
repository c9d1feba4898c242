"""Handing in: a value for each goal, a place for each part, files, and a word to the lead."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from accounts.models import User
from core import files as storage
from core.errors import DomainError
from core.models import StoredFile
from core.numbers import parse_number
from core.transitions import move
from core.use_case import use_case
from engagements.models import Goal
from engagements.models.template import DONE, NOT_DONE
from engagements.services.contacts import record_contact
from engagements.services.measurements import keep_measurement
from engagements.states import ContactKind, EngagementStatus, MeasurementSource, Side
from milestones import notifications
from milestones.models import Attachment, DeliveredPart, Evidence, Milestone, Submission
from milestones.services.pulses import answer_pulse
from milestones.states import AT_WORK, MilestoneStatus


class Measured(NamedTuple):
    """What was measured for one goal; or with `is_missing` no value, and `note` says why."""

    value: str
    note: str = ""
    is_missing: bool = False
    files: tuple[StoredFile, ...] = ()


class Delivered(NamedTuple):
    """Where one part of the deliverable is: a link or words, files, or both."""

    where: str = ""
    files: tuple[StoredFile, ...] = ()


@use_case
def submit_milestone(
    milestone: Milestone,
    *,
    note: str,
    link: str = "",
    evidence: Mapping[Goal, tuple[str, str] | Measured],
    parts: Mapping[int, Delivered] | None = None,
    files: Iterable[StoredFile] = (),
    happy: str = "",
    by: User,
    at: datetime,
) -> Submission:
    """Hand in the work with one measured value (a number in the goal's unit) for each goal and a place for each part
    (by its place from 0 in the milestone's parts). Files are drafts of the person; `happy` is a `states.Happiness`.

    Raises DomainError when a goal has neither a value nor a reason why not, a value is no number, a part is nowhere,
    the link is no web address, or the milestone is not at work.
    """
    milestone = Milestone.objects.lock(milestone)
    engagement = milestone.engagement
    _refuse_unless_at_work(milestone)
    if link and urlsplit(link).scheme not in ("http", "https"):
        raise DomainError(_("Give a link that starts with https:// or http://."))
    values = {goal: _measured(goal, evidence) for goal in milestone.goals.all()}
    places = {place: _delivered(part["what"], (parts or {}).get(place)) for place, part in enumerate(milestone.parts)}
    number = milestone.submissions.count() + 1
    move(
        milestone,
        to=MilestoneStatus.SUBMITTED,
        by=by,
        at=at,
        submitted_at=at,
        escalated_to=None,
        escalated_at=None,
    )
    submission = Submission.objects.create(milestone=milestone, number=number, note=note, link=link, by=by, at=at)
    Evidence.objects.bulk_create(
        Evidence(submission=submission, goal=goal, value=given.value, note=given.note) for goal, given in values.items()
    )
    for goal, given in values.items():
        if given.value:
            keep_measurement(
                goal,
                value=given.value,
                evidence=given.note,
                source=MeasurementSource.HANDED_IN,
                side=Side.THEIRS,
                by=by,
                at=at,
            )
    DeliveredPart.objects.bulk_create(
        DeliveredPart(
            submission=submission, position=place, kind=part["kind"], what=part["what"], where=places[place].where
        )
        for place, part in enumerate(milestone.parts)
    )
    wanted: list[tuple[StoredFile, Goal | None, int | None]] = [(file, None, None) for file in files]
    wanted += [(file, goal, None) for goal, given in values.items() for file in given.files]
    wanted += [(file, None, place) for place, given in places.items() for file in given.files]
    _attach(submission, wanted, by=by, at=at)
    if happy:
        answer_pulse(milestone, side=Side.THEIRS, answer=happy, by=by, at=at)
    record_contact(engagement, side=Side.THEIRS, kind=ContactKind.SUBMISSION, by=by, at=at)
    notifications.milestone_submitted(submission, at=at)
    return submission


def _refuse_unless_at_work(milestone: Milestone) -> None:
    engagement = milestone.engagement
    if engagement.status != EngagementStatus.ACTIVE:
        raise DomainError(
            _("“%(what)s” is %(state)s, so nothing can be handed in.")
            % {"what": engagement, "state": engagement.get_status_display().lower()}
        )
    if milestone.status not in AT_WORK:  # the table also knows disputed → submitted, which settles a dispute
        raise DomainError(
            _("“%(what)s” is %(state)s, so it can’t be handed in now. Reload to see where it stands.")
            % {"what": milestone, "state": milestone.get_status_display().lower()}
        )


def _measured(goal: Goal, evidence: Mapping[Goal, tuple[str, str] | Measured]) -> Measured:
    if goal not in evidence:
        raise DomainError(_("Give a measured value for “%(goal)s”.") % {"goal": goal.metric})
    given = Measured(*evidence[goal])
    if given.is_missing:
        if not given.note.strip():
            raise DomainError(_("Say why “%(goal)s” was not measured.") % {"goal": goal.metric})
        return given._replace(value="")
    try:
        given = given._replace(value=parse_number(given.value))
    except ValueError as error:
        raise DomainError(f"“{goal.metric}”: {error}") from error
    if goal.is_binary and given.value not in (DONE, NOT_DONE):
        raise DomainError(_("Say whether “%(goal)s” is done or not.") % {"goal": goal.metric})
    return given


def _delivered(what: str, given: Delivered | None) -> Delivered:
    if given is None or not (given.where.strip() or given.files):
        raise DomainError(_("Say where “%(part)s” is: a link, a file or a line.") % {"part": what})
    return given


def _attach(
    submission: Submission, wanted: list[tuple[StoredFile, Goal | None, int | None]], *, by: User, at: datetime
) -> None:
    """Files of an earlier submission of the same milestone may be handed in again; others are drafts of the person."""
    ids = [file.pk for file, _goal, _part in wanted]
    if not ids:
        return
    own = set(StoredFile.objects.drafts_of(by).filter(pk__in=ids).values_list("pk", flat=True))
    earlier = Attachment.objects.filter(submission__milestone=submission.milestone, file__in=ids)
    own |= set(earlier.values_list("file_id", flat=True))
    if own < set(ids):
        raise DomainError(_("One of the files is not here any more. Choose it again."))
    Attachment.objects.bulk_create(
        Attachment(submission=submission, file=file, goal=goal, part=part) for file, goal, part in wanted
    )
    for file, _goal, _part in wanted:
        storage.attach(file, at=at)
