"""Which message about a dispute goes to whom: both sides are told everything, plainly."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.states import NoticeKind, Role
from milestones.models import Dispute, DisputeDecision, DisputeStatement
from milestones.notifications import _tell, working_hours
from milestones.queries.disputes import has_decider


def _to_all(
    people: Iterable[User | None],
    dispute: Dispute,
    *,
    key: str,
    subject: Any,
    template: str,
    at: datetime,
    without: User | None = None,
    **context: Any,
) -> None:
    """Each once, in own working hours; `without` did it and needs no mail. `subject` is called for each of them."""
    milestone = dispute.milestone
    is_free = not has_decider(dispute, milestone.engagement)
    for person in {p.pk: p for p in people if p is not None}.values():
        if without is not None and person.pk == without.pk:
            continue
        _tell(
            person,
            milestone,
            kind=NoticeKind.REVIEW,
            key=key,
            subject=lambda person=person: subject(person) % {"what": milestone, "who": dispute.decider.name},
            template=template,
            context={
                "dispute": dispute,
                "is_decider": person.pk == dispute.decider_id and not is_free,
                "nobody_decides": is_free,
                **context,
            },
            at=at,
            not_before=working_hours(person, at),
        )


def _everybody(dispute: Dispute) -> tuple[User | None, ...]:
    engagement = dispute.milestone.engagement
    return (engagement.contractor.user, engagement.lead, engagement.comms_owner, dispute.decider)


def dispute_opened(dispute: Dispute, decide_by: datetime | None, *, at: datetime) -> None:
    """Where nobody can decide, also to the admins: only they invite somebody."""
    is_free = not has_decider(dispute, dispute.milestone.engagement)
    _to_all(
        (*_everybody(dispute), *(User.objects.active().with_role(Role.ADMIN) if is_free else ())),
        dispute,
        key=f"disputed:{dispute.pk}",
        subject=lambda person: (
            _("You decide the dispute about “%(what)s”")
            if person.pk == dispute.decider_id and not is_free
            else _("“%(what)s” is disputed")
        ),
        template="dispute_opened",
        at=at,
        without=dispute.by,
        decide_by=decide_by,
    )


def dispute_stated(statement: DisputeStatement, dispute: Dispute, *, at: datetime) -> None:
    """To the other side and to who decides."""
    _to_all(
        _everybody(dispute),
        dispute,
        key=f"stated:{statement.pk}",
        subject=lambda _person: _("Something was added to the dispute about “%(what)s”"),
        template="dispute_stated",
        at=at,
        without=statement.by,
        statement=statement,
    )


def dispute_taken_back(said: DisputeStatement, dispute: Dispute, *, at: datetime) -> None:
    _to_all(
        _everybody(dispute),
        dispute,
        key=f"taken-back:{dispute.pk}",
        subject=lambda _person: _("The dispute about “%(what)s” was taken back"),
        template="dispute_taken_back",
        at=at,
        without=said.by,
        statement=said,
    )


def dispute_decided(decision: DisputeDecision, dispute: Dispute, *, at: datetime) -> None:
    _to_all(
        _everybody(dispute),
        dispute,
        key=f"dispute-decided:{dispute.pk}",
        subject=lambda _person: _("The dispute about “%(what)s” is decided"),
        template="dispute_decided",
        at=at,
        without=decision.by,
        decision=decision,
    )


def dispute_passed_on(dispute: Dispute, silent: User, decide_by: datetime | None, *, at: datetime) -> None:
    """The decider's time is over: everybody learns who decides now, and by when."""
    _to_all(
        (*_everybody(dispute), silent),
        dispute,
        key=f"passed-on:{dispute.pk}:{at.isoformat()}",
        subject=lambda person: (
            _("You decide the dispute about “%(what)s” now")
            if person.pk == dispute.decider_id
            else _("%(who)s decides the dispute about “%(what)s” now")
        ),
        template="dispute_passed_on",
        at=at,
        silent=silent,
        decide_by=decide_by,
    )
