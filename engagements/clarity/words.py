"""The word lists, read once into one pattern a language."""

import re
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LONGEST = 20_000  # characters that are looked at; a goal or a clause is far shorter


@dataclass(frozen=True)
class Lexicon:
    pattern: re.Pattern[str]
    category_of: dict[str, str]  # group name -> category
    why: dict[str, str]
    rewrite: dict[str, str]
    after: dict[str, re.Pattern[str]]  # word -> what follows where it means something else
    before: dict[str, re.Pattern[str]]


def _regex(phrase: str) -> str:
    """A space matches a space or a hyphen, a star the rest of the word or, alone, one word."""
    parts = []
    for word in phrase.split():
        if word == "*":
            parts.append(r"\w+")
        elif word.endswith("*"):
            parts.append(re.escape(word[:-1]) + r"\w*")
        else:
            parts.append(re.escape(word))
    return r",?[\s-]+".join(parts)


@cache
def lexicon(language: str = "en") -> Lexicon:
    """Longer phrases come first, so that “as soon as possible” is not read as “soon”."""
    lists = tomllib.loads((Path(__file__).parent / f"{language}.toml").read_text(encoding="utf-8"))
    contexts = lists.pop("contexts")
    phrases: list[tuple[str, str]] = []
    for category, entry in lists.items():
        words = entry["words"].replace("including, but", "including but").replace("\n", ",")
        phrases += [(word.strip(), category) for word in words.split(",") if word.strip()]
    phrases.sort(key=lambda pair: (-len(pair[0].split()), -len(pair[0])))
    # By first letter, so that a word is held against a few dozen phrases and not against all of them.
    by_letter: dict[str, list[str]] = defaultdict(list)
    category_of = {}
    for number, (phrase, category) in enumerate(phrases):
        by_letter[phrase[0].lower()].append(f"(?P<w{number}>{_regex(phrase)})")
        category_of[f"w{number}"] = category
    letters = (f"(?={re.escape(letter)})(?:{'|'.join(group)})" for letter, group in by_letter.items())
    return Lexicon(
        re.compile(r"(?<![\w-])(?:" + "|".join(letters) + r")(?![\w])", re.IGNORECASE),
        category_of,
        {category: entry["why"] for category, entry in lists.items()},
        {category: entry["rewrite"] for category, entry in lists.items()},
        {word: re.compile(regex, re.IGNORECASE) for word, regex in contexts["after"].items()},
        {word: re.compile(regex, re.IGNORECASE) for word, regex in contexts["before"].items()},
    )
