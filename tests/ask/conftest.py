"""One debtor's eventful year, taken through the real doors, and the command line to ask with.

The history is lived once for the run; tests get a copy of its database.
"""

import json
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
import typer
from pydantic import SecretStr
from typer.testing import CliRunner, Result

from consumers.bank_files import BankIntake
from consumers.formats.accounts import account_key
from consumers.formats.camt053_write import OutDetail, OutEntry, OutStatement, write
from ledger import commands as c
from ledger import suspense_commands as sc
from ledger.recorded import Source
from ledger.requests import Request
from ledger.values import Instalment, InvoiceLine
from service import cli_ask
from service.embedded import EmbeddedServer
from service.embedded_database import (
    APP_LOGIN,
    app_password,
    drop_database,
    ensure_database,
)
from service.migrations import migrate
from service.settings import Settings
from service.wiring import App, open_app

DAY = timedelta(days=1)
OPENED = datetime(2025, 4, 1, 9, tzinfo=UTC)
ENDED = datetime(2025, 12, 1, 9, tzinfo=UTC)
HOUSE = {"unit": "HSG", "account": "100234"}
GARAGE = {"unit": "HSG", "account": "100235"}
_BANK = "GB82WEST12345698765432"


@dataclass
class Year:
    """Somebody who lives through the year: moves the clock and gives the commands."""

    app: App
    clock: list[datetime]
    folder: Path
    count: int = 0

    def on(self, month: int, day: int) -> None:
        self.clock[0] = datetime(2025, month, day, 10, tzinfo=UTC)

    def do(
        self,
        *commands: c.AnyCommand,
        actor: str = "system:intake",
        effective_on: date | None = None,
    ) -> None:
        for command in commands:
            self.count += 1
            request = Request(
                command,
                self.app.actor(actor),
                Source("command", command.action),
                f"script|{self.count}",
                effective_on=effective_on,
            )
            (outcome,) = self.app.ledger.handle([request])
            assert outcome.status == "posted", outcome.refusals

    def bill(self, invoice: str, net_minor: int, vat_minor: int = 0, parts: int = 0) -> None:
        """Four weeks' rent, or a charge with VAT, or a bill in monthly instalments."""
        today = self.clock[0].date()
        gross = net_minor + vat_minor
        share = gross // parts if parts else 0
        self.do(
            c.IssueInvoice(
                **HOUSE,
                invoice=invoice,
                service="RENT",
                invoiced_on=today,
                tax_point_on=today,
                due_on=today + 14 * DAY,
                currency="GBP",
                description="housing rent" if not vat_minor else "a new key",
                lines=(
                    InvoiceLine(
                        description="rent",
                        service="RENT",
                        cost_code="R100",
                        vat_code="S20" if vat_minor else "E",
                        net_minor=net_minor,
                        vat_minor=vat_minor,
                        period_from=None if vat_minor else today,
                        period_to=None if vat_minor else today + 27 * DAY,
                    ),
                ),
                instalments=tuple(
                    Instalment(number=n + 1, due_on=today + (14 + 30 * n) * DAY, amount_minor=share)
                    for n in range(parts)
                ),
                net_minor=net_minor,
                vat_minor=vat_minor,
                gross_minor=gross,
            )
        )

    def bank_file(self, name: str, payments: Sequence[tuple[int, str]]) -> None:
        """A statement of one day as a bank gives it: (amount in pence, what the payer wrote)."""
        today = self.clock[0].date() - DAY
        entries = tuple(
            OutEntry(amount, today, today, details=(OutDetail(amount, remittance=(text,)),))
            for amount, text in payments
        )
        path = self.folder / name
        with path.open("wb") as file:
            write([OutStatement(_BANK, "S-1", 1, today, today, 0, entries)], file)
        parts = replace(self.app.bank.parts, accounts={account_key(_BANK): "HSG"})
        report = BankIntake(parts, self.app.profiles).take(path)
        assert report.refusal is None, report.refusal
        assert not report.problems


