"""Which reminder says what to whom."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.services import notices
from accounts.states import NoticeKind
from engagements.models import Engagement, Goal
from engagements.states import Side
from milestones.models import Milestone
from milestones.queries.window import counts_as_accepted
from reminders.models import PlannedNotice, QuietFlag
from reminders.states import Rule

OF_REVIEWS = (Rule.REVIEW_SOON, Rule.REVIEW_WAITING)
OF_MILESTONES = (Rule.DUE_SOON, Rule.OVERDUE, Rule.DISPUTE_SOON, *OF_REVIEWS)
OF_AMENDMENTS = (Rule.AMENDMENT_ENDS, Rule.AMENDMENT_SIGNED)
FOR_US = (*OF_REVIEWS, Rule.DISPUTE_SOON, Rule.COUNTERSIGN, Rule.AMENDMENT_SIGNED)


def planned(due: Sequence[PlannedNotice], *, at: datetime) -> None:
    """The mails of these planned notices, each in its recipient's language. They come with recipient and
    engagement__contractor selected."""
    about = {n.subject_id for n in due if n.rule in OF_MILESTONES}
    milestones = Milestone.objects.in_bulk(about) if about else {}
    measured = {n.subject_id for n in due if n.rule == Rule.BASELINE_DUE}
    goals = Goal.objects.in_bulk(measured) if measured else {}
    post = notices.Post({n.recipient for n in due})
    for notice in due:
        _planned(notice, milestones, goals, post, at)
    post.write()


def _planned(
    notice: PlannedNotice, milestones: Mapping[int, Any], goals: Mapping[int, Any], post: notices.Post, at: datetime
) -> None:
    engagement = notice.engagement
    milestone = milestones[notice.subject_id] if notice.rule in OF_MILESTONES else None
    goal = goals[notice.subject_id] if notice.rule == Rule.BASELINE_DUE else None
    path = f"/milestones/{milestone.pk}/" if milestone else f"/engagements/{engagement.pk}/"
    if notice.rule in OF_AMENDMENTS:
        path = f"/amendments/{notice.subject_id}/"
    if goal:
        path = f"/goals/{goal.pk}/"
    title = milestone.title if milestone else goal.metric if goal else engagement.title
    facts = {"title": title, "contractor": engagement.contractor}
    with override(notice.recipient.language):
        subject = {
            Rule.DUE_SOON: _("“%(title)s” is due soon"),
            Rule.OVERDUE: _("“%(title)s” was due"),
            Rule.REVIEW_SOON: _("“%(title)s” waits for your review, three working days left"),
            Rule.REVIEW_WAITING: _("“%(title)s” waits for your review"),
            Rule.BASELINE_DUE: _("“%(title)s” has no baseline yet"),
            Rule.DISPUTE_SOON: _("The dispute about “%(title)s” waits for your decision"),
            Rule.COUNTERSIGN: _("%(contractor)s has signed “%(title)s”; your signature is next"),
            Rule.AMENDMENT_SIGNED: _("%(contractor)s has signed the amendment to “%(title)s”; yours is next"),
            Rule.AMENDMENT_ENDS: _("The amendment to “%(title)s” ends soon"),
            Rule.OFFER_EXPIRES: _("The offer “%(title)s” ends soon"),
        }[Rule(notice.rule)] % facts
        context: dict[str, Any] = {
            "rule": notice.rule,
            "engagement": engagement,
            "milestone": milestone,
            "goal": goal,
            "about_on": notice.about_on,
            "counts_as_accepted": notice.rule in OF_REVIEWS and counts_as_accepted(engagement),
            "path": path,
        }
        notices.notify(
            to=notice.recipient,
            kind=NoticeKind.REVIEW if notice.rule in FOR_US else NoticeKind.REMINDER,
            key=f"{notice.rule}:{notice.subject_id}:{notice.about_on}:{notice.recipient_id}",
            subject=subject,
            template="reminder",
            context=context,
            path=path,
            at=at,
            post=post,
        )


def side_is_quiet(
    flag: QuietFlag, engagement: Engagement, *, at: datetime, not_before: datetime, post: notices.Post
) -> None:
    """To the comms owner (or who stands in), once a flag."""
    with override(flag.told.language):
        who = str(engagement.contractor) if flag.side == Side.THEIRS else engagement.lead.name
        notices.notify(
            to=flag.told,
            kind=NoticeKind.QUIET,
            key=f"quiet:{flag.pk}",
            subject=_("%(who)s has gone quiet on “%(title)s”") % {"who": who, "title": engagement.title},
            template="quiet",
            context={"flag": flag, "engagement": engagement, "who": who},
            path=f"/engagements/{engagement.pk}/",
            at=at,
            not_before=not_before,
            post=post,
        )
