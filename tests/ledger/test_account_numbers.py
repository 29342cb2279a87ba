"""Account numbers of six to ten digits become the eight that Bacs has, by the bank's own rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.account_numbers import sort_code_digits, standard_account


@pytest.mark.parametrize(
    ("sort_code", "account", "standard"),
    [
        ("123456", "12345678", ("123456", "12345678")),
        ("12-34-56", "1234 5678", ("123456", "12345678")),
        ("123456", "1234567", ("123456", "01234567")),
        ("123456", "123456", ("123456", "00123456")),
        ("500000", "01-23456789", ("500000", "23456789")),  # NatWest: the last eight
        ("019999", "0123456789", ("019999", "23456789")),
        ("660000", "0123456789", ("660000", "23456789")),
        ("089000", "1234567890", ("089000", "12345678")),  # Co-operative Bank: the first eight
        ("720000", "123456789", ("720001", "23456789")),  # Santander: the first is the sort code's
        ("090128", "123456789", ("090121", "23456789")),
        ("892000", "123456789", ("892001", "23456789")),
    ],
)
def test_a_number_of_another_length_becomes_eight_digits(
    sort_code: str, account: str, standard: tuple[str, str]
) -> None:
    assert standard_account(sort_code, account) == standard


@pytest.mark.parametrize(
    ("sort_code", "account"),
    [
        ("123456", "123456789"),  # nine digits, and not at Santander
        ("089000", "123456789"),
        ("893000", "123456789"),
        ("092000", "123456789"),
        ("123456", "1234567890"),
        ("670000", "1234567890"),
        ("083000", "1234567890"),
        ("720000", "1234567890"),
        ("123456", "12345"),
        ("500000", "01234567890"),
        ("12345", "12345678"),
        ("1234567", "12345678"),
        ("12.34.56", "12345678"),
        ("123456", "1234567O"),
        ("123456", "12345678\n"),
        ("\N{FULLWIDTH DIGIT ONE}23456", "12345678"),
        ("123456", "\N{FULLWIDTH DIGIT ONE}2345678"),
        ("", ""),
    ],
)
def test_where_no_rule_is_known_no_eight_digits_are_guessed(sort_code: str, account: str) -> None:
    assert standard_account(sort_code, account) is None


@given(st.text(max_size=14), st.text(max_size=14))
def test_any_two_texts_are_an_account_of_fourteen_digits_or_none(
    sort_code: str, account: str
) -> None:
    standard = standard_account(sort_code, account)
    assert standard is None or [len(part) for part in standard] == [6, 8]
    assert standard is None or "".join(standard).isdecimal()


def test_a_sort_code_is_six_digits_however_spaced() -> None:
    assert sort_code_digits("12-34-56") == sort_code_digits("12 34 56") == "123456"
    assert sort_code_digits("12345") is None
