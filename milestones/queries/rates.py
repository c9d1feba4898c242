"""Amounts in another currency, for looking at only."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from core.money import Money, exponent
from milestones.models import Rate


@dataclass(frozen=True)
class About:
    """An amount as it would be at a typed rate: “≈ €1,296 at 1.08 of 24 Nov”."""

    money: Money
    rate: Rate


def converted(money: Money, rate: Rate) -> Money:
    """`money` (of the rate's source currency) in its target currency, rounded half to even to the minor unit."""
    exact = money.decimal * Decimal(rate.rate)
    digits = exponent(rate.target)
    whole = exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_EVEN)
    return Money(int(whole.scaleb(digits)), rate.target)


def about(money: Money, rates: Mapping[str, Rate]) -> About | None:
    """`rates`: source currency → rate, as `Rate.objects.latest_to` gives them. None where nobody typed one."""
    rate = rates.get(money.currency)
    return About(converted(money, rate), rate) if rate else None
