"""An offer answered with a question: asked in place, answered in place, mailed once to the one who acts next."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from core import history
from core.errors import DomainError, NotAllowed
from core.use_case import use_case
from engagements.models import Engagement, OfferAnswer, OfferLink, OfferQuestion
from engagements.permissions import is_its_contractor, is_named
from engagements.services.contacts import record_contact
from engagements.states import ContactKind, EngagementStatus, Side
from milestones import notifications
from milestones.queries.offer import offer_paper
from milestones.services import offers

MOST_OPEN = 20  # unanswered questions of one offer: beyond, the conversation is the place


@use_case
def ask_question(
    engagement: Engagement, *, anchor: str, text: str, by: User | None, link: OfferLink | None, at: datetime
) -> OfferQuestion:
    """`anchor` names the place (“goal-2”, “whole”). By its contractor, or by link as long as the contractor has no
    account. Tells whoever answers for us; the offer is in our court until it is answered."""
    engagement = Engagement.objects.lock(engagement)
    if by is not None and not is_its_contractor(by, engagement):
        raise NotAllowed(_("Only the reader of the offer asks here."))
    if engagement.status != EngagementStatus.OFFERED:
        raise DomainError(
            _("“%(what)s” is %(state)s. Questions about an offer are asked while it stands.")
            % {"what": engagement, "state": engagement.get_status_display().lower()}
        )
    if by is None and (link is None or engagement.contractor.user_id is not None):
        raise DomainError(_("There is an account for this offer already. Sign in to ask."))
    if not text.strip():
        raise DomainError(_("Write your question first."))
    place = offer_paper(engagement).places.get(anchor)
    if place is None:
        raise DomainError(_("This part of the offer is not there any more. Reload the page, then ask."))
    if OfferQuestion.objects.unanswered().filter(engagement=engagement).count() >= MOST_OPEN:
        raise DomainError(
            _("%(n)d questions wait for an answer already. Ask more once those are answered.") % {"n": MOST_OPEN}
        )
    question = OfferQuestion.objects.create(
        engagement=engagement,
        about=place.about,
        place=place.number,
        label=place.label,
        text=text.strip(),
        by=by,
        link=link if by is None else None,
        at=at,
    )
    history.record(engagement, verb="asked", by=by, at=at, note=place.label)
    if by is not None:
        record_contact(engagement, side=Side.THEIRS, kind=ContactKind.MESSAGE, by=by, at=at)
    notifications.offer_question_asked(question, engagement, at=at)
    return question


@use_case
def answer_question(question: OfferQuestion, *, text: str, by: User, at: datetime) -> OfferAnswer:
    """By one of the people named on the engagement, once. Whoever asked has time to act on it: an offer that was about
    to end stays open some days more."""
    engagement = Engagement.objects.lock(question.engagement_id)
    if not is_named(by, engagement):
        raise NotAllowed(_("Only the people named on an engagement answer here."))
    if engagement.status != EngagementStatus.OFFERED:
        raise DomainError(
            _("“%(what)s” is %(state)s. Write in the conversation instead.")
            % {"what": engagement, "state": engagement.get_status_display().lower()}
        )
    if not text.strip():
        raise DomainError(_("Write the answer first."))
    if OfferAnswer.objects.filter(question=question).exists():
        raise DomainError(_("Somebody answered this already. Reload to read it."))
    answer = OfferAnswer.objects.create(question=question, text=text.strip(), by=by, at=at)
    history.record(engagement, verb="answered", by=by, at=at, note=question.label)
    record_contact(engagement, side=Side.OURS, kind=ContactKind.MESSAGE, by=by, at=at)
    offers.keep_open(engagement, at=at)
    notifications.offer_question_answered(answer, engagement, at=at)
    return answer
