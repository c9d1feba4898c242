"""Which instants follow from a review window and from people who stand in for each other."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from accounts.models import User
from core import working_time
from core.working_time import Calendar
from engagements.models import Delegation, Engagement
from engagements.queries.pauses import Stretch
from engagements.states import RUNNING
from milestones.models import RecordAppeal
from milestones.queries.disputes import decide_by_in, has_decider
from milestones.queries.window import counted_from, own_window_in, window_in
from reminders.obligations import ANSWER_WITHIN, Obligation
from reminders.services.instants import morning
from reminders.services.plans import Plan
from reminders.states import Rule

AGAIN, TIMES = 5, 3  # working days between reminders of somebody who is alone with it, and how many
WARNED = ((3, Rule.REVIEW_SOON), (1, Rule.REVIEW_WAITING))  # working days before the last one


def of_review(
    owed: Obligation,
    person: User,
    calendar: Callable[[User], Calendar],
    paused: Sequence[Stretch],
    named: Sequence[Delegation],
) -> Iterable[Plan]:
    """Warnings to whoever decides, and the end of the window."""
    assert owed.milestone is not None
    subject, own = owed.milestone.pk, calendar(person)
    if owed.milestone.escalated_at is not None:
        yield from _of_escalated(owed, person, own, paused)
        return
    engagement = owed.engagement
    people = {p.pk: p for p in (engagement.lead, *(row.person for row in named))}
    since = counted_from(owed.milestone, engagement.lead, owed.since)
    window = window_in(engagement, since, {pk: calendar(p) for pk, p in people.items()}, paused, named)
    handed_in_on = owed.since.astimezone(person.tz).date()
    first_day = working_time.add_working_days(handed_in_on, 1, own)
    for days, rule in WARNED:
        day = working_time.add_working_days(window.ends_on, -days, own)
        if rule == Rule.REVIEW_WAITING:
            day = max(day, first_day)
        if day > handed_in_on:  # otherwise the mail that it was handed in says the same
            yield Plan(rule, subject, person.pk, window.ends_on, morning(day, own))
    yield Plan(Rule.REVIEW_END, subject, window.reviewer.pk, window.ends_on, window.ends_at)


def _of_escalated(owed: Obligation, person: User, own: Calendar, paused: Sequence[Stretch]) -> Iterable[Plan]:
    """Reminders on the first working day and on the last; at its end the next one is named. Where nobody is, this one
    is reminded and others are looked for again, a few times; then it has long been told that our side is quiet."""
    assert owed.milestone is not None
    subject, first = owed.milestone.pk, working_time.add_working_days(owed.since.astimezone(person.tz).date(), 1, own)
    last = own_window_in(owed.engagement, person, owed.since, own, paused).ends_on
    again = [working_time.add_working_days(last, AGAIN * n, own) for n in range(1, TIMES + 1)]
    for day in dict.fromkeys((first, last, *again)):
        yield Plan(Rule.REVIEW_WAITING, subject, person.pk, day, morning(day, own))
    for day in (last, *again):
        yield Plan(Rule.REVIEW_END, subject, person.pk, day, working_time.spans_on(day, own)[-1][1])


def of_dispute(
    owed: Obligation, calendar: Callable[[User], Calendar], paused: Sequence[Stretch], at: datetime
) -> Iterable[Plan]:
    """A reminder on the working day before the last, and the end of the decider's time; at once, and each day until
    there is somebody, for one who has left or leads the work."""
    dispute = owed.dispute
    if dispute is None:
        return
    decider, subject = dispute.decider, dispute.milestone_id
    if not has_decider(dispute, owed.engagement):
        lead = owed.engagement.lead
        yield Plan(Rule.DISPUTE_END, subject, lead.pk, at.astimezone(lead.tz).date(), at)
        return
    own = calendar(decider)
    ends_at = decide_by_in(dispute, own, paused)
    ends_on = ends_at.astimezone(decider.tz).date()
    before = working_time.add_working_days(ends_on, -1, own)
    yield Plan(Rule.DISPUTE_SOON, subject, decider.pk, ends_on, morning(before, own))
    yield Plan(Rule.DISPUTE_END, subject, decider.pk, ends_on, ends_at)


def of_appeal(appeal: RecordAppeal, person: User, own: Calendar) -> Iterable[Plan]:
    """To who is asked to answer it: when a question would have been answered, and a week later once more."""
    asked_on = appeal.at.astimezone(person.tz).date()
    for days in (ANSWER_WITHIN, ANSWER_WITHIN + AGAIN):
        day = working_time.add_working_days(asked_on, days, own)
        yield Plan(Rule.APPEAL_WAITING, appeal.pk, person.pk, day, morning(day, own))


def of_stand_ins(
    engagement: Engagement, open_one: Delegation | None, calendar: Callable[[User], Calendar], at: datetime
) -> Iterable[Plan]:
    """When the review goes back to the lead; without a delegate, when the lead's leave begins and the cover may
    decide."""
    lead, cover = engagement.lead, engagement.cover
    if engagement.status not in RUNNING:
        return
    if open_one is not None:
        back_on = open_one.until_on + timedelta(days=1)
        ends_at = morning(back_on, calendar(lead)) if open_one.person.can_look_after_work else at
        yield Plan(Rule.STAND_IN_END, engagement.pk, lead.pk, open_one.until_on, ends_at)
    elif cover is not None and cover.is_active and cover.pk != lead.pk:
        today = at.astimezone(lead.tz).date()
        for first, last in calendar(lead).leave:
            if last >= today:
                yield Plan(Rule.STAND_IN, engagement.pk, cover.pk, first, morning(max(first, today), calendar(cover)))
