"""Payment references with check digits, minted by the ledger; and the form of virtual accounts.

A reference is twelve digits: ten of core and two check digits by ISO/IEC 7064 MOD 97-10, the
scheme of the ISO 11649 creditor reference. It finds every single wrong digit and every swap of
two digits, adjacent or not, because 97 is prime and 10 has order 96 modulo 97: a mistyped
reference is never another debtor's.
"""

import hashlib
import re
from collections.abc import Iterator

CORE_DIGITS = 10
REFERENCE_DIGITS = CORE_DIGITS + 2
# Groups of digits with what people write between them, up to three together: `1234 - 5678`.
_RUN = re.compile(r"[0-9](?:[ ./-]{0,3}[0-9]){11,}", re.ASCII)
_SEPARATOR = re.compile(r"[ ./-]+")

# Letters that are written or scanned for digits. At an end they must be the end of a word, and a
# digit stands in each group: `TO 1234 5678 901` has a group that is a word and not a number.
LOOK_ALIKES = str.maketrans("OILS", "0115")
_MENDED_MAX = 3
_BESIDE_A_DIGIT = re.compile(r"[0-9][ ./-]{0,3}[OILS]|[OILS][ ./-]{0,3}[0-9]")
_NEARLY = re.compile(
    r"(?:(?<![0-9])(?=[0-9])|(?<![A-Z0-9])(?=[OILS]))"
    r"(?=([0-9OILS](?:[ ./-]{0,3}[0-9OILS]){10}[ ./-]{0,3}"
    r"(?:[0-9](?![0-9])|[OILS](?![A-Z0-9]))))",
    re.ASCII,
)


def check_digits(core: str) -> str:
    """The two check digits of a string of digits (ISO/IEC 7064 MOD 97-10)."""
    return f"{98 - int(core) * 100 % 97:02d}"


def is_valid(reference: str) -> bool:
    """Whether twelve digits are a reference that could have been minted."""
    return (
        len(reference) == REFERENCE_DIGITS
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


def virtual_account(text: str) -> str | None:
    """A sort code and account number as `SSSSSS-NNNNNNNN`, however spaced; None for no such."""
    digits = re.sub(r"[ /-]", "", text)
    if re.fullmatch(r"[0-9]{14}", digits, re.ASCII) is None:
        return None
    return f"{digits[:6]}-{digits[6:]}"


def find(text: str) -> tuple[str, ...]:
    """All valid references in a free text, in order, without what stands between their groups."""
    found: dict[str, None] = {}
    for run in _RUN.findall(text):
        digits = run if run.isdigit() else _SEPARATOR.sub("", run)
        for candidate in (digits,) if len(digits) == REFERENCE_DIGITS else _whole_groups(run):
            if is_valid(candidate):
                found[candidate] = None
    return tuple(found)


def _whole_groups(run: str) -> Iterator[str]:
    """Neighbouring groups that are together as long as a reference.

    They may overlap: in `20-12-34 1234 5678 9012` the reference begins inside of what would be
    taken first.
    """
    groups = _SEPARATOR.split(run)
    for first in range(len(groups)):
        digits = ""
        for group in groups[first:]:
            digits += group
            if len(digits) >= REFERENCE_DIGITS:
                break
        if len(digits) == REFERENCE_DIGITS:
            yield digits


def find_mended(text: str) -> tuple[str, ...]:
    """References that are valid once O is read as 0, I and L as 1, S as 5, in either case.

    At most three letters are mended, and the check digits must hold then, so that a mended text is
    as safe from other debtors' references as a typed one. What `find` finds is not found again.
    """
    upper = text.upper()
    if _BESIDE_A_DIGIT.search(upper) is None:
        return ()
    found = dict.fromkeys(_mended(nearly) for nearly in _NEARLY.findall(upper))
    plain = find(text)
    return tuple(one for one in found if is_valid(one) and one not in plain)


def _mended(nearly: str) -> str:
    """The digits of what looks like a reference; empty when too much of it is letters."""
    groups = _SEPARATOR.split(nearly)
    letters = sum(map(str.isalpha, nearly))
    if not 0 < letters <= _MENDED_MAX or any(group.isalpha() for group in groups):
        return ""
    return "".join(groups).translate(LOOK_ALIKES)
