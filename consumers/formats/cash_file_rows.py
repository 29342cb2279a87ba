"""One row of a cash file as a bank line. The layout is in `cash_file`.

The name field holds a building society's roll number when the money came from an account there:
one sort code and account number then stand for all its customers, so the roll number is part of
the payer's account, or two payers would be taken for one.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from consumers.formats.cash_file_labels import day, own_account
from consumers.formats.cash_file_survey import Line
from consumers.formats.cash_file_totals import SIGNS, Sign
from consumers.formats.errors import RowError
from consumers.formats.methods import Method, bacs_method
from consumers.formats.statement import BadRow, BankLine
from ledger.limits import AMOUNT_MINOR_MAX
from ledger.money import format_minor

# A letter or two, then digits with few letters: a number that somebody holds, not their name.
_ROLL_NUMBER = re.compile(r"(?=(?:[^0-9]*[0-9]){5})(?!.*[A-Z]{4})[A-Z]{0,2}[0-9][0-9A-Z/. -]*")
_RETURNED: Final = frozenset((b"U1", b"U7", b"U8", b"U9", b"RA"))
_METHODS: Final[dict[bytes, Method]] = {code: bacs_method(code.decode()) for code in SIGNS}
_DATE_AT = slice(100, 107)  # one wider than the field: rows shifted by a blank occur


@dataclass(frozen=True, slots=True)
class RowContext:
    """What the rows of one account in one section share."""

    currency: str
    processed_on: date | None
    unknown_sign: Sign | None
    totals_stated: bool


def row_item(line: Line, ordinal: int, context: RowContext) -> BankLine | BadRow:
    """The line of a row, or the row to quarantine with its amount as far as that is certain."""
    amount = None
    try:
        amount = _amount(line.raw, context)
        return _line(line, ordinal, amount, context)
    except RowError as error:
        return BadRow(line.span, error.field, error.value, error.reason, amount)


def _amount(raw: bytes, context: RowContext) -> int:
    figure = raw[35:46].strip()
    if not figure.isdigit():
        raise RowError("amount", _text(raw[35:46]), "not a number of pence")
    code, minor = raw[15:17], int(figure)
    sign = SIGNS.get(code) or context.unknown_sign
    if sign is None:
        way = "the totals do not tell" if context.totals_stated else "there are no totals to tell"
        reason = f"not a code that is known, and {way} which way {format_minor(minor)} went"
        raise RowError("transaction code", _text(code), reason)
    if minor > AMOUNT_MINOR_MAX:
        raise RowError("amount", _text(figure), "larger than any amount that is taken")
    return sign * minor


def _line(line: Line, ordinal: int, amount: int, context: RowContext) -> BankLine:
    raw = line.raw
    code = raw[15:17]
    if code not in SIGNS:
        way = "credits" if amount > 0 else "debits"
        reason = f"not a code that is known; the totals count it among the {way}"
        raise RowError("transaction code", _text(code), reason)
    if own_account(raw) is None:
        raise RowError("account", _text(raw[:14]), "not a sort code and an account number")
    booked_on, remark = _booked_on(raw, context)
    zero = () if amount else ("the amount is zero",)
    # Bacs carries ASCII only; what is not is taken for Windows-1252.
    texts = raw[46:100].decode("cp1252", "replace")
    name = " ".join(texts[:18].split())
    reference = " ".join(texts[18:36].split())
    other = " ".join(texts[36:].split())
    payer_name, payer_account = _payer(raw, name)
    return BankLine(
        ordinal=ordinal,
        part=1,
        parts=1,
        amount_minor=amount,
        currency=context.currency,
        booked_on=booked_on,
        value_on=booked_on,
        bank_reference=None,
        references=(reference,) if reference else (),
        narrative=" ".join(filter(None, (name, reference, other))),
        payer_name=payer_name,
        payer_account=payer_account,
        method=_METHODS[code],
        reversal=code in _RETURNED,
        warnings=zero + remark,
        span=line.span,
    )


def _booked_on(raw: bytes, context: RowContext) -> tuple[date, tuple[str, ...]]:
    """The day of a row, and what there is to say about it."""
    stated = _stated_day(raw[_DATE_AT])
    if stated is not None:
        return stated
    if context.processed_on is None:
        raise RowError("date", "", "no date in the row, nor in the labels of its section")
    return context.processed_on, ("no date: the processing day of the file is taken",)


@lru_cache(maxsize=4096)
def _stated_day(field: bytes) -> tuple[date, tuple[str, ...]] | None:
    stated = field.split()
    if not stated:
        return None
    found = day(stated[0].decode("ascii", "replace"), "date")
    shifted = field.startswith(b"  ")
    return found, ("the date stands a column too far right",) if shifted else ()


def _payer(raw: bytes, name: str) -> tuple[str | None, str | None]:
    """Name and account of the other party; a roll number belongs to the account."""
    sort_code, number = raw[17:23], raw[23:31]
    known = sort_code.isdigit() and number.isdigit() and sort_code != b"000000"
    if not known:
        return name or None, None
    account = f"{sort_code.decode('ascii')}-{number.decode('ascii')}"
    if SIGNS[raw[15:17]] > 0 and _ROLL_NUMBER.fullmatch(name):
        return None, f"{account} {name}"
    return name or None, account if number != b"00000000" else None


def _text(raw: bytes) -> str:
    return raw.decode("cp1252", "replace").strip()
