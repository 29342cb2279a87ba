"""A database with the reporting schema, and the oracle to compare it with.

`reporting` is the one place where these tests get their connection: every test runs in a
transaction of its own that is rolled back, in one database for the whole run.
"""

import importlib.util
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import dict_row

from ledger.recorded import Envelope, RecordedEvent, Source
from projections.read_models import READ_MODELS
from service.embedded import EmbeddedServer
from service.embedded_database import APP_LOGIN, app_password, drop_database, ensure_database
from service.migrations import migrate

Row = dict[str, Any]


class Books:
    """A connection with the few verbs that the tests of figures need."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection

    def record(self, lines: Iterable[Any], postings: Iterable[Any] = ()) -> None:
        """Store movements and postings (named tuples with the columns of the tables)."""
        self.store(movements=lines, postings=postings)

    def record_all(self, history: Any) -> None:  # noqa: ANN401 - a council has no importable type
        """Store everything that a council's history has left."""
        self.store(
            movements=history.movements,
            postings=history.postings,
            receipts=history.receipt_rows,
            bank_entries=history.entry_rows,
            bank_statements=history.statement_rows,
            intake_log=history.intake_rows,
            remittances=history.remittance_rows,
            small_balances=history.small_rows,
        )

    def store(self, **tables: Iterable[Any]) -> None:
        """Store rows (named tuples with the columns of the table) of read models by their names."""
        models = {model.name: model for model in READ_MODELS}
        for name, rows in tables.items():
            model = models[f"projection.{name}_v1"]
            columns = model.table.column_names
            copying = f"COPY {model.name} ({', '.join(columns)}) FROM STDIN".encode()
            with self.connection.cursor().copy(copying) as copy:
                for row in rows:
                    copy.write_row([getattr(row, column) for column in columns])

    def fold(self, told: Iterable[tuple[datetime, date, Any]]) -> None:
        """Fold facts, each with when it was told and takes effect, as the projector does."""
        events = [
            RecordedEvent(
                position,
                UUID(int=0),
                1,
                moment,
                fact.topic,
                fact,
                Envelope(str(position), on, "officer", Source("command", "-"), "-"),
            )
            for position, (moment, on, fact) in enumerate(told, 1)
        ]
        for model in READ_MODELS:
            columns = ", ".join(model.table.column_names)
            copying = f"COPY {model.name} ({columns}) FROM STDIN (FORMAT BINARY)".encode()
            with self.connection.cursor().copy(copying) as copy:
                copy.set_types(model.types)
                for event in events:
                    if isinstance(event.fact, model.facts):
                        for row in model.rows(event):
                            copy.write_row(row)

    def report(self, name: str, as_at: date, as_known: datetime, **more: object) -> list[Row]:
        """The rows of a report."""
        given = "".join(f", {parameter} => %({parameter})s" for parameter in more)
        query = f"SELECT * FROM reporting.{name}(%(as_at)s, %(as_known)s{given})"  # noqa: S608
        with self.connection.cursor(row_factory=dict_row) as cursor:
            cursor.execute(query.encode(), {"as_at": as_at, "as_known": as_known, **more})
            return cursor.fetchall()


@pytest.fixture(scope="session")
def reporting_url(embedded: EmbeddedServer, worker_id: str) -> Iterator[str]:
    """A migrated database for every test of the figures; only rolled-back work happens in it."""
    name = f"reporting_{worker_id}"
    drop_database(embedded, name)
    url = ensure_database(embedded, name).owner_url
    migrate(url, login_passwords={APP_LOGIN: app_password(embedded)})
    yield url
    drop_database(embedded, name)


@pytest.fixture
def books(reporting_url: str) -> Iterator[Books]:
    """Empty books; what a test records is rolled back."""
    with psycopg.connect(reporting_url) as connection:
        yield Books(connection)
        connection.rollback()


@pytest.fixture(scope="session")
def figures() -> ModuleType:
    """The oracle: the figures computed a second time."""
    folder = Path(__file__).parents[1] / "oracle"
    spec = importlib.util.spec_from_file_location("figures_oracle", folder / "__init__.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its own parts look it up there
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def council(figures: ModuleType) -> Callable[[int], Any]:
    """`council(seed)` is a random council with an empty history."""
    found: Callable[[int], Any] = figures.Council
    return found


@pytest.fixture
def ledger(figures: ModuleType, books: Books) -> "Ledger":
    """Writes the lines of a few events into the books."""
    return Ledger(figures, books)


class Ledger:
    """Writes the lines of a few events the way an accountant would tell them, in pounds."""

    def __init__(self, figures: ModuleType, books: Books) -> None:
        self._movement, self._books = figures.Movement, books
        self._position = 0
        self._items: dict[str, tuple[date, date]] = {}

    def _line(self, **columns: Any) -> Any:  # noqa: ANN401 - any column
        on = columns["effective_on"]
        blank = dict.fromkeys(("service", "item", "instalment"))
        usual = {
            "position": self._position,
            "line": 0,
            "unit": "CORP",
            "account": "A1",
            "debt_type": "sundry",
            "currency": "GBP",
            "recorded_at": datetime(on.year, on.month, on.day, 18, tzinfo=UTC),
        }
        return self._movement(**(blank | usual | columns))

    def write(self, *lines: dict[str, Any]) -> None:
        self._position += 1
        self._books.record(self._line(line=n, **line) for n, line in enumerate(lines))

    def of(self, item: str) -> dict[str, Any]:
        invoiced_on, due_on = self._items[item]
        return {"control": "debtors", "item": item, "service": "parking"} | {
            "invoiced_on": invoiced_on,
            "due_on": due_on,
        }

    def bill(self, item: str, pounds: int, on: date, due: date) -> None:
        self._items[item] = (on, due)
        self.write(
            self.of(item) | {"kind": "billed", "amount_minor": pounds * 100, "effective_on": on}
        )

    def credit(self, item: str, pounds: int, on: date) -> None:
        self.write(
            self.of(item) | {"kind": "credited", "amount_minor": -pounds * 100, "effective_on": on}
        )

    def receive(self, receipt: str, pounds: int, on: date, **more: object) -> None:
        self.write(
            {
                "control": "unapplied",
                "kind": "received",
                "amount_minor": -pounds * 100,
                "receipt": receipt,
                "effective_on": on,
                **more,
            }
        )

    def allocate(self, receipt: str, item: str, pounds: int, on: date, cash_on: date) -> None:
        both = {"kind": "allocated", "effective_on": on, "receipt": receipt, "cash_on": cash_on}
        self.write(
            self.of(item) | both | {"amount_minor": -pounds * 100},
            {"control": "unapplied", "amount_minor": pounds * 100} | both,
        )

    def pay(self, item: str, pounds: int, on: date) -> None:
        self.receive(f"R-{item}-{on}", pounds, on)
        self.allocate(f"R-{item}-{on}", item, pounds, on, on)
