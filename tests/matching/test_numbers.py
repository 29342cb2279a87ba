"""Which words of a text are looked up as numbers of bills and accounts, and which never are."""

from datetime import date

import pytest

from consumers.matching.numbers import Number, numbers

DAY = date(2025, 6, 16)


def _found(text: str, *, cheque: bool = False) -> list[str]:
    return [number.text for number in numbers(text.upper(), DAY, cheque=cheque)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("payment of inv-2 thank you", ["INV-2"]),
        ("10023 02 06 2025", ["10023"]),
        ("INVOICE 10023", ["10023"]),
        ("INV10023 NO 10023", ["INV10023", "10023", "10023"]),
        ("RENT/100234/JUNE", ["RENT/100234/JUNE", "100234"]),
        ("HSG-000123, HSG-000124.", ["HSG-000123", "HSG-000124"]),
        ("INV NO. 5678", ["5678"]),
        ("INVOICE FOR 5678", []),
        ("RENT 2025", []),
        ("FLAT 12 RENT 0207", []),
        ("CHARGE 150625", []),  # the day before
        ("CHARGE 15062025", []),
        ("CHARGE 20250615", []),
        ("CHARGE 150699", ["150699"]),
        ("INV 150625", ["150625"]),
        ("8f14e45f-ceea-467a-9575-1f3c9a2b7d10", []),  # a UETR is too long, whole or in pieces
        ("THANK YOU", []),
    ],
)
def test_words_that_may_be_numbers(text: str, found: list[str]) -> None:
    assert _found(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "1234 5678 9012",
        "1234-5678 9012",
        "REF 1234 5678 9012 RENT",
        "20-12-34 1234 5678 9012",
        "I234 5678 9O12",
        "123 5678 9012",
        "1234 567 9012",
        "1234 5678 901",
        "12345 6789 0123",
        "123456 789012",
        "1234 / 5678 . 9012",
    ],
)
def test_no_part_of_what_may_be_a_mistyped_reference_is_a_number(text: str) -> None:
    groups = {"1234", "5678", "9012", "6789", "0123", "12345", "123456", "789012", "9O12", "I234"}
    assert groups.isdisjoint(_found(text))


def test_the_number_of_a_cheque_is_no_number_of_a_bill() -> None:
    assert _found("000123", cheque=True) == []
    assert _found("000123") == ["000123"]
    assert _found("INV 000123", cheque=True) == _found("INV 000123") == ["000123"]


@pytest.mark.parametrize(
    ("text", "of"),
    [
        ("INV 77777", "bill"),
        ("BILL NO 77777", "bill"),
        ("ACCOUNT NUMBER 77777", "account"),
        ("A/C 77777", "account"),
        ("ACC77777", "account"),
        ("REF 77777", "either"),
        ("77777", "either"),
    ],
)
def test_a_number_that_says_what_it_is_is_nothing_else(text: str, of: str) -> None:
    assert Number("77777", of) in list(numbers(text, DAY, cheque=False))  # type: ignore[arg-type]
