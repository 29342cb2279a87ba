"""One spelling for a bank account, whichever of the usual ones a file uses.

UK: `SSSSSS-NNNNNNNN`, sort code and account number. Elsewhere: the IBAN or the bank's own id.
A GB IBAN is `GBkk BBBB SSSSSS NNNNNNNN`, kk being its check digits (ISO 13616, ISO 7064 mod 97-10).
"""

import re
from functools import lru_cache

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", re.ASCII)
_GB_IBAN = re.compile(r"GB[0-9]{2}[A-Z]{4}([0-9]{6})([0-9]{8})", re.ASCII)
# A currency may follow, as in Lloyds' `300000-12345678 GBP`.
_UK = re.compile(r"([0-9]{2})[- ]?([0-9]{2})[- ]?([0-9]{2})[- ]?([0-9]{8})(?: [A-Z]{3})?", re.ASCII)


@lru_cache(maxsize=4096)
def account_key(text: str) -> str:
    """The account's one spelling; the text itself, trimmed, when it is not a UK account.

    An IBAN with wrong check digits is not taken apart: it stays as written and matches nothing.
    """
    text = text.strip()
    compact = text.replace(" ", "")
    if _IBAN.fullmatch(compact) is not None:
        british = _GB_IBAN.fullmatch(compact)
        return f"{british[1]}-{british[2]}" if british and iban_holds(compact) else compact
    uk = _UK.fullmatch(text)
    return f"{uk[1]}{uk[2]}{uk[3]}-{uk[4]}" if uk else text


def iban_holds(iban: str) -> bool:
    """Whether the check digits of a compact IBAN are right."""
    return _mod97(iban) == 1


def gb_iban(bank: str, sort_code: str, account_number: str) -> str:
    """The IBAN of a UK account, for writing files; `bank` is four letters, such as LOYD."""
    rest = f"{bank}{sort_code}{account_number}"
    return f"GB{98 - _mod97(f'GB00{rest}'):02d}{rest}"


def _mod97(iban: str) -> int:
    return int("".join(str(int(character, 36)) for character in iban[4:] + iban[:4])) % 97
