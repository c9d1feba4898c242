"""The offer as a paper with places to ask at: the whole, each milestone, goal and clause, with what was asked there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts.queries import organisation
from core.markdown import blocks
from core.text import one_line
from engagements.models import Engagement, Goal, OfferQuestion
from engagements.queries.clauses import filled
from engagements.queries.offer import questions_of
from engagements.states import OfferPart
from milestones.models import Milestone

LABEL = 200


@dataclass(frozen=True)
class Place:
    """Where a question can be asked. `number` is 0 for the whole; `label` says how that part reads."""

    about: str
    number: int
    label: str
    questions: Sequence[OfferQuestion] = ()

    @property
    def anchor(self) -> str:
        return self.about if self.about == OfferPart.WHOLE else f"{self.about}-{self.number}"


@dataclass(frozen=True)
class OfferPaper:
    """All of an offer in the order in which it is read."""

    engagement: Engagement
    whole: Place
    milestones: Sequence[tuple[Milestone, Place, Sequence[tuple[Goal, Place]]]] = field(default_factory=tuple)
    clauses: Sequence[tuple[str, Place]] = field(default_factory=tuple)

    @property
    def places(self) -> dict[str, Place]:
        """By anchor, the whole first."""
        found = [self.whole]
        for _milestone, place, goals in self.milestones:
            found += [place, *(goal_place for _goal, goal_place in goals)]
        found += [place for _text, place in self.clauses]
        return {place.anchor: place for place in found}


def offer_paper(engagement: Engagement) -> OfferPaper:
    """Five queries, whatever the number of milestones, goals and questions."""
    asked: dict[str, list[OfferQuestion]] = {}
    for question in questions_of(engagement):
        asked.setdefault(question.anchor, []).append(question)
    milestones = engagement.milestones.standing().prefetch_related("goals__objective")
    return paper_of(engagement, [(milestone, list(milestone.goals.all())) for milestone in milestones], asked)


def paper_of(
    engagement: Engagement,
    plan: Sequence[tuple[Any, Sequence[Goal]]],
    asked: Mapping[str, Sequence[OfferQuestion]] | None = None,
) -> OfferPaper:
    """The paper of these milestones with their goals, stored or only planned; `asked` by anchor. One query."""
    questions = asked or {}

    def place(about: str, number: int, text: Any) -> Place:
        bare = Place(about, number, one_line(str(text), LABEL))
        return Place(bare.about, bare.number, bare.label, tuple(questions.get(bare.anchor, ())))

    clauses = blocks(filled(engagement.version.clauses, engagement, organisation()))
    return OfferPaper(
        engagement=engagement,
        whole=place(OfferPart.WHOLE, 0, engagement.title),
        milestones=tuple(
            (
                milestone,
                place(OfferPart.MILESTONE, milestone.position, milestone.title),
                tuple((goal, place(OfferPart.GOAL, goal.position, goal.metric)) for goal in goals),
            )
            for milestone, goals in plan
        ),
        clauses=tuple((text, place(OfferPart.CLAUSE, n, text)) for n, text in enumerate(clauses, start=1)),
    )
