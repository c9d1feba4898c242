"""Whether a promise can be checked, and which of its words keep two people from agreeing.

    check(text)         -> [(start, end, category), …]    character offsets, end exclusive
    is_measurable(text) -> bool
    explain(text, goal) -> [Hint, …]                      with why, and a rewrite from the goal's fields

Plain functions, no Django and no service. The words stand in en.toml, so that a language is a further file; the
contexts in which a word is not vague (a number resolves it, a reason follows, it is part of a name) are rules here.
"""

from engagements.clarity.gate import is_measurable
from engagements.clarity.hints import Hint, explain
from engagements.clarity.spans import check

__all__ = ["Hint", "check", "explain", "is_measurable"]
