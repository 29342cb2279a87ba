"""A small council on a real database: its debtors, its billing system, its bank.

Everything goes through the product's own doors; the builders here only write what a billing system
and a bank would send. Kafka's fixtures are loaded by path, as in tests/kafka.
"""

import importlib.util
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from pydantic import SecretStr

from consumers.avro import encode
from consumers.avro_files import write_container
from consumers.billing_sink import BillingSink
from consumers.cloud_events import Attributes, build_headers
from consumers.formats.accounts import gb_iban
from consumers.formats.camt053_write import OutDetail, OutEntry, OutStatement
from consumers.formats.camt053_write import write as write_camt
from consumers.formats.csv_write import OutRow
from consumers.formats.csv_write import write as write_csv
from consumers.json_lines import to_json_line
from consumers.message import Message
from consumers.reports import FileReport
from ledger import commands as c
from ledger.account_state import AccountState
from ledger.ids import account_stream, stream_id
from ledger.recorded import RecordedEvent, Source
from ledger.references import mint
from ledger.requests import Outcome, Request
from ledger.streams import load
from ledger.values import Fact
from projections import runner
from service.embedded_database import EmbeddedDatabase
from service.ingest import ingest
from service.settings import Settings
from service.wiring import App, open_app

PLUGIN = Path(__file__).parents[1] / "plugins" / "kafka_broker.py"
PLUGIN_NAME = "tallystick_test_plugin_kafka_broker"
SORT_CODE, ACCOUNT_NUMBER = "300000", "12345678"
BANK_ACCOUNT = f"{SORT_CODE}-{ACCOUNT_NUMBER}"
BANK_ACCOUNTS = f'[accounts]\n"{BANK_ACCOUNT}" = "HSG"\n"400000-87654321" = "CORP"\n'
OPENED_ON = date(2025, 4, 1)


def _loaded(name: str) -> ModuleType:
    """A module beside this one, by path: the test folders are no packages."""
    full = f"tallystick_tests_{name}"
    if full not in sys.modules:
        spec = importlib.util.spec_from_file_location(full, Path(__file__).with_name(f"{name}.py"))
        assert spec is not None
        assert spec.loader is not None
        sys.modules[full] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[full])
    return sys.modules[full]


def pytest_configure(config: pytest.Config) -> None:
    if config.pluginmanager.has_plugin(PLUGIN_NAME):
        return
    spec = importlib.util.spec_from_file_location(PLUGIN_NAME, PLUGIN)
    if spec is None or spec.loader is None:
        raise ImportError(str(PLUGIN))
    module = importlib.util.module_from_spec(spec)
    sys.modules[PLUGIN_NAME] = module  # dataclasses look their module up by name
    spec.loader.exec_module(module)
    config.pluginmanager.register(module, PLUGIN_NAME)


class Billing:
    """What a billing system sends, as records of the Avro schemas."""

    @staticmethod
    def account(account: str, unit: str = "HSG", **fields: Any) -> dict[str, Any]:  # noqa: ANN401
        usual = {
            "unit": unit,
            "account": account,
            "action": "open",
            "opened_on": OPENED_ON,
            "debt_type": "rent",
            "payment_terms_days": 14,
            "apply_credit_automatically": True,
            "party": None,
        }
        return usual | fields

    @staticmethod
    def invoice(
        account: str,
        number: str,
        pence: int = 10_000,
        on: date = date(2025, 5, 1),
        unit: str = "HSG",
        **fields: Any,  # noqa: ANN401
    ) -> dict[str, Any]:
        line = {
            "line_number": 1,
            "description": "Rent",
            "service": "RENT",
            "cost_code": "R100",
            "vat_code": "N",
            "net": pence,
            "vat": 0,
            "period_from": None,
            "period_to": None,
        }
        usual = {
            "unit": unit,
            "account": account,
            "invoice_number": number,
            "service": "RENT",
            "invoice_date": on,
            "tax_point": on,
            "due_date": fields.pop("due", date.fromordinal(on.toordinal() + 14)),
            "currency": "GBP",
            "description": "Rent of a month",
            "po_reference": None,
            "lines": [line],
            "instalments": [],
            "total_net": pence,
            "total_vat": 0,
            "total_gross": pence,
        }
        return usual | fields

    @staticmethod
    def credit_note(
        account: str,
        number: str,
        invoice: str,
        pence: int = 10_000,
        on: date = date(2025, 5, 20),
        **fields: Any,  # noqa: ANN401
    ) -> dict[str, Any]:
        line = {"service": "RENT", "cost_code": "R100", "vat_code": "N", "net": pence, "vat": 0}
        usual = {
            "unit": "HSG",
            "account": account,
            "credit_note_number": number,
            "invoice_number": invoice,
            "credit_date": on,
            "reason": "overcharge",
            "source_document": "CASE-1",
            "authorised_by": "housing.officer.7",
            "description": "Rent reduced",
            "lines": [line],
            "total_gross": pence,
            "whole": False,
        }
        return usual | fields

    @staticmethod
    def name_of(record: Mapping[str, Any]) -> str:
        """The schema of a record."""
        if "credit_note_number" in record:
            return "CreditNote"
        return "InvoiceIssued" if "invoice_number" in record else "Account"


