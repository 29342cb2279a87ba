"""A ledger with a busy year of several accounts, and the verbs that tests of projections need."""

import random
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from typing import Any

import psycopg
import pytest

from ledger import commands as c
from ledger import suspense_commands as sc
from ledger.authority import Actor, parse_policy
from ledger.handle import Ledger
from ledger.recorded import Source
from ledger.requests import Outcome, Request
from ledger.store import Store
from ledger.values import InvoiceLine
from projections import runner
from projections.read_models import READ_MODELS
from service.embedded import EmbeddedServer
from service.embedded_database import (
    APP_LOGIN,
    EmbeddedDatabase,
    app_password,
    drop_database,
    ensure_database,
)
from service.migrations import migrate

DAY = timedelta(days=1)
START = datetime(2025, 4, 1, 9, tzinfo=UTC)
OFFICER = Actor("manager.dean", ("income_manager", "collections_officer", "intake"))
APPROVER = Actor("s151.ford", ("chief_finance_officer", "senior_officer"))


@dataclass
class Town:
    """A ledger whose clock is moved by the tests; it does a little of everything at random."""

    ledger: Ledger
    url: str
    clock: list[datetime]
    chance: random.Random = field(
        default_factory=lambda: random.Random(20250401)  # noqa: S311 - a seed, not a secret
    )
    names: int = 0

    def name(self, kind: str) -> str:
        self.names += 1
        return f"{kind}{self.names}"

    @property
    def today(self) -> date:
        return self.clock[0].date()

    def do(self, *commands: c.AnyCommand, actor: Actor = OFFICER) -> Sequence[Outcome]:
        requests = [
            Request(one, actor, Source("command", one.action), self.name("m")) for one in commands
        ]
        outcomes = self.ledger.handle(requests)
        assert not [one.refusals for one in outcomes if one.refusals]
        return outcomes

    def open(self, accounts: Sequence[str]) -> None:
        self.do(
            *(c.OpenAccount(unit=_unit(one), account=one, debt_type="rent") for one in accounts)
        )

    def bill(self, account: str, pounds: int) -> c.IssueInvoice:
        net = pounds * 100
        return c.IssueInvoice(
            unit=_unit(account),
            account=account,
            invoice=self.name("I"),
            service="RENT",
            invoiced_on=self.today,
            tax_point_on=self.today,
            due_on=self.today + 14 * DAY,
            currency="GBP",
            description="housing rent",
            lines=(
                InvoiceLine(
                    description="rent",
                    service="RENT",
                    cost_code="R1",
                    vat_code="E",
                    net_minor=net,
                    vat_minor=0,
                ),
            ),
            net_minor=net,
            vat_minor=0,
            gross_minor=net,
        )

    def pay(self, account: str, pounds: int, days_ago: int = 0) -> c.ReceivePayment:
        return c.ReceivePayment(
            unit=_unit(account),
            account=account,
            receipt=self.name("R"),
            amount_minor=pounds * 100,
            method="bank_transfer",
            value_on=self.today - days_ago * DAY,
            rule="account-reference",
        )

    def suspend(self, pounds: int) -> sc.SuspendReceipt:
        return sc.SuspendReceipt(
            receipt=self.name("S"),
            unit="HSG",
            amount_minor=pounds * 100,
            method="cash",
            value_on=self.today,
            reason="no-reference",
        )

    def live(self, weeks: int, accounts: Sequence[str]) -> None:
        """Bill everybody each week and let most of them pay; now and then something else."""
        for week in range(weeks):
            self.clock[0] += 7 * DAY
            self.do(*(self.bill(one, self.chance.randint(50, 150)) for one in accounts))
            payers = [one for one in accounts if self.chance.random() < 0.8]
            paid = [self.pay(one, self.chance.randint(20, 160), week % 5) for one in payers]
            self.do(*paid)
            self.do(self.suspend(10 + week))
            if week % 3 == 2:
                self.odd_week(paid[0])

    def odd_week(self, payment: c.ReceivePayment) -> None:
        unit, account = payment.unit, payment.account
        bill = self.bill(account, 30)
        held = self.suspend(35)
        self.do(bill, held)
        self.do(
            c.ReversePayment(
                unit=unit, account=account, receipt=payment.receipt, reason="cheque_bounced"
            ),
            c.ProposeWriteOff(
                unit=unit,
                account=account,
                write_off=self.name("W"),
                invoice=bill.invoice,
                amount_minor=1_000,
                reason="small_balance",
                evidence="file note",
            ),
            sc.IdentifySuspense(
                receipt=held.receipt,
                to_unit=unit,
                to_account=account,
                amount_minor=2_000,
                reason="phoned",
            ),
        )

    def connect(self) -> "psycopg.Connection[tuple[Any, ...]]":
        return runner.connect(self.url)


def _unit(account: str) -> str:
    return "HSG" if account < "B" else "CORP"


def _town(url: str, moment: datetime) -> Town:
    clock = [moment]
    store = Store(url, clock=lambda: clock[0])
    policy = parse_policy(files("ledger").joinpath("policy/authority.toml").read_text("utf-8"))
    return Town(Ledger(store, policy, lambda: clock[0].date()), url, clock)  # noqa: PLW0108 - it moves


@pytest.fixture
def town(sandbox_database: EmbeddedDatabase) -> Iterator[Town]:
    one = _town(sandbox_database.app_url, START)
    yield one
    one.ledger.store.close()


@pytest.fixture(scope="session")
def busy_template(embedded: EmbeddedServer, worker_id: str) -> Iterator[str]:
    """Half a year of ten accounts in two units, some 1,200 events, lived once for the run."""
    name = f"busy_{worker_id}"
    drop_database(embedded, name)
    made = ensure_database(embedded, name)
    passwords = {APP_LOGIN: app_password(embedded)}
    migrate(made.owner_url, login_passwords=passwords, sandbox=True)
    one = _town(made.app_url, START)
    accounts = [f"A{n}" for n in range(6)] + [f"B{n}" for n in range(4)]
    one.open(accounts)
    one.live(26, accounts)
    one.ledger.store.close()
    yield name
    drop_database(embedded, name)


@pytest.fixture
def busy_town(embedded: EmbeddedServer, busy_template: str) -> Iterator[Town]:
    """A town of its own for each test, with the history of the template."""
    name = f"town_{secrets.token_hex(6)}"
    made = ensure_database(embedded, name, template=busy_template)
    one = _town(made.app_url, START + 26 * 7 * DAY)
    one.names = 100_000  # beyond every name in the history
    yield one
    one.ledger.store.close()
    drop_database(embedded, name)


@pytest.fixture
def projector(
    request: pytest.FixtureRequest,
) -> Iterator["psycopg.Connection[tuple[Any, ...]]"]:
    """The projector of the test's town, the busy one when it asks for that."""
    town: Town = request.getfixturevalue(
        "busy_town" if "busy_town" in request.fixturenames else "town"
    )
    with town.connect() as connection:
        yield connection


@pytest.fixture
def contents() -> Callable[..., dict[str, list[tuple[Any, ...]]]]:
    """`contents(connection)`: every row of every read model, through its view."""

    def read(
        connection: "psycopg.Connection[tuple[Any, ...]]",
    ) -> dict[str, list[tuple[Any, ...]]]:
        return {
            model.name: connection.execute(
                f"SELECT * FROM {model.view} AS one ORDER BY one".encode()  # noqa: S608
            ).fetchall()
            for model in READ_MODELS
        }

    return read
