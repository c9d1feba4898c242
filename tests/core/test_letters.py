"""Mail is written in a short way, and reads as it did when each frame was drawn and css_inline asked about it."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace as Some
from typing import Any

import pytest
from django.conf import settings
from django.template import engines
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st

from core import letters
from core.days import day_words
from core.money import Money
from reminders.states import ACTS, Rule

FOLDER = Path(settings.BASE_DIR) / "templates" / "mail"
TEMPLATES = sorted(path.stem for path in FOLDER.glob("*.txt"))
ODD = [
    "Ana Sousa", "Node.js 2.0", "see www.example.com", "mail a.b@example.org now", "Tom’s “tea” & 'milk' <b>", "x.com",
    "http://example.org/?a=1&b=2", "a\xa0b", "a\rb", "a\x0bb", "a\x00b", "", " ", "ende.", "(x)", "[y]", "&amp; &quot;",
    "\ue000who\ue001", "Zoë 鴨 🦆", "www", "http:", "a:b", "1:30", "a;b", "a\nb", "e@x.de", "//", "https", "a\u2028b",
]  # fmt: skip
LIKELY = st.sampled_from(
    [*ODD, "\n", "\n\n", ".", ":", "(", ")", "/", "@", "é", '"', "'", "<", ">", "&", ";", "!", "com"]
)
WORDS = st.one_of(st.lists(LIKELY, max_size=12).map("".join), st.text(st.characters(exclude_categories=["Cs"])))
LINK = f"{settings.SITE_URL}/engagements/7/"


@given(WORDS, WORDS)
@runs(max_examples=600, deadline=None)
def test_a_page_is_what_the_parser_makes_of_it(text: str, subject: str) -> None:
    assert letters.html_of(text, subject) == letters.by_parser(text, subject)


@pytest.mark.parametrize("template", TEMPLATES)
def test_so_is_every_mail_with_whatever_people_typed(template: str) -> None:
    source = (FOLDER / f"{template}.txt").read_text()
    source = re.sub("{{ site }}", settings.SITE_URL, re.sub("{{ link }}", LINK, re.sub("{%.*?%}", "", source)))
    for odd in ODD:
        text = re.sub("{{.*?}}", lambda _found, odd=odd: odd, source).strip() + "\n"
        assert letters.html_of(text, odd) == letters.by_parser(text, odd)


# The three templates that are written by the thousand, as they were when they asked records.
AS_THEY_WERE = Path(__file__).parent / "letters_as_they_were"


def was_written(template: str, subject: str, **context: Any) -> tuple[str, str]:
    drawn = (
        engines["django"]
        .from_string((AS_THEY_WERE / f"{template}.txt").read_text())
        .render({"site": settings.SITE_URL, **context})
    )
    text = drawn.strip() + "\n"
    return text, letters.by_parser(text, subject)


def same(template: str, values: dict[str, str], flags: Any, words: str, **context: Any) -> None:
    values = {**values, "link": LINK, "path": "/engagements/7/"}
    text = letters.Writer().write(template, values, flags, "en")
    assert (text, letters.html_of(text, words)) == was_written(
        template, words, link=LINK, path="/engagements/7/", **context
    )


@given(WORDS, WORDS)
@runs(max_examples=300, deadline=None)
def test_a_quiet_side(name: str, title: str) -> None:
    since = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)
    same(
        "quiet",
        {
            "first_name": name,
            "who": name,
            "engagement": title,
            "since": f"{day_words(since, 'D j M Y')}, {since:%H:%M}",
        },
        (),
        title,
        to=Some(first_name=name),
        who=name,
        engagement=Some(title=title, pk=7),
        flag=Some(silent_since=since),
    )


@pytest.mark.parametrize("rule", [rule for rule in Rule if rule not in (*ACTS, Rule.QUIET)])
@pytest.mark.parametrize("is_escalated", [True, False])
@pytest.mark.parametrize("counts", [True, False])
@given(WORDS, WORDS)
@runs(max_examples=20, deadline=None)
def test_a_reminder(rule: Rule, is_escalated: bool, counts: bool, name: str, title: str) -> None:
    values = dict.fromkeys(("first_name", "contractor"), name) | dict.fromkeys(
        ("engagement", "milestone", "metric"), title
    )
    same(
        "reminder",
        {**values, "day": "Wed 25 Nov 2026"},
        (("rule", rule.value), ("is_escalated", is_escalated), ("counts_as_accepted", counts)),
        title,
        rule=rule.value,
        to=Some(first_name=name),
        engagement=Some(title=title, contractor=name),
        milestone=Some(title=title, escalated_at=is_escalated),
        goal=Some(metric=title),
        about_on=date(2026, 11, 25),
        counts_as_accepted=counts,
    )


@pytest.mark.parametrize("is_in_bank", [True, False])
@given(WORDS, WORDS)
@runs(max_examples=100, deadline=None)
def test_a_promise_that_is_broken(is_in_bank: bool, name: str, title: str) -> None:
    amount, day, exported_at = Money(140_000, "EUR"), date(2026, 12, 1), datetime(2026, 11, 30, 9, tzinfo=UTC)
    values = {"first_name": name, "amount": "€1,400", "milestone": title, "engagement": title, "contractor": name}
    same(
        "payout_late",
        {**values, "promised_on": "Tue 1 Dec", "exported_on": "Mon 30 Nov"},
        (("is_in_bank", is_in_bank),),
        title,
        to=Some(first_name=name),
        payout=Some(amount=amount, due_on=day, exported_at=exported_at),
        milestone=title,
        engagement=type("Named", (), {"contractor": name, "__str__": lambda _self: title})(),
        is_in_bank=is_in_bank,
    )
