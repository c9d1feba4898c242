"""Applications: how they come in by the public page, and how a hire is concluded.

The path of one application: *received*; *screening* from the first scorecard on; *review* once every named reviewer
is in, which is when the lead decides; then *offered* (hire) or *declined* (decline, and bench: the person is kept for
later, this application is over). *Hired* follows when the agreement is signed; *trial* waits for a later issue.
"""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from contractors import notifications
from contractors.models import Answer, Application, Contractor, Opening, Question
from contractors.queries import standing
from contractors.states import ApplicationStatus, PricePer
from core import history
from core.errors import DomainError
from core.money import Money
from core.transitions import move
from core.use_case import use_case

PUBLIC_PAGE = "public page"


@use_case
def apply(
    opening: Opening,
    *,
    name: str,
    email: str,
    price: Money,
    per: str = PricePer.WHOLE,
    answers: Mapping[Question, str],
    at: datetime,
) -> Application:
    """Take one application from the public page. Applying again with the same e-mail changes nothing: the first
    application is returned and its owner is told by mail, so that a stranger at the page learns nothing.

    A contractor who is known by this e-mail is not changed either: nobody has proved yet who is typing."""
    opening = Opening.objects.lock(opening)
    if not opening.is_public:
        raise DomainError(_("This opening is closed. It takes no more applications."))
    if price.currency != opening.currency or price.minor <= 0:
        raise DomainError(_("Ask a price above zero in %(currency)s.") % {"currency": opening.currency})
    questions = {q.pk: q for q in opening.questions.all()}
    given = {question.pk: text.strip() for question, text in answers.items() if question.pk in questions}
    if any(q.is_required and not given.get(pk) for pk, q in questions.items()):
        raise DomainError(_("Answer every question that is marked as needed."))
    contractor, _is_new = Contractor.objects.get_or_create(
        email=email.strip().lower(), defaults={"name": name.strip(), "created_at": at}
    )
    application, is_first = Application.objects.get_or_create(
        opening=opening,
        contractor=contractor,
        defaults={
            "asked_minor": price.minor,
            "asked_currency": price.currency,
            "asked_per": per,
            "status_since": at,
            "received_at": at,
            "came_by": PUBLIC_PAGE,
        },
    )
    if not is_first:
        notifications.applied_again(application, at=at)
        return application
    Answer.objects.bulk_create(
        Answer(application=application, question=questions[pk], text=text) for pk, text in given.items() if text
    )
    history.record(application, verb="applied", became=application.status, by=None, at=at)
    notifications.application_received(application, standing(application).missing, at=at)
    return application


@use_case
def mark_hired(application: Application, *, by: User, at: datetime) -> Application:
    """Both sides have signed. Only an application that was decided as a hire moves; any other stays as it was
    decided, because a signature must not fail on an old vetting record."""
    application = Application.objects.lock(application)
    if application.status == ApplicationStatus.OFFERED:
        move(application, to=ApplicationStatus.HIRED, by=by, at=at)
    return application
