"""The drill of docs/operating.md: a council under load is backed up, and restored to any moment.

Real parts: PostgreSQL with its log archived, a base backup taken while `tallystick consume` reads
from a real Kafka and bank files are taken, a server of its own for each restore. The original goes
on to its end: it is the run without a crash that the restored one must come to be equal to.
"""

import importlib.util
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any, TypeAlias

import psycopg
import pytest

from consumers.avro import encode
from consumers.cloud_events import Attributes, build_headers
from consumers.kafka import Producer, cluster_id, create_topics
from consumers.message import position_name
from ledger.checks import verify
from ledger.intake_events import BankStatementTaken, MessageUnreadable
from projections import runner
from projections.rebuild import Today, rebuild
from service.embedded import EmbeddedServer, discard
from service.embedded_database import APP_LOGIN, EmbeddedDatabase, app_password, ensure_database
from service.migrations import migrate
from service.restored import look_at

Council: TypeAlias = Any  # of the conftest, which cannot be imported from here
Broker: TypeAlias = Any  # of tests/plugins/kafka_broker.py
Archived: TypeAlias = Any  # of tests/plugins/archiving.py

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]

ROOT = Path(__file__).parents[2]
CRASHING = Path(__file__).with_name("crashing_consumer.py")
PARTITIONS = 2
ACCOUNTS = 120
BILLS_AFTER_THE_BACKUP = 900
FILES = 12
LINES_IN_A_FILE = 10
PATIENCE_SECONDS = 90
PAID_FROM = date(2025, 6, 2)
END = date(2025, 12, 31)
REFUSALS = {MessageUnreadable.topic}


def _archiving() -> ModuleType:
    name = "tallystick_test_archiving"
    if name not in sys.modules:
        path = ROOT / "tests" / "plugins" / "archiving.py"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@dataclass
class Run:
    """What was done once, and where it is kept."""

    archived: Archived
    database: EmbeddedDatabase
    council: Council
    broker: Broker
    topic: str
    files: list[Path]
    backed_up_at: datetime
    ended_at: datetime
    folder: Path

    def committed(self, moment: datetime) -> int:
        """The last position whose append had committed by a moment, by the server's own record."""
        with psycopg.connect(self.database.owner_url) as connection:
            row = connection.execute(
                "SELECT coalesce(max(notification_id), 0) FROM ledger.events"
                " WHERE pg_xact_commit_timestamp(xmin) <= %s",
                (moment,),
            ).fetchone()
        assert row is not None
        return int(row[0])


# -- the load --------------------------------------------------------------------------------


def _letters(council: Council, first: int, count: int) -> Iterator[tuple[bytes, bytes, Any]]:
    """An account and its bill for each number; every twentieth is followed by poison."""
    for number in range(first, first + count):
        account = str(10_000 + number)
        bill = council.billing.invoice(account, f"INV-{number}", 1_000 + number)
        parts = [
            encode("Account", council.billing.account(account)),
            encode("InvoiceIssued", bill),
        ]
        if number % 20 == 0:
            parts.append(b"\x07poison" + str(number).encode())
        for at, value in enumerate(parts):
            headers = build_headers(Attributes(f"id-{number}-{at}", "/council/housing"))
            yield f"HSG|{account}".encode(), value, headers


def _publish(run: Run, letters: Iterator[tuple[bytes, bytes, Any]]) -> None:
    producer = Producer(run.broker.connection)
    for key, value, headers in letters:
        producer.send(run.topic, key, value, headers)
    producer.flush()
    producer.close()


def _bank_files(council: Council) -> list[Path]:
    """Statements that pay bills of the time before the load, so that no order can matter."""
    files = []
    opening = 0
    for number in range(FILES):
        on = PAID_FROM + timedelta(days=number)
        paid = [number * LINES_IN_A_FILE + at for at in range(LINES_IN_A_FILE)]
        lines = [(on, 1_000 + one, f"RENT {council.reference(str(10_000 + one))}") for one in paid]
        files.append(council.csv(f"bank-{number:02}.csv", lines, opening))
        opening += sum(line[1] for line in lines)
    return files


