"""Sort codes and account numbers as people write them, made the six and eight digits of Bacs.

Some banks give their customers numbers of nine or ten digits. Which eight of them count is a rule
of each bank; at a bank whose rule is not known here no eight are guessed.
"""

import re
from collections.abc import Sequence

_BETWEEN = re.compile(r"[ -]")
_SIX = re.compile(r"[0-9]{6}")
_SIX_TO_TEN = re.compile(r"[0-9]{6,10}")

# The sort codes of a bank, by the digits that they begin with.
_SANTANDER = (*(f"09{third}" for third in "01"), "72", *(f"89{third}" for third in "012"))
_NATWEST = ("01", *(str(two) for two in range(50, 67)))
_CO_OPERATIVE = tuple(f"08{third}" for third in "012456789")  # 083 is another bank's


def sort_code_digits(sort_code: str) -> str | None:
    """The six digits of a sort code, however spaced; None when it is none."""
    digits = _BETWEEN.sub("", sort_code)
    return digits if _SIX.fullmatch(digits) else None


def standard_account(sort_code: str, account: str) -> tuple[str, str] | None:
    """The sort code and eight digits by which Bacs and the checks know an account.

    None when the one is no sort code or the other no account number that can be at it.
    """
    code, digits = sort_code_digits(sort_code), _BETWEEN.sub("", account)
    if code is None or _SIX_TO_TEN.fullmatch(digits) is None:
        return None
    if len(digits) <= 8:
        return code, digits.zfill(8)
    if len(digits) == 9 and _is_at(code, _SANTANDER):
        return code[:5] + digits[0], digits[1:]  # the first digit belongs to the sort code
    if len(digits) == 10 and _is_at(code, _NATWEST):
        return code, digits[2:]
    if len(digits) == 10 and _is_at(code, _CO_OPERATIVE):
        return code, digits[:8]
    return None


def _is_at(code: str, beginnings: Sequence[str]) -> bool:
    return code.startswith(tuple(beginnings))
