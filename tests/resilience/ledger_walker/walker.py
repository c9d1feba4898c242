"""A client: at each step it takes a milestone at random and does what its state calls for, or something else."""

from typing import Any

from core.errors import DomainError, NotAllowed
from milestones.models import Milestone, Payout
from milestones.states import MilestoneStatus
from tests.resilience.ledger_walker.money import Pay
from tests.resilience.ledger_walker.paper import Paper
from tests.resilience.ledger_walker.work import Work


class Walker(Work, Paper, Pay):
    def walk(self, steps: int, *, only: str = "", is_guarded: bool = True) -> dict[str, Any]:
        """`only` names the one thing that it does to whatever engagement comes. Without a guard it goes on whatever
        breaks."""
        for step in range(steps):
            if step % 25 == 0:  # halves, bonuses and offers are new
                self.ids = list(Milestone.objects.order_by("pk").values_list("pk", flat=True))
            try:
                self.acts[self.step(only)] += 1
            except (DomainError, NotAllowed):
                continue
            except Exception:
                if is_guarded:
                    raise
        return {"acts": self.acts, **self.told}

    def step(self, only: str) -> str:
        milestone = Milestone.objects.select_related("engagement").get(pk=self.rng.choice(self.ids))
        engagement, roll = milestone.engagement, self.rng.random()
        if only:
            done: str = getattr(self, only)(engagement)
            return done
        for share, act in (
            (0.70, lambda: self.go_on(milestone)),
            (0.12, lambda: self.amend(engagement)),
            (0.04, self.move_money_of_the_budget),
            (0.03, lambda: self.pause_or_resume(engagement)),
            (0.03, self.read_an_answer),
            (0.02, lambda: self.bonus(engagement)),
            (0.03, lambda: self.stand_in(engagement)),
            (0.01, lambda: self.draft(engagement)),
            (0.005, lambda: self.change_bank(engagement)),
        ):
            if roll < share:
                return act()
            roll -= share
        return self.end(engagement)

    def go_on(self, milestone: Milestone) -> str:
        """Mostly what the state calls for, sometimes anything."""
        wanted = milestone.status if self.rng.random() < 0.85 else self.rng.choice(list(MilestoneStatus))
        if wanted in (MilestoneStatus.PLANNED, MilestoneStatus.ESTIMATED):
            return self.go_on_with_offer(milestone.engagement)
        if wanted == MilestoneStatus.AGREED:
            return self.fund(milestone)
        if wanted in (MilestoneStatus.FUNDED, MilestoneStatus.CHANGES_REQUESTED):
            return self.submit(milestone)
        if wanted == MilestoneStatus.SUBMITTED:
            return self.answer(milestone)
        if wanted == MilestoneStatus.DISPUTED:
            return self.go_on_with_dispute(milestone)
        payout = Payout.objects.filter(milestone=milestone).first()
        if payout is None:
            raise DomainError("Nothing to pay.")
        return self.pay(payout)
