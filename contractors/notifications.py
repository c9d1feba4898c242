"""Which message of vetting goes to whom.

Mail to an applicant never repeats what was typed on the public page (not even the name): anybody can type anything
there with somebody else's address.
"""

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from accounts.queries import organisation
from accounts.services import notices
from accounts.states import NoticeKind
from contractors.models import Application
from contractors.states import Decision
from core import outbox


def _to_applicant(application: Application, *, key: str, subject: str, template: str, at: datetime) -> None:
    """Nothing happens for somebody without an e-mail."""
    ours = organisation()
    outbox.enqueue(
        key=f"application:{application.pk}:{key}",
        kind="application",
        to=application.contractor.user,
        address=application.contractor.email,
        subject=subject % {"title": application.opening.title},
        template=template,
        context={"opening": application.opening, "organisation": ours.name if ours else "Duckrow"},
        at=at,
    )


def application_received(application: Application, reviewers: Iterable[User], *, at: datetime) -> None:
    """Thanks to the applicant; to the lead and to those who mark, that somebody is there."""
    _to_applicant(
        application,
        key="received",
        subject=_("We have your application for “%(title)s”"),
        template="application_received",
        at=at,
    )
    opening = application.opening
    for person in {p.pk: p for p in (opening.lead, *reviewers)}.values():
        with override(person.language):
            notices.notify(
                person,
                kind=NoticeKind.REVIEW,
                key=f"application:{application.pk}:new",
                subject=_("%(who)s applied for “%(title)s”") % {"who": application.contractor, "title": opening.title},
                template="application_new",
                context={"application": application, "opening": opening},
                path=f"/applications/{application.pk}/",
                at=at,
            )


def applied_again(application: Application, *, at: datetime) -> None:
    """At most one a day: the public page must not become a way to fill somebody's mailbox."""
    _to_applicant(
        application,
        key=f"again:{at:%Y-%m-%d}",
        subject=_("We already have your application for “%(title)s”"),
        template="application_again",
        at=at,
    )


def scorecards_complete(application: Application, *, at: datetime) -> None:
    """Now the lead's turn."""
    lead = application.opening.lead
    with override(lead.language):
        notices.notify(
            lead,
            kind=NoticeKind.REVIEW,
            key=f"application:{application.pk}:decide",
            subject=_("All scorecards on %(who)s are in; the decision is yours") % {"who": application.contractor},
            template="application_decide",
            context={"application": application, "opening": application.opening},
            path=f"/applications/{application.pk}/",
            at=at,
        )


def declined(application: Application, decision: str, *, at: datetime) -> None:
    """A kind no; from the bench one may hear again."""
    is_bench = decision == Decision.BENCH
    _to_applicant(
        application,
        key="answer",
        subject=_("About your application for “%(title)s”"),
        template="application_benched" if is_bench else "application_declined",
        at=at,
    )
