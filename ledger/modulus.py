"""The modulus check of UK bank accounts: whether an account number can exist at a sort code.

A number that passes may still be nobody's; one that fails is mistyped. The digits have the names
of the published rules: `uvwxyz` for the sort code, `abcdefgh` for the account number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ledger.account_numbers import sort_code_digits, standard_account
from ledger.modulus_tables import EITHER, Check, Method, ModulusTable, ModulusTables

_A, _B, _C, _G, _H = 6, 7, 8, 12, 13  # places of digits in the whole number
_SORT_CODE_DIGITS = 6
_EXTRA_TOTAL = 27  # exception 1: the doubled digits of 580149, which stands before the number
_STERLING_OR_EURO = (0, 0, 1, 2, 5, 3, 6, 4, 8, 7, 10, 9, 3, 1)  # exception 2, where a is not 0
_EURO_BRANCH = "309634"  # exception 9: where the euro accounts really are
_FIXED_BRANCH = "090126"  # exception 8


class Outcome(StrEnum):
    """What a check says."""

    VALID = "valid"
    INVALID = "invalid"
    CANNOT_BE_CHECKED = "cannot-be-checked"


class Reason(StrEnum):
    """Why it says so."""

    PASSES = "passes"
    FAILS = "fails"
    NOT_A_SORT_CODE = "not-a-sort-code"
    NOT_AN_ACCOUNT_NUMBER = "not-an-account-number"
    NO_TABLE = "no-table"
    NOT_IN_TABLE = "not-in-table"
    FOREIGN_CURRENCY = "foreign-currency"


SENTENCES = {
    Reason.PASSES: "the account number can exist at this sort code",
    Reason.FAILS: "no such account number can exist at this sort code",
    Reason.NOT_A_SORT_CODE: "a sort code has six digits",
    Reason.NOT_AN_ACCOUNT_NUMBER: "an account number has six to eight digits; nine or ten at"
    " Santander, NatWest and the Co-operative Bank only",
    Reason.NO_TABLE: "there is no table of the modulus check for this day",
    Reason.NOT_IN_TABLE: "the modulus check has no rule for this sort code",
    Reason.FOREIGN_CURRENCY: "the modulus check has no rule for this foreign currency account",
}
_INVALID = (Reason.FAILS, Reason.NOT_A_SORT_CODE, Reason.NOT_AN_ACCOUNT_NUMBER)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found, by which issue of the table, of the account as Bacs knows it."""

    reason: Reason
    sort_code: str = ""
    account: str = ""
    table: date | None = None

    @property
    def outcome(self) -> Outcome:
        """Valid, invalid, or not to be told: an account that cannot be checked is allowed."""
        if self.reason is Reason.PASSES:
            return Outcome.VALID
        return Outcome.INVALID if self.reason in _INVALID else Outcome.CANNOT_BE_CHECKED


def check_account(sort_code: str, account: str, tables: ModulusTables, on: date) -> Verdict:
    """Whether an account number can exist at a sort code, by the table of a day. Never raises."""
    if sort_code_digits(sort_code) is None:
        return Verdict(Reason.NOT_A_SORT_CODE)
    standard = standard_account(sort_code, account)
    if standard is None:
        return Verdict(Reason.NOT_AN_ACCOUNT_NUMBER)
    table = tables.table_on(on)
    if table is None:
        return Verdict(Reason.NO_TABLE, *standard)
    return Verdict(_judge("".join(standard), table), *standard, table.valid_from)


def _judge(number: str, table: ModulusTable) -> Reason:
    checks = table.checks(number[:_SORT_CODE_DIGITS])
    if not checks:
        return Reason.NOT_IN_TABLE
    exceptions = tuple(check.exception for check in checks)
    if 6 in exceptions and number[_A] in "45678" and number[_G] == number[_H]:
        return Reason.FOREIGN_CURRENCY
    results = (_passes(check, number, table) for check in checks)
    if exceptions in EITHER:
        passes = any(results)
    elif exceptions == (14,):
        passes = any(results) or _passes_shortened(checks[0], number)
    else:
        passes = all(results)
    return Reason.PASSES if passes else Reason.FAILS


def _passes(check: Check, number: str, table: ModulusTable) -> bool:
    if check.exception == 3 and number[_C] in "69":
        return True
    modulus = 11 if check.method is Method.MOD11 else 10
    remainder = _total(check, _with_sort_code(check, number, table)) % modulus
    if check.exception == 4:
        return remainder == int(number[_G] + number[_H])
    if check.exception == 5:
        # The digit that is missing to the modulus stands in g, or in h for the double alternate.
        # Ten is no digit, so that a remainder of 1 by eleven never passes.
        digit = number[_G if modulus == 11 else _H]
        return (modulus - remainder) % modulus == int(digit)
    return remainder == 0


def _passes_shortened(check: Check, number: str) -> bool:
    """Exception 14, second check: without its last digit, and a 0 before the account number."""
    if number[_H] not in "019":
        return False
    return _total(check, f"{number[:_A]}0{number[_A:_H]}") % 11 == 0


def _with_sort_code(check: Check, number: str, table: ModulusTable) -> str:
    """The number with the sort code by which it is checked."""
    code = number[:_SORT_CODE_DIGITS]
    if check.exception == 5:
        code = table.substitutes.get(code, code)
    elif check.exception == 8:
        code = _FIXED_BRANCH
    elif check.exception == 9:
        code = _EURO_BRANCH
    return code + number[_SORT_CODE_DIGITS:]


def _total(check: Check, number: str) -> int:
    products = [
        int(digit) * weight for digit, weight in zip(number, _weights(check, number), strict=True)
    ]
    if check.method is not Method.DBLAL:
        return sum(products)
    extra = _EXTRA_TOTAL if check.exception == 1 else 0
    return extra + sum(int(digit) for product in products for digit in str(abs(product)))


def _weights(check: Check, number: str) -> Sequence[int]:
    """The weights of a check; for some numbers those of `u` to `b`, the first eight, are zero."""
    weights: Sequence[int] = check.weights
    nine = number[_G] == "9"
    if check.exception == 2 and number[_A] != "0":
        weights = _STERLING_OR_EURO
        cut = nine
    elif check.exception == 10:
        cut = nine and number[_A : _B + 1] in ("09", "99")
    else:
        cut = nine and check.exception == 7
    return (0,) * _C + tuple(weights[_C:]) if cut else weights
