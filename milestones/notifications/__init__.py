"""Which message about milestones and money goes to whom."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from accounts.queries import calendar_of
from accounts.services import notices
from accounts.states import NoticeKind, Role
from core import outbox, working_time
from engagements.models import Engagement, OfferAnswer, OfferQuestion
from engagements.notifications import our_ear
from milestones.models import AppealAnswer, BankDetail, Milestone, Payout, Pulse, RecordAppeal, Review, Submission
from milestones.permissions import answerers
from milestones.states import Outcome


def _tell(
    to: User | None,
    milestone: Milestone,
    *,
    kind: str,
    key: str,
    subject: Any,
    template: str,
    at: datetime,
    context: dict[str, Any] | None = None,
    not_before: datetime | None = None,
    path: str = "",
) -> None:
    """`subject` is called in the recipient's language; leads to the milestone's page, unless `path` says where."""
    if to is None:
        return
    with override(to.language):
        notices.notify(
            to,
            kind=kind,
            key=key,
            subject=subject(),
            template=template,
            context={"milestone": milestone, "engagement": milestone.engagement, **(context or {})},
            path=path or f"/milestones/{milestone.pk}/",
            at=at,
            not_before=not_before,
        )


def _contractor(milestone: Milestone) -> User | None:
    return milestone.engagement.contractor.user


def milestone_funded(milestone: Milestone, *, by: User, at: datetime) -> None:
    _tell(
        _contractor(milestone),
        milestone,
        kind=NoticeKind.MONEY,
        key=f"funded:{milestone.pk}:{milestone.round}",
        subject=lambda: _("“%(what)s” is funded, you can start") % {"what": milestone},
        template="milestone_funded",
        context={"by": by},
        at=at,
    )


def milestone_submitted(submission: Submission, *, at: datetime) -> None:
    """To whoever reviews, and to the comms owner, who keeps the time."""
    milestone = submission.milestone
    engagement = milestone.engagement
    reviewer = engagement.reviewer
    for person in {reviewer.pk: reviewer, engagement.comms_owner_id: engagement.comms_owner}.values():
        _tell(
            person,
            milestone,
            kind=NoticeKind.REVIEW,
            key=f"submitted:{submission.pk}",
            subject=lambda: _("%(who)s handed in “%(what)s”") % {"who": engagement.contractor, "what": milestone},
            template="milestone_submitted",
            context={"submission": submission, "is_reviewer": person.pk == reviewer.pk},
            at=at,
        )


def milestone_accepted(review: Review, payout: Payout, *, at: datetime) -> None:
    milestone = review.submission.milestone
    contractor = milestone.engagement.contractor
    _tell(
        _contractor(milestone),
        milestone,
        kind=NoticeKind.MONEY,
        key=f"accepted:{milestone.pk}:{milestone.round}",
        subject=lambda: (
            (
                _("“%(what)s” is accepted in part")
                if review.outcome == Outcome.ACCEPTED_IN_PART
                else _("“%(what)s” is accepted")
            )
            % {"what": milestone}
        ),
        template="milestone_accepted",
        context={
            "review": review,
            "payout": payout,
            "rest": Milestone.objects.filter(split__milestone=milestone, split__at=review.at).first(),
            "has_bank": BankDetail.objects.filter(contractor=contractor).exists(),
        },
        at=at,
    )


def accepted_by_the_clock(milestone: Milestone, silent: User, *, at: datetime) -> None:
    """To our side, which let the window pass: the money is owed now."""
    engagement = milestone.engagement
    for person in {p.pk: p for p in (silent, engagement.lead, engagement.comms_owner)}.values():
        _tell(
            person,
            milestone,
            kind=NoticeKind.REVIEW,
            key=f"accepted-by-clock:{milestone.pk}:{milestone.round}",
            subject=lambda: _("“%(what)s” counts as accepted") % {"what": milestone},
            template="milestone_accepted_by_clock",
            context={"silent": silent},
            at=at,
            not_before=working_hours(person, at),
        )


def review_escalated(milestone: Milestone, silent: User, *, at: datetime) -> None:
    """To whoever decides now, to whom it waited for, to the comms owner, and to the contractor."""
    engagement, decider = milestone.engagement, milestone.reviewer
    told = (decider, silent, engagement.comms_owner, engagement.contractor.user)
    for person in {p.pk: p for p in told if p is not None}.values():
        _tell(
            person,
            milestone,
            kind=NoticeKind.REVIEW,
            key=f"escalated:{milestone.pk}:{at.isoformat()}",
            subject=lambda person=person: (
                (
                    _("“%(what)s” is yours to decide now")
                    if person.pk == decider.pk
                    else _("%(who)s decides about “%(what)s” now")
                )
                % {"what": milestone, "who": decider.name}
            ),
            template="review_escalated",
            context={"silent": silent, "decider": decider, "is_decider": person.pk == decider.pk},
            at=at,
            not_before=working_hours(person, at),
        )


def working_hours(person: User, at: datetime) -> datetime | None:
    """At once while the person works, else when he or she does next; at once for somebody who never works."""
    try:
        return working_time.next_start(at, calendar_of(person, at.date()))
    except (working_time.EmptyCalendar, working_time.OutOfRange):
        return None


def bonus_given(milestone: Milestone, payout: Payout, *, at: datetime) -> None:
    _tell(
        _contractor(milestone),
        milestone,
        kind=NoticeKind.MONEY,
        key=f"bonus:{milestone.pk}",
        subject=lambda: _("A bonus of %(amount)s") % {"amount": milestone.amount},
        template="milestone_bonus",
        context={
            "payout": payout,
            "has_bank": BankDetail.objects.filter(contractor=milestone.engagement.contractor).exists(),
        },
        at=at,
    )


def talk_wanted(pulse: Pulse, milestone: Milestone, *, at: datetime) -> None:
    """To the comms owner alone: who said it is named, why is for the talk."""
    engagement = milestone.engagement
    _tell(
        engagement.comms_owner,
        milestone,
        kind=NoticeKind.REVIEW,
        key=f"talk:{pulse.pk}:{at.isoformat()}",
        subject=lambda: _("%(who)s is not happy to continue") % {"who": pulse.by.name},
        template="talk_wanted",
        context={"pulse": pulse},
        at=at,
    )


def changes_requested(review: Review, *, at: datetime) -> None:
    milestone = review.submission.milestone
    _tell(
        _contractor(milestone),
        milestone,
        kind=NoticeKind.REVIEW,
        key=f"changes:{review.pk}",
        subject=lambda: _("“%(what)s” needs changes") % {"what": milestone},
        template="milestone_changes",
        context={
            "review": review,
            "open": [v for v in review.verdicts.select_related("goal") if not v.is_met],
            "refused": review.parts.filter(is_accepted=False),
        },
        at=at,
    )


def payout_written_off(payout: Payout, *, reason: str, by: User, at: datetime) -> None:
    milestone = payout.milestone
    _tell(
        _contractor(milestone),
        milestone,
        kind=NoticeKind.MONEY,
        key=f"written-off:{payout.pk}",
        subject=lambda: _("“%(what)s” will not be paid") % {"what": milestone},
        template="payout_written_off",
        context={"payout": payout, "reason": reason, "by": by},
        at=at,
    )


def row_appealed(appeal: RecordAppeal, *, at: datetime) -> None:
    """To the admins, and where none of them may answer to the leads who may."""
    milestone = appeal.row.milestone
    people = list(User.objects.active().with_role(Role.ADMIN, Role.LEAD).order_by("pk"))
    asked = answerers(appeal, people)
    for person in [p for p in people if p.role == Role.ADMIN or p in asked]:
        with override(person.language):
            notices.notify(
                person,
                kind=NoticeKind.REVIEW,
                key=f"appealed:{appeal.pk}",
                subject=_("%(who)s appeals a row of the delivery record") % {"who": appeal.row.contractor},
                template="record_appealed",
                context={"appeal": appeal, "milestone": milestone},
                path=f"/appeals/{appeal.pk}/",
                at=at,
            )


def appeal_answered(answer: AppealAnswer, *, at: datetime) -> None:
    milestone = answer.appeal.row.milestone
    to = _contractor(milestone)
    if to is None:
        return
    with override(to.language):
        notices.notify(
            to,
            kind=NoticeKind.REVIEW,
            key=f"appeal:{answer.appeal_id}",
            subject=_("Your appeal about “%(what)s” is answered") % {"what": milestone},
            template="appeal_answered",
            context={"answer": answer, "milestone": milestone},
            path="/record/",
            at=at,
        )


def offer_question_asked(question: OfferQuestion, engagement: Engagement, *, at: datetime) -> None:
    """To the one of us who answers for the communication."""
    to = our_ear(engagement)
    with override(to.language):
        notices.notify(
            to,
            kind=NoticeKind.MESSAGE,
            key=f"offer_question:{question.pk}",
            subject=_("%(who)s asks about the offer “%(what)s”") % {"who": engagement.contractor, "what": engagement},
            template="offer_question",
            context={"engagement": engagement, "question": question, "who": engagement.contractor},
            path=f"/engagements/{engagement.pk}/#question-{question.pk}",
            at=at,
        )


def offer_question_answered(answer: OfferAnswer, engagement: Engagement, *, at: datetime) -> None:
    """To the contractor, also before there is an account. It can’t be turned down then: there is nobody to ask."""
    question, contractor = answer.question, engagement.contractor
    context = {"engagement": engagement, "question": question, "answer": answer, "who": answer.by}
    key = f"offer_answer:{answer.pk}"
    if contractor.user is None:
        outbox.enqueue(
            key=key,
            kind="offer",
            to=None,
            address=contractor.email,
            subject=_("%(who)s answered your question about “%(what)s”") % {"who": answer.by.name, "what": engagement},
            template="offer_question_answered",
            context={**context, "name": str(contractor), "link": ""},
            at=at,
        )
        return
    with override(contractor.user.language):
        notices.notify(
            contractor.user,
            kind=NoticeKind.MESSAGE,
            key=key,
            subject=_("%(who)s answered your question about “%(what)s”") % {"who": answer.by.name, "what": engagement},
            template="offer_question_answered",
            context={**context, "name": contractor.user.first_name},
            path=f"/engagements/{engagement.pk}/sign#{question.anchor}",
            at=at,
        )


def offer_cut(engagement: Engagement, names: Sequence[str], *, reason: str, by: User, at: datetime) -> None:
    """To the contractor, also before there is an account. `names`: what was dropped."""
    contractor = engagement.contractor
    with override(contractor.user.language if contractor.user else None):
        facts: dict[str, Any] = {
            "key": f"cut:{engagement.pk}:{at.isoformat()}",
            "subject": _("The offer “%(what)s” became smaller") % {"what": engagement},
            "template": "offer_cut",
            "context": {"engagement": engagement, "names": names, "reason": reason, "by": by, "name": str(contractor)},
            "at": at,
        }
        if contractor.user is None:
            outbox.enqueue(kind="offer", to=None, address=contractor.email, **facts)
        else:
            path = f"/engagements/{engagement.pk}/sign"
            notices.notify(contractor.user, kind=NoticeKind.REVIEW, path=path, **facts)
