"""What people type can't break storage, mail or the page."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.markdown import render
from core.text import CONTROL, DECEIVING, LONE_SURROGATE, clean_text, one_line


@given(st.text())
def test_cleaned_text_can_be_stored_and_is_stable(text: str) -> None:
    clean = clean_text(text)

    clean.encode("utf-8")
    assert "\x00" not in clean
    assert clean_text(clean) == clean


def was_cleaned(text: str) -> str:
    """Whatever it is, by all four steps."""
    return unicodedata.normalize("NFC", DECEIVING.sub("", CONTROL.sub("", LONE_SURROGATE.sub("\ufffd", text))))


ODD = st.sampled_from(
    ["a", "e\u0301", "é", " ", "\t", "\n", "\x1c", "\x00", "\u200b", "\u202e", "\ud800", "\u2028", "\u3000", "“"]
)


@given(st.one_of(st.text(), st.lists(ODD).map("".join)))
def test_text_that_is_clean_is_seen_at_once_and_any_other_cleaned(text: str) -> None:
    assert clean_text(text) == was_cleaned(text)
    assert one_line(text, 1000) == re.sub(r"\s+", " ", was_cleaned(text)).strip()


@pytest.mark.parametrize("text", ["a\u202eb", "a\u200bb", "a\x00b", "a\u2066b\u2069"])
def test_characters_that_deceive_are_taken_out(text: str) -> None:
    assert clean_text(text) == "ab"


@given(st.text(), st.integers(5, 200))
def test_a_line_is_one_line_of_at_most_its_limit(text: str, limit: int) -> None:
    line = one_line(text, limit)

    assert len(line) <= limit
    assert "\n" not in line
    assert "\r" not in line


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "[x](javascript:alert(1))", '<img src=x onerror="a()">', "[a](data:text/html,x)"],
)
def test_markdown_does_no_harm(text: str) -> None:
    html = render(text)

    assert "<script" not in html
    assert 'href="javascript' not in html
    assert "<img" not in html
    assert 'href="data:' not in html
