"""What people type, made safe to store and show."""

import re
import unicodedata

# Bidirectional overrides and isolates, zero-width characters and the byte order mark: they can make a text
# show something else than it says. Zero-width (non-)joiners stay, some scripts need them.
DECEIVING = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
LONE_SURROGATE = re.compile("[\ud800-\udfff]")
UNCLEAN = re.compile("|".join(each.pattern for each in (DECEIVING, CONTROL, LONE_SURROGATE)))


def clean_text(text: str) -> str:
    """`text` in NFC without control characters, lone surrogates and characters that deceive about direction."""
    # What Python prints as it is holds nothing of the kind, and is seen in a fraction of the time.
    if (text.isprintable() or not UNCLEAN.search(text)) and (text.isascii() or unicodedata.is_normalized("NFC", text)):
        return text
    text = LONE_SURROGATE.sub("\ufffd", text)
    return unicodedata.normalize("NFC", DECEIVING.sub("", CONTROL.sub("", text)))


def one_line(text: str, limit: int) -> str:
    """For mail subjects and log lines: no line break, at most `limit` characters."""
    flat = clean_text(text)
    if not flat.isprintable() or "  " in flat or flat.strip(" ") != flat:  # else its only blanks are single spaces
        flat = " ".join(flat.split())
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"


# A cell that starts like a formula would run in the reader's spreadsheet; also its full-width twins, which some
# programs fold, and control characters, which others skip.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "|", "%", "＝", "＋", "－", "＠")


def plain_cell(text: str) -> str:
    """`text` as a spreadsheet will show it and not work it out: with `'` before what looks like a formula."""
    return "'" + text if text.lstrip(' \u00a0\u3000"').startswith(FORMULA) else text
