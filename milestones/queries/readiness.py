"""The whole row of ducks, with the budget."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from core.money import Money
from engagements.models import Engagement, Goal, Need
from engagements.queries.readiness import Standing, Subject, ducks, of_engagement
from engagements.states import Duck, EngagementStatus
from milestones.models import Budget
from milestones.queries.ledger import budget_lines

# Until the offer leaves, the whole price is still to be found in the budget; then it is among what is promised.
NOT_PROMISED = (EngagementStatus.DRAFT,)


def room_of(budget: Budget) -> Money:
    """What is left of a budget once everything agreed is paid from it; below zero if it is short. Three queries."""
    (line,) = budget_lines([budget])
    return line.rest - line.promised


def budget_duck(budget: Budget | None, price: Money | None) -> Standing:
    """Whether the budget can carry `price` on top of what was promised from it."""
    if budget is None:
        return Standing(Duck.BUDGET, False, _("choose a budget"))
    if price is not None and price.currency != budget.currency:
        return Standing(
            Duck.BUDGET,
            False,
            _("kept in %(has)s, the price is in %(wants)s") % {"has": budget.currency, "wants": price.currency},
        )
    room = room_of(budget)
    short = (price.minor if price else 0) - room.minor
    if short > 0:
        return Standing(Duck.BUDGET, False, _("%(amount)s short") % {"amount": Money(short, budget.currency)})
    return Standing(Duck.BUDGET, True, _("%(amount)s free") % {"amount": room})


def row_of(subject: Subject, *, budget: Budget | None, price: Money | None) -> list[Standing]:
    """All eight, in order."""
    return [*ducks(subject), budget_duck(budget, price)]


def row_of_engagement(
    engagement: Engagement, *, goals: Sequence[Goal], needs: Sequence[Need], budget: Budget | None
) -> list[Standing]:
    """All eight of an engagement (with its version and people); three queries."""
    price = engagement.price if engagement.status in NOT_PROMISED else None
    return row_of(of_engagement(engagement, goals=goals, needs=needs), budget=budget, price=price)
