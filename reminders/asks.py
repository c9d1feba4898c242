"""What waits on a person beside obligations: vetting, talks, disputes, appeals; and how each is said."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.states import Role
from contractors.models import Application, Scorecard
from milestones.models import Dispute, Milestone, Pulse
from reminders.glance import Glance, glance
from reminders.queries import local

MOST = 20  # of each kind; the queue has all
ICONS = {
    "send_offer": "send",
    "sign": "file-text",
    "countersign": "scale",
    "say_back": "messages-square",
    "hear_back": "messages-square",
    "fund": "banknote",
    "hand_in": "list-checks",
    "review": "list-checks",
    "settle": "scale",
    "find_decider": "scale",
    "appeal": "scale",
    "bank": "landmark",
    "answer": "messages-square",
    "answer_end": "scale",
    "answer_amendment": "signature",
    "complete": "flag",
    "measure": "chart-line",
    "quiet": "moon-star",
    "talk": "heart",
    "score": "list-checks",
    "decide": "scale",
}
ACTS = {
    "send_offer": gettext_lazy("Look"),
    "sign": gettext_lazy("Read and sign"),
    "countersign": gettext_lazy("Look"),
    "say_back": gettext_lazy("Say it back"),
    "hear_back": gettext_lazy("Read"),
    "fund": gettext_lazy("Fund"),
    "hand_in": gettext_lazy("Hand in"),
    "review": gettext_lazy("Review"),
    "settle": gettext_lazy("Decide"),
    "find_decider": gettext_lazy("Look"),
    "bank": gettext_lazy("Correct them"),
    "answer": gettext_lazy("Answer"),
    "answer_end": gettext_lazy("Answer"),
    "answer_amendment": gettext_lazy("Read and sign"),
    "appeal": gettext_lazy("Answer"),
    "complete": gettext_lazy("Complete"),
    "measure": gettext_lazy("Measure"),
}


@dataclass(frozen=True)
class Ask:
    """One thing that waits on the viewer."""

    kind: str
    title: str
    reason: str
    url: str
    act: str
    since: datetime
    due_on: date | None = None

    @property
    def icon(self) -> str:
        return ICONS.get(self.kind, "circle")


def to_mark(viewer: User) -> list[Ask]:
    """Scorecards that this person is named for."""
    if not viewer.is_staff_member:
        return []
    done = Scorecard.objects.filter(reviewer=viewer).values("application")
    found = Application.objects.in_vetting().filter(opening__reviewers=viewer).exclude(pk__in=done).for_list()[:MOST]
    blind = _("Blind: nobody sees the other’s marks until all are in.")
    return [_vetting_ask(a, "score", _("Mark %(who)s for “%(opening)s”"), blind, _("Mark")) for a in found]


def to_decide(viewer: User) -> list[Ask]:
    """Decisions that wait for the opening's lead."""
    if not viewer.is_staff_member:
        return []
    found, complete = Application.objects.to_decide_by(viewer)[:MOST], _("Every scorecard is in.")
    return [
        _vetting_ask(a, "decide", _("Decide about %(who)s for “%(opening)s”"), complete, _("Decide")) for a in found
    ]


def disputes(viewer: User, seen: Collection[int], at: datetime) -> list[Ask]:
    """Those of engagements that this person is no part of: somebody else had to decide."""
    if viewer.role not in (Role.LEAD, Role.MEMBER, Role.ADMIN):
        return []
    asked = Dispute.objects.open().decided_by([viewer.pk]).outside(seen)
    return [
        Ask(
            "settle",
            _("Decide the dispute about “%(what)s”") % {"what": dispute.milestone},
            _("%(title)s, where you have no part. Waiting since %(since)s.")
            % {"title": dispute.milestone.engagement, "since": local(dispute.asked_at, viewer, at)},
            reverse("milestones:milestone", args=[dispute.milestone_id]),
            str(ACTS["settle"]),
            dispute.asked_at,
        )
        for dispute in asked[:MOST]
    ]


def asks_of_admin(viewer: User, at: datetime) -> list[Ask]:
    """What waits on an admin, who has no Today: the oldest first. None for anybody else. One statement, and one for
    each kind that there is."""
    if viewer.role != Role.ADMIN:
        return []
    seen = glance(viewer, [])
    asks = [
        *(_passed_on(viewer, at) if "review" in seen.has else ()),
        *(disputes(viewer, (), at) if "dispute" in seen.has else ()),
        *appeals(seen, viewer, at),
    ]
    return sorted(asks, key=lambda ask: ask.since)


def _passed_on(viewer: User, at: datetime) -> list[Ask]:
    """Reviews that came to this person since nobody decided in time."""
    found = Milestone.objects.passed_on_to([viewer.pk]).select_related("engagement").order_by("escalated_at", "pk")
    return [
        Ask(
            "review",
            _("Review “%(what)s”") % {"what": milestone},
            _("%(title)s, where nobody decided in time. Waiting since %(since)s.")
            % {"title": milestone.engagement, "since": local(milestone.escalated_at, viewer, at)},
            reverse("milestones:milestone", args=[milestone.pk]),
            str(ACTS["review"]),
            milestone.escalated_at,
        )
        for milestone in found[:MOST]
        if milestone.escalated_at
    ]


def appeals(seen: Glance, viewer: User, at: datetime) -> list[Ask]:
    """Those that this person may answer: so may others, and the first who does ends it."""
    if viewer.role not in (Role.LEAD, Role.ADMIN):
        return []
    return [
        Ask(
            "appeal",
            _("Answer the appeal about “%(what)s”") % {"what": appeal.milestone},
            _("%(who)s says that this row of the delivery record is wrong. Waiting since %(since)s.")
            % {"who": appeal.contractor, "since": local(appeal.at, viewer, at)},
            reverse("milestones:appeal_answer", args=[appeal.pk]),
            str(ACTS["appeal"]),
            appeal.at,
        )
        for appeal in sorted(seen.appeals, key=lambda appeal: (appeal.at, appeal.pk))[:MOST]
    ]


def talks(viewer: User) -> list[Ask]:
    """A “no” to “happy to continue?” is told to who leads the talk and to nobody else, so it is no obligation."""
    if not viewer.is_staff_member:
        return []
    return [
        Ask(
            "talk",
            _("Talk with %(who)s about going on") % {"who": pulse.by.first_name},
            _("%(title)s: not happy to continue. Ask openly what would make it better.")
            % {"title": pulse.milestone.engagement},
            reverse("milestones:milestone", args=[pulse.milestone_id]) + "#happy",
            _("Look"),
            pulse.at,
        )
        for pulse in Pulse.objects.talks_of(viewer)[:MOST]
    ]


def _vetting_ask(application: Application, kind: str, title: str, reason: str, act: str) -> Ask:
    facts: dict[str, Any] = {"who": application.contractor, "opening": application.opening}
    return Ask(
        kind,
        title % facts,
        reason,
        reverse("contractors:application", args=[application.pk]),
        act,
        application.status_since,
    )
