"""Whether a promise can be checked as it stands: a number that is attached to it, or an outcome that one can see."""

import re

from engagements.clarity.measures import OPEN, measures
from engagements.clarity.spans import REASON, check, sentences
from engagements.clarity.words import LONGEST

# These leave something open but still say what will be there.
HARMLESS = {"open_list"}
MILD = re.compile(
    r"^(?:some|several|various|many|few|a few|periodic\w*|real[- ]time|near[- ]real[- ]time|preferably"
    r"|additional|clearly|"
    r"such as|easily|brief|ultimately|pertinent|potentially|always)$",
    re.IGNORECASE,
)
VERB = re.compile(
    r"\b(?:shall|must|will|should|can|may|is|are|be|has|have|was|were|does|do|want|need|needs|requires?|ability to|"
    r"\w{3,}(?:s|es|ed|ing|ize|ise|ify|ate)|build|create|deliver|write|add|give|store|support|use|send|rename|"
    r"upgrade|run|show|set|provide|implement|enable|allow|make|keep|get|put|let|move|remove|include|migrate)\b",
    re.IGNORECASE,
)
# Present at work, with nothing delivered.
PRESENCE = re.compile(
    r"^\s*(?:the contractor (?:shall|will) )?(?:work|be|act|serve|continue|contribute|consult|collaborate"
    r"|participate|lead|own)\b"
    r"(?! (?:able|deployable|accessible|returned|displayed|available|stored|\w+ed\b))(?!.*\b(?:annex|document"
    r"|report)\b)",
    re.IGNORECASE,
)
HOUSE_RULES = re.compile(r"^(?:corporate|company|internal)\b", re.IGNORECASE)  # one can ask for them and look
BARE = re.compile(r"\b(?:below|above|under|over|least|most|achieve|reach) \d", re.IGNORECASE)
SHORTEST = 4  # words of a sentence that can promise something


def is_measurable(text: str) -> bool:
    """False when the promise can't be checked without another definition. Empty text promises nothing; of several
    sentences one that can be checked is enough."""
    promise = REASON.sub(" ", text[:LONGEST])
    if not promise.strip() or OPEN.search(promise):
        return False
    if measures(promise):
        return True
    if BARE.search(promise):
        return False
    vague = [start for start, end, category in check(promise) if _is_heavy(promise[start:end], category)]
    return any(
        len(promise[start:end].split()) >= SHORTEST
        and VERB.search(promise[start:end])
        and not PRESENCE.search(promise[start:end])
        and not any(start <= place < end for place in vague)
        for start, end in sentences(promise)
    )


def _is_heavy(words: str, category: str) -> bool:
    return category not in HARMLESS and not MILD.match(words) and not HOUSE_RULES.match(words)
