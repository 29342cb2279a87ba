"""The Direct Debit month alone: every code of every report; and what is tampered with is seen."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest

from ledger import bacs_codes
from ledger import commands as c
from ledger.modulus import Outcome, check_account
from service.demo import sandbox
from service.demo.council import LAST_DAY
from service.demo.debit_bacs import Bacs
from service.demo.debit_bank import DebitBank
from service.demo.debit_checks import debit_checks
from service.demo.debit_days import TAKEN_ON, modulus_tables
from service.demo.debit_month import SCRIPT, open_office, play_day
from service.demo.debit_office import Office
from service.demo.debit_rows import ROWS
from service.demo.debit_town import draw_town, wrong_number
from service.demo.figures import Figures
from service.demo.files import Council, make_council, write_run
from service.demo.officers import BELL, Desk
from service.embedded_database import EmbeddedDatabase
from service.ingest import ingest
from service.report_run import catch_up
from service.settings import Settings
from service.wiring import open_app

ACCOUNTS = 30
CODES = "codes of the 6 reports of Bacs, each handled as it must be"
PAYERS = "payers by Direct Debit, each mandate and account as it must be"
STEPS = "Direct Debit steps and reports as they must be"
PROVED = "runs signed off: ledger = file = Input report = bank"
BANK = "Direct Debits in the ledger, less unpaid and claimed = in the bank"
LEFT = "Direct Debits: unexplained items at the end"


@pytest.fixture(scope="module")
def council(tmp_path_factory: pytest.TempPathFactory) -> Council:
    return make_council(tmp_path_factory.mktemp("council"), ACCOUNTS)


@pytest.fixture
def play(
    sandbox_database: EmbeddedDatabase, council: Council, tmp_path: Path
) -> Iterator[Callable[[], Office]]:
    """Plays the month in a ledger that knows nothing else."""
    given = Settings(home=tmp_path, database_url=sandbox_database.app_url, party_key="p" * 32)
    settings = sandbox.demo_settings(given, tmp_path)
    clock = sandbox.BusinessClock(TAKEN_ON)
    with open_app(settings, clock) as app:
        figures = Figures(app.urls.app)
        own = replace(council, folder=tmp_path / "files")
        desk = Desk(app, figures, own, Random(1), TAKEN_ON)  # noqa: S311 - must be repeatable

        def played() -> Office:
            for run in own.debits.runs():
                ingest(app, own.folder / write_run(own.folder, run, lambda: None).name)
            office = open_office(desk)
            for day in sorted(SCRIPT):
                clock.move_to(day)
                desk.today = day
                play_day(office, day)
            clock.move_to(LAST_DAY)
            return office

        yield played
        figures.close()


def failing(office: Office) -> set[str]:
    """The names of the checks that do not hold."""
    app = office.desk.app
    catch_up(app)
    found = list(debit_checks(office.desk.figures, office, app.store.now()))
    assert len(found) >= 15
    return {one.name for one in found if not one.holds}


def test_the_table_has_every_code_of_every_report() -> None:
    played = {(row.report, row.code) for row in ROWS}
    for report, table in bacs_codes.REASONS.items():
        assert {code for name, code in played if name == report} == set(table), report


def test_payers_have_accounts_that_can_exist_and_a_slip_is_found(council: Council) -> None:
    tables = modulus_tables()
    banks = [bank for one in council.debits.payers for bank in one.banks]
    assert len(set(banks)) == len(banks) > len(ROWS)
    for bank in banks:
        assert check_account(*bank, tables, TAKEN_ON).outcome is Outcome.VALID
        assert check_account(*wrong_number(bank), tables, TAKEN_ON).outcome is Outcome.INVALID


def test_the_payers_grow_with_the_council_and_owe_different_sums() -> None:
    payers = draw_town(Random(3), 4_000).payers  # noqa: S311 - must be repeatable
    assert len(payers) == 320
    sums = [bill.gross_minor for one in payers for bill in one.bills.values()]
    assert len(set(sums)) == len(sums)


def test_the_month_ends_with_nothing_unexplained_and_a_wrong_booking_would_be_seen(
    play: Callable[[], Office],
) -> None:
    office = play()
    assert office.wrong == []
    told = [one for one in office.counted.wrong_lines if "'RENT'" in one]
    assert [one.rpartition(": ")[2] for one in told] == ["it has fewer than 6 characters"]
    assert failing(office) == set()
    payer = office.town.told("withheld")[0]
    receipt = f"DD:{office.runs['first']}/"
    figures = office.desk.figures
    held = figures.receipts(payer.debtor.unit, payer.account, payer.bills[0].gross_minor)
    reversal = c.ReversePayment(
        unit=payer.debtor.unit, account=payer.account, receipt=held[0], reason="posted_in_error"
    )
    assert held[0].startswith(receipt)
    assert office.desk.give(BELL, reversal)
    assert failing(office) == {PAYERS, BANK}


def test_a_report_with_another_code_than_the_tables_is_seen(
    play: Callable[[], Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Bacs.arudd

    def tampered(self: Bacs, returned: list[tuple[Any, str]], on: date) -> Path:
        """Whoever disputed the amount is told to be without an instruction."""
        return write(self, [(one, "6" if code == "7" else code) for one, code in returned], on)

    monkeypatch.setattr(Bacs, "arudd", tampered)
    office = play()
    assert failing(office) >= {CODES, PAYERS}


def test_a_bank_that_credits_a_penny_less_is_seen(
    play: Callable[[], Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    credit = DebitBank.credit_run
    short: list[str] = []

    def tampered(self: DebitBank, amount_minor: int, serial: str) -> None:
        """The first run that has money in it."""
        short.append(serial)
        credit(self, amount_minor - (len(short) == 1), serial)

    monkeypatch.setattr(DebitBank, "credit_run", tampered)
    office = play()
    assert failing(office) >= {STEPS, PROVED, BANK, LEFT}
