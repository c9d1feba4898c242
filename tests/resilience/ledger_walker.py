"""One of several processes that do random acts to the same milestones: `python -m tests.resilience.ledger_walker
SEED STEPS`. Prints how many acts were carried out; ends with an error when anything but a refusal happened."""

import random
import sys

import django

django.setup()

from accounts.models import User  # noqa: E402
from core.errors import DomainError  # noqa: E402
from core.money import Money  # noqa: E402
from engagements.states import EngagementStatus  # noqa: E402
from milestones.models import BatchLine, Milestone, Payout, PayoutBatch  # noqa: E402
from milestones.services import batches, funding, payouts, reviews, submissions  # noqa: E402
from milestones.services.bonus import give_bonus  # noqa: E402
from milestones.states import MilestoneStatus, PayoutStatus  # noqa: E402
from tests.factories import NOW  # noqa: E402


def act(rng: random.Random, milestone: Milestone, finance: list[User]) -> None:
    """Mostly what the state calls for, sometimes anything."""
    engagement = milestone.engagement
    by = rng.choice(finance)
    payout = Payout.objects.filter(milestone=milestone).first()
    wanted = milestone.status if rng.random() < 0.8 else rng.choice(list(MilestoneStatus))
    if wanted == MilestoneStatus.AGREED:
        funding.fund_milestone(milestone, by=engagement.lead, at=NOW)
    elif wanted in (MilestoneStatus.FUNDED, MilestoneStatus.CHANGES_REQUESTED):
        evidence = {goal: ("1100", "") for goal in milestone.goals.all()}
        submissions.submit_milestone(milestone, note="x", evidence=evidence, by=engagement.contractor.user, at=NOW)
    elif wanted == MilestoneStatus.SUBMITTED:
        number = milestone.submissions.count()
        if rng.random() < 0.2:
            divide(rng, milestone, number)
            return
        is_fine = rng.random() < 0.7
        answer = reviews.accept_milestone if is_fine else reviews.request_changes
        verdicts = {goal: (is_fine, "") for goal in milestone.goals.all()}
        answer(milestone, verdicts=verdicts, note="x", submission_number=number, by=engagement.lead, at=NOW)
    elif payout:
        state = payout.status if rng.random() < 0.8 else rng.choice(list(PayoutStatus))
        if state == PayoutStatus.DUE:
            batches.approve(payout, by=by, at=NOW, knowing=True)
        elif state == PayoutStatus.APPROVED:
            act_on_batch(rng, payout, by)
        elif state in (PayoutStatus.EXPORTED, PayoutStatus.FAILED) and rng.random() < 0.3:
            payouts.mark_failed(payout, problem="x", by=by, at=NOW)
        elif state == PayoutStatus.PAID and rng.random() < 0.3:
            payouts.mark_returned(payout, problem="x", by=by, at=NOW)
        else:
            payouts.confirm_paid(payout, by=by, at=NOW)
    else:
        raise DomainError("Nothing to do.")


def divide(rng: random.Random, milestone: Milestone, number: int) -> None:
    """Accept it with a random share held back, or give a bonus beside it."""
    engagement = milestone.engagement
    if rng.random() < 0.3:
        give_bonus(
            engagement, amount=Money(rng.randint(1, 999), engagement.currency), reason="x", by=engagement.lead, at=NOW
        )
        return
    reviews.accept_holding_back(
        milestone,
        verdicts={goal: (True, "") for goal in milestone.goals.all()},
        amount=Money(rng.randint(1, milestone.amount_minor), milestone.currency),
        until=NOW.date(),
        submission_number=number,
        by=engagement.lead,
        at=NOW,
    )


def act_on_batch(rng: random.Random, payout: Payout, by: User) -> None:
    """Confirm, send or void the batch it is in, or take it out."""
    line = BatchLine.objects.live().filter(payout=payout).first() or BatchLine.objects.filter(payout=payout).last()
    if line is None:
        raise DomainError("In no batch.")
    batch = PayoutBatch.objects.get(pk=line.batch_id)
    step = rng.random()
    if step < 0.1:
        batches.void(batch, reason="x", by=by, at=NOW)
    elif step < 0.2:
        batches.take_out(line, reason="x", by=by, at=NOW)
    elif batch.status == "open":
        batches.confirm(batch, by=by, at=NOW)
    else:
        batches.export(batch, by=by, at=NOW)


def main(seed: int, steps: int) -> int:
    rng = random.Random(seed)
    finance = list(User.objects.with_role("finance").order_by("pk"))
    ids = list(
        Milestone.objects.filter(engagement__status=EngagementStatus.ACTIVE).order_by("pk").values_list("pk", flat=True)
    )
    done = 0
    for _ in range(steps):
        milestone = Milestone.objects.select_related("engagement").get(pk=rng.choice(ids))
        try:
            act(rng, milestone, finance)
            done += 1
        except DomainError:
            continue
    return done


if __name__ == "__main__":
    print(main(int(sys.argv[1]), int(sys.argv[2])))
