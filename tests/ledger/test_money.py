"""Integer money: no penny is lost, and only plain amounts are read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.money import (
    CurrencyMismatchError,
    Money,
    format_minor,
    parse_minor,
    percentage,
    split,
    total,
)

MINOR = st.integers(-(10**14), 10**14)


@given(MINOR, st.lists(st.integers(0, 10**9), min_size=1, max_size=50).filter(any))
def test_the_parts_of_a_split_add_up_and_none_is_a_penny_off(
    minor: int, weights: list[int]
) -> None:
    parts = split(minor, weights)
    assert sum(parts) == minor
    whole = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * whole - minor * weight) < whole


@given(MINOR, st.integers(1, 50))
def test_equal_weights_differ_by_a_penny_at_most_and_the_earlier_part_has_it(
    minor: int, count: int
) -> None:
    parts = split(minor, [1] * count)
    assert max(parts) - min(parts) <= 1
    assert list(parts) == sorted(parts, key=abs, reverse=True)


@given(MINOR, st.lists(st.integers(0, 10**6), min_size=2, max_size=9).filter(any))
def test_nothing_goes_to_a_weight_of_nothing(minor: int, weights: list[int]) -> None:
    parts = split(minor, weights)
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [1, -1], [-1, 2]])
def test_weights_must_be_able_to_share(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        split(100, weights)


@given(MINOR)
def test_what_is_written_is_read_back(minor: int) -> None:
    assert parse_minor(format_minor(minor)) == minor


@pytest.mark.parametrize(
    ("text", "minor"), [("0", 0), ("12", 1200), ("-0.01", -1), ("1234.50", 123450), ("-7", -700)]
)
def test_plain_amounts_are_read(text: str, minor: int) -> None:
    assert parse_minor(text) == minor


@pytest.mark.parametrize(
    "text",
    ["", " 1.00", "1.00 ", "+1.00", "1.0", "1.000", ".50", "1.", "1,000.00", "1_000.00", "1e3",
     "NaN", "Infinity", "--1", "(1.00)", "£1.00", "\uff11.\uff10\uff10", "\u0661.\u0660\u0660",
     "1.00\n", "0x10", "1.-1",
     "1" * 14],
)  # fmt: skip
def test_anything_else_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        parse_minor(text)


@given(MINOR, st.integers(0, 100_000))
def test_a_percentage_is_rounded_half_away_from_zero(net: int, points: int) -> None:
    found = percentage(net, points)
    exact = abs(net) * points  # in ten-thousandths
    assert abs(abs(found) * 10_000 - exact) <= 5_000
    assert percentage(-net, points) == -found
    if exact % 10_000 == 5_000:
        assert abs(found) * 10_000 > exact


def test_thousands_are_grouped_for_reading() -> None:
    assert format_minor(-123456789, thousands=True) == "-1,234,567.89"


def test_currencies_are_never_mixed() -> None:
    with pytest.raises(CurrencyMismatchError):
        Money(1) + Money(1, "EUR")
    with pytest.raises(CurrencyMismatchError):
        total([Money(1), Money(1, "EUR")])


@given(st.lists(MINOR, max_size=9))
def test_a_total_is_the_sum(amounts: list[int]) -> None:
    assert total(Money(one) for one in amounts) == Money(sum(amounts))


def test_taking_away_undoes_adding() -> None:
    assert Money(5) + Money(7) - Money(7) == Money(5) == -Money(-5)
    assert str(Money(-705)) == "-7.05 GBP"