def _live(year: Year) -> None:
    reference = _reference(year.app, "100234")
    year.bill("HSG-2025-000101", 40_000)
    year.on(4, 30)
    year.bill("HSG-2025-000123", 41_200)
    # One payment names a bill and is more than it: the rest goes to what is due first.
    year.on(5, 7)
    year.bank_file(
        "statement-2025-05-06.xml",
        [
            (15_000, f"RENT {reference}"),
            (6_000, "HSG-2025-000123"),
            (3_500, "THANK YOU A OKAFOR"),
        ],
    )
    year.on(5, 12)  # recorded late: the money had been there since April
    year.do(_paid("R-LATE", 5_000, date(2025, 4, 20), "cash"), actor="officer.ames")
    year.on(5, 15)
    year.do(
        sc.IdentifySuspense(
            receipt=_suspended(year.app),
            to_unit="HSG",
            to_account="100234",
            reason="she telephoned and named the amount",
        ),
        actor="officer.bell",
    )
    year.on(6, 2)
    year.bill("HSG-2025-000150", 30_000, parts=3)
    year.bill("HSG-2025-000151", 10_000, 2_000)
    year.do(
        c.CreditInvoice(
            **HOUSE,
            credit_note="CN-7",
            invoice="HSG-2025-000151",
            reason="service_not_provided",
            source_document="email 12",
            whole=True,
            gross_minor=12_000,
        ),
        actor="officer.ames",
    )
    _money_that_goes_and_comes(year)
    _debt_that_is_given_up_and_wakes(year)
    year.on(12, 1)
    year.do(
        c.PlaceHold(
            **HOUSE,
            hold="D-1",
            kind="dispute",
            invoice="HSG-2025-000150",
            amount_minor=5_000,
            department="Repairs",
            reason="=HYPERLINK(the heating was off)",
        ),
        actor="officer.ames",
    )


def _paid(receipt: str, amount_minor: int, on: date, method: Any) -> c.ReceivePayment:  # noqa: ANN401
    return c.ReceivePayment(
        **HOUSE,
        receipt=receipt,
        amount_minor=amount_minor,
        method=method,
        value_on=on,
        rule="account-reference",
    )


def _money_that_goes_and_comes(year: Year) -> None:
    """Too much is paid; a part is refunded, a part moved; then the cheque bounces."""
    year.on(7, 1)
    year.do(_paid("R-CHEQUE", 150_000, date(2025, 7, 1), "cheque"))
    year.on(7, 3)
    refund = {**HOUSE, "refund": "RF-1"}
    year.do(c.ProposeRefund(**refund, amount_minor=9_000, reason="asked"), actor="officer.ames")
    year.do(c.ApproveRefund(**refund), actor="senior.cole")
    year.do(c.RecordRefundPaid(**refund, payment_reference="BACS 77"), actor="senior.cole")
    year.do(
        c.TransferCredit(
            **HOUSE,
            transfer="T-1",
            amount_minor=4_000,
            to_unit="HSG",
            to_account="100235",
            reason="she rents the garage too",
        ),
        actor="officer.ames",
    )
    year.on(7, 9)
    year.do(
        c.ReversePayment(**HOUSE, receipt="R-CHEQUE", reason="cheque_bounced"), actor="officer.ames"
    )


def _debt_that_is_given_up_and_wakes(year: Year) -> None:
    year.on(9, 1)
    year.do(
        c.ProposeWriteOff(
            **HOUSE,
            write_off="WO-1",
            invoice="HSG-2025-000123",
            amount_minor=8_000,
            reason="hardship",
            evidence="case 4",
        ),
        actor="officer.ames",
    )
    year.do(c.ApproveWriteOff(**HOUSE, write_off="WO-1"), actor="senior.cole")
    year.on(10, 1)
    year.do(
        c.WriteBack(**HOUSE, write_off="WO-1", amount_minor=3_000, reason="news of a legacy"),
        actor="senior.cole",
    )
    year.on(10, 6)
    year.do(_paid("R-OCT", 7_000, date(2025, 10, 6), "standing_order"))
    year.do(
        c.Unallocate(**HOUSE, receipt="R-OCT", reason="it was meant for the newest bill"),
        c.Allocate(**HOUSE, receipt="R-OCT", targets=(c.AllocationTarget(item="HSG-2025-000150"),)),
        actor="officer.ames",
    )


