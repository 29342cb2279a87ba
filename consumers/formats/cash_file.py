"""The cash file that banks send in the shape of Bacs Standard 18: what came in and went out today.

    VOL1                       5-10 serial; 38-47 owner (`****830000` NatWest, RBS); 80 level 3
    HDR1, HDR2                 6-13 file id, 14-17 number in the volume; 48-53 created
    UHL1                       5-10 processing day; 21-23 currency (zeros: sterling)
    row, 100 to 128 wide       1-6, 7-14 own sort code and account; 16-17 transaction code;
                               18-23, 24-31 the other party's; 36-46 pence, filled with zeros or
                               blanks; 47-64 their name, or a roll number; 65-82 reference;
                               83-100 another name; 101-106 day, ` YYDDD` or `YYMMDD`
    row of code Y1             37-51 closing ledger balance, 52 C or D; 53-67, 68 cleared; two more
    row of code 44, 54         36-46 total of the account's debits, credits
    EOF1, EOF2, UTL1           5-17, 18-30 pence of debits, credits; 31-37, 38-44 their number;
                               45-51 number of Y1 rows

Sources: MoJ bankline-direct-parser (NatWest and RBS), HMCTS opal-file-handler-service (allpay, DWP,
bailiffs), Coins ERP formats J (Lloyds) and R (Co-operative Bank, without labels, dates YYMMDD).

Each account of each section (HDR1 to UTL1) is a statement; its rows may stand between those of
others. So the file is read twice: `cash_file_survey` finds the sections and the rows of each
account and proves the totals, then the rows follow account by account. The file states no opening
balance, and its number (0001 every day) does not count on: it is part of the statement's id.

Credits: 99 Bacs, 93 sundry, 86 settlement, 90 Z4 Z5 interest and dividend, RA returned unapplied.
Debits: 01 17 18 19 direct debit, 03 sundry, 11 cheque, U1 U7 U8 U9 our own direct debit unpaid.
A row of another code is quarantined; `cash_file_totals` says when its direction is certain.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import BinaryIO

from consumers.formats.accounts import account_key
from consumers.formats.cash_file_labels import direction, sender
from consumers.formats.cash_file_rows import RowContext, row_item
from consumers.formats.cash_file_survey import AccountRows, Line, Section, survey
from consumers.formats.cash_file_totals import CONTROL_ROWS, Sum
from consumers.formats.cash_file_write import OutCashFile, OutCashRow, OutSection, write
from consumers.formats.control import Tally
from consumers.formats.errors import UnreadableFileError
from consumers.formats.statement import DeclaredTotals, StatementItem, StatementOpened
from ledger.money import format_minor

__all__ = [
    "OutCashFile",
    "OutCashRow",
    "OutSection",
    "read",
    "recognise",
    "submission",
    "write",
]


def recognise(head: bytes, name: str) -> str | None:
    """Who sent the cash file, in words, such as `from NatWest or RBS`; None when it is not one."""
    del name  # a name proves nothing
    return sender(head) if direction(head) == "in" else None


def submission(head: bytes) -> str | None:
    """In words, that a file of this shape is one that goes to Bacs; None when it is not."""
    if direction(head) != "out":
        return None
    user = head.splitlines()[0][41:47].decode("ascii", "replace").strip()
    return f"a Bacs Standard 18 submission of service user {user or 'unknown'}, which goes to Bacs"


def read(path: Path) -> Iterator[StatementItem]:
    """The statements of a file: its sections in turn, in each the accounts as they first stand.

    Raises UnreadableFileError, and ControlTotalError when UTL1 differs from the rows.
    """
    told: Counter[tuple[str, str]] = Counter()
    with path.open("rb") as file:
        for section in survey(path):
            for digits, rows in section.accounts.items():
                account = account_key(digits.decode("ascii"))
                statement_id = _statement_id(section)
                told[account, statement_id] += 1
                if (repeat := told[account, statement_id]) > 1:
                    statement_id += f" #{repeat}"
                yield from _statement(path.name, file, section, account, rows, statement_id)


def _statement_id(section: Section) -> str:
    """The file's own id and its day; the days of its rows where the labels say nothing."""
    head, period = section.header, section.period()
    issued_on = head.processed_on or head.created_on
    if issued_on is not None:
        return f"{head.file_id} {issued_on}".strip()
    days = f"{period[0]}..{period[1]}" if period else "undated"
    return f"{head.file_id} {days}".strip()


def _statement(
    name: str,
    file: BinaryIO,
    section: Section,
    account: str,
    rows: AccountRows,
    statement_id: str,
) -> Iterator[StatementItem]:
    head = section.header
    context = RowContext(
        head.currency,
        head.processed_on or head.created_on,
        section.settled.unknown_sign if section.settled else None,
        totals_stated=section.settled is not None,
    )
    closing = None if rows.balance is None else _balance(name, rows.balance)
    yield StatementOpened(
        account=account,
        statement_id=statement_id,
        sequence=None,
        currency=head.currency,
        opening_minor=None,
        opened_on=_opened_on(section),
        span=head.span,
        declared=_declared(section, rows),
        warnings=tuple(_warnings(section, rows)),
    )
    tally, ordinal = Tally(), 0
    for line in rows.lines(file):
        if line.raw[15:17] in CONTROL_ROWS:
            continue
        ordinal += 1
        item = row_item(line, ordinal, context)
        tally.add(item)
        yield item
    ending = rows.balance or section.trailer or section.header
    yield tally.closed(closing, ending.span)


def _opened_on(section: Section) -> date | None:
    stated = section.header.processed_on or section.header.created_on
    period = section.period()
    return stated or (period[0] if period else None)


def _declared(section: Section, rows: AccountRows) -> DeclaredTotals:
    """The totals that cover this account alone: of UTL1 when it is the only one of the section."""
    settled = section.settled
    if settled is None or len(section.accounts) > 1 or rows.figures.unknown.rows:
        return DeclaredTotals()
    return DeclaredTotals(
        entries=settled.debits.rows + settled.credits.rows,
        credit_entries=settled.credits.rows,
        credits_minor=settled.credits.minor,
        debit_entries=settled.debits.rows,
        debits_minor=settled.debits.minor,
    )


def _warnings(section: Section, rows: AccountRows) -> Iterator[str]:
    figures = rows.figures
    if section.trailer is None:
        yield "the file states no totals: a missing row cannot be noticed"
    for word, total, sums in (
        ("debits", figures.debit_totals, figures.debits),
        ("credits", figures.credit_totals, figures.credits),
    ):
        if total != Sum() and total.minor != sums.minor:
            yield (
                f"its total row states {word} of {format_minor(total.minor)},"
                f" its rows come to {format_minor(sums.minor)}"
            )


def _balance(name: str, line: Line) -> int:
    """The closing ledger balance of a Y1 row; a bad balance refuses the file."""
    figure, sign = line.raw[36:51].strip(), line.raw[51:52]
    if not figure.isdigit() or sign not in (b"C", b"D"):
        value = line.raw[36:52].decode("ascii", "replace")
        reason = "not a balance: fifteen digits and C or D are expected"
        raise UnreadableFileError(name, line.number, "Y1 ledger balance", value, reason)
    return int(figure) if sign == b"C" else -int(figure)
