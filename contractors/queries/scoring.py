"""The scorecards that a viewer may read.

Sealing is kept here. Every page that shows marks, or a number made from marks, gets them from `revealed_scorecards`;
nothing else reads `Mark`.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from accounts.models import User
from contractors.models import Criterion, Mark, Opening, Scorecard
from contractors.queries.waiting import Standing


def revealed_scorecards(standing: Standing, viewer: User) -> list[Scorecard]:
    """The scorecards whose marks this person may read now: one's own, and everybody's once all named reviewers are
    in. Whatever the role: leads and admins wait too."""
    cards = Scorecard.objects.filter(application=standing.application).select_related("reviewer")
    if not standing.is_revealed:
        cards = cards.filter(reviewer=viewer)
    return list(cards.order_by("submitted_at", "id"))


@dataclass(frozen=True)
class BoardRow:
    """One criterion; `points` by scorecard in their order, None where it was not marked."""

    criterion: Criterion
    points: list[int | None]

    @property
    def bars(self) -> list[int | None]:
        """The points as the five-bar figure takes them: 10, 30, 50, 70 or 90."""
        return [None if p is None else p * 20 - 10 for p in self.points]

    @property
    def gap(self) -> int:
        """The distance between the highest and the lowest mark."""
        marked = [p for p in self.points if p is not None]
        return max(marked) - min(marked) if marked else 0


@dataclass(frozen=True)
class Board:
    cards: list[Scorecard]
    rows: list[BoardRow]
    mean: Decimal | None  # of 5, weighted by criterion, one decimal
    marks: int  # how many marks the mean rests on


def board(opening: Opening, cards: list[Scorecard]) -> Board:
    """The marks of these scorecards beside each other; their weighted mean = Σ weight × points ÷ Σ weight."""
    points: dict[tuple[int, int], int] = {
        (card, criterion): n
        for card, criterion, n in Mark.objects.filter(scorecard__in=cards).values_list(
            "scorecard_id", "criterion_id", "points"
        )
    }
    rows = [BoardRow(c, [points.get((card.pk, c.pk)) for card in cards]) for c in opening.criteria.all()]
    weighed = [(row.criterion.weight, p) for row in rows for p in row.points if p is not None]
    mean = None
    if weighed:
        total = Decimal(sum(w * p for w, p in weighed)) / sum(w for w, _points in weighed)
        mean = total.quantize(Decimal("0.1"), ROUND_HALF_UP)
    return Board(cards, rows, mean, len(weighed))
