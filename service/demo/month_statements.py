"""Writes the bank month's statements, each account's in its own format, and when they arrive."""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from pathlib import Path

from consumers.formats.accounts import gb_iban
from consumers.formats.bai2_write import write as write_bai2
from consumers.formats.camt053_write import OutDetail, OutEntry, OutStatement
from consumers.formats.camt053_write import write as write_camt
from consumers.formats.cash_file_write import OutCashFile, OutCashRow, OutSection
from consumers.formats.cash_file_write import write as write_cash
from consumers.formats.csv_write import OutRow
from consumers.formats.csv_write import write as write_csv
from consumers.formats.mt940_write import write as write_mt940
from consumers.formats.ofx_write import OutOfxStatement, OutTransaction
from consumers.formats.ofx_write import write as write_ofx
from consumers.formats.plain_statement import PlainLine, PlainStatement
from consumers.formats.profiles import packaged_profiles
from service.demo.month_banks import (
    BAI2,
    CAMT,
    CASH_COR,
    CASH_HSG,
    CSV,
    DAYS,
    KIOSK,
    MT940,
    OFX,
    WEEKS,
    Bank,
    after,
)
from service.demo.month_lines import MonthLine

LATE_NUMBER = 10  # of the daily series
LATE_BY = 4  # statements that come before it
CSV_PROFILE = "natwest"
_NAMES = {"mt940": "sta", "camt053": "xml", "bai2": "bai", "ofx": "ofx", "csv": "csv"}


@dataclass(frozen=True, slots=True)
class Statement:
    """The lines of one account in one file, with its number and balances."""

    bank: Bank
    number: int
    lines: tuple[MonthLine, ...]
    opening_minor: int

    @property
    def closing_minor(self) -> int:
        """The balance after the lines."""
        return self.opening_minor + sum(line.amount_minor for line in self.lines)

    def reference(self, place: int) -> str:
        """The bank's own reference of a line."""
        return f"{self.bank.code}{self.number:03d}{place:05d}"


def statements_of(
    bank: Bank, lines: Sequence[MonthLine], periods: Sequence[Sequence[date]]
) -> list[Statement]:
    """One statement for each period."""
    found, balance = [], bank.opening_minor
    for number, days in enumerate(periods, 1):
        own = tuple(line for line in lines if line.bank is bank and line.on in days)
        found.append(Statement(bank, number, own, balance))
        balance = found[-1].closing_minor
    return found


def write_statements(
    lines: Sequence[MonthLine], path: Callable[[str], Path]
) -> Iterator[tuple[date, str]]:
    """Write them all; the day on which each arrives and its name. `path` makes room for a file."""
    daily = statements_of(MT940, lines, [(day,) for day in DAYS])
    for day, one in zip(DAYS, daily, strict=True):
        name = _name(after(day), MT940)
        _mt940(path(name), one, day)
        late = LATE_BY if one.number == LATE_NUMBER else 0
        yield after(DAYS[one.number - 1 + late]), name
    weekly = {
        bank: statements_of(bank, lines, WEEKS)
        for bank in (CAMT, BAI2, CASH_HSG, CASH_COR, OFX, CSV, KIOSK)
    }
    for number, days in enumerate(WEEKS):
        arrives = after(days[-1])
        for bank, write in _WRITERS.items():
            name = _name(arrives, bank)
            write(path(name), weekly[bank][number], days)
            yield arrives, name
        name = f"{arrives:%Y-%m}/{arrives}-month-cash.std18"
        _cash(path(name), [weekly[CASH_HSG][number], weekly[CASH_COR][number]], days)
        yield arrives, name


def _name(on: date, bank: Bank) -> str:
    ending = _NAMES.get(bank.form, "txt")
    return f"{on:%Y-%m}/{on}-month-{bank.code}.{ending}"


def _plain(one: Statement, lines: Sequence[MonthLine]) -> list[PlainLine]:
    return [
        PlainLine(
            amount_minor=line.amount_minor,
            booked_on=line.on,
            value_on=line.on,
            method=line.method,
            bank_reference=one.reference(one.lines.index(line) + 1),
            payer_name=line.name,
            payer_account=_payer_account(line, as_iban=one.bank is MT940),
            narrative=line.text,
            reversal=line.kind == "returned item",
        )
        for line in lines
    ]


def _payer_account(line: MonthLine, *, as_iban: bool) -> str | None:
    if line.payer is None:
        return None
    return line.payer.payer_iban if as_iban else line.payer.payer_account


def _mt940(path: Path, one: Statement, day: date) -> None:
    lines = _plain(one, one.lines)
    statement = PlainStatement(one.bank.account, one.number, day, day, one.opening_minor, lines)
    with path.open("wb") as file:
        write_mt940([statement], file)


def _bai2(path: Path, one: Statement, days: Sequence[date]) -> None:
    """A group for each day: BAI2 books all lines of a statement on its day."""
    groups, balance = [], one.opening_minor
    for day in days:
        lines = _plain(one, [line for line in one.lines if line.on == day])
        groups.append(PlainStatement(one.bank.account, one.number, day, day, balance, lines))
        balance += sum(line.amount_minor for line in lines)
    with path.open("wb") as file:
        write_bai2([group for group in groups if group.lines], file)


