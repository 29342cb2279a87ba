"""Pair remittance advices with the money that they are about, whichever of the two came first.

An advice that names its bank line (camt.054) is that line's, when it has come and the totals agree.
Another is paired by itself only with the one receipt in suspense of exactly its total and about its
day, when no other advice and no other receipt could be meant. All else waits for an officer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

import psycopg
from psycopg.rows import class_row

from consumers.bank_lines import FilePlace
from consumers.remittances import Remittance, RemittanceMoneyError, waiting
from consumers.reports import AdviceReport
from ledger.calendar import working_days_between
from ledger.ids import receipt_stream
from ledger.intake_events import RemittanceRegistered
from ledger.receipt import ReceiptState
from ledger.recorded import RecordedEvent
from ledger.stream_states import states_of
from service.report_run import Answer, Question, ask, catch_up, find_report, known_now
from service.wiring import App

BY_REFERENCE = "the bank's reference"
BY_AMOUNT = "amount and day"
DAYS_APART_MAX = 5  # working days between the day of an advice and that of its money


class RemittanceUnknownError(ValueError):
    """There is no such remittance, or no such receipt in suspense."""


@dataclass(frozen=True, slots=True)
class Advice:
    """A registered advice, as the list shows it; `receipt` is expected or matched."""

    remittance: str
    state: str
    unit: str | None
    format: str
    file_name: str
    digest: str
    receipt: str | None
    how: str | None
    bank_account: str | None
    dated_on: date
    lines: int
    amount_minor: int
    waiting_minor: int
    age_working_days: int

    def as_remittance(self) -> Remittance:
        """What the intake opens."""
        return Remittance(
            self.remittance, self.amount_minor, FilePlace(self.file_name, self.digest)
        )


@dataclass(frozen=True, slots=True)
class Money:
    """A receipt in suspense that nothing was taken from."""

    receipt: str
    unit: str
    bank_account: str | None
    received_on: date
    amount_minor: int
    batch_payments: int | None


def advices(app: App) -> list[Advice]:
    """Every advice that was registered, the oldest first."""
    return sorted(
        (_advice(row) for row in _rows(app, "remittances") if row["remittance"] is not None),
        key=lambda one: (one.dated_on, one.remittance),
    )


def batches_without_advice(app: App) -> list[Money]:
    """Batches that a bank booked as one sum without listing them, still whole in suspense."""
    return [one for one in _money(app) if one.batch_payments is not None]


def pair(app: App) -> list[AdviceReport]:
    """Open every advice whose money is there beyond doubt; what became of each.

    It is asked after each file, so it looks at the log and at the few receipts of the right amount,
    and not at all that is in suspense.
    """
    advised = [_advised(one) for one in waiting(app.store)]
    if not advised:
        return []
    catch_up(app)
    money = _untouched(app, {one.amount_minor for one in advised})
    found = [*_by_reference(advised, money), *_by_amount(advised, money)]
    paired = {one.remittance for one, _, _ in found}
    left = [one for one in advised if one.receipt is not None and one.remittance not in paired]
    for (file_name, digest), of_file in groupby(sorted(left, key=_file), key=_file):
        app.bank.settle_listed(FilePlace(file_name, digest), {one.remittance for one in of_file})
    return [
        app.bank.open_remittance(one.as_remittance(), receipt, how) for one, receipt, how in found
    ]


def _advised(event: RecordedEvent) -> Advice:
    fact = event.fact
    if not isinstance(fact, RemittanceRegistered):
        raise TypeError(f"{fact.topic} registers no remittance")
    return Advice(
        remittance=fact.remittance,
        state="no money",
        unit=fact.unit,
        format=fact.kind,
        file_name=fact.file_name,
        digest=fact.digest,
        receipt=fact.expected_receipt,
        how=None,
        bank_account=fact.bank_account,
        dated_on=event.envelope.effective_on,
        lines=fact.lines,
        amount_minor=fact.total_minor,
        waiting_minor=fact.total_minor,
        age_working_days=0,
    )


def _untouched(app: App, amounts: set[int]) -> list[Money]:
    """Receipts of these amounts that are in suspense, and whole."""
    with psycopg.connect(app.urls.app, row_factory=class_row(Money)) as connection:
        connection.execute("SET ROLE tallystick_reader")
        found = connection.execute(
            "SELECT receipt, unit, bank_account, value_on AS received_on, amount_minor,"
            " batch_payments FROM reporting.receipts WHERE kind <> 'received'"
            " AND kind = 'suspended' AND amount_minor = ANY(%s)",
            (list(amounts),),
        ).fetchall()
    states = states_of(app.store, [receipt_stream(one.receipt) for one in found], ReceiptState)
    return [
        one
        for one in found
        if (state := states.get(receipt_stream(one.receipt))) is not None
        and state.held_minor == state.amount_minor
    ]


def _file(advice: Advice) -> tuple[str, str]:
    return advice.file_name, advice.digest


def match(app: App, remittance: str, receipt: str) -> AdviceReport:
    """Open an advice over the receipt that an officer names.

    Raises RemittanceUnknownError, and RemittanceMoneyError when the totals differ.
    """
    known = {one.remittance: one for one in advices(app)}
    if remittance not in known:
        raise RemittanceUnknownError(f"there is no remittance {remittance!r}")
    one = known[remittance]
    if one.state != "no money" and one.receipt != receipt:
        raise RemittanceMoneyError(f"{remittance} was opened over receipt {one.receipt}")
    return app.bank.open_remittance(one.as_remittance(), receipt, "officer")


def _by_reference(
    advised: Sequence[Advice], money: Sequence[Money]
) -> Iterator[tuple[Advice, str, str]]:
    there = {one.receipt: one for one in money}
    for advice in advised:
        found = there.get(advice.receipt or "")
        if found is not None and found.amount_minor == advice.amount_minor:
            yield advice, found.receipt, BY_REFERENCE


def _by_amount(
    advised: Sequence[Advice], money: Sequence[Money]
) -> Iterator[tuple[Advice, str, str]]:
    listed = [one for one in advised if one.receipt is None and one.lines > 1]
    for advice in listed:
        meant = [one for one in money if _may_be(advice, one)]
        if len(meant) != 1:
            continue
        rivals = [one for one in listed if one is not advice and _may_be(one, meant[0])]
        if not rivals:
            yield advice, meant[0].receipt, BY_AMOUNT


def _may_be(advice: Advice, money: Money) -> bool:
    if advice.amount_minor != money.amount_minor:
        return False
    if advice.bank_account is not None and advice.bank_account != money.bank_account:
        return False
    first, last = sorted((advice.dated_on, money.received_on))
    return working_days_between(first, last) <= DAYS_APART_MAX


def _money(app: App) -> list[Money]:
    return [
        Money(
            row["receipt"],
            row["unit"],
            row["bank_account"],
            row["received_on"],
            _pence(row["received"]),
            row["batch_payments"],
        )
        for row in _rows(app, "suspense")
        if row["open_amount"] == row["received"] and row["parent"] is None
    ]


def _advice(row: dict[str, Any]) -> Advice:
    return Advice(
        remittance=row["remittance"],
        state=row["state"],
        unit=row["unit"],
        format=row["format"],
        file_name=row["file_name"],
        digest=row["digest"],
        receipt=row["receipt"],
        how=row["how"],
        bank_account=row["bank_account"],
        dated_on=row["dated_on"],
        lines=row["lines"],
        amount_minor=_pence(row["amount"]),
        waiting_minor=_pence(row["waiting_amount"]),
        age_working_days=row["age_working_days"],
    )


def _rows(app: App, report: str) -> list[dict[str, Any]]:
    """The rows of a report as it is now, with what came in a moment ago."""
    catch_up(app)
    answer: Answer = ask(app, Question(find_report(report), app.ledger.today(), known_now(app)))
    names = [column.name for column in answer.columns]
    return [dict(zip(names, row, strict=True)) for row in answer.rows]


def _pence(pounds: Decimal) -> int:
    return int(pounds * 100)
