"""What one side owes the other now: derived from states, never stored (product.md, Obligation).

Pure functions over records that were already read, so that a page, the sweep and a test see the same thing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils.translation import gettext as _

from accounts.models import User
from engagements.models import Engagement
from engagements.states import EngagementStatus, Measurer, Side
from milestones.models import Dispute, Milestone
from milestones.queries.disputes import DECIDE_WITHIN, has_decider
from milestones.states import ACCOUNTED, AT_WORK, CLOSED, MilestoneStatus, Origin
from reminders.facts import Facts, Proposal, Unmeasured

ANSWER_WITHIN = 2  # working days in which a question, an offer or a signature is answered before a side counts as quiet
FUND_WITHIN = 5  # and in which the next milestone is funded


@dataclass(frozen=True)
class Obligation:
    """`side` (ours or theirs) owes `what` ("review “Step 1”") since `since`; `person` is who acts, None when that is
    the finance people together. `patience` is the number of the person's own working days after which silence is a
    flag; None means that this never raises one."""

    engagement: Engagement
    side: str
    kind: str  # send_offer, sign, countersign, say_back, hear_back, fund, hand_in, review, settle, pay, bank, answer, …
    what: str
    since: datetime
    person: User | None
    patience: int | None
    due_on: date | None = None
    milestone: Milestone | None = None
    proposal: Proposal | None = None
    dispute: Dispute | None = None
    goal: Unmeasured | None = None
    is_aside: bool = False  # beside the work: told last

    @property
    def who(self) -> str:
        return self.person.first_name if self.person else str(_("finance"))


@dataclass(frozen=True)
class Paper:
    """What obligations of one engagement rest on."""

    engagement: Engagement
    milestones: Sequence[Milestone]
    facts: Facts
    disputes: Mapping[int, Dispute] = field(default_factory=dict)  # those that are open, by milestone
    at_payee: Mapping[int, datetime] = field(default_factory=dict)  # milestone -> since when it lacks bank details


def obligations(paper: Paper) -> list[Obligation]:
    """All of them, the oldest first."""
    status = paper.engagement.status
    if status == EngagementStatus.DRAFT:
        found = [_ours(paper, "send_offer", _("send the offer"), paper.engagement.status_since, patience=None)]
    elif status == EngagementStatus.OFFERED:
        found = _of_offer(paper)
    elif status == EngagementStatus.AGREED and not _is_understood(paper):
        found = [_of_read_back(paper), *_of_questions(paper), *_of_proposals(paper, ANSWER_WITHIN)]
    elif status in (EngagementStatus.AGREED, EngagementStatus.ACTIVE):
        found = [
            *_of_milestones(paper),
            *_of_questions(paper),
            *_of_proposals(paper, ANSWER_WITHIN),
            *_of_baselines(paper),
        ]
    elif status == EngagementStatus.PAUSED:
        found = [*_of_proposals(paper, None)]  # no clock runs, but it can be answered
    elif status in (EngagementStatus.COMPLETED, EngagementStatus.TERMINATED):
        found = [owed for owed in _of_milestones(paper) if owed.kind in ("pay", "bank")]  # the money goes on
    else:
        found = []
    return sorted(found, key=lambda o: (o.is_aside, o.since))


def _ours(paper: Paper, kind: str, what: str, since: datetime, patience: int | None, **more: object) -> Obligation:
    return Obligation(
        paper.engagement,
        Side.OURS,
        kind,
        what,
        since,
        person=paper.engagement.lead,
        patience=patience,
        **more,  # type: ignore[arg-type]
    )


def _theirs(paper: Paper, kind: str, what: str, since: datetime, patience: int | None, **more: object) -> Obligation:
    return Obligation(
        paper.engagement,
        Side.THEIRS,
        kind,
        what,
        since,
        person=paper.engagement.contractor.user,
        patience=patience if paper.engagement.contractor.user_id else None,
        **more,  # type: ignore[arg-type]
    )


def _of_offer(paper: Paper) -> list[Obligation]:
    """Theirs to sign; ours once they have signed, and as long as a question of theirs has no answer; theirs again while
    a question of ours about what they signed has none."""
    engagement, facts = paper.engagement, paper.facts
    waiting = [question.at for question in facts.asked if question.answered_at is None]
    asked = [_answer_of(paper, waiting[0])] if waiting else []
    if facts.signed_at:
        open_ones = [q.at for q in facts.questions if q.side == Side.OURS and q.at >= facts.signed_at]
        if open_ones:
            return [_theirs(paper, "answer", _("answer a question"), open_ones[0], patience=ANSWER_WITHIN), *asked]
        return [_ours(paper, "countersign", _("agree and sign"), facts.signed_at, patience=ANSWER_WITHIN), *asked]
    if asked:
        return asked
    happened = [m.status_since for m in paper.milestones] + [a.answered_at for a in facts.asked if a.answered_at]
    since = max([*happened, engagement.offered_at or engagement.status_since])
    expires = engagement.offer_expires_at
    due_on = expires.date() if expires else None
    return [_theirs(paper, "sign", _("estimate and sign"), since, patience=ANSWER_WITHIN, due_on=due_on)]


def _answer_of(paper: Paper, since: datetime) -> Obligation:
    """The comms owner answers for us."""
    return Obligation(
        paper.engagement,
        Side.OURS,
        "answer",
        _("answer a question"),
        since,
        person=paper.engagement.comms_owner,
        patience=ANSWER_WITHIN,
    )


def _is_understood(paper: Paper) -> bool:
    return paper.facts.said_back is not None and paper.facts.said_back.is_accepted


def _of_read_back(paper: Paper) -> Obligation:
    """Between both signatures and the start: the goals are said back, then heard."""
    agreed, said = paper.engagement.agreed_at or paper.engagement.status_since, paper.facts.said_back
    if said is None or said.replied_at is not None:
        since = max(agreed, said.replied_at) if said and said.replied_at else agreed
        return _theirs(paper, "say_back", _("say the goals back"), since, patience=ANSWER_WITHIN)
    since = max(agreed, said.at)
    return _ours(paper, "hear_back", _("accept the read-back"), since, patience=ANSWER_WITHIN)


def _is_early(milestone: Milestone) -> bool:
    is_held_back = milestone.origin == Origin.HOLD_BACK and milestone.escalated_at is None
    return is_held_back and milestone.status_since.date() < milestone.due_on


def _of_milestones(paper: Paper) -> Iterable[Obligation]:
    in_motion = False
    for milestone in paper.milestones:
        status, title = milestone.status, milestone.title
        if status in AT_WORK:
            in_motion = True
            what = _("hand in “%(title)s”") if status == MilestoneStatus.FUNDED else _("hand in “%(title)s” again")
            patience = paper.engagement.checkin_days + 1
            yield _theirs(
                paper,
                "hand_in",
                what % {"title": title},
                milestone.status_since,
                patience,
                due_on=milestone.due_on,
                milestone=milestone,
            )
        elif status == MilestoneStatus.SUBMITTED:
            in_motion = True
            yield Obligation(
                paper.engagement,
                Side.OURS,
                "review",
                _("review “%(title)s”") % {"title": title},
                milestone.escalated_at or milestone.status_since,
                person=milestone.reviewer,
                # What was held back and handed in before its day waits for it: no silence until its window has ended.
                patience=None if _is_early(milestone) else paper.engagement.review_days + 1,
                milestone=milestone,
            )
        elif status == MilestoneStatus.DISPUTED:
            in_motion = True
            dispute = paper.disputes.get(milestone.pk)
            is_free = dispute is not None and not has_decider(dispute, paper.engagement)
            what = _("have somebody invited who decides the dispute about “%(title)s”")
            yield Obligation(
                paper.engagement,
                Side.OURS,
                "find_decider" if is_free else "settle",
                (what if is_free else _("decide the dispute about “%(title)s”")) % {"title": title},
                dispute.asked_at if dispute else milestone.status_since,
                person=dispute.decider if dispute and not is_free else paper.engagement.lead,
                patience=DECIDE_WITHIN + 1,
                milestone=milestone,
                dispute=dispute,
            )
        elif milestone.is_unpaid and (asked_at := paper.at_payee.get(milestone.pk)):
            # Beside the work, which goes on meanwhile: whoever doesn't answer here only waits for own money.
            what = _("give bank details for “%(title)s” that can be paid to") % {"title": title}
            yield _theirs(paper, "bank", what, asked_at, None, milestone=milestone, is_aside=True)
        elif milestone.is_unpaid:
            yield Obligation(
                paper.engagement,
                Side.OURS,
                "pay",
                _("pay “%(title)s”") % {"title": title},
                milestone.status_since,
                person=None,
                patience=None,
                milestone=milestone,
            )
    if _is_settled(paper):
        since = max(m.status_since for m in paper.milestones)
        yield _ours(paper, "complete", _("complete the work"), since, patience=None)
    if not in_motion:
        # Only the next one: the rest is funded as the work gets there.
        for milestone in paper.milestones:
            if milestone.status == MilestoneStatus.AGREED:
                # Over what the lead may fund, it waits for finance together.
                limit = getattr(milestone, "limit_minor", None)
                is_over = limit is not None and milestone.amount_minor > limit
                yield Obligation(
                    paper.engagement,
                    Side.OURS,
                    "fund",
                    _("fund “%(title)s”") % {"title": milestone.title},
                    max(m.status_since for m in paper.milestones),
                    person=None if is_over else paper.engagement.lead,
                    patience=None if is_over else FUND_WITHIN,
                    milestone=milestone,
                )
                break


def _is_settled(paper: Paper) -> bool:
    """Whether every milestone is, and something was accepted: then it can be completed."""
    states = {m.status for m in paper.milestones}
    is_active = paper.engagement.status == EngagementStatus.ACTIVE
    return is_active and states <= set(CLOSED) and bool(states & set(ACCOUNTED))


def _of_proposals(paper: Paper, patience: int | None) -> Iterable[Obligation]:
    for proposal in paper.facts.proposals:
        if proposal.ends_on is None:
            what = _("say whether it ends at once") if proposal.kind == "end" else _("sign the amendment")
            owed = _theirs if proposal.side == Side.OURS else _ours
            kind, due = f"answer_{proposal.kind}", proposal.expires_at.date() if proposal.expires_at else None
            yield owed(paper, kind, what, proposal.at, patience, due_on=due, proposal=proposal)


def _of_baselines(paper: Paper) -> Iterable[Obligation]:
    """Beside the work: it waits for nobody, and silence about it is no silence."""
    since = paper.engagement.agreed_at or paper.engagement.status_since
    for goal in paper.facts.unmeasured:
        what = _("measure “%(goal)s” for the first time") % {"goal": goal.metric}
        sides = [_theirs] if goal.baseline_by == Measurer.CONTRACTOR else [_ours]
        for owed in [_ours, _theirs] if goal.baseline_by == Measurer.BOTH else sides:
            yield owed(paper, "measure", what, since, None, due_on=goal.due_on, goal=goal, is_aside=True)


def _of_questions(paper: Paper) -> Iterable[Obligation]:
    """The oldest unanswered question of each side is owed by the other."""
    seen = set()
    for message in paper.facts.questions:
        if message.side in seen:
            continue
        seen.add(message.side)
        if message.side == Side.OURS:
            yield _theirs(paper, "answer", _("answer a question"), message.at, patience=ANSWER_WITHIN)
        else:
            yield _answer_of(paper, message.at)
