"""The read-back: the contractor says the goals back in own words, the lead says whether that was it."""

from datetime import datetime

from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import User
from core import history
from core.errors import DomainError, NotAllowed
from core.use_case import use_case
from engagements import notifications
from engagements.models import Engagement, ReadBack, ReadBackReply
from engagements.permissions import can_hear_back, is_its_contractor
from engagements.queries.read_backs import is_understood, latest_read_back, reply_to
from engagements.services.contacts import record_contact
from engagements.states import ContactKind, EngagementStatus, Side

BEFORE_WORK = (EngagementStatus.OFFERED, EngagementStatus.AGREED)


def _must_be_before_work(engagement: Engagement) -> None:
    if engagement.status not in BEFORE_WORK:
        raise DomainError(
            _("“%(what)s” is %(state)s. Goals are said back between the offer and the start of the work.")
            % {"what": engagement, "state": engagement.get_status_display().lower()}
        )


@use_case
def say_back(engagement: Engagement, *, text: str, questions: str = "", by: User, at: datetime) -> ReadBack:
    """The next version, in place of one that is not answered yet. Tells the lead. Raises DomainError when one was
    accepted already, when nothing is said, and outside the time between offer and start."""
    engagement = Engagement.objects.lock(engagement)
    if not is_its_contractor(by, engagement):
        raise NotAllowed(_("Only the contractor says the goals back."))
    _must_be_before_work(engagement)
    if is_understood(engagement):
        raise DomainError(_("%(who)s has accepted your read-back already.") % {"who": engagement.lead.name})
    if not text.strip():
        raise DomainError(_("Say the goals in your own words first."))
    number = (engagement.read_backs.aggregate(last=Max("number"))["last"] or 0) + 1
    read_back = ReadBack.objects.create(
        engagement=engagement, number=number, text=text.strip(), questions=questions.strip(), by=by, at=at
    )
    history.record(engagement, verb="said_back", by=by, at=at)
    record_contact(engagement, side=Side.THEIRS, kind=ContactKind.MESSAGE, by=by, at=at)
    notifications.said_back(read_back, engagement, at=at)
    return read_back


@use_case
def accept_read_back(engagement: Engagement, *, number: int, by: User, at: datetime) -> ReadBackReply:
    """That is it: the first milestone can be funded. `number` is the version that was read."""
    return _reply(engagement, number=number, is_accepted=True, note="", by=by, at=at)


@use_case
def ask_again(engagement: Engagement, *, number: int, note: str, by: User, at: datetime) -> ReadBackReply:
    """Not yet: `note` says what was meant, and the contractor says it back once more."""
    if not note.strip():
        raise DomainError(_("Say in a sentence what was meant."))
    return _reply(engagement, number=number, is_accepted=False, note=note.strip(), by=by, at=at)


def _reply(
    engagement: Engagement, *, number: int, is_accepted: bool, note: str, by: User, at: datetime
) -> ReadBackReply:
    engagement = Engagement.objects.lock(engagement)
    if not can_hear_back(by, engagement):
        raise NotAllowed(_("Only the lead accepts a read-back."))
    _must_be_before_work(engagement)
    read_back = latest_read_back(engagement)
    if read_back is None:
        raise DomainError(_("%(who)s has not said the goals back yet.") % {"who": engagement.contractor})
    if read_back.number != number:
        raise DomainError(_("There is a newer read-back than the one you read. Read it, then answer."))
    if reply_to(read_back) is not None:
        raise DomainError(_("This read-back was answered already."))
    reply = ReadBackReply.objects.create(read_back=read_back, is_accepted=is_accepted, note=note, by=by, at=at)
    history.record(engagement, verb="heard_back" if is_accepted else "asked_again", by=by, at=at)
    record_contact(engagement, side=Side.OURS, kind=ContactKind.REVIEW, by=by, at=at)
    notifications.read_back_answered(reply, engagement, at=at)
    return reply
