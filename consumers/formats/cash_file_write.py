"""Write cash files of the Standard 18 shape: the other direction of `cash_file`, byte for byte.

For tests and for the demo council's bank: what NatWest sends, with level 3 and its owner in VOL1,
balance rows, total rows and UTL1. Text is folded to what Bacs carries. Nothing is random.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO, Literal

from consumers.formats.cash_file_totals import SIGNS
from ledger.bacs_text import fold

_WIDTH = 128
AMOUNT_MAX = 10**11 - 1  # eleven digits of pence


@dataclass(frozen=True, slots=True)
class OutCashRow:
    """One movement; `amount_minor` is positive, its direction is that of `code`.

    `name` is the other party's, or a roll number; `other_account` is `SSSSSS-NNNNNNNN`.
    """

    account: str
    amount_minor: int
    code: str = "99"
    reference: str = ""
    name: str = ""
    other_account: str = "000000-00000000"
    booked_on: date | None = None
    beneficiary: str = ""


@dataclass(frozen=True, slots=True)
class OutSection:
    """HDR1 to UTL1. `rows` may be of several accounts, in any order, and are gone through once.

    `balances` are closing ledger balances by account, `total_rows` asks for 44 and 54 rows.
    """

    file_id: str
    processed_on: date
    rows: Iterable[OutCashRow]
    balances: Sequence[tuple[str, int]] = ()
    total_rows: bool = False
    number: int = 1


@dataclass(frozen=True, slots=True)
class OutCashFile:
    """A volume of sections; `width` pads its rows, `newline` ends its lines."""

    sections: Sequence[OutSection]
    serial: str = "TALLY1"
    owner: str = "****830000"
    width: int = _WIDTH
    newline: Literal["\r\n", "\n"] = "\r\n"


def write(file: OutCashFile, out: BinaryIO) -> None:
    """Write a cash file, holding one row at a time.

    Raises ValueError for an amount or an account that the layout cannot hold.
    """
    volume = f"VOL1{file.serial:<6.6}".ljust(37) + f"{file.owner:<10.10}".ljust(42) + "3"
    out.write(_line(volume, file))
    for section in file.sections:
        out.writelines(_line(text, file) for text in _section(section))


def _line(text: str, file: OutCashFile) -> bytes:
    return (text.ljust(file.width) + file.newline).encode("ascii")


def _section(section: OutSection) -> Iterator[str]:
    day = f" {section.processed_on:%y%j}"
    name = f" {section.file_id:<8.8}{section.number:04d}"
    yield f"HDR1{name}".ljust(39) + f"F     01{day}".ljust(27) + f"{day}0"
    yield f"UHL1{day}999999    00000000         {section.number:03d}"
    sums: dict[str, list[int]] = {}
    counts = [0, 0]
    for row in section.rows:
        is_debit = SIGNS.get(row.code.encode("ascii"), 1) < 0
        sums.setdefault(row.account, [0, 0])[is_debit] += row.amount_minor
        counts[is_debit] += 1
        yield _row(row, day)
    amounts = [sum(one[way] for one in sums.values()) for way in (0, 1)]
    for account, balance in section.balances:
        yield _balance(account, balance, day)
    if section.total_rows:
        for account, (credited, debited) in sums.items():
            yield _row(OutCashRow(account, debited, "44"), day)
            yield _row(OutCashRow(account, credited, "54"), day)
        # The total rows are counted with the rows that they total, as the banks do.
        amounts = [2 * amount for amount in amounts]
        counts = [count + len(sums) for count in counts]
    (credited, debited), (credits_, debits) = amounts, counts
    totals = f"{debited:013d}{credited:013d}{debits:07d}{credits_:07d}"
    yield f"UTL1{totals}{len(section.balances):07d}"


def _row(row: OutCashRow, day: str) -> str:
    if not 0 <= row.amount_minor <= AMOUNT_MAX:
        raise ValueError(f"{row.amount_minor} pence do not fit into eleven digits")
    own, other = _digits(row.account), _digits(row.other_account)
    on = f" {row.booked_on:%y%j}" if row.booked_on else day
    texts = "".join(f"{fold(text):<18.18}" for text in (row.name, row.reference, row.beneficiary))
    return f"{own}0{row.code:2.2}{other}0000{row.amount_minor:011d}{texts}{on}"


def _balance(account: str, balance_minor: int, day: str) -> str:
    ledger = f"{abs(balance_minor):015d}{'D' if balance_minor < 0 else 'C'}"
    return f"{_digits(account)}0Y1".ljust(31) + f"0000 {ledger * 4}{day}"


def _digits(account: str) -> str:
    """Sort code and account number as fourteen digits."""
    digits = account.replace("-", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) == 14):
        raise ValueError(f"{account!r} is not a sort code and an account number")
    return digits
