"""The verbs health, doctor, quarantine and metrics, and the port of a process that runs."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import psycopg
import pytest

from service.embedded_database import EmbeddedDatabase

Tallystick: TypeAlias = Any  # conftest's, which a test cannot import

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
PATIENCE_SECONDS = 60
TAMPER = (
    "UPDATE ledger.streams SET state = convert_to(replace(convert_from(state, 'UTF8'),"
    " '\"terms_days\":30', '\"terms_days\":31'), 'UTF8') WHERE name = 'account:COR:M-1001'"
)


@pytest.fixture
def filled(tallystick: Tallystick) -> Tallystick:
    tallystick.variables["TALLYSTICK_DISK_FREE_PERCENT_MIN"] = "0"  # whatever this machine's disk
    files = [str(EXAMPLES / name) for name in ("accounts.jsonl", "invoices.jsonl")]
    assert tallystick("ingest", *files).code == 0
    assert tallystick("project", "--once").code == 0
    return tallystick


def tampered(database: EmbeddedDatabase) -> None:
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        assert owner.execute(TAMPER.encode()).rowcount == 1


def test_a_ledger_that_is_well_is_called_so(filled: Tallystick) -> None:
    page = filled("health")
    assert page.code == 0, page.said
    assert "answers and can be written to" in page.said
    assert "no account is stopped" in page.said
    assert filled("health", "--json").json()["level"] == "fine"
    assert filled("health", "--ready").out == "ready\n"
    told = filled("doctor")
    assert (told.code, told.out.startswith("All is well")) == (0, True), told.said


def test_what_is_wrong_is_told_with_its_exit_code(filled: Tallystick) -> None:
    assert filled("ingest", str(EXAMPLES / "wrong-total.jsonl")).code == 3
    assert filled("project", "--once").code == 0
    told = filled("doctor")
    assert told.code == 1
    assert "inputs wait at the intake desk: 1 refused" in told.said
    assert "    tallystick intake list\n" in told.out
    assert filled("health").code == 1
    full = {"TALLYSTICK_DISK_FREE_PERCENT_MIN": "100"}
    assert filled("health", **full).code == 2
    assert filled("health", "--ready", **full).code == 2


def test_a_process_is_alive_without_a_database_and_not_ready(bare: Tallystick) -> None:
    assert bare("health", "--live").code == 0
    assert bare("health", "--ready").code == 2
    told = bare("doctor")
    assert told.code == 2
    assert "the database does not answer" in told.said
    assert "secret-canary" not in told.said


def test_the_doctor_stops_what_it_found_wrong_when_it_is_told_to(
    filled: Tallystick, database: EmbeddedDatabase
) -> None:
    tampered(database)
    assert filled("doctor").code == 2
    assert filled("quarantine", "list").out == "nothing is stopped\n"
    stopped = filled("doctor", "--quarantine", "--actor", "senior.cole")
    assert "account:COR:M-1001: stopped until it is released" in stopped.said
    (row,) = filled("quarantine", "list", "--json").json()
    assert (row["stream"], row["stopped_by"]) == ("account:COR:M-1001", "senior.cole")
    assert "state row is not what the events give" in row["breach"]


def test_a_stopped_account_is_released_by_a_manager_with_its_state_made_anew(
    filled: Tallystick, database: EmbeddedDatabase
) -> None:
    tampered(database)
    filled("quarantine", "stop", "COR/M-1001", "--reason", "odd", "--actor", "senior.cole")
    hold = ("unit=COR", "account=M-1001", "hold=H1", "kind=other", "reason=x")
    refused = filled("command", "place-hold", *hold)
    assert (refused.code, "account_quarantined" in refused.said) == (3, True)
    words = ("quarantine", "release", "COR/M-1001", "--reason", "mended", "--actor")
    assert filled(*words, "officer.ames").code == 3
    assert filled(*words, "manager.dean", "--dry-run").code == 0
    assert filled("verify").code == 1
    assert filled(*words, "manager.dean").code == 0
    assert filled("verify").code == 0
    assert filled("command", "place-hold", *hold).code == 0


# -- metrics ---------------------------------------------------------------------------------------


def value_of(text: str, name: str) -> float:
    found = [line.rpartition(" ")[2] for line in text.splitlines() if line.startswith(f"{name} ")]
    assert len(found) == 1, (name, text)
    return float(found[0])


def get(port: int, page: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{page}", timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@contextmanager
def running(tallystick: Tallystick, log: Path, *words: str, **more: str) -> Iterator[int]:
    """A process of its own that serves its metrics; its port."""
    environment = {
        **{name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
        **tallystick.variables,
        "PYTHONPATH": str(EXAMPLES.parents[1]),
        "TALLYSTICK_LOG_FORMAT": "json",
        "TALLYSTICK_LOG_LEVEL": "info",
        **more,
    }
    command = [sys.executable, "-c", "from service.cli import main; main()", *words]
    with log.open("w") as err:
        process = subprocess.Popen(command, env=environment, stderr=err)
    try:
        yield _port(process, log)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0, log.read_text("utf-8")


def _port(process: "subprocess.Popen[bytes]", log: Path) -> int:
    for _ in range(PATIENCE_SECONDS * 10):
        for line in log.read_text("utf-8").splitlines():
            said = json.loads(line) if line.startswith("{") else {}
            if said.get("event") == "metrics served":
                return int(said["port"])
        assert process.poll() is None, log.read_text("utf-8")
        time.sleep(0.1)
    raise AssertionError(log.read_text("utf-8"))


def test_a_process_that_runs_tells_what_it_has_done(
    tallystick: Tallystick, database: EmbeddedDatabase, tmp_path: Path
) -> None:
    tallystick.variables["TALLYSTICK_DISK_FREE_PERCENT_MIN"] = "0"
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for name in ("accounts.jsonl", "invoices.jsonl", "wrong-total.jsonl"):
        (inbox / name).write_bytes((EXAMPLES / name).read_bytes())
    watch = ("watch", str(inbox), "--metrics-port", "0")
    with running(tallystick, tmp_path / "log", *watch) as port:
        assert get(port, "/healthz") == (200, "alive\n")
        for _ in range(PATIENCE_SECONDS * 5):
            text = get(port, "/metrics")[1]
            if not list(inbox.glob("*.jsonl")):
                break
            time.sleep(0.2)
        text = get(port, "/metrics")[1]
        with psycopg.connect(database.owner_url) as owner:
            row = owner.execute("SELECT count(*) FROM ledger.events").fetchone()
        assert row is not None
        assert value_of(text, "tallystick_events_appended_total") == row[0] > 3
        assert value_of(text, "tallystick_append_seconds_count") >= 3
        assert value_of(text, 'tallystick_refusals_total{code="total_differs_from_lines"}') == 1
        assert value_of(text, "tallystick_append_conflicts_total") == 0
        assert value_of(text, "tallystick_quarantined_streams") == 0
        assert value_of(text, 'tallystick_projection_lag_events{projection="live"}') == row[0]
        assert 0 <= value_of(text, "tallystick_seal_age_seconds") < PATIENCE_SECONDS
        assert get(port, "/readyz") == (200, "ready\n")
        assert get(port, "/elsewhere")[0] == 404
        assert tallystick("quarantine", "stop", "COR/M-1001", "--reason", "odd", "--actor",
                          "senior.cole").code == 0  # fmt: skip
        assert value_of(get(port, "/metrics")[1], "tallystick_quarantined_streams") == 1


def test_a_process_that_lacks_room_says_that_it_is_not_ready(
    tallystick: Tallystick, tmp_path: Path
) -> None:
    full = {"TALLYSTICK_DISK_FREE_PERCENT_MIN": "100", "TALLYSTICK_METRICS_PORT": "0"}
    with running(tallystick, tmp_path / "log", "project", **full) as port:
        status, text = get(port, "/readyz")
        assert (status, "of the disk" in text) == (503, True)
        assert get(port, "/healthz")[0] == 200


def test_the_metrics_are_printed_once_for_the_node_exporter(filled: Tallystick) -> None:
    text = filled("metrics").out
    assert value_of(text, 'tallystick_projection_lag_events{projection="live"}') == 0
    assert "# TYPE tallystick_append_seconds histogram" in text
    assert 'tallystick_dead_letters_total{class="poison"} 0.0' in text
    assert 'tallystick_intake_paused{reason="stopped"} 0.0' in text