class Reader:
    """`tallystick consume` in small batches, as a process of its own."""

    def __init__(self, council: Council, broker: Broker, topic: str) -> None:
        self._log = council.folder / "consume.log"
        environment = {
            **{name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
            "PYTHONPATH": str(ROOT),
            "TALLYSTICK_HOME": str(council.settings.home),
            "TALLYSTICK_DATABASE_URL": council.app.urls.app,
            "TALLYSTICK_PARTY_KEY": "p" * 32,
            "TALLYSTICK_DIGEST_KEY": "d" * 32,
            "TALLYSTICK_KAFKA_BOOTSTRAP": broker.bootstrap,
            "TALLYSTICK_KAFKA_TOPICS": topic,
        }
        with self._log.open("w", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(CRASHING)],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("consume|none|1\n")
        self._process.stdin.flush()
        self._pid = int(self._process.stdout.readline().split()[1])

    def until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.05)

    def end(self) -> None:
        os.kill(self._pid, signal.SIGTERM)
        self._process.communicate(timeout=PATIENCE_SECONDS)


def _positions(council: Council) -> dict[str, int]:
    with council.app.store.cursor() as cursor:
        found = cursor.execute(
            "SELECT application_name, notification_id FROM ledger.positions"
            " WHERE application_name LIKE 'kafka:%'"
        ).fetchall()
    return dict(found)


def _all_taken(run: Run, council: Council) -> Callable[[], bool]:
    """Whether every message that is in the topic has been taken."""
    from kafka import KafkaConsumer  # noqa: PLC0415 - slow to import, and the first need is here
    from kafka.structs import TopicPartition  # noqa: PLC0415 - as above

    reader = KafkaConsumer(bootstrap_servers=run.broker.bootstrap)
    ends = reader.end_offsets([TopicPartition(run.topic, one) for one in range(PARTITIONS)])
    reader.close()
    cluster = cluster_id(run.broker.connection)
    wanted = {
        position_name(cluster, run.topic, at.partition): end - 1 for at, end in ends.items() if end
    }
    return lambda: _positions(council) == wanted


@pytest.fixture(scope="module")
def run(run_folder: Path, kafka_broker: Broker, open_council: Callable[..., Any]) -> Iterator[Run]:
    kafka_broker.need("topics with two partitions")
    folder = run_folder / f"restore-{secrets.token_hex(4)}"
    folder.mkdir()
    folder.chmod(0o711)
    archived = _archiving().archived_server(folder)
    database = _migrated(archived.server)
    topic = kafka_broker.new_topic(partitions=PARTITIONS)
    create_topics(kafka_broker.connection, [f"{topic}.dlq"], 1)
    original = folder / "original"
    original.mkdir()
    with open_council(database, original) as council:
        now = datetime.now(UTC)
        one = Run(archived, database, council, kafka_broker, topic, [], now, now, folder)
        reader = Reader(council, kafka_broker, topic)
        try:
            _play(one, reader)
        finally:
            reader.end()
        yield one
    discard(archived.server.home)
    shutil.rmtree(folder, ignore_errors=True)


def _migrated(server: EmbeddedServer) -> EmbeddedDatabase:
    database = ensure_database(server)
    migrate(database.owner_url, login_passwords={APP_LOGIN: app_password(server)})
    return database


def _play(run: Run, reader: Reader) -> None:
    """Bills, then more bills, bank files and the base backup all at once, then the last piece."""
    council = run.council
    _publish(run, _letters(council, 0, ACCOUNTS))
    reader.until(_all_taken(run, council))
    backed_up = threading.Event()
    backup = threading.Thread(target=_back_up, args=(run, backed_up))
    backup.start()
    number, after = ACCOUNTS, 0
    while after < BILLS_AFTER_THE_BACKUP:
        _publish(run, _letters(council, number, 60))
        number += 60
        if backed_up.is_set():
            after += 60
            if len(run.files) == 0:
                run.files.extend(_bank_files(council))
                taker = threading.Thread(target=_take_files, args=(run,))
                taker.start()
    backup.join(PATIENCE_SECONDS)
    taker.join(PATIENCE_SECONDS)
    reader.until(_all_taken(run, council))
    run.ended_at = council.app.store.now()
    council.post(council.billing.account("99999"))  # a commit after every moment of the drill
    run.archived.archive_all()


