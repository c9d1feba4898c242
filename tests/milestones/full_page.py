"""A milestone in any state with everything on its page that there can be: a history of two submissions, a dispute that
was decided and one that is open, somebody who reviews in the lead's place, neighbours that wait for somebody else."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from accounts.models import Leave, User, WorkingSpan
from accounts.states import Role
from core import history
from core.models import StoredFile
from engagements.models import Delegation, Engagement, Pause
from engagements.states import EngagementStatus, ReviewEnd, StandIn
from milestones.models import (
    Attachment,
    DeliveredPart,
    DisputeDecision,
    DisputeStatement,
    Estimate,
    Evidence,
    GoalVerdict,
    Milestone,
    PartVerdict,
    Payout,
    Pulse,
    Review,
    StatementFile,
    Submission,
)
from milestones.states import MilestoneStatus, Origin, PayoutStatus
from tests import factories as make
from tests.factories import NOW, TODAY, save
from tests.milestones.conftest import give_bank, make_iban, set_up_payment

HANDED_IN = {"submitted", "changes_requested", "disputed", "accepted", "paid"}
BEGUN = {*HANDED_IN, "funded"}
PARTS = [{"kind": "code", "what": "The pull request"}, {"kind": "docs", "what": "How to run it"}]


@dataclass
class World:
    engagement: Engagement
    milestone: Milestone
    people: dict[str, User]


def full_page(status: str, *, round_: int = 1, origin: str = Origin.REST, now: datetime = NOW) -> World:
    """`now` is when the bank details were changed."""
    # Names in an order of their own, so that nobody is found by chance.
    people = {
        "lead": make.make_user(name="Tess Okafor", zone="Europe/Lisbon"),
        "owner": make.make_user(Role.MEMBER, name="Priya Raman"),
        "cover": make.make_user(Role.MEMBER, name="Cora Lind"),
        "delegate": make.make_user(name="Max Roth", zone="Europe/Berlin"),
        "earlier": make.make_user(name="Eve Alder", zone="Asia/Tokyo"),
        "escalated": make.make_user(name="Olga Fern"),
        "contractor": make.make_user(Role.CONTRACTOR, name="Ana Sousa", zone="Europe/Lisbon"),
        "finance": make.make_user(Role.FINANCE, name="Fay Moss"),
        "other finance": make.make_user(Role.FINANCE, name="Finn Reed"),
        "admin": make.make_user(Role.ADMIN, name="Ada Birch"),
        "decider": make.make_user(name="Dee Hill", zone="America/New_York"),
    }
    lead, ana = people["lead"], people["contractor"]
    begun = status in BEGUN or round_ > 1
    engagement = make.make_engagement(
        EngagementStatus.AGREED if status == "agreed" else EngagementStatus.ACTIVE,
        lead=lead,
        comms_owner=people["owner"],
        cover=people["cover"],
        contractor=make.make_contractor(ana),
        milestones=("paid", "planned"),
        review_end=ReviewEnd.ACCEPT,
        understood=False,
        starts_on=TODAY,
    )
    make.make_read_back(engagement, is_accepted=True)
    make.make_agreement(engagement)
    engagement.funding.budget.approvers.set([people["finance"]])
    set_up_payment(people["finance"])
    for iban in (make_iban(7001), make_iban(7002)):
        give_bank(engagement, iban=iban, at=now)
    _working_time(people)
    for cause, who, since, ended in (
        (StandIn.LEAVE, "earlier", -9, NOW - timedelta(days=2)),
        (StandIn.NAMED, "delegate", -1, None),
    ):
        days = {"from_on": TODAY + timedelta(days=since), "until_on": TODAY + timedelta(days=30)}
        at = {"at": NOW + timedelta(days=since), "ended_at": ended, "ended_by": lead if ended else None}
        save(Delegation, engagement=engagement, person=people[who], cause=cause, by=lead, **days, **at)
    Engagement.objects.filter(pk=engagement.pk).update(delegate=people["delegate"])
    save(
        Pause,
        engagement=engagement,
        reason="Freeze",
        began_by=lead,
        began_at=NOW - timedelta(days=3),
        ended_at=NOW - timedelta(days=2),
        ended_by=lead,
    )
    first, last = engagement.milestones.order_by("position")
    for n in range(8):
        make.make_delivery_row(first, round=n + 1, theirs=timedelta(hours=20 + 3 * n), late=bool(n % 3))
    dropped = make.make_delivery_row(last, theirs=timedelta(hours=900))
    _leave_out(make.make_appeal(dropped), people["admin"])
    milestone = make.make_milestone(
        engagement,
        status,
        title="The one",
        parts=PARTS,
        round=round_,
        origin=origin,
        split_from=first if origin in (Origin.REST, Origin.HOLD_BACK) else None,
        reason="The rest of it",
        agreed_at=None if status in ("planned", "estimated") else NOW - timedelta(days=6),
        submitted_at=NOW if status in HANDED_IN else None,
        escalated_to=people["escalated"] if status == "submitted" else None,
        escalated_at=NOW if status == "submitted" else None,
        status_since=NOW,
    )
    milestone.goals.add(first.goals.get())
    if status != "planned":
        for number, minutes in ((1, 900), (2, 1200)):
            at = NOW - timedelta(days=8 - number)
            facts = {"work_minutes": minutes, "due_on": TODAY + timedelta(days=2), "by": ana, "at": at}
            save(Estimate, milestone=milestone, number=number, **facts)
    _history(milestone, status, lead, ana, begun=begun)
    wrong = make.make_measurement(milestone.goals.order_by("position").last(), value="1900")
    make.make_measurement(wrong.goal, value="1700", supersedes=wrong, reason="A typo")
    make.make_measurement(wrong.goal, value="1500", measured_on=TODAY - timedelta(days=1))
    if status in HANDED_IN or round_ > 1:
        _handed_in(milestone, people, reviewed_twice=status in ("changes_requested", "accepted", "paid"))
    if status == "disputed":
        make.make_dispute(milestone, people["decider"], reason="Still cold", at=NOW + timedelta(hours=3))
    if status in ("accepted", "paid"):
        _payout(milestone, status, people)
    _neighbours(engagement, milestone, people)
    return World(engagement, Milestone.objects.get(pk=milestone.pk), people)


def _working_time(people: dict[str, User]) -> None:
    for who, start in (("lead", 540), ("delegate", 480), ("decider", 600), ("contractor", 500), ("earlier", 420)):
        for weekday in range(4):
            save(WorkingSpan, user=people[who], weekday=weekday, start_minute=start, end_minute=start + 300 + weekday)
        days = TODAY + timedelta(days=5), TODAY + timedelta(days=6)
        save(Leave, user=people[who], starts_on=days[0], ends_on=days[1])


def _leave_out(appeal: Any, by: User) -> None:
    from milestones.models import AppealAnswer
    from milestones.states import AppealOutcome

    save(AppealAnswer, appeal=appeal, outcome=AppealOutcome.DOES_NOT_COUNT, note="Not yours.", by=by, at=NOW)


def _history(milestone: Milestone, status: str, lead: User, ana: User, *, begun: bool) -> None:
    steps = ["planned", "estimated", "agreed", "funded", "submitted", "changes_requested", "submitted"]
    if status in steps[:4]:
        steps = steps[: steps.index(status) + 1]
    elif status not in ("submitted",):
        steps.append(status)
    was = ""
    for n, became in enumerate(steps):
        at = NOW - timedelta(days=7) + timedelta(hours=20 * n)
        by = ana if became in ("estimated", "submitted") else lead
        verb = "moved" if was else "created"
        history.record(milestone, verb=verb, was=was, became=became, by=by, at=at, note=f"Note {n} <b>")
        was = became


def _file(by: User, name: str) -> StoredFile:
    kind = {"content_type": "text/plain", "size": 1234, "sha256": "0" * 64}
    at = {"uploaded_at": NOW, "attached_at": NOW}
    row: StoredFile = save(StoredFile, storage_name=f"{name}-{by.pk}", name=name, uploaded_by=by, **kind, **at)
    return row


def _handed_in(milestone: Milestone, people: dict[str, User], *, reviewed_twice: bool) -> None:
    ana, lead = people["contractor"], people["lead"]
    goals = list(milestone.goals.order_by("position"))
    for number in (1, 2):
        at = NOW - timedelta(days=3 - number)
        said = save(Submission, milestone=milestone, number=number, note="See *here*", link="https://example.org/1",
                    by=ana, at=at)  # fmt: skip
        for n, goal in enumerate(goals):
            save(Evidence, submission=said, goal=goal, value="1100" if n else "", note="run 1" if n else "No data")
        for n, part in enumerate(PARTS):
            save(DeliveredPart, submission=said, position=n, where=f"https://example.org/part/{n}", **part)
        save(Attachment, submission=said, file=_file(ana, f"all{number}.csv"))
        save(Attachment, submission=said, file=_file(ana, f"goal{number}.csv"), goal=goals[0])
        save(Attachment, submission=said, file=_file(ana, f"part{number}.csv"), part=1)
        if number == 2 and not reviewed_twice:
            break
        is_good = number == 2 and milestone.status in ("accepted", "paid")
        outcome = "accepted" if is_good else "changes_requested"
        review = save(Review, submission=said, outcome=outcome, note="**Look** again", by=lead, at=at)
        for n, goal in enumerate(goals):
            save(GoalVerdict, review=review, goal=goal, is_met=bool(n) or is_good, value="1300", note="slow")
        for n, part in enumerate(PARTS):
            save(PartVerdict, review=review, position=n, is_accepted=bool(n) or is_good, note="short", **part)
        if number == 1:
            _decided(milestone, people)
    for side, who, answer in (("theirs", ana, "yes"), ("ours", lead, "no")):
        save(Pulse, milestone=milestone, side=side, answer=answer, by=who, at=NOW)


def _decided(milestone: Milestone, people: dict[str, User]) -> None:
    dispute = make.make_dispute(
        milestone, people["cover"], closed_at=NOW - timedelta(hours=9), at=NOW - timedelta(days=1), parts=PARTS[:1]
    )
    for n, who in enumerate(("contractor", "lead", "cover")):
        side = "theirs" if who == "contractor" else "ours"
        facts = {"side": side, "text": f"I see {n}", "link": "https://example.org/s", "by": people[who]}
        said = save(DisputeStatement, dispute=dispute, at=NOW - timedelta(hours=20 - n), **facts)
        for name in ("a", "b"):
            save(StatementFile, statement=said, file=_file(people[who], f"{name}{n}.txt"))
    save(DisputeDecision, dispute=dispute, outcome="changes", note="*Both*", by=people["cover"], at=NOW)


def _payout(milestone: Milestone, status: str, people: dict[str, User]) -> None:
    is_paid = status == "paid"
    payout = save(
        Payout,
        milestone=milestone,
        round=milestone.round,
        amount_minor=milestone.amount_minor,
        currency="EUR",
        due_on=TODAY + timedelta(days=9),
        status=PayoutStatus.PAID if is_paid else PayoutStatus.DUE,
        status_since=NOW,
        paid_at=NOW if is_paid else None,
    )
    if is_paid:
        make.make_invoice(payout)


def _neighbours(engagement: Engagement, milestone: Milestone, people: dict[str, User]) -> None:
    """What the sentence of the engagement may rest on besides."""
    disputed = make.make_milestone(engagement, MilestoneStatus.DISPUTED, title="Another dispute")
    make.make_dispute(disputed, people["owner"])
    unpaid = make.make_milestone(engagement, MilestoneStatus.ACCEPTED, title="Unpaid")
    facts = {"amount_minor": unpaid.amount_minor, "currency": "EUR", "due_on": TODAY, "status_since": NOW}
    save(Payout, milestone=unpaid, round=1, status=PayoutStatus.DUE, **facts)
    half = make.make_milestone(engagement, MilestoneStatus.FUNDED, title="Half of it", amount_minor=50_000)
    Milestone.objects.filter(pk=half.pk).update(origin=Origin.HOLD_BACK, split_from=milestone)
