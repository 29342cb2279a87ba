"""The core reference: the name of one Direct Debit instruction at the payer's bank.

It stands on the instruction and on every debit under it, letter for letter.
"""

from collections.abc import Iterable
from enum import StrEnum

from ledger import references
from ledger.bacs_text import fold, is_carried

LENGTH_MIN = 6
LENGTH_MAX = 18
ALPHANUMERICS_MIN = 6
_CLAIMS = "DDIC"  # what banks begin the reference of an indemnity claim with


class Fault(StrEnum):
    """What is wrong with a reference, in the order in which it is looked for."""

    TOO_SHORT = "too-short"
    TOO_LONG = "too-long"
    LIKE_A_CLAIM = "like-a-claim"
    NOT_CARRIED = "not-carried"
    BLANK_AT_AN_END = "blank-at-an-end"
    BEGINS_WITH_A_SIGN = "begins-with-a-sign"
    TOO_FEW_ALPHANUMERICS = "too-few-alphanumerics"
    ALL_THE_SAME = "all-the-same"


SENTENCES = {
    Fault.TOO_SHORT: f"it has fewer than {LENGTH_MIN} characters",
    Fault.TOO_LONG: f"it has more than {LENGTH_MAX} characters",
    Fault.LIKE_A_CLAIM: f"it begins with {_CLAIMS}, as the reference of an indemnity claim does",
    Fault.NOT_CARRIED: "Bacs carries capitals, digits, blanks and . & / - only",
    Fault.BLANK_AT_AN_END: "it begins or ends with a blank, which a bank cuts off",
    Fault.BEGINS_WITH_A_SIGN: "it does not begin with a letter or digit",
    Fault.TOO_FEW_ALPHANUMERICS: f"it has fewer than {ALPHANUMERICS_MIN} letters and digits",
    Fault.ALL_THE_SAME: "its letters and digits are all the same",
}


def fault(reference: str) -> Fault | None:
    """What keeps a text from being a core reference; None when nothing does."""
    letters = _alphanumerics(reference)
    found = {
        Fault.TOO_SHORT: len(reference) < LENGTH_MIN,
        Fault.TOO_LONG: len(reference) > LENGTH_MAX,
        Fault.LIKE_A_CLAIM: fold(reference).startswith(_CLAIMS),
        Fault.NOT_CARRIED: not is_carried(reference),
        Fault.BLANK_AT_AN_END: reference != reference.strip(),
        Fault.BEGINS_WITH_A_SIGN: not letters.startswith(reference[:1]),
        Fault.TOO_FEW_ALPHANUMERICS: len(letters) < ALPHANUMERICS_MIN,
        Fault.ALL_THE_SAME: len(set(letters)) == 1,
    }
    return next((one for one in Fault if found[one]), None)


def partial_match(one: str, other: str) -> bool:
    """Whether a bank that reads a part only could take one reference for the other.

    Equal references match. Signs and blanks are passed over, because banks do.
    """
    first, second = _alphanumerics(one), _alphanumerics(other)
    return first in second or second in first


def first_match(reference: str, live: Iterable[str]) -> str | None:
    """The first live reference of the same payer account that this one could be taken for."""
    return next((one for one in live if partial_match(reference, one)), None)


def mint(account_reference: str, attempt: int = 0) -> str:
    """The core reference that an account's payment reference gives; another `attempt` another.

    The first is the payment reference itself, so that money that names it names the account too. A
    later one of the same account is no part of an earlier one: none is ever used again, and a bank
    could take the one for the other. The letter keeps its number apart from the digits after it.
    Raises ValueError for what is no payment reference.
    """
    if not references.is_valid(account_reference):
        raise ValueError(f"{account_reference!r} is not a payment reference")
    return account_reference if attempt == 0 else f"M{attempt + 1}R-{account_reference[2:]}"


def _alphanumerics(text: str) -> str:
    return "".join(one for one in text if one.isalnum())
