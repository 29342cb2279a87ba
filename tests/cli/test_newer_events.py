"""An older program over what a newer one wrote: it stops, says why, and misreads nothing."""

import json
from typing import Any, TypeAlias

import psycopg
import pytest

from ledger.ids import account_stream, stream_id
from ledger.recorded import Source, shared_part
from ledger.store import Store
from ledger.store_values import Batch, NewEvent, StreamRow
from service.embedded_database import EmbeddedDatabase

Tallystick: TypeAlias = Any  # of the conftest, which cannot be imported from here

OPEN = ("command", "open-account", "unit=HSG", "account=1", "debt_type=rent")
OTHER = ("command", "open-account", "unit=HSG", "account=2", "debt_type=rent")
ON_THE_ACCOUNT = (("explain", "HSG/1"), ("show", "HSG/1"))
OF_ALL = (("project", "--once"), ("report", "aged_debt"), ("rebuild",))
NEWER = {
    "a topic that is not known": ("account-frozen.v1", {"unit": "HSG", "account": "1"}),
    "a field that is not known": (
        "account-amended.v1",
        {"unit": "HSG", "account": "1", "frozen": True},
    ),
}


@pytest.fixture(params=NEWER)
def newer(
    request: pytest.FixtureRequest, tallystick: Tallystick, database: EmbeddedDatabase
) -> Tallystick:
    """A ledger of one account, of which a newer program has written a second event."""
    assert tallystick(*OPEN).code == 0
    assert tallystick("project", "--once").code == 0
    topic, data = NEWER[request.param]
    store, stream = Store(database.app_url), stream_id(account_stream("HSG", "1"))
    row = store.streams([stream])[stream]
    shared = shared_part("officer.ames", Source("command", "cli"), "correlation")
    head = b'{"id":"11111111-1111-5111-8111-111111111111","effective_on":"2026-01-01",'
    state = head + shared[:-1] + b',"data":' + json.dumps(data).encode() + b"}"
    event = NewEvent(stream, row.version + 1, topic, state)
    after = StreamRow(stream, row.name, row.version + 1, row.shape + 1, row.state)
    store.append(Batch([event], [after]))
    store.close()
    return tallystick


@pytest.mark.parametrize("words", [*OF_ALL, *ON_THE_ACCOUNT], ids=" ".join)
def test_what_would_have_to_read_it_stops_with_a_sentence_that_says_what_to_do(
    newer: Tallystick, words: tuple[str, ...]
) -> None:
    result = newer(*words)
    assert result.code == 1
    assert "error: position 2: " in result.said
    assert "a newer Tallystick wrote it" in result.said
    assert result.err.count("error:") == 1


def test_no_command_is_decided_on_an_account_that_cannot_be_read(newer: Tallystick) -> None:
    result = newer("command", "amend-account", "unit=HSG", "account=1", "debt_type=garage")
    assert result.code == 1
    assert "error: position 2: " in result.said
    assert newer("verify", "--json").json()["events"] == 2


def test_the_other_accounts_go_on(newer: Tallystick) -> None:
    assert newer(*OTHER).code == 0


def test_verify_names_the_position_and_finds_the_seals_whole(newer: Tallystick) -> None:
    findings = newer("verify", "--json").json()["findings"]
    assert {one["check"] for one in findings} == {"streams"}
    assert {one["position"] for one in findings} == {2}


def test_the_figures_stay_where_they_were(newer: Tallystick, database: EmbeddedDatabase) -> None:
    """The read models know the log up to the event before, and say so; nothing is half read."""
    assert newer("project", "--once").code == 1
    with psycopg.connect(database.owner_url) as owner:
        row = owner.execute("SELECT position FROM reporting.progress").fetchone()
    assert row == (1,)
