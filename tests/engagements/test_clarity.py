"""Vague words and uncheckable promises, in sentences of our own. What the benchmark says is `make bench-clarity`."""

import itertools
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engagements.clarity import check, explain, is_measurable


def marked(text: str) -> list[tuple[str, str]]:
    return [(text[start:end].lower(), category) for start, end, category in check(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Make the export snappy and robust.", [("snappy", "quality"), ("robust", "quality")]),
        ("Shorten the time to first paint.", [("shorten", "degree")]),
        ("Write several examples for the guide.", [("several", "quantity")]),
        ("Answer questions in a timely manner.", [("in a timely manner", "time")]),
        ("Translate the screens where possible.", [("where possible", "loophole")]),
        ("Export to CSV, JSON, etc.", [("etc", "open_list")]),
        ("Assist with the launch.", [("assist", "weak_verb")]),
        ("The importer reads any kind of file.", [("any kind of", "universal")]),
        ("Follow industry best practices.", [("best practices", "reference")]),
        ("When the gateway sends a receipt to the client, it is deleted.", [("it", "pronoun")]),
    ],
)
def test_a_vague_word_is_found_with_its_kind(text: str, found: list[tuple[str, str]]) -> None:
    assert marked(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "The export is snappy: 95 % of files are ready within 3 seconds.",  # a number resolves it
        "Reduce the crash rate from 4 % to 1 % of sessions.",
        "Answer promptly, within 4 working hours.",
        "As a driver, I want big buttons so that I can tap quickly.",  # a reason is no promise
        "Label the button “Easy apply”.",  # somebody's words
        "Every endpoint in the OpenAPI file has a test.",  # bounded
        "The cookie is marked secure cookie in production.",
        "Store the log as well as the trace.",
    ],
)
def test_a_word_that_its_context_makes_plain_is_left_alone(text: str) -> None:
    assert marked(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "The map opens in at most 2 seconds on the test phone.",
        "The static build is deployed by one command.",
        "Crash-free sessions reach 99.5 %.",
        "Every pull request has one review before it is merged.",
        "Deliver the handbook by 30 June.",
    ],
)
def test_a_promise_that_can_be_checked_passes(text: str) -> None:
    assert is_measurable(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "Improve the performance.",
        "The app should be intuitive.",
        "Work on the mobile client.",
        "Response time below TBD ms.",
        "Latency must be below 200.",
        "Performance of the search page.",
        "Use best efforts to finish the migration.",
    ],
)
def test_a_promise_that_cannot_is_held_back(text: str) -> None:
    assert not is_measurable(text)


def test_a_hint_says_why_and_fills_its_rewrite_from_the_goal() -> None:
    [hint] = explain(
        "Reduce the crash rate.", {"baseline": "4", "target": "1", "unit": "%", "method": "the vitals console"}
    )

    assert (hint.category, hint.rewrite) == ("degree", "from 4 to 1 %, measured by the vitals console")
    assert "starts" in hint.why
    assert "…" in explain("Reduce the crash rate.")[0].rewrite


WORDS = st.sampled_from(
    [
        "fast",
        "all",
        "users",
        "so that",
        "10",
        "%",
        "within",
        "as",
        "possible",
        ".",
        "e.g.",
        "“",
        '"',
        "it",
        "TBD",
        "–",
        "\n",
    ]
)


@given(st.one_of(st.text(max_size=400), st.lists(WORDS, max_size=60).map(" ".join)))
@settings(max_examples=300, deadline=None)
def test_any_text_gives_spans_inside_it_in_order(text: str) -> None:
    spans = check(text)

    assert all(0 <= start < end <= len(text) for start, end, _category in spans)
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(spans))
    assert is_measurable(text) in (True, False)


@pytest.mark.parametrize(
    "text", ["a " * 5_000_000, "fast " * 20_000, "(" * 100_000, "1 of " * 20_000, "as x as " * 9_000]
)
def test_a_huge_paste_is_looked_at_up_to_a_limit(text: str) -> None:
    start = time.process_time()
    check(text)
    is_measurable(text)

    assert time.process_time() - start < 5  # seconds of CPU: nothing grows with the square


def test_it_needs_no_django() -> None:
    code = "import sys; import engagements.clarity; sys.exit('django' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
