"""Vague words explained to the person who wrote them, with a rewrite that takes what the goal's fields already say."""

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter

from engagements.clarity.spans import check
from engagements.clarity.words import lexicon

GAP = "…"


@dataclass(frozen=True)
class Hint:
    start: int
    end: int
    category: str
    why: str
    rewrite: str


def explain(text: str, goal: Mapping[str, str] | None = None) -> list[Hint]:
    """A hint a vague span. `goal` may hold metric, unit, baseline, target, direction, method and due; what it lacks
    stays “…” in the rewrite."""
    words, known = lexicon(), goal or {}
    return [
        Hint(start, end, category, words.why[category], _filled(words.rewrite[category], known))
        for start, end, category in check(text)
    ]


def _filled(rewrite: str, known: Mapping[str, str]) -> str:
    fields = {name for _text, name, _spec, _conversion in Formatter().parse(rewrite) if name}
    filled = rewrite.format_map({name: known.get(name) or GAP for name in fields})
    return filled.replace(f"{GAP} {GAP}", GAP)  # one gap to fill, not a row of them
