"""Writes the documents about the money of the bank month: advices, and returned Direct Debits."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from consumers.formats.accounts import gb_iban
from consumers.formats.arudd_write import OutReturn, OutReturns
from consumers.formats.arudd_write import write as write_arudd
from consumers.formats.camt054_write import OutDetail, OutEntry, OutNotification
from consumers.formats.camt054_write import write as write_camt054
from consumers.formats.dwp_schedule_write import OutDeduction, OutSchedule
from consumers.formats.dwp_schedule_write import write as write_dwp
from consumers.formats.remittance_csv_write import OutRemittance, OutRemittanceRow
from consumers.formats.remittance_csv_write import write as write_csv
from consumers.formats.remittance_profiles import load_remittance_profiles
from service.demo.council import NAME
from service.demo.month_banks import CAMT, DAYS
from service.demo.month_lines import BankMonth, MonthAdvice
from service.demo.month_statements import Statement


@dataclass(frozen=True, slots=True)
class _Desk:
    path: Callable[[str], Path]
    references: dict[tuple[str, int, date], str]  # the bank's own, by line


def write_advices(
    month: BankMonth, statements: list[Statement], path: Callable[[str], Path]
) -> Iterator[tuple[date, str]]:
    """Write them all; the day on which each arrives and its name."""
    references = {
        line.key: one.reference(place)
        for one in statements
        for place, line in enumerate(one.lines, 1)
    }
    desk = _Desk(path, references)
    for advice in month.advices:
        writer, ending = _WRITERS[advice.kind]
        on = advice.arrives_on
        name = f"{on:%Y-%m}/{on}-month-{advice.kind}.{ending}"
        writer(desk, path(name), advice)
        yield on, name
    on = month.known.debits[0].on
    name = f"{on:%Y-%m}/{on}-month-arudd.xml"
    _arudd(path(name), month, on)
    yield on, name


def _camt054(desk: _Desk, path: Path, advice: MonthAdvice) -> None:
    line = advice.line
    entry = OutEntry(
        amount_minor=line.amount_minor,
        booked_on=line.on,
        value_on=line.on,
        bank_reference=desk.references[line.key],
        details=tuple(
            OutDetail(one.amount_minor, party_name=one.tenant.payer, remittance=(one.text,))
            for one in advice.payments
        ),
        batch_payments=line.batch,
    )
    iban = gb_iban("NETH", line.bank.sort_code, line.bank.number)
    notification = OutNotification(iban, "NTFCTN-1", advice.arrives_on, [entry])
    with path.open("wb") as file:
        write_camt054([notification], file)


def _dwp(desk: _Desk, path: Path, advice: MonthAdvice) -> None:
    del desk
    on = advice.arrives_on
    schedule = OutSchedule(
        creditor="NETHERBY",
        batch=1,
        notification=26_0417,
        created_on=on,
        deductions=[
            OutDeduction(
                reference=one.text,
                insured=f"AB{place:06d}",
                amount_minor=one.amount_minor,
                period_from=on - timedelta(days=27),
                period_to=on,
            )
            for place, one in enumerate(advice.payments, 1)
        ],
    )
    with path.open("wb") as file:
        write_dwp(schedule, file)


def _agent(desk: _Desk, path: Path, advice: MonthAdvice) -> None:
    del desk
    line = advice.line
    rows = [
        OutRemittanceRow((one.text,), one.amount_minor, payer_name=one.tenant.payer)
        for one in advice.payments
    ]
    listed = OutRemittance(
        rows,
        advice_id="A-2026-04",
        sender="Fosse Agents Ltd",
        paid_on=line.on,
        account=line.bank.account,
    )
    with path.open("wb") as file:
        write_csv(load_remittance_profiles()[0], listed, file)


def _arudd(path: Path, month: BankMonth, on: date) -> None:
    """Bacs names the collection by the day on which it was processed, a day before its value."""
    returns = [
        OutReturn(
            reference=one.reference,
            amount_minor=one.line.amount_minor,
            return_code="0128",
            description="REFER TO PAYER",
            originally_processed_on=DAYS[DAYS.index(one.line.on) - 1],
            payer_account="990401-40010001",
            payer_name="NETHERBY PAYER",
        )
        for one in month.known.debits
    ]
    with path.open("wb") as file:
        write_arudd([OutReturns(CAMT.account, NAME, returns)], file, reported_on=on)


_WRITERS: dict[str, tuple[Callable[[_Desk, Path, MonthAdvice], None], str]] = {
    "camt054": (_camt054, "xml"),
    "dwp-schedule": (_dwp, "xml"),
    "remittance-csv": (_agent, "csv"),
}
