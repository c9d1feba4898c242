"""Money: nothing is lost in reading, writing or splitting."""

import re
from decimal import Decimal

import pytest
from django.conf import settings
from django.utils.translation import override, to_locale
from hypothesis import given
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st

from core.money import (
    MAX_MINOR,
    Money,
    MoneyError,
    amount_of_file,
    amount_text,
    currencies,
    exponent,
    format_money,
    parse_money,
    split,
)

codes = st.sampled_from(sorted(currencies()))
amounts = st.integers(0, MAX_MINOR)
# Small ones, where a mark before three digits could mean two things, as often as all others together.
sizes = st.one_of(st.integers(0, 2_000_000), amounts)
languages = st.sampled_from([code for code, _name in settings.LANGUAGES])


@given(sizes, codes, languages)
def test_what_a_field_shows_is_read_back_as_the_same(minor: int, currency: str, language: str) -> None:
    money = Money(minor, currency)

    with override(language):
        assert parse_money(amount_text(money), currency) == money


@settings_of_hypothesis(max_examples=1_000)
@given(sizes, st.sampled_from(["EUR", "JPY", "BHD"]), languages, st.booleans())
def test_what_is_shown_can_be_typed_again(minor: int, currency: str, language: str, ledger: bool) -> None:
    money = Money(minor, currency)

    with override(language):
        assert parse_money(format_money(money, to_locale(language), ledger), currency) == money


@given(sizes, codes, st.booleans())
def test_every_currency_is_read_with_its_own_sign(minor: int, currency: str, ledger: bool) -> None:
    money = Money(minor, currency)

    assert parse_money(format_money(money, ledger=ledger), currency) == money


@given(sizes, codes)
def test_a_files_point_parts_decimals(minor: int, currency: str) -> None:
    money = Money(minor, currency)

    assert parse_money(amount_of_file(f"{money.decimal:f}", currency), currency) == money


@given(st.text(st.sampled_from("0123456789.,' ’_€$EURBHD-"), max_size=14), st.sampled_from(["EUR", "JPY", "BHD"]))
def test_whatever_is_typed_is_an_amount_or_a_sentence(typed: str, currency: str) -> None:
    try:
        money = parse_money(typed, currency)
    except MoneyError:  # any other error fails
        return

    assert 0 <= money.minor <= MAX_MINOR
    # No digit was invented or lost but zeros.
    assert re.sub(r"\D", "", typed).strip("0") == str(money.minor).strip("0")


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
        ("1234.567", "BHD", 1_234_567),
        ("1,234.567", "BHD", 1_234_567),
        ("12.5", "BHD", 12_500),
        ("0.500", "BHD", 500),
        ("BHD 1.400", "BHD", 1_400),
        ("BHD 1,400", "BHD", 1_400_000),
        ("1400 eur", "EUR", 140_000),
        ("EUR 1,400", "EUR", 140_000),
        ("1 234 567,89 €", "EUR", 123_456_789),
        ("1’400.50", "CHF", 140_050),
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


@pytest.mark.parametrize("currency", ["EUR", "USD", "JPY"])
@pytest.mark.parametrize("typed", ["0.001", "0,001", "00.001", "0 001", "0,001,000"])
def test_a_leading_nought_parts_no_thousands(typed: str, currency: str) -> None:
    with pytest.raises(MoneyError):
        parse_money(typed, currency)


@pytest.mark.parametrize(
    ("typed", "currency", "mark"),
    [
        ("USD 5", "EUR", "USD"),
        ("BHD 1", "EUR", "BHD"),
        ("100 JPY", "EUR", "JPY"),
        ("$5", "EUR", "$"),
        ("5 £", "EUR", "£"),
        ("abc5", "EUR", "abc"),
        ("5k", "EUR", "k"),
        ("EUR 5", "BHD", "EUR"),
        ("€5", "JPY", "€"),
        ("EUR 5 USD", "EUR", "USD"),
        ("CN¥5", "JPY", "CN¥"),
    ],
)
def test_an_amount_in_something_else_is_refused(typed: str, currency: str, mark: str) -> None:
    with pytest.raises(MoneyError) as refused:
        parse_money(typed, currency)

    assert str(refused.value) == f"This amount is in {currency}: type it without “{mark}”."


@pytest.mark.parametrize(
    ("typed", "ways"),
    [
        ("1,400", ("BHD\u00a01,400", "BHD\u00a01.400")),
        ("1.400", ("BHD\u00a01,400", "BHD\u00a01.400")),
        ("12.345", ("BHD\u00a012,345", "BHD\u00a012.345")),
        ("1.400 BHD", ("BHD\u00a01,400", "BHD\u00a01.400")),
    ],
)
def test_what_can_mean_two_amounts_is_refused_with_both(typed: str, ways: tuple[str, str]) -> None:
    with pytest.raises(MoneyError) as refused:
        parse_money(typed, "BHD")

    assert str(refused.value) == f"“{typed}” can mean two amounts. Type {ways[0]} or {ways[1]}."
    assert parse_money(ways[0], "BHD").minor == 1_000 * parse_money(ways[1], "BHD").minor


@pytest.mark.parametrize("currency", ["EUR", "JPY", "BHD"])
def test_what_the_sentence_names_can_be_typed(currency: str) -> None:
    with pytest.raises(MoneyError) as refused:
        parse_money("?", currency)

    one, other = re.findall(r"[\d.,]*\d", str(refused.value))
    assert parse_money(one, currency).decimal == 1400
    assert parse_money(other, currency).decimal in (1400, Decimal("1400.5"))


@pytest.mark.parametrize("typed", ["5²", "½", "①", "1 4", "1,234.567,890", "5 0", "1400.", "١٤٠٠", "1٫5", "１٬５"])
def test_digits_that_do_not_stand_as_an_amount_are_refused(typed: str) -> None:
    with pytest.raises(MoneyError):
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
