"""One spelling for an account, however a bank writes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers.formats.accounts import account_key, gb_iban, iban_holds


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("GB82 WEST 1234 5698 7654 32", "123456-98765432"),
        ("GB82WEST12345698765432", "123456-98765432"),
        ("12-34-56 98765432", "123456-98765432"),
        ("123456-98765432", "123456-98765432"),
        ("12345698765432", "123456-98765432"),
        ("300000-12345678 GBP", "300000-12345678"),
        ("DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
        ("US-ACCT-0099", "US-ACCT-0099"),
        ("GB83WEST12345698765432", "GB83WEST12345698765432"),
        ("\uff11234569876543", "\uff11234569876543"),
    ],
)
def test_an_account_has_one_spelling(text: str, key: str) -> None:
    assert account_key(text) == key


@given(code=st.from_regex(r"\A[0-9]{6}\Z"), number=st.from_regex(r"\A[0-9]{8}\Z"))
def test_a_written_iban_holds_and_comes_back(code: str, number: str) -> None:
    iban = gb_iban("LOYD", code, number)
    assert iban_holds(iban)
    assert account_key(iban) == f"{code}-{number}"
