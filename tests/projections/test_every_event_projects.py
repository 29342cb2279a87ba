"""Every event ever stored is read, and is folded into every read model, on real tables.

The golden lines are the stored bytes of every topic and version; a new one without a line fails in
tests/ledger/test_recorded.py, and one that a fold cannot take fails here.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import psycopg
import pytest

from ledger.postings import UnbalancedPostingsError
from ledger.recorded import FACTS, decode
from ledger.store import Store
from ledger.store_values import Batch, NewEvent, StreamRow
from ledger.streams import NO_STATE
from projections import runner
from projections.read_models import READ_MODELS
from projections.reporting.reports import REPORTS
from service.embedded_database import EmbeddedDatabase

GOLDEN = Path(__file__).parents[1] / "ledger" / "golden" / "events.jsonl"
SPACE = UUID(int=7)
# Written field by field, these say what no decider says: parts that do not add up, no refusal.
# Each topic has another line that does.
IMPOSSIBLE = {
    "invoice-issued.v1-full": UnbalancedPostingsError,
    "invoice-credited.v1-full": UnbalancedPostingsError,
    "payment-reversed.v1-full": UnbalancedPostingsError,
    "payment-moved-to-suspense.v1-full": UnbalancedPostingsError,
    "file-refused.v1-least": IndexError,
    "message-refused.v1-least": IndexError,
    "message-unreadable.v1-least": IndexError,
    "row-quarantined.v1-least": IndexError,
}


def name(line: dict[str, str]) -> str:
    return f"{line['topic']}-{line['variant']}"


def all_golden() -> list[dict[str, str]]:
    return [json.loads(line) for line in GOLDEN.read_text("utf-8").splitlines()]


def golden() -> list[dict[str, str]]:
    return [line for line in all_golden() if name(line) not in IMPOSSIBLE]


def rows_of(line: dict[str, str]) -> list[Any]:
    stored, at = line["stored"].encode(), datetime(2026, 6, 15, 12, tzinfo=UTC)
    event = decode(5, SPACE, 2, at, line["topic"], stored)
    return [list(model.rows(event)) for model in READ_MODELS]


@pytest.fixture
def log(database: EmbeddedDatabase) -> list[tuple[Any, ...]]:
    """A log of all golden lines, each in a stream of its own."""
    events, rows = [], []
    for number, line in enumerate(golden()):
        stream = uuid5(SPACE, str(number))
        events.append(NewEvent(stream, 1, line["topic"], line["stored"].encode()))
        rows.append(StreamRow(stream, f"golden:{number}", 1, 1, NO_STATE))
    store = Store(database.app_url)
    store.append(Batch(events, rows))
    stored = list(store.rows_after(0, 1_000_000))
    store.close()
    return stored


def test_every_golden_event_is_folded_into_every_read_model(
    database: EmbeddedDatabase, log: list[tuple[Any, ...]]
) -> None:
    assert {row[4] for row in log} >= set(FACTS), "every topic has a line that is possible"
    with runner.connect(database.app_url) as connection:
        assert runner.catch_up(connection) == len(log)
    with psycopg.connect(database.owner_url) as owner:
        for model in READ_MODELS:
            count = owner.execute(f"SELECT count(*) FROM {model.view}".encode()).fetchone()  # noqa: S608 - fixed names
            assert count is not None
            assert count[0] > 0, f"no golden event gives a row of {model.view}"
        for report in REPORTS:
            owner.execute(f"SELECT * FROM {report.function}".encode())  # noqa: S608 - fixed names


@pytest.mark.parametrize("line", golden(), ids=name)
def test_each_golden_event_gives_the_same_rows_each_time(line: dict[str, str]) -> None:
    """A fold reads its event and nothing else: no clock, no order, no other event."""
    assert rows_of(line) == rows_of(line)


@pytest.mark.parametrize("line", all_golden(), ids=name)
def test_what_no_decider_says_stops_a_fold_and_is_not_half_taken(line: dict[str, str]) -> None:
    if name(line) in IMPOSSIBLE:
        with pytest.raises(IMPOSSIBLE[name(line)]):
            rows_of(line)
    else:
        assert len(rows_of(line)) == len(READ_MODELS)


def test_a_fold_that_cannot_take_an_event_stops_the_runner(
    database: EmbeddedDatabase, log: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: a read model that does not know one of the topics."""

    def ignorant(event: Any) -> Any:  # noqa: ANN401 - any event
        if event.topic == "refund-paid.v1":
            raise KeyError(event.topic)
        return ()

    broken = tuple(
        model if number else type(model)(model.table, model.name, model.view, ignorant, model.facts)
        for number, model in enumerate(READ_MODELS)
    )
    monkeypatch.setattr(runner, "READ_MODELS", broken)
    with runner.connect(database.app_url) as connection, pytest.raises(KeyError):
        runner.catch_up(connection)
