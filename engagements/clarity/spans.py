"""Which words of a promise are vague here: the lists' words, less those that their context makes plain."""

import re
from collections.abc import Iterator

from engagements.clarity.measures import measures
from engagements.clarity.words import LONGEST, lexicon

Span = tuple[int, int, str]

SENTENCE = re.compile(r"[^.!?;\n]*(?:[.!?](?=\S)[^.!?;\n]*)*[.!?;\n]?")
ABBREVIATED = re.compile(r"\b(?:e\.g|i\.e|etc|vs|cf|incl|approx|max|min)\.(?=[\s,]+[^A-Z])", re.IGNORECASE)
REASON = re.compile(r"\bso that\b.*?(?=[.;]\s|$)|\bbecause\b.*?(?=[.;]\s|$)", re.IGNORECASE | re.DOTALL)
QUOTED = re.compile(r"“[^”]{1,80}”|\"[^\"]{1,80}\"|(?<!\w)'[^']{1,60}'(?!\w)|`[^`]{1,80}`")
# A number says how much of these; the others (which? who decides?) stay open whatever number stands near.
RESOLVED = {"quality", "degree", "time", "weak_verb"}
CHOOSING = re.compile(
    r"relevant|pertinent|necessary|needed|appropriate|suitabl|required|desired|critical|important|essential|proven",
    re.IGNORECASE,
)
SHARE = re.compile(r"\d\s?(?:%|percent) of (?:all |the |our )?\w+|\d+ (?:out )?of \d+", re.IGNORECASE)
NAMED_LIST = re.compile(r"\b(?:annex|appendix|matrix|table|section|listed|schedule)\b", re.IGNORECASE)
PEOPLE = (
    r"(?:users?|customers?|team\w*|staff|us|you|them|people|stakeholders?|clients?|developers?|operations|colleagues|"
    r"departments?|agenc\w+|workers?|personnel|sales|marketing|management|business|efforts?|transition"
    r"|migration|launch)"
)
SUPPORT = re.compile(
    rf"\bsupports?\b(?! and\b)(?= (?:the |our |all |other "
    rf"|\w+ )?(?:\w+ )?{PEOPLE}\b)",
    re.IGNORECASE,
)
MANAGE = re.compile(r"(?:^|shall |must |will |should )(manage|coordinate)\b", re.IGNORECASE)
BOUNDLESS = re.compile(
    r"\b(?:all|any|every|each and every)(?: of)?(?: the| our| its| other| possible| major| common| current"
    r"| modern| popular| kinds of| types of| relevant)*"
    r" (?:users? requests?|user requests|devices?|platforms?|browsers?|screens?|screen sizes|countries|languages|"
    r"conditions|circumstances|situations|scenarios|inputs?|formats?|needs|aspects|kinds|types|views?|purposes?"
    r"|cases|"
    r"problems?|issues|bugs|errors|defects|attacks|threats|stakeholders|people|audiences|customers"
    r"|operating systems|data types|"
    r"loads?|features|functionality|functions|possible \w+|system resources|questions)\b",
    re.IGNORECASE,
)
BOUND = re.compile(
    r"\s*(?:in|of|on|from|within|under|listed|named|that|which|who|with|for|to|defined|described|required"
    r"|reported|during|"
    r"covered|between|whose|where|when|agreed|approved|found|delivered|by|into|using)\b",
    re.IGNORECASE,
)
UNNAMED = re.compile(
    r"\b(?:corporate|company|internal|industry|international|national|applicable|relevant|prevailing|existing"
    r"|government|regulatory|legal|local|"
    r"common|usual|security|accessibility|coding|design|quality|data protection|privacy|commonly accepted"
    r"|generally accepted)"
    r"(?: [\w-]+){0,2}? (?:standards?|guidelines?|laws?|regulations?|polic(?:y|ies)|legislation|rules"
    r"|conventions|norms|requirements|colou?r schemes?|branding|identity)\b"
    r"|\b(?:the )?laws? (?:relating|regarding|concerning)\b",
    re.IGNORECASE,
)
IS_NAMED = re.compile(r"\b(?:[A-Z]{2,}|\d+[A-Z]?|[A-Z]\w*\d\w*)\b")
SUCH_AS = re.compile(
    r"\b(?:common|similar|other|various|popular|different|typical|standard|usual"
    r"|modern) \w+ (such as)\b",
    re.IGNORECASE,
)
POSSIBLE = re.compile(r"\bas [\w-]+(?: \w+)? as (?:possible|practicable|feasible|necessary|needed)\b", re.IGNORECASE)
# “When the A sends a B to the C, it …”: two things that “it” may be.
WHICH = re.compile(
    r"\b(?:when|if|after|once|whenever) (?:the|a|an) \w+ \w+ (?:the|a|an) \w+[^,.]{0,40}?, (it|they|this)\b",
    re.IGNORECASE,
)
STARTS = re.compile(r"\s*(This|These|They) (?:is|are|was|were|must|shall|will|should|may)\b")


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of each; “e.g.” and “i.e.” end none."""
    text = ABBREVIATED.sub(lambda match: match.group().replace(".", "_"), text)
    for match in SENTENCE.finditer(text):
        if match.group().strip():
            yield match.span()


def _hidden(text: str) -> list[tuple[int, int]]:
    """Reasons and quotations are no promise."""
    return [match.span() for pattern in (REASON, QUOTED) for match in pattern.finditer(text)]


def _is_name(text: str, start: int, end: int) -> bool:
    """A capital in the middle of a sentence, with no capital before or after that makes it a heading."""
    word = text[start:end]
    if not word[0].isupper() or word.isupper():
        return False
    before = text[:start].rstrip()
    return bool(before) and before[-1] not in ".!?:;–-\n(•*"


def _means_something_else(text: str, start: int, end: int) -> bool:
    word = text[start:end].lower()
    first, last = word.split()[0], word.split()[-1]
    words = lexicon()
    after = words.after.get(word) or words.after.get(last)
    before = words.before.get(word) or words.before.get(first)
    return bool((after and after.match(text, end)) or (before and before.search(text[max(0, start - 30) : start])))


def _raw(text: str) -> Iterator[Span]:
    """Everything that the lists and patterns find, contexts not yet looked at."""
    words = lexicon()
    for match in words.pattern.finditer(text):
        yield (*match.span(), words.category_of[match.lastgroup or ""])
    for pattern, category, group in (
        (POSSIBLE, "loophole", 0), (SUPPORT, "weak_verb", 0), (MANAGE, "weak_verb", 1), (UNNAMED, "reference", 0),
        (SUCH_AS, "open_list", 1), (WHICH, "pronoun", 1),
    ):  # fmt: skip
        for match in pattern.finditer(text):
            if category == "reference" and IS_NAMED.search(text[max(0, match.start() - 12) : match.end()]):
                continue
            yield (*match.span(group), category)
    for match in BOUNDLESS.finditer(text):
        if not BOUND.match(text, match.end()):
            yield (*match.span(), "universal")
    first = STARTS.match(text)
    if first:
        yield (*first.span(1), "pronoun")


def _merged(found: list[Span]) -> list[Span]:
    """Of spans that overlap the longer stays."""
    kept: list[Span] = []
    for span in sorted(found, key=lambda s: (s[0], s[0] - s[1])):
        if kept and span[0] < kept[-1][1]:
            if span[1] - span[0] > kept[-1][1] - kept[-1][0]:
                kept[-1] = span
            continue
        kept.append(span)
    return kept


def check(text: str) -> list[Span]:
    """The vague spans of a text, in order, as (start, end, category). At most 20,000 characters are looked at."""
    text = text[:LONGEST]
    hidden = _hidden(text)
    numbers = [span for span in measures(text) if not any(a <= span[0] < b for a, b in hidden)]
    bounds = list(sentences(text))
    kept = []
    for start, end, category in _merged(list(_raw(text))):
        if (
            any(a <= start < b for a, b in hidden)
            or (category != "reference" and _is_name(text, start, end))
            or _means_something_else(text, start, end)
        ):
            continue
        place = next(((n, a, b) for n, (a, b) in enumerate(bounds) if a <= start < b), (0, 0, len(text)))
        if (
            category in RESOLVED
            and not CHOOSING.search(text[start:end])
            and _is_resolved(text, end, place, bounds, numbers)
        ):
            continue
        if category == "loophole" and NAMED_LIST.search(text[end : end + 50]):
            continue
        kept.append((start, end, category))
    return kept


def _is_resolved(
    text: str, end: int, place: tuple[int, int, int], bounds: list[tuple[int, int]], numbers: list[tuple[int, int]]
) -> bool:
    """A number after the word, in its sentence or in the next one that only gives the measure."""
    number, _start, stop = place
    if any(end <= a < stop for a, _b in numbers) or SHARE.search(text[_start:end]):
        return True
    if number + 1 < len(bounds):
        following = bounds[number + 1]
        return not any(_start <= a < stop for a, _b in numbers) and any(
            following[0] <= a < following[1] for a, _b in numbers
        )
    return False
