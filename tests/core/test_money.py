"""Money: nothing is lost in reading, writing or splitting."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import MAX_MINOR, Money, MoneyError, currencies, exponent, format_money, parse_money, split

codes = st.sampled_from(sorted(currencies()))
amounts = st.integers(0, MAX_MINOR)


@given(amounts, codes)
def test_what_is_shown_can_be_typed_again(minor: int, currency: str) -> None:
    money = Money(minor, currency)

    assert parse_money(f"{money.decimal:f}", currency) == money


@given(amounts, codes, st.lists(st.integers(0, 10_000), min_size=1, max_size=20).filter(any))
def test_a_split_sums_to_the_whole(minor: int, currency: str, shares: list[int]) -> None:
    parts = split(Money(minor, currency), shares)

    assert sum(part.minor for part in parts) == minor
    assert all(part.minor >= 0 for part in parts)


@pytest.mark.parametrize(
    ("typed", "currency", "minor"),
    [
        ("1400", "EUR", 140_000),
        ("1,400", "EUR", 140_000),
        ("1.400", "EUR", 140_000),
        ("1,400.50", "EUR", 140_050),
        ("1.400,50", "EUR", 140_050),
        ("€ 1 400,5", "EUR", 140_050),
        ("US$600.00", "USD", 60_000),
        ("1,234,567", "JPY", 1_234_567),
        ("12.345", "BHD", 12_345),
        ("12,34,567", "INR", 123_456_700),
        ("0.50", "EUR", 50),
    ],
)
def test_amounts_are_read_as_people_write_them(typed: str, currency: str, minor: int) -> None:
    assert parse_money(typed, currency).minor == minor


@pytest.mark.parametrize(
    "typed", ["", "-5", "abc", "1e9", "١٤٠٠", "1.2.3,4,5", "1400.505", "9" * 30, "1,40,0", "NaN", "--", "1..2", ","]
)
def test_anything_else_is_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(MoneyError, match=r"\w+ \w+"):
        parse_money(typed, "EUR")


def test_yen_have_no_decimals() -> None:
    with pytest.raises(MoneyError):
        parse_money("100.5", "JPY")
    assert exponent("JPY") == 0


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(MoneyError):
        exponent("XXX")


def test_two_currencies_are_never_mixed() -> None:
    with pytest.raises(MoneyError):
        Money(1, "EUR") + Money(1, "USD")


@pytest.mark.parametrize(
    ("money", "shown", "in_ledger"),
    [
        (Money(140_000, "EUR"), "€1,400", "€1,400.00"),
        (Money(140_050, "EUR"), "€1,400.50", "€1,400.50"),
        (Money(60_000, "USD"), "US$600", "US$600.00"),
        (Money(500, "JPY"), "¥500", "¥500"),
        (Money(12_345, "BHD"), "BHD\u00a012.345", "BHD\u00a012.345"),
        (Money(-12_000, "CHF"), "-CHF\u00a0120", "-CHF\u00a0120.00"),
        (Money(-60_000, "USD"), "-US$600", "-US$600.00"),
    ],
)
def test_money_is_shown_in_one_way(money: Money, shown: str, in_ledger: str) -> None:
    assert (format_money(money), format_money(money, ledger=True)) == (shown, in_ledger)
