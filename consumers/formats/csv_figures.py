"""The figures of CSV cells: amounts as banks print them, and check digits of references.

pounds   -1,234.50   £12.5   +3   (12.34)   12.34-
pence    0000012345  -500: a whole number of pence, the decimal point is implied
"""

import re

from consumers.formats.amounts import decimal_minor
from consumers.formats.csv_shape import CheckRule
from consumers.formats.errors import RowError
from ledger.limits import AMOUNT_MINOR_MAX

_POUNDS = re.compile(
    r"(?P<sign>[+-]?£?|£[+-])(?P<figure>(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,16})(?:\.[0-9]{1,2})?)"
    r"(?P<after>-?)",
    re.ASCII,
)
_PENCE = re.compile(r"(?P<sign>[+-]?)(?P<figure>[0-9]{1,18})(?P<after>-?)", re.ASCII)
_MARKED = re.compile(r"[ -]")
_WEIGHTS = (2, 3, 4, 5, 6, 7)


def pounds(text: str, currency: str, field: str) -> int:
    """Signed minor units of an amount with a decimal point. RowError when it is none."""
    inside = text[1:-1] if text.startswith("(") and text.endswith(")") else None
    match = _POUNDS.fullmatch(text if inside is None else inside)
    if match is None or (inside is not None and (match["sign"] not in ("", "£"))):
        raise RowError(field, text, "not an amount such as -1,234.50")
    minor = decimal_minor(match["figure"].replace(",", ""), currency, field)
    return _signed(match, minor, text, field, negative=inside is not None)


def pence(text: str, field: str) -> int:
    """Signed minor units of an amount whose decimal point is implied. RowError when it is none."""
    match = _PENCE.fullmatch(text)
    if match is None:
        raise RowError(field, text, "not an amount in pence such as 0000012345")
    minor = int(match["figure"])
    if minor > AMOUNT_MINOR_MAX:
        raise RowError(field, text, "larger than any amount that is taken")
    return _signed(match, minor, text, field, negative=False)


def _signed(match: re.Match[str], minor: int, text: str, field: str, *, negative: bool) -> int:
    signs = ("-" in match["sign"], bool(match["after"]), negative)
    if sum(signs) > 1 or (match["after"] and "+" in match["sign"]):
        raise RowError(field, text, "two signs")
    return -minor if any(signs) else minor


def check_digits_hold(reference: str, rule: CheckRule) -> bool:
    """Whether the last digits of a reference are those that its other digits give.

    mod97: two digits, ISO/IEC 7064 MOD 97-10. mod11: one digit, weights 2 to 7 from the right, X is
    ten. luhn: one digit, ISO/IEC 7812 annex B. Spaces and dashes do not count.
    """
    plain = _MARKED.sub("", reference).upper()
    if not plain.isascii() or not plain[:-1].isdigit() or len(plain) > 40:
        return False
    if rule == "mod11":
        return plain[-1] == _mod11(plain[:-1])
    if not plain[-1].isdigit():
        return False
    if rule == "mod97":
        return len(plain) > 2 and int(plain) % 97 == 1
    return _luhn_sum(plain) % 10 == 0


def _mod11(digits: str) -> str:
    weighted = sum(
        int(digit) * _WEIGHTS[at % len(_WEIGHTS)] for at, digit in enumerate(reversed(digits))
    )
    return "0123456789X"[-weighted % 11]


def _luhn_sum(digits: str) -> int:
    doubled = (int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits)))
    return sum(figure - 9 if figure > 9 else figure for figure in doubled)
