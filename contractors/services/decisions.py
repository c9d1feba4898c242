"""Vetting decisions: hire, bench or decline."""

from datetime import datetime

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from accounts.models import User
from contractors import notifications
from contractors.models import Application, VettingDecision
from contractors.queries import standing
from contractors.states import IN_VETTING, ApplicationStatus, Decision
from core import history
from core.errors import DomainError
from core.transitions import move
from core.use_case import use_case


@use_case
def decide(application: Application, *, decision: str, reason: str, by: User, at: datetime) -> VettingDecision:
    """Decide, once every named reviewer's scorecard is in. Hire leads to *offered*; bench and decline to *declined*
    (from the bench the person can be asked again, this application is over) and to a kind mail at once.

    A hire that came to nothing may still be declined or benched; a further decision is a further row."""
    application = Application.objects.lock(application)
    where = standing(application)
    is_hire = decision == Decision.HIRE
    if decision not in Decision.values:
        raise DomainError(_("Choose hire, bench or decline."))
    if application.status not in IN_VETTING and (is_hire or application.status != ApplicationStatus.OFFERED):
        raise DomainError(
            _("This application is %(state)s already. Reload to see the decision.")
            % {"state": application.get_status_display().lower()}
        )
    if application.status in IN_VETTING and where.missing:
        names = get_text_list([person.name for person in where.missing], _("and"))
        raise DomainError(_("Not yet: the scorecard of %(names)s is missing.") % {"names": names})
    if not reason.strip():
        raise DomainError(_("Give a reason: it stays in the record."))
    made = VettingDecision.objects.create(
        application=application, decision=decision, reason=reason.strip(), by=by, at=at
    )
    history.record(application, verb="decided", became=decision, by=by, at=at)
    move(application, to=ApplicationStatus.OFFERED if is_hire else ApplicationStatus.DECLINED, by=by, at=at)
    if not is_hire:
        notifications.declined(application, decision, at=at)
    return made
