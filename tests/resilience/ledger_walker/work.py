"""A milestone from its funding to its acceptance, and what stops or ends the work."""

from datetime import timedelta
from typing import Any

from accounts.models import User
from accounts.services import people
from core.errors import DomainError
from core.money import Money
from engagements.models import Engagement, Termination
from engagements.queries.read_backs import is_understood, latest_read_back
from engagements.services import delegations, handover, measurements, read_backs
from milestones.models import Dispute, Milestone
from milestones.services import completing, disputes, ending, funding, pausing, reviews, submissions
from milestones.services.bonus import give_bonus
from milestones.services.windows import close_review_window
from milestones.states import AT_WORK, CLOSED
from tests.factories import NOW, TODAY
from tests.resilience.ledger_walker.base import LATER, Base, dispute_and_look, look_and_end


class Work(Base):
    def fund(self, milestone: Milestone) -> str:
        engagement = milestone.engagement
        if engagement.status == "agreed" and not is_understood(engagement):
            said = latest_read_back(engagement)
            if said is None or self.rng.random() < 0.2:
                read_backs.say_back(engagement, text="x", by=engagement.contractor.user, at=NOW)
                return "read_backs.say_back"
            read_backs.accept_read_back(engagement, number=said.number, by=engagement.lead, at=NOW)
            return "read_backs.accept_read_back"
        by = engagement.lead if self.rng.random() < 0.8 else self.finance[0]
        funding.fund_milestone(milestone, by=by, at=NOW)
        return "funding.fund_milestone"

    def submit(self, milestone: Milestone) -> str:
        by, goals = milestone.engagement.contractor.user, list(milestone.goals.all())
        if goals and self.rng.random() < 0.1:
            facts: Any = {"value": "1300", "measured_on": TODAY, "evidence": "x", "by": by, "at": NOW}
            measurements.record_measurement(self.rng.choice(goals), **facts)
            return "measurements.record_measurement"
        evidence = {goal: ("1100", "") for goal in goals}
        submissions.submit_milestone(milestone, note="x", evidence=evidence, by=by, at=NOW)
        return "submissions.submit_milestone"

    def said(self, milestone: Milestone, by: User) -> dict[str, Any]:
        return {"note": "x", "submission_number": milestone.submissions.count(), "by": by, "at": NOW}

    def answer(self, milestone: Milestone) -> str:
        rng, goals = self.rng, list(milestone.goals.all())
        roll = rng.random()
        if roll < 0.2:
            return self.dispute(milestone)
        if roll < 0.3:
            return self.end_of_window(milestone)
        said = self.said(milestone, milestone.reviewer)
        if roll < 0.45:
            reviews.request_changes(milestone, verdicts={goal: (False, "") for goal in goals}, **said)
            return "reviews.request_changes"
        if roll < 0.55:
            verdicts = {goal: (bool(place), "") for place, goal in enumerate(goals)}
            reviews.accept_in_part(milestone, verdicts=verdicts, rest_due_on=TODAY + LATER, **said)
            self.accepted.append(milestone.pk)
            return "reviews.accept_in_part"
        verdicts = {goal: (True, "") for goal in goals}
        if roll < 0.65:
            part = Money(rng.randint(1, milestone.amount_minor), milestone.currency)
            reviews.accept_holding_back(milestone, verdicts=verdicts, amount=part, until=TODAY, **said)
            self.accepted.append(milestone.pk)
            return "reviews.accept_holding_back"
        reviews.accept_milestone(milestone, verdicts=verdicts, **said)
        self.accepted.append(milestone.pk)
        return "reviews.accept_milestone"

    def end_of_window(self, milestone: Milestone) -> str:
        done = close_review_window(milestone.pk, at=NOW + LATER)
        if done == "accepted":
            self.accepted.append(milestone.pk)
        return "windows.close_review_window" if done in ("accepted", "escalated") else "nothing_due"

    # --- disputes
    def dispute(self, milestone: Milestone) -> str:
        engagement = milestone.engagement
        by = self.rng.choice([engagement.lead, engagement.contractor.user])
        facts: Any = {"reason": "x", "goals": list(milestone.goals.all()), "by": by, "at": NOW}
        self.frozen.append(
            dispute_and_look(milestone, submission_number=milestone.submissions.count(), **facts),
        )
        return "disputes.open_dispute"

    def go_on_with_dispute(self, milestone: Milestone) -> str:
        rng = self.rng
        dispute = Dispute.objects.open().filter(milestone=milestone).select_related("decider").first()
        if dispute is None:
            raise DomainError("Not disputed.")
        roll = rng.random()
        if roll < 0.2:
            by = rng.choice([milestone.engagement.lead, milestone.engagement.contractor.user, dispute.decider])
            disputes.add_statement(dispute, text="x", by=by, at=NOW)
            return "disputes.add_statement"
        if roll < 0.35:
            done = disputes.pass_dispute_on(milestone.pk, at=NOW + LATER)
            return "disputes.pass_dispute_on" if done else "nothing_due"
        if roll < 0.5:
            by = rng.choice([milestone.engagement.lead, milestone.engagement.contractor.user])
            before = look_and_end(disputes.take_back_dispute, dispute, reason="x", by=by, at=NOW)
            self.thawed.append((dispute.pk, before))
            return "disputes.take_back_dispute"
        return self.decide(dispute, milestone)

    def decide(self, dispute: Dispute, milestone: Milestone) -> str:
        outcome = self.rng.choice(["accept", "in_part", "changes"])
        goals = list(milestone.goals.all())
        met = {"accept": lambda _n: True, "in_part": bool, "changes": lambda _n: False}[outcome]
        facts: Any = {"outcome": outcome, "note": "x", "by": dispute.decider, "at": NOW}
        if outcome == "in_part":
            facts |= {"rest_due_on": TODAY + LATER}
            if self.rng.random() < 0.5:
                facts["amount"] = Money(self.rng.randint(1, milestone.amount_minor), milestone.currency)
        verdicts = {goal: (met(place), "") for place, goal in enumerate(goals)}
        before = look_and_end(disputes.decide_dispute, dispute, verdicts=verdicts, **facts)
        self.thawed.append((dispute.pk, before))
        if outcome != "changes":
            self.accepted.append(milestone.pk)
        return "disputes.decide_dispute"

    def quarrel(self, engagement: Engagement) -> str:
        """Whatever is handed in is disputed, decided and answered at once."""
        milestone = Milestone.objects.select_related("engagement").get(
            pk=self.rng.choice(engagement.milestones.all()).pk
        )
        if milestone.status == "agreed":
            return self.fund(milestone)
        if milestone.status in AT_WORK:
            return self.submit(milestone)
        return self.rng.choice([self.dispute, self.go_on_with_dispute, self.answer])(milestone)

    # --- the engagement
    def pause_or_resume(self, engagement: Engagement) -> str:
        if engagement.status == "paused" or self.rng.random() < 0.5:
            pausing.resume(engagement, by=engagement.lead, at=NOW)
            return "pausing.resume"
        pausing.pause(engagement, reason="x", by=engagement.lead, at=NOW)
        return "pausing.pause"

    def bonus(self, engagement: Engagement) -> str:
        amount = Money(self.rng.randint(1, 999), engagement.currency)
        given = give_bonus(engagement, amount=amount, reason="x", by=engagement.lead, at=NOW)
        self.accepted.append(given.pk)
        return "bonus.give_bonus"

    def end(self, engagement: Engagement) -> str:
        rng, sides = self.rng, [engagement.lead, engagement.contractor.user]
        is_done = not engagement.milestones.exclude(status__in=CLOSED).exists()
        if is_done or rng.random() < 0.05:
            facts: Any = {"went_well": "x", "otherwise": "", "would_hire_again": True}
            completing.complete(engagement, **facts, by=engagement.lead, at=NOW)
            return "completing.complete"
        given = Termination.objects.open().filter(engagement=engagement).first()
        if given is None:
            last_on = TODAY + LATER if rng.random() < 0.5 else None
            ending.give_notice(engagement, reason="x", last_on=last_on, by=rng.choice(sides), at=NOW)
            return "ending.give_notice"
        roll = rng.random()
        if roll < 0.5:
            ending.take_back_notice(given, by=rng.choice(sides), at=NOW)
            return "ending.take_back_notice"
        if roll < 0.8 and given.last_on is None:
            ending.agree_to_end(given, by=rng.choice(sides), at=NOW)
            return "ending.agree_to_end"
        return "ending._end" if ending.end_due(at=NOW + LATER + timedelta(days=3)) else "nothing_due"

    # --- who decides about it
    def stand_in(self, engagement: Engagement) -> str:
        rng = self.rng
        roll = rng.random()
        if roll < 0.35:
            team = list(User.objects.active().with_role("lead", "member").order_by("pk"))
            facts: Any = {"person": rng.choice(team), "until_on": TODAY + timedelta(days=9)}
            delegations.name_delegate(engagement, **facts, by=engagement.lead, at=NOW)
            return "delegations.name_delegate"
        if roll < 0.5:
            delegations.end_delegation(engagement, by=engagement.lead, at=NOW)
            return "delegations.end_delegation"
        if roll < 0.7:
            made = delegations.let_cover_stand_in(engagement.pk, at=NOW)
            return "delegations.let_cover_stand_in" if made else "nothing_due"
        if roll < 0.8:
            done = delegations.end_past_delegation(engagement.pk, at=NOW + LATER)
            return "delegations.end_past_delegation" if done else "nothing_due"
        if roll < 0.97:
            leads = list(User.objects.active().with_role("lead").order_by("pk"))
            handover.hand_over(engagement.lead, to=rng.choice(leads), by=self.admin, at=NOW)
            return "handover.hand_over"
        somebody = list(User.objects.active().with_role("member").order_by("pk"))
        if not somebody:
            raise DomainError("All have left.")
        people.deactivate(rng.choice(somebody), by=self.admin, at=NOW)
        return "people.deactivate"
