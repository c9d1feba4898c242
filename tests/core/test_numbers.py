import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.numbers import parse_number


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("1200", "1200"),
        (" 0,94 ", "0.94"),
        ("007.50", "7.5"),
        ("-0.5", "-0.5"),
        ("−3", "-3"),
        ("1 200", "1200"),
        ("-0", "0"),
        ("1.125", "1.125"),
    ],
)
def test_a_number_is_kept_as_canonical_text(typed, kept):
    assert parse_number(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "12 ms",
        "1e5",
        "NaN",
        "inf",
        "1,200",
        "１２",
        "٣",
        "1_000",
        "0x1f",
        "--1",
        "9" * 16,
        "0." + "1" * 15,
        "9" * 9999,
    ],
)
def test_anything_else_is_refused_with_a_sentence(typed):
    with pytest.raises(ValueError, match=r"\w+ .*\."):
        parse_number(typed)


@given(st.text(max_size=40))
def test_whatever_is_typed_ends_in_a_number_or_a_sentence(typed):
    try:
        kept = parse_number(typed)
    except ValueError:
        return
    assert parse_number(kept) == kept
