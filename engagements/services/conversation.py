"""Messages and check-ins: every one is a contact of its side."""

from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import notices
from accounts.states import NoticeKind, Role
from core.errors import DomainError, NotAllowed
from core.prepared import One, Prepared
from core.use_case import use_case
from engagements import notifications
from engagements.models import CheckIn, Engagement, Message
from engagements.permissions import can_check_in, can_speak
from engagements.services.contacts import record_contact
from engagements.states import CONFIDENCE, RUNNING, ContactKind, EngagementStatus, Side

SILENT = (
    EngagementStatus.DRAFT,
    EngagementStatus.DECLINED,
    EngagementStatus.WITHDRAWN,
    EngagementStatus.EXPIRED,
)


THEIR_EAR = ("contractor__user",)
OUR_EARS = ("comms_owner", "cover", "lead")


@cache
def _heard(ears: tuple[str, ...]) -> Prepared:
    def build(which: One) -> QuerySet[Any]:
        rows: QuerySet[Any] = Engagement.objects.with_asked().select_related("contractor__user", *ears)
        chosen = {f"chosen_{n}": notices.chosen_by(ear, NoticeKind.MESSAGE) for n, ear in enumerate(ears)}
        return rows.annotate(**chosen).filter(pk=which)

    return Prepared(build)


@use_case
def send_message(engagement: Engagement, *, body: str, needs_answer: bool, by: User, at: datetime) -> Message:
    """Speak for the side one belongs to; that answers whatever the other side had asked. Tells the other side.

    Raises DomainError before the offer is sent and after it came to nothing, NotAllowed for anybody not named."""
    ears = OUR_EARS if by.role == Role.CONTRACTOR else THEIR_EAR
    Engagement.objects.lock(engagement)
    # Read after the lock: a row that we waited for would come joined to the people and questions of before.
    (fresh,) = _heard(ears).records(engagement.pk)
    engagement = fresh
    if not can_speak(by, engagement):
        raise NotAllowed(_("Only the people named on an engagement write in it."))
    if engagement.status == EngagementStatus.DRAFT:
        raise DomainError(_("The offer is not sent yet, so nobody would read this. Send the offer first."))
    if engagement.status in SILENT:
        raise DomainError(_("This offer came to nothing, so its conversation is closed."))
    if not body.strip():
        raise DomainError(_("Write something first."))
    side = engagement.side_of(by)
    if fresh.is_asked:
        Message.objects.waiting().filter(engagement=engagement).exclude(side=side).update(answered_at=at)
    message = Message.objects.create(
        engagement=engagement, author=by, side=side, body=body, needs_answer=needs_answer, at=at
    )
    record_contact(engagement, side=side, kind=ContactKind.MESSAGE, by=by, at=at)
    hear = [engagement.contractor.user_id] if ears == THEIR_EAR else [getattr(fresh, f"{ear}_id") for ear in ears]
    choices = {person: getattr(fresh, f"chosen_{n}") for n, person in enumerate(hear)}
    notifications.message_sent(message, engagement, choices, at=at)
    return message


@use_case
def check_in(
    engagement: Engagement,
    *,
    progress: str = "",
    confidence: int | None = None,
    blocker: str = "",
    private_note: str = "",
    nothing_new: bool = False,
    by: User,
    at: datetime,
) -> CheckIn:
    """The contractor's twenty seconds while the work is agreed or runs. `confidence` is one of 10, 30, 50, 70, 90 %.

    Without anything new the comms owner is not written to: the page shows it, and the clock has heard it. The private
    note goes neither into mail nor into the history."""
    engagement = Engagement.objects.lock(engagement)
    if not can_check_in(by, engagement):
        raise NotAllowed(_("Only the contractor checks in."))
    if engagement.status not in RUNNING:
        raise DomainError(
            _("“%(what)s” is %(state)s. Check-ins are for work that is agreed or runs.")
            % {"what": engagement, "state": engagement.get_status_display().lower()}
        )
    if confidence not in CONFIDENCE and not (nothing_new and confidence is None):
        raise DomainError(_("Tap one of the five to say how sure you are of the date."))
    row = CheckIn.objects.create(
        engagement=engagement,
        by=by,
        at=at,
        progress=progress,
        confidence=confidence,
        blocker=blocker,
        private_note=private_note,
        nothing_new=nothing_new,
    )
    record_contact(engagement, side=Side.THEIRS, kind=ContactKind.CHECK_IN, by=by, at=at)
    if not nothing_new:
        notifications.checked_in(row, engagement, at=at)
    return row