def _take_files(run: Run) -> None:
    for path in run.files:
        run.council.take(path)


def _back_up(run: Run, done: threading.Event) -> None:
    run.archived.run("backup")
    run.backed_up_at = datetime.now(UTC)
    done.set()


# -- what must hold --------------------------------------------------------------------------


def _log(council: Council) -> list[tuple[Any, ...]]:
    return list(council.app.store.rows_after(0, 1_000_000))


def not_as_it_was(run: Run, restored: Council, moment: datetime) -> list[str]:
    """What is wrong with a restored ledger before anything is read again."""
    found = [one.sentence for one in verify(restored.app.store)]
    original, log = _log(run.council), _log(restored)
    if log != original[: len(log)]:
        found.append("the log is not a prefix of the original")
    if len(log) != run.committed(moment):
        found.append(f"{len(log)} events, not the {run.committed(moment)} committed by {moment}")
    if _positions(restored) != _taken_by(restored, run):
        found.append("a position is not that of the log")
    return found


def _taken_by(council: Council, run: Run) -> dict[str, int]:
    """The last offset of each partition that an event of the log came from."""
    cluster, last = cluster_id(run.broker.connection), dict[str, int]()
    for event in council.events():
        source = event.envelope.source
        if source.kind == "kafka" and source.partition is not None and source.offset is not None:
            name = position_name(cluster, run.topic, source.partition)
            last[name] = max(last.get(name, -1), source.offset)
    return last


def end_state(council: Council) -> dict[str, object]:
    """Everything but the times and the order across sources: each stream byte for byte."""
    streams: dict[Any, list[tuple[Any, ...]]] = defaultdict(list)
    for _, stream, version, _, topic, state in _log(council):
        # Two partitions share the stream of their topic's refusals: no order between them is right.
        place = 0 if topic in REFUSALS else version
        streams[stream].append((place, topic, _told(topic, bytes(state))))
    with council.app.store.cursor() as cursor:
        keys = cursor.execute("SELECT kind, key, digest, holder FROM ledger.register").fetchall()
        folded = cursor.execute("SELECT name, version, state FROM ledger.streams").fetchall()
    return {
        "streams": {stream: sorted(events) for stream, events in streams.items()},
        "register": set(keys),
        "folded": set(folded),
        "positions": _positions(council),
        "movements": council.movements(),
        # A figure has no order of its own.
        "balances": sorted(str(one) for one in council.figures("account_balances", END)),
        "aged debt": sorted(str(one) for one in council.figures("aged_debt", END)),
    }


def _told(topic: str, state: bytes) -> bytes:
    """An event as it is; of a statement, its lines whether this reading or an earlier posted them.

    A file that was cut off by the loss is given in again: what was posted is a duplicate then.
    """
    if topic != BankStatementTaken.topic:
        return state
    document = json.loads(state)
    posted, duplicates = document["data"].pop("posted"), document["data"].pop("duplicates")
    document["data"]["here"] = {name: posted[name] + duplicates[name] for name in posted}
    return json.dumps(document, sort_keys=True).encode()


def different(one: Council, other: Council) -> list[str]:
    """The parts of the end state in which two ledgers differ."""
    first, second = end_state(one), end_state(other)
    return [name for name in first if first[name] != second[name]]


# -- the drill -------------------------------------------------------------------------------


