"""Which reminder says what to whom."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from accounts.models import User
from accounts.services import notices
from accounts.services.notices import by_language
from accounts.states import NoticeKind
from core.days import day_words
from engagements.models import Goal
from engagements.states import Side
from milestones.models import Milestone, RecordAppeal
from milestones.queries.window import accepted_by_silence
from reminders.states import BESIDE, Rule

OF_REVIEWS = (Rule.REVIEW_SOON, Rule.REVIEW_WAITING)
OF_MILESTONES = (Rule.DUE_SOON, Rule.OVERDUE, Rule.DISPUTE_SOON, *OF_REVIEWS)
OF_AMENDMENTS = (Rule.AMENDMENT_ENDS, Rule.AMENDMENT_SIGNED)
FOR_US = (*OF_REVIEWS, *BESIDE, Rule.DISPUTE_SOON, Rule.COUNTERSIGN, Rule.AMENDMENT_SIGNED)
SUBJECTS: Mapping[str, str] = {
    Rule.DUE_SOON: gettext_noop("“%(title)s” is due soon"),
    Rule.OVERDUE: gettext_noop("“%(title)s” was due"),
    Rule.REVIEW_SOON: gettext_noop("“%(title)s” waits for your review, three working days left"),
    Rule.REVIEW_WAITING: gettext_noop("“%(title)s” waits for your review"),
    Rule.BASELINE_DUE: gettext_noop("“%(title)s” has no baseline yet"),
    Rule.DISPUTE_SOON: gettext_noop("The dispute about “%(title)s” waits for your decision"),
    Rule.COUNTERSIGN: gettext_noop("%(contractor)s has signed “%(title)s”; your signature is next"),
    Rule.AMENDMENT_SIGNED: gettext_noop("%(contractor)s has signed the amendment to “%(title)s”; yours is next"),
    Rule.AMENDMENT_ENDS: gettext_noop("The amendment to “%(title)s” ends soon"),
    Rule.APPEAL_WAITING: gettext_noop("The appeal about “%(title)s” waits for an answer"),
    Rule.OFFER_EXPIRES: gettext_noop("The offer “%(title)s” ends soon"),
}


class Brief(NamedTuple):
    """What a notice says of an engagement, and whom it concerns, by number."""

    pk: int
    title: str
    status: str
    contractor: str
    contractor_user: int | None
    lead: int
    comms_owner: int
    cover: int | None


class Due(NamedTuple):
    """A planned notice whose moment has come."""

    rule: str
    subject_id: int
    about_on: date
    engagement: Brief
    recipient: User


class Quiet(NamedTuple):
    """A flag that was raised; `not_before` is when `told` works."""

    flag: int
    engagement: Brief
    side: str
    silent_since: datetime
    told: User
    not_before: datetime


def planned(due: Sequence[Due], *, at: datetime) -> None:
    """The mails of these planned notices, each in its recipient's language; in a fixed number of statements."""
    about = {n.subject_id for n in due if n.rule in OF_MILESTONES}
    titles = Milestone.objects.filter(pk__in=about).values_list("pk", "title", "escalated_at") if about else ()
    milestones = {pk: (title, escalated_at is not None) for pk, title, escalated_at in titles}
    measured = {n.subject_id for n in due if n.rule == Rule.BASELINE_DUE}
    metrics = dict(Goal.objects.filter(pk__in=measured).values_list("pk", "metric")) if measured else {}
    asked = {n.subject_id for n in due if n.rule == Rule.APPEAL_WAITING}
    appeals = RecordAppeal.objects.filter(pk__in=asked).values_list("pk", "row__milestone__title") if asked else ()
    appealed = dict(appeals)
    accepting = accepted_by_silence({n.engagement.pk for n in due if n.rule in OF_REVIEWS})
    post = notices.Post({n.recipient for n in due})
    for language, theirs in by_language(due, lambda n: n.recipient):
        with override(language):
            for notice in theirs:
                milestone = milestones[notice.subject_id] if notice.rule in OF_MILESTONES else None
                metric = metrics[notice.subject_id] if notice.rule == Rule.BASELINE_DUE else ""
                title = appealed[notice.subject_id] if notice.rule == Rule.APPEAL_WAITING else ""
                _planned(notice, milestone, metric, title, notice.engagement.pk in accepting, post, at)
    post.write()


def _planned(
    notice: Due,
    milestone: tuple[str, bool] | None,
    metric: str,
    appealed: str,
    accepting: bool,
    post: notices.Post,
    at: datetime,
) -> None:
    rule, engagement, to = notice.rule, notice.engagement, notice.recipient
    step, is_escalated = milestone or (appealed, False)
    path = f"/milestones/{notice.subject_id}/" if milestone else f"/engagements/{engagement.pk}/"
    if rule in OF_AMENDMENTS:
        path = f"/amendments/{notice.subject_id}/"
    if rule == Rule.APPEAL_WAITING:
        path = f"/appeals/{notice.subject_id}/"
    if rule == Rule.BASELINE_DUE:
        path = f"/goals/{notice.subject_id}/"
    facts = {"title": step or metric or engagement.title, "contractor": engagement.contractor}
    flags: Any = (("rule", rule),)
    if rule in OF_REVIEWS:
        flags += (("is_escalated", is_escalated), ("counts_as_accepted", accepting))
    notices.notify(
        to=to,
        kind=NoticeKind.REVIEW if rule in FOR_US else NoticeKind.REMINDER,
        key=f"{rule}:{notice.subject_id}:{notice.about_on}:{to.pk}",
        subject=_(SUBJECTS[rule]) % facts,
        template="reminder",
        context={
            "first_name": to.first_name,
            "engagement": engagement.title,
            "contractor": engagement.contractor,
            "milestone": step,
            "metric": metric,
            "day": day_words(notice.about_on, "D j M Y"),
        },
        flags=flags,
        path=path,
        at=at,
        post=post,
    )


def sides_are_quiet(raised: Sequence[Quiet], *, at: datetime) -> None:
    """To the comms owners (or who stands in), each once a flag; in a fixed number of statements."""
    leads = {quiet.engagement.lead for quiet in raised if quiet.side == Side.OURS}
    names = dict(User.objects.filter(pk__in=leads).values_list("pk", "name")) if leads else {}
    post = notices.Post({quiet.told.id: quiet.told for quiet in raised}.values())
    for language, theirs in by_language(raised, lambda quiet: quiet.told):
        with override(language):
            subject = _("%(who)s has gone quiet on “%(title)s”")
            for flag, engagement, side, silent_since, told, not_before in theirs:
                since = silent_since.astimezone(UTC)
                who = engagement.contractor if side == Side.THEIRS else names[engagement.lead]
                notices.notify(
                    told,
                    kind=NoticeKind.QUIET.value,
                    key=f"quiet:{flag}",
                    subject=subject % {"who": who, "title": engagement.title},
                    template="quiet",
                    context={
                        "first_name": told.first_name,
                        "who": who,
                        "engagement": engagement.title,
                        "since": f"{day_words(since, 'D j M Y', language)}, {since.hour:02}:{since.minute:02}",
                    },
                    flags=(),
                    path=f"/engagements/{engagement.pk}/",
                    at=at,
                    not_before=not_before,
                    post=post,
                )
    post.write()
