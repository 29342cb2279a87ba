# ruff: noqa: ANN401 - what conftest gives has no importable type in importlib mode
"""Questions go to a streaming replica, and no answer is older than what the asker was told."""

import time
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr

from service.reading import NotYetError, reading, wait_until_read
from service.report_run import Question, ask, catch_up, find_report, known_now
from service.settings import Settings
from service.wiring import App, open_app

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
ACCOUNT = "COR/M-1001"
PATIENCE_SECONDS = 60
BALANCES = ("report", "account_balances", "--as-at", "2025-12-31")

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module", autouse=True)
def billed(pair: Any) -> None:
    """One account with two bills, which the replica has."""
    _taken(pair, "accounts.jsonl", "invoices.jsonl")
    pair.caught_up()


def _taken(pair: Any, *names: str) -> int:
    paths = [str(EXAMPLES / name) for name in names]
    line = pair.line()
    assert line("ingest", *paths).returncode == 0
    assert line("project", "--once").returncode == 0
    return int(line("position").stdout)


def _opened(pair: Any, account: str, *, projected: bool = True) -> int:
    """Open and bill an account on the primary; the position that the clerk was told."""
    line = pair.line()
    fields = ("unit=COR", f"account={account}", "debt_type=licence")
    line.json("command", "open-account", *fields, "--actor", "system:intake", "--json")
    lines = (
        '[{"description": "Pitch", "service": "MARKETS", "cost_code": "M100",'
        ' "vat_code": "S20", "net_minor": 1000, "vat_minor": 200}]'
    )
    bill = (
        "unit=COR",
        f"account={account}",
        f"invoice=INV-{account}",
        "service=MARKETS",
        "invoiced_on=2025-06-02",
        "tax_point_on=2025-06-02",
        "due_on=2025-07-02",
        "currency=GBP",
        "description=Market pitch",
        f"lines={lines}",
        "net=10.00",
        "vat=2.00",
        "gross=12.00",
    )
    told = line.json("command", "issue-invoice", *bill, "--actor", "system:intake", "--json")
    assert told["status"] == "posted", told
    if projected:
        assert line("project", "--once").returncode == 0
    assert told["log_position"] >= told["position"] + len(told["events"]) - 1
    return int(told["log_position"])


def _balances(line: Any, *words: str) -> dict[str, str]:
    answer = line.json(*BALANCES, "--format", "json", *words)
    return {row["account"]: row["balance"] for row in answer["rows"]}


def test_an_answer_never_knows_less_than_the_position_it_was_given(pair: Any) -> None:
    line = pair.line(reading_wait_seconds="1")
    with pair.paused():
        told = _opened(pair, "P-1")
        assert "P-1" not in _balances(line), "the control: a reader that names no position"
        for words in (BALANCES, ("explain", ACCOUNT), ("show", ACCOUNT)):
            refused = line(*words, "--at-least", str(told))
            assert refused.returncode == 6, refused.stdout
            assert f"and {told:,} was asked for; waited 1 s" in refused.stderr
            assert refused.stdout == ""
            assert len(refused.stderr.strip().splitlines()) == 1
    pair.caught_up()
    assert _balances(line, "--at-least", str(told))["P-1"] == "12.00"
    shown = line("show", "COR/P-1", "--at-least", str(told))
    assert "Balance £12.00" in shown.stdout, shown.stderr


def test_a_reader_with_a_position_waits_until_the_replica_has_it(pair: Any) -> None:
    patient = pair.line(reading_wait_seconds=str(PATIENCE_SECONDS))
    with pair.paused():
        told = _opened(pair, "P-2")
        process = patient.start(*BALANCES, "--format", "json", "--at-least", str(told))
        _until_it_asks(pair, process)
        assert process.poll() is None
        pair.resume()
        out, error = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, error
    assert '"P-2"' in out


def _until_it_asks(pair: Any, process: Any) -> None:
    """Wait until the reader has looked for its position at least once."""
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE usename = 'tallystick'"
        " AND query LIKE '%%reporting.progress%%'"
    )
    deadline = time.monotonic() + PATIENCE_SECONDS
    with psycopg.connect(pair.replica.url("postgres"), autocommit=True) as connection:
        while True:
            row = connection.execute(query).fetchone()
            if row is not None and row[0]:
                return
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_a_position_that_is_replayed_and_not_yet_in_the_figures_is_waited_for(pair: Any) -> None:
    line = pair.line(reading_wait_seconds="0")
    told = _opened(pair, "P-3", projected=False)
    pair.caught_up()
    assert line.json("verify", "--replica", "--json") == {"events": told, "findings": []}
    assert line(*BALANCES, "--at-least", str(told)).returncode == 6
    assert pair.line()("project", "--once").returncode == 0
    pair.caught_up()
    assert _balances(line, "--at-least", str(told))["P-3"] == "12.00"