@contextmanager
def drilled(run: Run, moment: datetime, open_council: Callable[..., Any]) -> Iterator[Council]:
    """A council on a restored server: its database of a moment, its kept files of the end."""
    home = run.folder / f"restored-{secrets.token_hex(4)}"
    began = time.monotonic()
    server = run.archived.restore(home, moment)
    ready = time.monotonic()
    url = server.url("tallystick", APP_LOGIN, app_password(server))
    database = EmbeddedDatabase("tallystick", server.url("tallystick"), url)
    folder = home / "council"
    shutil.copytree(run.council.settings.home / "raw", folder / "home" / "raw")
    try:
        with open_council(database, folder) as council:
            with runner.connect(council.app.urls.app) as connection:
                runner.catch_up(connection)
            told = f"server {ready - began:.1f} s, figures {time.monotonic() - ready:.1f} s later"
            print(f"restored to {moment}: {council.app.store.last_position()} events; {told}")  # noqa: T201 - a figure to read, not to assert
            council.owner_url = database.owner_url
            yield council
    finally:
        discard(server.home)


def catches_up(run: Run, council: Council) -> None:
    """What happens after a restore: consume goes on, and all files are offered again."""
    reader = Reader(council, run.broker, run.topic)
    try:
        reader.until(_all_taken(run, council))
    finally:
        reader.end()
    for path in run.files:
        council.take(path)
    council.post(council.billing.account("99999"))


def moments(run: Run, rng: Random, count: int) -> list[datetime]:
    """Moments by chance, and always one in the middle of a bank's file."""
    span = (run.ended_at - run.backed_up_at).total_seconds()
    chosen = [run.backed_up_at + timedelta(seconds=rng.uniform(0, span)) for _ in range(count - 1)]
    return sorted([*chosen, _lines_posted_and_statement_not_yet_taken(run, rng)])


def _lines_posted_and_statement_not_yet_taken(run: Run, rng: Random) -> datetime:
    with psycopg.connect(run.database.owner_url) as connection:
        rows = connection.execute(
            "SELECT before.committed FROM ledger.events e CROSS JOIN LATERAL"
            " (SELECT pg_xact_commit_timestamp(b.xmin) AS committed, b.topic FROM ledger.events b"
            " WHERE b.notification_id < e.notification_id"
            " ORDER BY b.notification_id DESC LIMIT 1) AS before"
            " WHERE e.topic = %s AND before.committed < pg_xact_commit_timestamp(e.xmin)",
            (BankStatementTaken.topic,),
        ).fetchall()
    assert rows, "every statement is taken in the append of its lines: there is no such moment"
    moment: datetime = rng.choice(rows)[0]
    return moment


@pytest.mark.soak
def test_restored_to_any_moment_a_ledger_is_as_it_was_and_comes_to_the_same_end(
    run: Run,
    open_council: Callable[..., Any],
    seed: int,
    soak: Any,  # noqa: ANN401 - of tests/plugins/soak.py
) -> None:
    chosen = moments(run, Random(seed), soak.size(2, 20))  # noqa: S311 - chosen, not secret
    restores = 0
    for moment in chosen:
        if not soak.goes_on():
            break
        with drilled(run, moment, open_council) as council:
            assert not_as_it_was(run, council, moment) == []
            assert look_at(council.app, None, read_bytes=True).is_well
            assert different(run.council, council) != [], "nothing was lost: it proves nothing"
            if moment == chosen[0]:
                _a_wrong_restore_is_found(run, council, moment)
            catches_up(run, council)
            assert different(run.council, council) == []
            with runner.connect(council.app.urls.app) as connection:
                rebuilt = rebuild(connection, Today(END, datetime.now(UTC)))
            assert rebuilt.differences == ()
        restores += 1
    soak.tally(restores=restores, lost=0, doubled=0)


def _a_wrong_restore_is_found(run: Run, council: Council, moment: datetime) -> None:
    """The negative controls: an end of the log that is missing, positions of another moment."""
    assert any("committed by" in one for one in not_as_it_was(run, council, run.ended_at))
    at_the_end, here = _positions(run.council), _positions(council)
    with psycopg.connect(council.owner_url, autocommit=True) as owner:
        for positions, found in ((at_the_end, ["a position is not that of the log"]), (here, [])):
            for source, position in positions.items():
                owner.execute(
                    "UPDATE ledger.positions SET notification_id = %s WHERE application_name = %s",
                    (position, source),
                )
            assert not_as_it_was(run, council, moment) == found