def _reference(app: App, account: str) -> str:
    with app.store.cursor() as cursor:
        row = cursor.execute(
            "SELECT key FROM ledger.register WHERE kind = 'reference' AND holder = %s",
            (f"HSG|{account}",),
        ).fetchone()
    assert row is not None
    return str(row[0])


def _suspended(app: App) -> str:
    return app.store.stream_names("receipt:")[0].removeprefix("receipt:")


@dataclass(frozen=True)
class Lived:
    """The template database of the year, and the home with its raw files."""

    database: str
    home: Path
    late_known: datetime  # a moment before the late receipt was recorded


def _settings(url: str, home: Path) -> Settings:
    return Settings(
        home=home,
        database_url=SecretStr(url),
        party_key=SecretStr("a key of at least sixteen"),
        digest_key=SecretStr("another key of sixteen"),
        sandbox_clock=ENDED,
    )


@pytest.fixture(scope="session")
def lived(embedded: EmbeddedServer, run_folder: Path, worker_id: str) -> Iterator[Lived]:
    """The year, lived once for the run."""
    name = f"year_{worker_id}"
    drop_database(embedded, name)
    made = ensure_database(embedded, name)
    migrate(made.owner_url, login_passwords={APP_LOGIN: app_password(embedded)}, sandbox=True)
    home = run_folder / name
    home.mkdir()
    clock = [OPENED]
    with open_app(_settings(made.app_url, home), clock=lambda: clock[0]) as app:
        year = Year(app, clock, home)
        for account, debt_type in ((HOUSE, "rent"), (GARAGE, "garage")):
            year.do(c.OpenAccount(**account, debt_type=debt_type))
        _live(year)
    yield Lived(name, home, datetime(2025, 5, 10, tzinfo=UTC))
    drop_database(embedded, name)
    shutil.rmtree(home)


@contextmanager
def _copy(embedded: EmbeddedServer, lived: Lived, home: Path) -> Iterator[Settings]:
    name = f"ask_{secrets.token_hex(6)}"
    made = ensure_database(embedded, name, template=lived.database)
    shutil.copytree(lived.home, home)
    yield _settings(made.app_url, home)
    drop_database(embedded, name)


@pytest.fixture(scope="session")
def shared_settings(
    embedded: EmbeddedServer, lived: Lived, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """One copy of the year for all tests that only ask."""
    with _copy(embedded, lived, tmp_path_factory.mktemp("asked") / "home") as made:
        yield made


@pytest.fixture
def fresh(embedded: EmbeddedServer, lived: Lived, tmp_path: Path) -> Iterator[Settings]:
    """A copy for one test that changes it, or that wants read models which have read nothing."""
    with _copy(embedded, lived, tmp_path / "home") as made:
        yield made


@pytest.fixture
def settings(request: pytest.FixtureRequest) -> Settings:
    """The settings of the test's copy: its own when it asks for `fresh`."""
    own = "fresh" in request.fixturenames
    found: Settings = request.getfixturevalue("fresh" if own else "shared_settings")
    return found


@pytest.fixture
def app(settings: Settings) -> Iterator[App]:
    with open_app(settings) as opened:
        yield opened


Asking = Callable[..., Result]


@pytest.fixture
def tally(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asking]:
    """`tally("report", "aged_debt")` runs the command line on the copy of the year."""
    monkeypatch.setenv("COLUMNS", "80")
    line = typer.Typer()
    cli_ask.register(line)

    @line.callback()
    def _settings_of(context: typer.Context) -> None:
        context.obj = settings
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))

    def run(*words: str) -> Result:
        return CliRunner().invoke(line, list(words))

    yield run
    structlog.reset_defaults()


@pytest.fixture
def tally_json(tally: Asking) -> Callable[..., Any]:
    """The same, whose answer is parsed; it must succeed."""

    def run(*words: str) -> Any:  # noqa: ANN401 - whatever JSON says
        result = tally(*words)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return run
