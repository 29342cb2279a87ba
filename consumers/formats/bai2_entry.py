"""One transaction record of BAI2 as a bank line.

    16,type,amount,funds[,...],bank reference,customer reference,text
    88,more text

`amount` is in minor units of the account's currency, without a point. `funds` says when the money
can be used: 0, 1, 2 (days), Z (unknown), `S,now,one day,two days`, `D,n,{days,amount}`, or
`V,YYMMDD,HHMM`, which gives the value date. The booking date is the as-of date of the group.

Some banks label their continuations: `EREF: ` and `CREF: ` references, `REMI: ` the payer's words,
`DBNM: ` `DACT: ` the debtor and `CRNM: ` `CACT: ` the creditor by name and account. The other party
of a credit is the debtor.

Source: BAI "Cash Management Balance Reporting Specifications, version 2".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from consumers.formats.accounts import account_key
from consumers.formats.bai2_codes import TypeCode, method_by_text, type_code
from consumers.formats.bai2_records import Piece, Record
from consumers.formats.errors import RowError
from consumers.formats.mt940_head import swift_date
from consumers.formats.statement import BadRow, BankLine, SkippedEntry
from ledger.limits import AMOUNT_MINOR_MAX, REFERENCE_LENGTH_MAX, TEXT_LENGTH_MAX

_AMOUNT = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_LABEL = re.compile(r"(EREF|CREF|REMI|DBNM|CRNM|DACT|CACT): *(.*)", re.ASCII)
_FUNDS: Final = frozenset(("", "0", "1", "2", "S", "V", "D", "Z"))
_DIGITS: Final = frozenset("0123456789")  # distributions of a funds type D
_NO_REFERENCE: Final = frozenset(("", "0", "-", "NONREF", "NOTPROVIDED", "NOT PROVIDED"))


@dataclass(frozen=True, slots=True)
class Booking:
    """What the lines of one account share."""

    booked_on: date
    currency: str


@dataclass(frozen=True, slots=True)
class _Fields:
    """The fields of a transaction record, and the pieces of its text."""

    code: str
    amount: str
    funds: Sequence[str]
    bank_reference: str
    customer_reference: str
    text: Sequence[Piece]


def bai2_sum(text: str, field: str) -> int:
    """A sum with implied decimals, with its sign if it has one; RowError when it is none."""
    text = text.strip()
    if _AMOUNT.fullmatch(text) is None:
        raise RowError(field, text, "not an amount: digits without a point are expected")
    return int(text)


def bai2_minor(text: str, field: str) -> int:
    """An amount as `bai2_sum` reads it; RowError also over `AMOUNT_MINOR_MAX`."""
    minor = bai2_sum(text, field)
    if abs(minor) > AMOUNT_MINOR_MAX:
        raise RowError(field, text.strip(), "larger than any amount that is taken")
    return minor


def entry_item(
    record: Record, ordinal: int, booking: Booking
) -> tuple[BankLine | BadRow | SkippedEntry, int | None]:
    """The line of a record, and its amount as written, for the control totals.

    A `BadRow` when it cannot be read; the amount is None when it is unknown.
    """
    stated = minor = None
    try:
        fields = _fields(record.pieces)
        is_blank = not fields.amount.strip()
        stated = 0 if is_blank else bai2_minor(fields.amount, "amount")
        meaning = type_code(fields.code)
        if meaning.not_booked:
            shown = None if is_blank else stated * meaning.sign
            return SkippedEntry(record.span(), meaning.not_booked, shown), stated
        if is_blank:
            stated = None
            raise RowError("amount", "", "the transaction has none")  # noqa: TRY301 - one exit
        minor = stated * meaning.sign
        return _line(record, fields, meaning, minor, ordinal, booking), stated
    except RowError as error:
        return BadRow(record.span(), error.field, error.value, error.reason, minor), stated


def _fields(pieces: Sequence[Piece]) -> _Fields:
    """Take a record apart; a piece that begins before the text does is of fields, not of text."""
    taken, cells = 1, pieces[0].text.split(",")
    while taken < len(pieces) and len(cells) <= 5 + funds_cells(cells[2:]):
        if pieces[taken - 1].ended or cells[-1]:
            cells += pieces[taken].text.split(",")
        else:
            cells[-1:] = pieces[taken].text.split(",")
        taken += 1
    before_text = 4 + funds_cells(cells[2:])
    cells += [""] * (before_text + 1 - len(cells))
    text = ",".join(cells[before_text + 1 :])
    return _Fields(
        code=cells[0].strip(),
        amount=cells[1],
        funds=[cell.strip() for cell in cells[2 : before_text - 1]],
        bank_reference=cells[before_text - 1],
        customer_reference=cells[before_text],
        text=(Piece(text, pieces[taken - 1].ended, pieces[taken - 1].cut), *pieces[taken:]),
    )


def funds_cells(cells: Sequence[str]) -> int:
    """How many cells the funds type takes that stands first in these, its letter left out."""
    match cells[0].strip() if cells else "":
        case "S":
            return 3
        case "V":
            return 2
        case "D":
            count = cells[1].strip() if len(cells) > 1 else ""
            return 1 + (2 * int(count) if count in _DIGITS else 0)
        case _:
            return 0


def _value_date(funds: Sequence[str], booked_on: date) -> date:
    if funds[0] == "V" and len(funds) > 1 and funds[1]:
        if len(funds[1]) != 6 or not (funds[1].isascii() and funds[1].isdigit()):
            raise RowError("value date", funds[1], "not a date like 260401")
        return swift_date(funds[1], "value date")
    return booked_on


def _line(
    record: Record, fields: _Fields, meaning: TypeCode, minor: int, ordinal: int, booking: Booking
) -> BankLine:
    text, labels = _text(fields.text), _labels(fields.text)
    party, account = ("DBNM", "DACT") if minor >= 0 else ("CRNM", "CACT")
    told = (fields.customer_reference, labels.get("EREF", ""), labels.get("CREF", ""))
    return BankLine(
        ordinal=ordinal,
        part=1,
        parts=1,
        amount_minor=minor,
        currency=booking.currency,
        booked_on=booking.booked_on,
        value_on=_value_date(fields.funds, booking.booked_on),
        bank_reference=_reference(fields.bank_reference),
        references=tuple(dict.fromkeys(r for one in told if (r := _reference(one)))),
        narrative=text[:TEXT_LENGTH_MAX],
        payer_name=labels.get(party, "")[:REFERENCE_LENGTH_MAX] or None,
        payer_account=account_key(labels[account]) if labels.get(account) else None,
        method=method_by_text(text) if meaning.method == "other" else meaning.method,
        reversal=meaning.undoes,
        warnings=_warnings(record, fields, meaning, minor, text),
        span=record.span(),
    )


def _text(pieces: Sequence[Piece]) -> str:
    """The text of a transaction: where a line was cut for its width, nothing comes between.

    What labels tell elsewhere is left out.
    """
    text = pieces[0].text if pieces[0].cut else f"{pieces[0].text} "
    for piece in pieces[1:]:
        label = _LABEL.fullmatch(piece.text)
        if label is None or label[1] == "REMI":
            more = label[2] if label else piece.text
            text += more if piece.cut else f"{more} "
    return " ".join(text.split())


def _labels(pieces: Sequence[Piece]) -> dict[str, str]:
    """What labelled continuations say; the first of a label counts."""
    found: dict[str, str] = {}
    for piece in pieces[1:]:
        if match := _LABEL.fullmatch(piece.text):
            found.setdefault(match[1], " ".join(match[2].split()))
    return found


def _reference(text: str) -> str | None:
    text = " ".join(text.split())
    return None if text.upper() in _NO_REFERENCE or len(text) > REFERENCE_LENGTH_MAX else text


def _warnings(
    record: Record, fields: _Fields, meaning: TypeCode, minor: int, text: str
) -> tuple[str, ...]:
    found = (
        (minor == 0, "the amount is zero"),
        (not meaning.is_known, f"the type code {fields.code} is not in the table"),
        (fields.funds[0] not in _FUNDS, f"the funds type {fields.funds[0]} is not of BAI2"),
        (record.is_loose, "a line without a record code goes on with the text"),
        (len(text) > TEXT_LENGTH_MAX, "the narrative was cut"),
    )
    return tuple(warning for holds, warning in found if holds)
