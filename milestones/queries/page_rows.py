"""All that the page of one milestone asks for besides the milestone, its people, its plan and its payout: one
statement, with as many arms as the milestone’s state has need of."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, cached_property
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from accounts.models import Leave, User, WorkingSpan
from accounts.queries import calendars_from
from accounts.states import Role
from contractors.models import Contractor
from core.models import Event
from core.prepared import One, Prepared
from core.working_time import Calendar
from engagements.models import Delegation, Engagement, Goal, Measurement, ReadBackReply
from engagements.states import EngagementStatus, ReviewEnd
from milestones.models import (
    Account,
    BankDetail,
    Budget,
    Dispute,
    DisputeStatement,
    Invoice,
    Milestone,
    PaymentSetup,
    Pulse,
    StatementFile,
)
from milestones.queries import handed_in
from milestones.queries.forecasts import Pace, latest, pace_from
from milestones.queries.packed import TEXT, packed, unpack
from milestones.queries.times import MILESTONE, NO_TEXT, NO_WORD, Times, everything, people_of, row, times_from
from milestones.queries.window import agreements_that_may, deciders, named_to_decide, says_accept
from milestones.states import ACCOUNTED, AT_WORK, UNFUNDED, MilestoneStatus

PERSON = ("id", "email", "name", "role", "pronoun", "zone", "country", "region", "is_active")
NAME = ("id", "name", "email")
WRITER = (*NAME, "zone", "pronoun")
AHEAD = (MilestoneStatus.AGREED, *AT_WORK)
# What `Times` are made of.
OF_TIMES = ("span", "leave", "pause", "named", "event", "promise", "kept")


class Keys(NamedTuple):
    engagements: Any
    people: Any
    milestones: Any
    viewer: Any
    deciders: Any  # named on the engagement


def _always(keys: Keys) -> list[QuerySet]:
    here = {"milestone__in": keys.milestones}
    own = Q(subject_type=MILESTONE, subject_id__in=keys.milestones)
    account = Account.objects.filter(budget__engagements__engagement__in=keys.engagements)
    said = {"number": "by_id", "word": "answer", "at": "at", "until": "talked_at"}
    invoices = Invoice.objects.visible_to(keys.viewer).filter(payout__milestone__in=keys.milestones)
    return [
        *everything(keys.engagements, keys.people, own, Q(**here)),
        row(account, "rest", "budget_id", number="balance_minor"),
        row(Pulse.objects.filter(**here), "pulse", "pk", ("side", "by__name", NO_WORD, NO_WORD, NO_TEXT), **said),
        row(invoices, "invoice", "pk", ("kind", "number", NO_WORD, NO_WORD, NO_TEXT)),
        packed(Goal.objects.filter(milestones__in=keys.milestones), "goal"),
        packed(Measurement.objects.counted().filter(goal__milestones__in=keys.milestones), "measured"),
    ]


def _hours_of(people: Any) -> list[QuerySet]:
    """Working time of people who are found on the way; apart from that of those who are known."""
    spans, leave = WorkingSpan.objects.filter(user__in=people), Leave.objects.filter(user__in=people)
    return [
        row(spans, "their span", "user_id", number="weekday", low="start_minute", high="end_minute"),
        row(leave, "their leave", "user_id", on="starts_on", last_on="ends_on"),
    ]


def _disputes(keys: Keys) -> list[QuerySet]:
    """Its own, and those of its neighbours that are open."""
    of_all = Dispute.objects.filter(milestone__engagement__in=keys.engagements)
    shown = of_all.filter(Q(milestone__in=keys.milestones) | Q(closed_at=None))
    deciders = Dispute.objects.open().filter(milestone__in=keys.milestones).order_by().values("decider")
    decided = {"decision": ("id", "outcome", "note", "by_id", "at"), "decision__by": NAME}
    return [packed(shown, "dispute", by=WRITER, decider=PERSON, **decided), *_hours_of(deciders)]


def _said(keys: Keys) -> list[QuerySet]:
    """What was said in its disputes."""
    here = {"dispute__milestone__in": keys.milestones}
    about = Dispute.goals.through.objects.filter(**here)
    files = StatementFile.objects.filter(**{f"statement__{path}": found for path, found in here.items()})
    return [
        packed(about, "about", goal=("id", "metric")),
        packed(DisputeStatement.objects.filter(**here), "statement", by=NAME),
        packed(files, "shown", file=("id", "name", "size")),
    ]


def _named(keys: Keys) -> list[QuerySet]:
    named = Delegation.objects.filter(engagement__in=keys.engagements)
    return [packed(named, "delegation", person=PERSON, by=NAME)]  # whose hours come with the times


def _silence(keys: Keys) -> list[QuerySet]:
    text = (NO_WORD, NO_WORD, NO_WORD, NO_WORD, Cast("canonical", TextField()))
    return [row(agreements_that_may(keys.engagements), "agreement", "engagement_id", text)]


def _deciders(keys: Keys) -> list[QuerySet]:
    """Who may decide when nobody did, with their leave."""
    people = deciders(keys.deciders)
    leave = Leave.objects.filter(user__in=people.order_by().values("pk"))
    return [packed(people, "decider", *PERSON), row(leave, "off", "user_id", on="starts_on", last_on="ends_on")]


def _pace(keys: Keys) -> list[QuerySet]:
    whose = Contractor.objects.filter(engagements__in=keys.engagements)
    return [row(whose, "pace", "pk", (NO_WORD, NO_WORD, NO_WORD, NO_WORD, latest()))]


def _setup(keys: Keys) -> list[QuerySet]:
    return [packed(PaymentSetup.objects.all(), "setup", "id", "weekdays", "bank_days")]


def _bank(keys: Keys) -> list[QuerySet]:
    banks = BankDetail.objects.filter(contractor__engagements__in=keys.engagements)
    changed = Event.objects.filter(
        root_type=BankDetail._meta.label_lower, root_id__in=banks.values("pk"), verb="changed"
    )
    return [row(changed, "changed bank", "root_id", at="at")]


def _approvers(keys: Keys) -> list[QuerySet]:
    named = Budget.approvers.through.objects.filter(budget__engagements__engagement__in=keys.engagements)
    return [packed(named, "approver", user=NAME)]


def _understood(keys: Keys) -> list[QuerySet]:
    heard = ReadBackReply.objects.filter(read_back__engagement__in=keys.engagements, is_accepted=True)
    return [row(heard, "understood", "pk")]


ARMS: dict[str, Callable[[Keys], list[QuerySet]]] = {
    "handed in": lambda keys: handed_in.arms(keys.milestones),
    "disputes": _disputes,
    "said": _said,
    "named": _named,
    "silence": _silence,
    "deciders": _deciders,
    "pace": _pace,
    "setup": _setup,
    "bank": _bank,
    "approvers": _approvers,
    "understood": _understood,
}


@cache
def _prepared(role: str, kinds: tuple[str, ...]) -> Prepared:
    def build(engagements: Any, people: Any, milestones: Any, viewer: One, deciders: Any) -> QuerySet:
        viewer.role = role
        keys = Keys(engagements, people, milestones, viewer, deciders)
        first, *others = [*_always(keys), *(arm for kind in kinds for arm in ARMS[kind](keys))]
        return first.union(*others, all=True)

    return Prepared(build)


def was_handed_in(milestone: Milestone) -> bool:
    """Before that there is nothing to be read, said or disputed."""
    return milestone.status not in (*UNFUNDED, MilestoneStatus.FUNDED) or milestone.round > 1


def has_window(milestone: Milestone) -> bool:
    """Whether there is a day by which it is decided, or would be if it were handed in now."""
    return milestone.status == MilestoneStatus.SUBMITTED or milestone.status in AT_WORK


def kinds_for(milestone: Milestone, plan: Sequence[Milestone], viewer: User) -> tuple[str, ...]:
    """What its page has need of, in the order of ARMS."""
    engagement, windowed, began = milestone.engagement, has_window(milestone), was_handed_in(milestone)
    is_disputed = any(step.status == MilestoneStatus.DISPUTED for step in plan)
    needs = {
        "handed in": began,
        "disputes": began or is_disputed,
        "said": began,
        "named": windowed or engagement.delegate_id is not None,
        "silence": windowed and engagement.review_end == ReviewEnd.ACCEPT,
        "deciders": windowed,
        "pace": milestone.status in AHEAD,
        "setup": windowed or milestone.status == MilestoneStatus.DISPUTED,
        "bank": milestone.status in ACCOUNTED,
        "approvers": milestone.status in ACCOUNTED and viewer.role == Role.FINANCE,
        "understood": engagement.status == EngagementStatus.AGREED,
    }
    return tuple(kind for kind in ARMS if needs[kind])


@dataclass(frozen=True)
class PageRows:
    """`of` has the rows by their kind."""

    milestone: Milestone
    of: dict[str, list[tuple[Any, ...]]]
    times: Times

    def calendars(self, people: Sequence[User], around: datetime) -> dict[int, Calendar]:
        """Of people among those of whom working time was read."""
        kinds = {"span": "span", "leave": "leave", "their span": "span", "their leave": "leave"}
        rows = {(kind, *found[1:7]) for name, kind in kinds.items() for found in self.of[name]}
        return calendars_from(people, rows, around.date())

    @cached_property
    def goals(self) -> list[Goal]:
        found = [unpack(Goal, r) for r in self.of["goal"]]
        return sorted(found, key=lambda goal: (goal.position, goal.pk))

    @cached_property
    def points(self) -> dict[int, list[Measurement]]:
        """What was measured, by goal, in the order of the days."""
        goals = {goal.pk: goal for goal in self.goals}
        found: dict[int, list[Measurement]] = defaultdict(list)
        for point in sorted((unpack(Measurement, r) for r in self.of["measured"]), key=lambda p: (p.measured_on, p.pk)):
            point.goal = goals[point.goal_id]
            found[point.goal_id].append(point)
        return found

    @cached_property
    def delegations(self) -> list[Delegation]:
        return sorted((unpack(Delegation, r) for r in self.of["delegation"]), key=lambda d: (d.at, d.pk))

    @property
    def open_delegation(self) -> Delegation | None:
        if self.milestone.engagement.delegate_id is None:
            return None
        return next((each for each in self.delegations if each.ended_at is None), None)

    @cached_property
    def all_disputes(self) -> list[Dispute]:
        """Its own, and those of its neighbours that are open; the newest first."""
        found = sorted((unpack(Dispute, r) for r in self.of["dispute"]), key=lambda d: (d.at, d.pk), reverse=True)
        about, said, shown = defaultdict(list), defaultdict(list), defaultdict(list)
        for file in sorted((unpack(StatementFile, r) for r in self.of["shown"]), key=lambda f: f.pk):
            shown[file.statement_id].append(file)
        for statement in sorted(
            (unpack(DisputeStatement, r) for r in self.of["statement"]), key=lambda s: (s.at, s.pk)
        ):
            statement._prefetched_objects_cache = {"files": shown[statement.pk]}
            said[statement.dispute_id].append(statement)
        order = {goal.pk: place for place, goal in enumerate(self.goals)}
        for link in (unpack(Dispute.goals.through, r) for r in self.of["about"]):
            about[link.dispute_id].append(link.goal)
        for dispute in found:
            if dispute.milestone_id == self.milestone.pk:
                dispute.milestone = self.milestone
                goals = sorted(about[dispute.pk], key=lambda goal: (order.get(goal.pk, len(order)), goal.pk))
                # Where managers look before they ask the database.
                dispute._prefetched_objects_cache = {"goals": goals, "statements": said[dispute.pk]}
        return found

    @property
    def disputes(self) -> list[Dispute]:
        """Its own, the newest first."""
        return [dispute for dispute in self.all_disputes if dispute.milestone_id == self.milestone.pk]

    @property
    def open_disputes(self) -> dict[int, Dispute]:
        """Those of all of the engagement, by milestone."""
        return {dispute.milestone_id: dispute for dispute in self.all_disputes if dispute.is_open}

    @property
    def counts_as_accepted(self) -> bool:
        return any(says_accept(r[TEXT]) for r in self.of["agreement"])

    @property
    def deciders(self) -> list[User]:
        """Who may decide when nobody did."""
        return [unpack(User, r) for r in self.of["decider"]]

    def is_off(self, person: User, day: date) -> bool:
        """Whether it is a day of leave of one of `deciders`."""
        return any(r[1] == person.pk and r[5] <= day <= r[6] for r in self.of["off"])

    @property
    def pace(self) -> Pace:
        return next((pace_from(r[TEXT]) for r in self.of["pace"]), Pace())

    @property
    def setup(self) -> PaymentSetup | None:
        return next((unpack(PaymentSetup, r) for r in self.of["setup"]), None)

    @property
    def approvers(self) -> list[User]:
        return [unpack(Budget.approvers.through, r).user for r in self.of["approver"]]

    @property
    def is_understood(self) -> bool:
        return bool(self.of["understood"])

    def changed_banks(self, since: datetime) -> set[int]:
        """Those (by primary key) whose number was replaced after `since`."""
        return {r[1] for r in self.of["changed bank"] if r[8] > since}


def page_rows(milestone: Milestone, plan: Sequence[Milestone], viewer: User, at: datetime) -> PageRows:
    """One statement. `plan`: all milestones of its engagement."""
    engagement: Engagement = milestone.engagement
    people = people_of([engagement])
    prepared = _prepared(viewer.role, kinds_for(milestone, plan, viewer))
    asked = [engagement.pk], people, [milestone.pk], viewer.pk, named_to_decide(engagement)
    of: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for found in prepared.rows(*asked):
        of[found[0]].append(found)
    timed = [found for kind in OF_TIMES for found in of[kind]]
    return PageRows(milestone, of, times_from(timed, [engagement.pk], people.values(), at))
