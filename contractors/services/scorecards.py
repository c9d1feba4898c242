"""Scorecards: each named reviewer marks once, alone."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from contractors import notifications
from contractors.models import Application, Mark, Scorecard
from contractors.queries import standing
from contractors.states import IN_VETTING, ApplicationStatus
from core import history
from core.errors import DomainError
from core.transitions import move
from core.use_case import use_case


@use_case
def submit(
    application: Application, *, reviewer: User, marks: Mapping[int, int], evidence: str, at: datetime
) -> Scorecard:
    """Hand in `marks` (criterion's primary key → 1 to 5, every criterion of the opening) with the evidence for them.

    It can't be changed afterwards, or the second to mark could follow the first. The history says who and when, never
    what. With the last one in, the scorecards open and the decision is the lead's."""
    application = Application.objects.lock(application)
    where = standing(application)
    if reviewer.pk not in {r.pk for r in where.reviewers}:
        raise DomainError(_("Only the reviewers named on the opening hand in scorecards."))
    if reviewer.pk in where.scored_at:
        raise DomainError(_("Your scorecard is in already. It stays as you wrote it."))
    if application.status not in IN_VETTING:
        raise DomainError(_("This application is decided, so it takes no more scorecards."))
    criteria = set(application.opening.criteria.values_list("pk", flat=True))
    if set(marks) != criteria or any(not 1 <= points <= 5 for points in marks.values()):
        raise DomainError(_("Mark every criterion from 1 to 5."))
    if not evidence.strip():
        raise DomainError(_("Say what your marks rest on."))
    card = Scorecard.objects.create(
        application=application, reviewer=reviewer, evidence=evidence.strip(), submitted_at=at
    )
    Mark.objects.bulk_create(Mark(scorecard=card, criterion_id=pk, points=points) for pk, points in marks.items())
    history.record(application, verb="scored", by=reviewer, at=at)
    if not standing(application).missing:
        if application.status in (ApplicationStatus.RECEIVED, ApplicationStatus.SCREENING):
            move(application, to=ApplicationStatus.REVIEW, by=reviewer, at=at)
        notifications.scorecards_complete(application, at=at)
    elif application.status == ApplicationStatus.RECEIVED:
        move(application, to=ApplicationStatus.SCREENING, by=reviewer, at=at)
    return card