def test_a_report_says_that_it_was_read_on_a_replica_and_how_far_that_is(pair: Any) -> None:
    pair.caught_up()
    answer = pair.line().json(*BALANCES, "--format", "json")
    assert list(answer["freshness"]) == ["position", "behind", "replayed_at"]
    assert "up to date as replayed here at" in pair.line()(*BALANCES).stdout
    primary = pair.line(reporting_url="")
    assert list(primary.json(*BALANCES, "--format", "json")["freshness"]) == ["position", "behind"]


def test_nothing_is_written_through_a_replica_and_the_refusal_says_so(pair: Any) -> None:
    before = int(pair.line()("position").stdout)
    line = pair.line(database_url=pair.replica_url)
    fields = ("unit=COR", "account=W-1", "debt_type=licence")
    for words in (
        ("command", "open-account", *fields, "--actor", "system:intake"),
        ("ingest", str(EXAMPLES / "wrong-total.jsonl")),
    ):
        refused = line(*words)
        assert refused.returncode == 1, refused.stdout
        assert "nothing was written: this database is a replica" in refused.stderr
        assert "Traceback" not in refused.stderr
    assert int(pair.line()("position").stdout) == before


def test_a_decision_goes_to_the_primary_although_a_replica_is_named(pair: Any) -> None:
    with pair.paused():
        told = _opened(pair, "P-4")
        assert int(pair.line()("position").stdout) == told
        assert int(pair.line(database_url=pair.replica_url)("position").stdout) < told


def test_verify_runs_on_the_replica_and_finds_there_what_was_changed(pair: Any) -> None:
    line = pair.line()
    pair.caught_up()
    assert line("verify", "--replica").returncode == 0
    _flip_a_byte(pair)
    try:
        pair.caught_up()
        found = line("verify", "--replica")
        assert found.returncode == 1
        assert "positions 1 to 1 is not as it was sealed" in found.stdout
    finally:
        _flip_a_byte(pair)
    pair.caught_up()
    assert line("verify", "--replica").returncode == 0
    alone = pair.line(reporting_url="")("verify", "--replica")
    assert alone.returncode == 2
    assert "TALLYSTICK_REPORTING_URL" in alone.stderr


def _flip_a_byte(pair: Any) -> None:
    with psycopg.connect(pair.primary.url("tallystick")) as connection:
        connection.execute("ALTER TABLE ledger.events DISABLE TRIGGER no_update_delete")
        connection.execute(
            "UPDATE ledger.events SET state = set_byte(state, 9, get_byte(state, 9) # 1)"
            " WHERE notification_id = 1"
        )
        connection.execute("ALTER TABLE ledger.events ENABLE ALWAYS TRIGGER no_update_delete")


@pytest.fixture
def settings(pair: Any) -> Settings:
    return Settings(
        home=pair.home,
        database_url=SecretStr(pair.primary_url),
        reporting_url=SecretStr(pair.primary_url),  # a replica that was promoted
        reading_wait_seconds=0,
        party_key=SecretStr("p" * 32),
        digest_key=SecretStr("d" * 32),
    )


def test_a_reader_writes_nothing_even_where_the_replica_was_promoted(
    pair: Any, settings: Settings
) -> None:
    told = _opened(pair, "P-5", projected=False)
    with open_app(reading(settings)) as app:
        catch_up(app)
        assert _position(app) < told, "the read models are not a reader's to fill"
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), app.store.cursor() as cursor:
            cursor.execute("UPDATE ledger.positions SET notification_id = 0")
    with open_app(settings) as app:  # the control: one that may write does
        catch_up(app)
        assert _position(app) == told


def _position(app: App) -> int:
    with psycopg.connect(app.urls.app) as connection:
        connection.execute("SET ROLE tallystick_reader")
        row = connection.execute("SELECT position FROM reporting.progress").fetchone()
    return int(row[0]) if row else 0


def test_the_position_is_looked_for_in_the_snapshot_of_the_figures(
    pair: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was there a moment ago elsewhere proves nothing: here the check before is left out."""
    with open_app(reading(settings)) as app:
        there = app.store.last_position()
        today, moment = app.ledger.today(), known_now(app)
        question = Question(find_report("suspense"), today, moment, at_least=there + 1)
        with pytest.raises(NotYetError, match=f"{there + 1:,} was asked for"):
            ask(app, question)
        with pytest.raises(NotYetError, match="the position of another database"):
            wait_until_read(app.settings, app.urls.app, there + 1)
