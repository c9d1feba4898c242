"""Which message goes to whom."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from accounts.models import User
from accounts.services import notices
from accounts.states import NoticeKind
from core.money import Money
from core.text import one_line
from engagements.models import (
    Amendment,
    CheckIn,
    Delegation,
    Engagement,
    Measurement,
    Message,
    Pause,
    ReadBack,
    ReadBackReply,
    Termination,
)
from engagements.states import AmendmentStatus, Side

QUOTED = 1500  # characters of a message that go into the mail


def our_ear(engagement: Engagement) -> User:
    """Who of us hears what the contractor says: the comms owner; should she have left, the cover, else the lead."""
    people = [engagement.comms_owner, engagement.cover, engagement.lead]
    return next((person for person in people if person and person.is_active), engagement.comms_owner)


def _tell(
    to: User,
    engagement: Engagement,
    *,
    key: str,
    subject: Any,
    template: str,
    context: dict[str, Any],
    at: datetime,
    kind: str = NoticeKind.MESSAGE,
    page: str = "",
    choice: str = "",
) -> None:
    """`subject` is lazy, so that it comes out in the recipient's language; `page` is below the engagement's; `choice`
    as in `notices.notify`."""
    with override(to.language):
        notices.notify(
            to,
            kind=kind,
            key=key,
            subject=str(subject)
            % {"who": context["who"].name if context.get("who") else "", "title": engagement.title},
            template=template,
            context={"engagement": engagement, **context},
            path=f"/engagements/{engagement.pk}/{page}",
            at=at,
            choice=choice,
        )


def message_sent(message: Message, engagement: Engagement, choices: Mapping[int | None, str], *, at: datetime) -> None:
    """To the other side. A contractor without an account can't be told yet. `choices`: what people chose for
    messages, as far as it was read already, by their numbers."""
    to = engagement.contractor.user if message.side == Side.OURS else our_ear(engagement)
    if to is None:
        return
    subject = (
        gettext_lazy("%(who)s asks about “%(title)s”")
        if message.needs_answer
        else gettext_lazy("%(who)s wrote about “%(title)s”")
    )
    body = message.body if len(message.body) <= QUOTED else message.body[:QUOTED].rstrip() + " …"
    context = {"who": message.author, "body": body, "needs_answer": message.needs_answer}
    facts: dict[str, Any] = {"key": f"message:{message.pk}", "template": "message", "context": context}
    _tell(to, engagement, **facts, subject=subject, choice=choices.get(to.pk, ""), at=at)


def checked_in(check_in: CheckIn, engagement: Engagement, *, at: datetime) -> None:
    """To the comms owner. The private note never leaves the page: mail is kept, and admins can look at it."""
    context = {
        "who": check_in.by,
        "progress": check_in.progress,
        "blocker": check_in.blocker,
        "confidence": (check_in.confidence or 0) // 20 + 1,
    }
    _tell(
        our_ear(engagement),
        engagement,
        key=f"check_in:{check_in.pk}",
        subject=gettext_lazy("%(who)s checked in on “%(title)s”"),
        template="check_in",
        context=context,
        at=at,
    )


def goal_measured(measurement: Measurement, engagement: Engagement, *, at: datetime) -> None:
    """To the other side."""
    to = engagement.contractor.user if measurement.side == Side.OURS else our_ear(engagement)
    if to is None:
        return
    goal = measurement.goal
    _tell(
        to,
        engagement,
        key=f"measured:{measurement.pk}",
        subject=gettext_lazy("%(who)s recorded a value in “%(title)s”"),
        template="goal_measured",
        context={
            "who": measurement.by,
            "goal": goal,
            "value": measurement.words,
            "target": goal.criterion if goal.is_binary else goal.target_words,
            "measured_on": measurement.measured_on,
            "evidence": measurement.evidence,
            "reason": measurement.reason,
        },
        at=at,
    )


def paused(pause: Pause, engagement: Engagement, *, at: datetime) -> None:
    """To the contractor and those of us who did not do it."""
    tell_all(
        engagement,
        pause.began_by,
        key=f"paused:{pause.pk}",
        subject=gettext_lazy("%(who)s paused “%(title)s”"),
        template="paused",
        context={"who": pause.began_by, "reason": pause.reason},
        at=at,
    )


def resumed(engagement: Engagement, *, days: int, by: User, at: datetime) -> None:
    """To the same; `days` is the number of working days by which the dates moved."""
    tell_all(
        engagement,
        by,
        key=f"resumed:{engagement.pk}:{at.isoformat()}",
        subject=gettext_lazy("“%(title)s” goes on"),
        template="resumed",
        context={"who": by, "days": days},
        at=at,
    )


def notice_given(termination: Termination, engagement: Engagement, *, at: datetime) -> None:
    """To everybody else in it: until when, or that their yes is asked for."""
    subject = (
        gettext_lazy("%(who)s asks to end “%(title)s” at once")
        if termination.is_at_once
        else gettext_lazy("%(who)s gave notice for “%(title)s”")
    )
    tell_all(
        engagement,
        termination.given_by,
        key=f"notice:{termination.pk}",
        subject=subject,
        template="notice_given",
        context={"who": termination.given_by, "termination": termination},
        at=at,
    )


def notice_taken_back(
    termination: Termination, engagement: Engagement, *, is_refused: bool, by: User, at: datetime
) -> None:
    tell_all(
        engagement,
        by,
        key=f"notice-back:{termination.pk}",
        subject=gettext_lazy("“%(title)s” goes on"),
        template="notice_taken_back",
        context={"who": by, "is_refused": is_refused},
        at=at,
    )


def engagement_ended(
    termination: Termination, engagement: Engagement, *, returned: Money, by: User | None, at: datetime
) -> None:
    """To everybody, also to who gave the notice when the clock carried it out."""
    tell_all(
        engagement,
        by,
        key=f"ended:{termination.pk}",
        subject=gettext_lazy("“%(title)s” has ended"),
        template="engagement_ended",
        context={"termination": termination, "returned": returned},
        at=at,
    )


def engagement_completed(engagement: Engagement, *, by: User, at: datetime) -> None:
    tell_all(
        engagement,
        by,
        key=f"completed:{engagement.pk}",
        subject=gettext_lazy("“%(title)s” is completed"),
        template="engagement_completed",
        context={"who": by},
        at=at,
    )


def tell_all(engagement: Engagement, by: User | None, **what: Any) -> None:
    """The contractor, the comms owner and the lead, but for `by`, who knows."""
    people = {p.pk: p for p in (engagement.contractor.user, engagement.comms_owner, engagement.lead) if p is not None}
    for person in people.values():
        if by is None or person.pk != by.pk:
            _tell(person, engagement, **what)


def said_back(read_back: ReadBack, engagement: Engagement, *, at: datetime) -> None:
    """To the lead, who says whether that was it."""
    _tell(
        engagement.lead,
        engagement,
        key=f"read_back:{read_back.pk}",
        subject=gettext_lazy("%(who)s said the goals of “%(title)s” back"),
        template="read_back",
        context={"who": read_back.by, "read_back": read_back},
        at=at,
        kind=NoticeKind.REVIEW,
        page="read-back",
    )


def read_back_answered(reply: ReadBackReply, engagement: Engagement, *, at: datetime) -> None:
    _tell(
        reply.read_back.by,
        engagement,
        key=f"read_back_reply:{reply.pk}",
        subject=gettext_lazy("%(who)s accepted your read-back of “%(title)s”")
        if reply.is_accepted
        else gettext_lazy("%(who)s meant something else in “%(title)s”"),
        template="read_back_answered",
        context={"who": reply.by, "reply": reply},
        at=at,
        kind=NoticeKind.REVIEW,
        page="read-back",
    )


def handed_over(to: User, person: User, engagements: list[Engagement], *, by: User, at: datetime) -> None:
    """One message for all of them."""
    if not engagements or to.pk == by.pk:
        return
    with override(to.language):
        notices.notify(
            to,
            kind=NoticeKind.MESSAGE,
            key=f"handed_over:{person.pk}:{at.isoformat()}",
            subject=one_line(_("You take over what %(who)s looked after") % {"who": person.name}, 200),
            template="handed_over",
            context={"person": person, "engagements": engagements, "by": by},
            path="/engagements/",
            at=at,
        )


def delegate_named(made: Delegation, engagement: Engagement, *, at: datetime) -> None:
    """To whoever reviews now, and to the contractor, who waits for the answer."""
    context = {"who": made.person, "until_on": made.until_on, "cause": made.cause}
    for to in (made.person, engagement.contractor.user):
        if to is not None:
            _tell(
                to,
                engagement,
                key=f"delegate:{made.pk}",
                subject=gettext_lazy("You review “%(title)s” for now")
                if to.pk == made.person.pk
                else gettext_lazy("%(who)s reviews “%(title)s” for now"),
                template="delegate_named",
                context={**context, "is_reviewer": to.pk == made.person.pk},
                at=at,
                kind=NoticeKind.REVIEW,
            )


def delegation_ended(person: User, engagement: Engagement, *, at: datetime) -> None:
    """To whoever stood in, to the lead, who reviews again, and to the contractor."""
    for to in (person, engagement.lead, engagement.contractor.user):
        if to is not None:
            _tell(
                to,
                engagement,
                key=f"delegate-ended:{engagement.pk}:{at.isoformat()}",
                subject=gettext_lazy("%(who)s reviews “%(title)s” again"),
                template="delegation_ended",
                context={"who": engagement.lead, "person": person},
                at=at,
                kind=NoticeKind.REVIEW,
            )


def amendment_proposed(amendment: Amendment, *, at: datetime) -> None:
    """To the contractor."""
    to = amendment.engagement.contractor.user
    _of_amendment(amendment, to, "proposed", gettext_lazy("A change to “%(title)s” is proposed"), at)


def amendment_signed(amendment: Amendment, *, at: datetime) -> None:
    """To the lead, who signs next."""
    subject = gettext_lazy("An amendment to “%(title)s” waits for your signature")
    _of_amendment(amendment, amendment.engagement.lead, "signed", subject, at)


def amendment_ended(amendment: Amendment, *, by: User | None, at: datetime) -> None:
    """However it ended, to the other side; to the lead when the clock ended it."""
    engagement = amendment.engagement
    to = engagement.lead if by is None or by.pk == engagement.contractor.user_id else engagement.contractor.user
    subject = {
        AmendmentStatus.AGREED: gettext_lazy("“%(title)s” is amended"),
        AmendmentStatus.DECLINED: gettext_lazy("The amendment to “%(title)s” was declined"),
        AmendmentStatus.WITHDRAWN: gettext_lazy("The amendment to “%(title)s” was taken back"),
        AmendmentStatus.EXPIRED: gettext_lazy("The amendment to “%(title)s” ended unsigned"),
    }[AmendmentStatus(amendment.status)]
    _of_amendment(amendment, to, amendment.status, subject, at)


def _of_amendment(amendment: Amendment, to: User | None, what: str, subject: Any, at: datetime) -> None:
    engagement = amendment.engagement
    if to is None:
        return
    with override(to.language):
        notices.notify(
            to,
            kind=NoticeKind.REVIEW,
            key=f"amendment-{what}:{amendment.pk}",
            subject=str(subject) % {"title": engagement.title},
            template="amendment",
            context={"engagement": engagement, "amendment": amendment, "what": what},
            path=f"/amendments/{amendment.pk}/",
            at=at,
        )