class Council:
    """One ledger and everything that a test does to it."""

    bank_account = BANK_ACCOUNT
    iban = gb_iban("LOYD", SORT_CODE, ACCOUNT_NUMBER)
    billing = Billing()

    def __init__(self, app: App, folder: Path, settings: Settings) -> None:
        self.app = app
        self.folder = folder
        self.settings = settings
        self._offset = -1
        self._commands = 0

    # -- the billing system --------------------------------------------------------------------

    def opened(self, *accounts: str, unit: str = "HSG") -> None:
        """Open accounts."""
        self.post(*(self.billing.account(one, unit) for one in accounts))

    def billed(self, account: str, number: str, pence: int = 10_000, **fields: Any) -> None:  # noqa: ANN401
        """Issue one bill."""
        self.post(self.billing.invoice(account, number, pence, **fields))

    def post(self, *records: Mapping[str, Any]) -> None:
        """Send messages that must all be posted."""
        outcomes = self.send([self.message(record) for record in records])
        assert [one.status for one in outcomes] == ["posted"] * len(records), outcomes

    def message(
        self, record: Mapping[str, Any], message_id: str | None = None, topic: str = "t"
    ) -> Message:
        """A record as the next Kafka message of a topic."""
        name = self.billing.name_of(record)
        return self.raw_message(encode(name, record), message_id, topic)

    def raw_message(
        self, value: bytes | None, message_id: str | None = None, topic: str = "t"
    ) -> Message:
        """Any bytes as the next Kafka message of a topic."""
        self._offset += 1
        headers = build_headers(Attributes(message_id or f"m-{self._offset}", "/council/housing"))
        return Message(topic, 0, self._offset, b"HSG|1", value, headers, 1_750_000_000_000)

    def send(self, messages: Sequence[Message]) -> list[Outcome]:
        """Take messages as the Kafka loop does; what became of each, as its sender sees it."""
        outcomes: list[Outcome] = []
        self.sink(outcomes).take(messages)
        return outcomes

    def sink(self, outcomes: list[Outcome] | None = None) -> BillingSink:
        """Where a consumer of its own puts its batches."""
        told = [] if outcomes is None else outcomes
        actor = self.app.actor("system:intake")
        return BillingSink(
            self.app.ledger, self.app.keeping, actor, "cluster", on_outcomes=told.extend
        )

    def avro(self, name: str, records: Sequence[Mapping[str, Any]]) -> Path:
        """The records as an Avro container."""
        path = self.folder / name
        write_container(path, self.billing.name_of(records[0]), records)
        return path

    def json_lines(self, name: str, records: Sequence[Mapping[str, Any]]) -> Path:
        """The records as JSON lines."""
        lines = [to_json_line(self.billing.name_of(record), record) for record in records]
        return self.file(name, "\n".join(lines) + "\n")

    # -- the bank ------------------------------------------------------------------------------

    def csv(
        self,
        name: str,
        rows: Sequence[tuple[date, int, str]],
        opening: int = 0,
        **out: Any,  # noqa: ANN401
    ) -> Path:
        """Rows (day, pence, narrative) as a Lloyds CSV, newest first, with a running balance."""
        placed, balance = [], opening
        for on, pence, narrative in rows:
            balance += pence
            placed.append(
                OutRow(
                    out.get("account", BANK_ACCOUNT), on, pence, narrative, balance_minor=balance
                )
            )
        profile = next(one for one in self.app.profiles if one.name == "lloyds")
        path = self.folder / name
        with path.open("wb") as file:
            write_csv(profile, reversed(placed), file)
        return path

    def camt(
        self,
        name: str,
        entries: Sequence[OutEntry],
        statement: str = "S1",
        sequence: int = 1,
        opening: int = 0,
        on: date = date(2025, 6, 2),
    ) -> Path:
        """Entries as a camt.053 statement."""
        one = OutStatement(self.iban, statement, sequence, on, on, opening, tuple(entries))
        path = self.folder / name
        with path.open("wb") as file:
            write_camt([one], file, name)
        return path

    @staticmethod
    def entry(
        pence: int,
        text: str = "",
        on: date = date(2025, 6, 2),
        **fields: Any,  # noqa: ANN401
    ) -> OutEntry:
        """One entry with one payment, whose remittance text is given."""
        details = fields.pop("details", (OutDetail(pence, remittance=(text,) if text else ()),))
        return OutEntry(pence, on, on, details=details, **fields)

    @staticmethod
    def detail(pence: int, **fields: Any) -> OutDetail:  # noqa: ANN401
        """One payment of an entry."""
        return OutDetail(pence, **fields)

    def file(self, name: str, content: str | bytes) -> Path:
        """A file with this content."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def take(self, path: Path) -> FileReport:
        """Ingest one file."""
        return ingest(self.app, path)

    @staticmethod
    def reference(account: str, unit: str = "HSG") -> str:
        """The payment reference that the ledger mints for an account."""
        return mint(unit, account)

    # -- officers --------------------------------------------------------------------------------

    def command(self, command: c.AnyCommand, actor: str = "officer.ames") -> Outcome:
        """Give one command."""
        self._commands += 1
        identity = f"command|{self._commands}"
        who = self.app.actor(actor)
        request = Request(command, who, Source("command", "test"), identity)
        return self.app.ledger.handle([request])[0]

    # -- what is there -------------------------------------------------------------------------

    def events(self) -> list[RecordedEvent]:
        """The whole log."""
        return self.app.store.events_after(0, 1_000_000)

    def facts(self, kind: type[Fact]) -> list[Any]:
        """The facts of one kind, in order."""
        return [event.fact for event in self.events() if type(event.fact) is kind]

    def state(self, account: str, unit: str = "HSG") -> AccountState:
        """The stored state of an account."""
        name = account_stream(unit, account)
        row = self.app.store.streams([stream_id(name)])[stream_id(name)]
        state = load(name, bytes(row.state))
        assert isinstance(state, AccountState)
        return state

    def figures(
        self, name: str, as_at: date, as_known: datetime | None = None, **more: object
    ) -> list[dict[str, Any]]:
        """The rows of a report, after the read models have caught up."""
        with runner.connect(self.app.urls.app) as connection:
            runner.catch_up(connection)
        given = "".join(f", {parameter} => %({parameter})s" for parameter in more)
        moment = as_known or self.app.store.now()
        query = f"SELECT * FROM reporting.{name}(%(as_at)s, %(as_known)s{given})"  # noqa: S608
        with self.rows() as cursor:
            cursor.execute(query.encode(), {"as_at": as_at, "as_known": moment, **more})
            return cursor.fetchall()

    @contextmanager
    def rows(self) -> Iterator[psycopg.Cursor[dict[str, Any]]]:
        """A cursor as the reporting tools have it."""
        with psycopg.connect(self.app.urls.app, row_factory=dict_row) as connection:
            connection.execute("SET ROLE tallystick_reader")
            yield connection.cursor()

    def movements(self) -> "Counter[tuple[Any, ...]]":
        """The movements as a multiset, without positions and times of recording."""
        with runner.connect(self.app.urls.app) as connection:
            runner.catch_up(connection)
        with self.rows() as cursor:
            found = cursor.execute("SELECT to_jsonb(m) AS m FROM reporting.movements m").fetchall()
        free = {"position", "recorded_at", "line"}
        return Counter(
            tuple((key, json.dumps(row["m"][key])) for key in sorted(row["m"]) if key not in free)
            for row in found
        )


@pytest.fixture(scope="session")
def poison() -> ModuleType:
    """Every kind of bad message: tests/intake/poison.py, loaded by path."""
    return _loaded("poison")


Opener = Callable[[EmbeddedDatabase, Path], AbstractContextManager[Council]]


@contextmanager
def opened_council(database: EmbeddedDatabase, folder: Path) -> Iterator[Council]:
    policy = folder / "policy"
    policy.mkdir(exist_ok=True)
    (policy / "bank-accounts.toml").write_text(BANK_ACCOUNTS, encoding="utf-8")
    settings = Settings(
        home=folder / "home",
        database_url=SecretStr(database.app_url),
        policy_dir=policy,
        party_key=SecretStr("p" * 32),
        digest_key=SecretStr("d" * 32),
    )
    with open_app(settings) as app:
        yield Council(app, folder, settings)


@pytest.fixture(scope="session")
def open_council() -> Opener:
    """Opens a council on a database, for tests that need more than one."""
    return opened_council


@pytest.fixture
def council(database: EmbeddedDatabase, tmp_path: Path) -> Iterator[Council]:
    """A council without debtors."""
    with opened_council(database, tmp_path) as one:
        yield one
