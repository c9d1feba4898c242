"""What every walker knows and remembers."""

import random
from collections import Counter
from datetime import timedelta

from accounts.models import User
from core.use_case import use_case
from milestones.models import Budget, Dispute, Milestone, Posting
from milestones.services import disputes

LATER = timedelta(days=60)  # past every window, every decider's time and every leave
STAYS = tuple[int, int, int]


def stands(milestone_id: int) -> STAYS:
    """How often its money moved, its amount, its round."""
    amount, number = Milestone.objects.values_list("amount_minor", "round").get(pk=milestone_id)
    return Posting.objects.filter(milestone=milestone_id).count(), amount, number


@use_case
def dispute_and_look(milestone: Milestone, **facts):
    """Opened, and how its money stands in that very transaction."""
    made = disputes.open_dispute(milestone, **facts)
    return made.pk, stands(milestone.pk)


@use_case
def look_and_end(act, dispute: Dispute, **facts) -> STAYS:
    """How its money stands under the lock in which the dispute then ends."""
    Milestone.objects.lock(dispute.milestone_id)
    before = stands(dispute.milestone_id)
    act(dispute, **facts)
    return before


class Base:
    def __init__(self, seed: int, number: int) -> None:
        self.rng = random.Random(f"{seed}:{number}")
        self.number = number
        self.finance = list(User.objects.with_role("finance").order_by("pk"))
        self.admin = User.objects.with_role("admin").order_by("pk")[0]
        self.budget = Budget.objects.get(name="The walk")
        self.acts: Counter[str] = Counter()
        self.accepted: list[int] = []
        self.paid: list[int] = []
        self.returned: list[int] = []
        self.frozen: list[tuple[int, STAYS]] = []  # a dispute, and how its money stood as it began
        self.thawed: list[tuple[int, STAYS]] = []  # the same as it ended
        self.amended: list[int] = []
        self.ids: list[int] = []

    @property
    def told(self) -> dict[str, list]:
        names = ("accepted", "paid", "returned", "frozen", "thawed", "amended")
        return {name: getattr(self, name) for name in names}