def _camt(path: Path, one: Statement, days: Sequence[date]) -> None:
    statement = OutStatement(
        iban=gb_iban("NETH", one.bank.sort_code, one.bank.number),
        statement_id=f"{one.bank.code}-{days[0]:%G-W%V}",
        sequence=one.number,
        opened_on=days[0],
        closed_on=days[-1],
        opening_minor=one.opening_minor,
        entries=[_entry(one, place, line) for place, line in enumerate(one.lines, 1)],
    )
    with path.open("wb") as file:
        write_camt([statement], file, message_id=f"{one.bank.code}{one.number:04d}")


def _entry(one: Statement, place: int, line: MonthLine) -> OutEntry:
    credited = line.paid_to.split("-") if line.paid_to else None
    detail = OutDetail(
        line.amount_minor,
        party_name=line.name,
        party_iban=_payer_account(line, as_iban=True),
        remittance=(line.text,),
        return_reason="AM04" if line.method == "direct_debit_returned" else None,
        credited_iban=gb_iban("NETH", *credited) if credited else None,
    )
    return OutEntry(
        amount_minor=line.amount_minor,
        booked_on=line.on,
        value_on=line.on,
        method=line.method,
        bank_reference=one.reference(place),
        details=() if line.batch else (detail,),
        narrative=line.text if line.batch else None,
        batch_payments=line.batch or None,
    )


def _ofx(path: Path, one: Statement, days: Sequence[date]) -> None:
    transactions = [
        OutTransaction(
            line.amount_minor,
            line.on,
            one.reference(place),
            line.method,
            name=line.name,
            memo=line.text,
            other_account=_payer_account(line, as_iban=False),
        )
        for place, line in enumerate(one.lines, 1)
    ]
    closing = one.closing_minor
    statement = OutOfxStatement(one.bank.account, days[0], days[-1], transactions, closing)
    with path.open("wb") as file:
        write_ofx([statement], file)


def _csv(path: Path, one: Statement, days: Sequence[date]) -> None:
    """The newest row first, with its running balance."""
    del days
    balances = accumulate((line.amount_minor for line in one.lines), initial=one.opening_minor)
    rows = [
        OutRow(one.bank.account, line.on, line.amount_minor, line.text, line.method, balance)
        for line, balance in zip(one.lines, list(balances)[1:], strict=True)
    ]
    profile = next(found for found in packaged_profiles() if found.name == CSV_PROFILE)
    with path.open("wb") as file:
        write_csv(profile, list(reversed(rows)), file)


def _kiosk(path: Path, one: Statement, days: Sequence[date]) -> None:
    """Records of header, payments and trailer; one payment is of council tax, and not ours."""
    rows = [["H", one.bank.account.replace("-", ""), str(one.number)]]
    tax = ("01", "CTX-4411", 118_40)
    paid = [("04", line.text.split()[-1], line.amount_minor) for line in one.lines]
    for place, (fund, reference, minor) in enumerate((tax, *paid)):
        on = one.lines[place - 1].on if place else days[0]
        receipt = one.reference(place)
        terminal = f"KIOSK{place % 3 + 1}"
        cells = [f"{on:%d%m%Y}", terminal, receipt, fund, reference, str(minor), "CASH", ""]
        rows.append(["D", *cells])
    total = sum(minor for _, _, minor in (tax, *paid))
    rows.append(["T", str(len(paid) + 1), str(total)])
    with path.open("w", encoding="ascii", newline="") as file:
        csv.writer(file, lineterminator="\r\n").writerows(rows)


def _cash(path: Path, several: Sequence[Statement], days: Sequence[date]) -> None:
    """Two accounts in one file, with their balances."""
    rows = [_cash_row(line) for one in several for line in one.lines]
    section = OutSection(
        file_id="NETHERBY",
        processed_on=days[-1],
        rows=rows,
        balances=[(one.bank.account, one.closing_minor) for one in several],
        total_rows=True,
    )
    with path.open("wb") as file:
        write_cash(OutCashFile([section]), file)


def _cash_row(line: MonthLine) -> OutCashRow:
    """A reference of more than 18 letters goes on in the next field, which would break a number."""
    if len(line.text) > 18:
        raise ValueError(f"{line.text!r} does not fit the reference of a cash file")
    return OutCashRow(
        account=line.bank.account,
        amount_minor=line.amount_minor,
        code="93" if line.method == "cash" else "99",
        reference=line.text,
        name=line.name or "",
        other_account=_payer_account(line, as_iban=False) or "000000-00000000",
        booked_on=line.on,
    )


_WRITERS: dict[Bank, Callable[[Path, Statement, Sequence[date]], None]] = {
    CAMT: _camt,
    BAI2: _bai2,
    OFX: _ofx,
    CSV: _csv,
    KIOSK: _kiosk,
}
