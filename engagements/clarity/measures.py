"""Numbers that a promise can be held to: an amount with its unit, a share, a date, a time, a count of things."""

import re

UNIT = (
    r"(?:%|‰|percent|percentage points?|per ?cent|ms|millisec\w*|µs|s|sec(?:ond)?s?|min(?:ute)?s?|h|hrs?|hours?"
    r"|(?:working |business |calendar )*days?|weeks?|months?|"
    r"quarters?|years?|sprints?|times?|x|[kKMGT]i?B(?:/s)?|[MGk]bps|bytes?|[MG]bytes|hz|khz|mhz|ghz|px|pixels?"
    r"|dpi|fps|"
    r"€|\$|£|eur|usd|gbp|dollars?|euros?|points?|stars?|lines?|degrees?|km|cm|mm|feet|meters?|metres?)"
)
_NUMBER = r"(?:(?:\d[\d,.  ]*\d|\d)(?:\s?[-–]\s?\d[\d,.]*)?)"
_WORDS = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|sixty|ninety"
    r"|hundred|half|zero|no)"
)
_EVERY = (
    r"(?:second|minute|hour|day|night|week|month|quarter|year|sprint|morning|monday|tuesday|wednesday"
    r"|thursday|friday|saturday|sunday|weekday|release)"
)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"

MEASURE = re.compile(
    "|".join(
        (
            rf"[€$£]\s?{_NUMBER}",
            rf"(?<![\w.-]){_NUMBER}\)?\s?-?{UNIT}(?![A-Za-z])",
            rf"\b{_WORDS}(?: \(\d+\))?[ -](?:working |business |calendar )?(?:seconds?|minutes?|hours?|days?"
            rf"|weeks?|months?|years?|sprints?)\b",
            rf"\b(?:every|each|once a|once per|twice a|twice per|times a|times per) (?:\w+ )?{_EVERY}\b",
            r"\b(?:daily|weekly|hourly|monthly|nightly|yearly|quarterly|annually)\b",
            rf"\b(?:at least|at most|no more than|not more than|more than|fewer than|less than|no later than"
            rf"|no longer than|up to|maximum of|minimum of|minimum|maximum|exactly|under|over|"
            rf"below|above|within|exceed|≥|≤|>=|<=|<|>|=|score of|up to|of) (?:a |an |the )?(?:{_NUMBER}|{_WORDS}\b)",
            rf"\b{_NUMBER} (?:out )?of (?:the )?{_NUMBER}\b",
            rf"\b{_NUMBER} (?:or|and) (?:more|less|fewer|higher|lower|above|below)\b",
            rf"\bby \d{{1,2}}\.? {_MONTH}\b|\b{_MONTH} \d{{1,2}}\b|\b20\d\d-\d\d-\d\d\b|\b\d{{1,2}}:\d\d\b"
            rf"|\b\d{{1,2}}\s?[ap]\.?m\b",
            rf"(?<![\w./#-])(?:{_NUMBER}|zero) (?:[a-z-]+ ){{0,2}}[a-z]+s\b",
            r"\b(?:two|three|four|five|six|seven|eight|nine|ten|twelve) (?:[a-z-]+ ){0,1}[a-z]+s\b",
        )
    ),
    re.IGNORECASE,
)
# Numbers that name something instead of measuring it.
NAMED = re.compile(
    r"\b(?:annex|appendix|section|version|chapter|table|figure|level|step|phase|milestone|item|clause|wp|page"
    r"|release|v)\s?\d[\d.]*|(?-i:\b[A-Z][\w.]*) \d+(?:\.\d+)+(?!\s?%)|\b\d+xx\b|"
    r"\b(?:oauth|wcag|html|http|php|iso|rfc|tls|python|java|ipv)[ -]?\d[\d.]*",
    re.IGNORECASE,
)
OPEN = re.compile(r"\b(?:TBD|TBC|TBA|XX+|N/?N)\b|__+|\?\?")
# A bare number with nothing to say of what: "below 200."
UNITLESS = re.compile(
    r"(?:below|above|under|over|than|of|least|most|achieve|reach) \d[\d.,]*(?= on the| in the"
    r"|[.;]?\s*$)",
    re.IGNORECASE,
)


def measures(text: str) -> list[tuple[int, int]]:
    """Where a measure stands, as (start, end)."""
    blanked = NAMED.sub(lambda match: "_" * len(match.group()), text)
    blanked = UNITLESS.sub(lambda match: "_" * len(match.group()), blanked)
    return [match.span() for match in MEASURE.finditer(blanked)]
