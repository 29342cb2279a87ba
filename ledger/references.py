"""Payment references with check digits, minted by the ledger.

A reference is twelve digits: ten of core and two check digits by ISO/IEC 7064 MOD 97-10, the
scheme of the ISO 11649 creditor reference. It finds every single wrong digit and every swap of
two digits, adjacent or not, because 97 is prime and 10 has order 96 modulo 97: a mistyped
reference is never another debtor's.
"""

import hashlib
import re

CORE_DIGITS = 10
# A lookahead, so that candidates may overlap: in `20-12-34 1234 5678 9012` the reference begins
# inside of what would be taken first.
_SEPARATED = re.compile(r"(?<![0-9])(?=([0-9](?:[ -]?[0-9]){11})(?![0-9]))", re.ASCII)


def check_digits(core: str) -> str:
    """The two check digits of a string of digits (ISO/IEC 7064 MOD 97-10)."""
    return f"{98 - int(core) * 100 % 97:02d}"


def is_valid(reference: str) -> bool:
    """Whether twelve digits are a reference that could have been minted."""
    return (
        len(reference) == CORE_DIGITS + 2
        and reference.isascii()
        and reference.isdigit()
        and int(reference) % 97 == 1
    )


def mint(unit: str, account: str, attempt: int = 0) -> str:
    """The reference of an account; another `attempt` gives another, should one be taken."""
    digest = hashlib.sha256(f"{unit}|{account}|{attempt}".encode()).digest()
    core = f"{int.from_bytes(digest[:8], 'big') % 10**CORE_DIGITS:0{CORE_DIGITS}d}"
    return core + check_digits(core)


def spaced(reference: str) -> str:
    """The reference as it is printed and read out: `1234 5678 9012`."""
    return " ".join(reference[start : start + 4] for start in range(0, len(reference), 4))


def find(text: str) -> tuple[str, ...]:
    """All valid references in a free text, in order, without their spaces and dashes."""
    digits = (re.sub(r"[ -]", "", found) for found in _SEPARATED.findall(text))
    return tuple(dict.fromkeys(reference for reference in digits if is_valid(reference)))
