"""Fixtures that give a test a Kafka broker, chosen in this order:

1. `TALLYSTICK_TEST_KAFKA` (host:port of a broker that is already there);
2. a real Apache Kafka started here, when java >= 17 and mvn are there;
3. the apache/kafka image, when a container engine runs;
4. librdkafka's mock cluster from the confluent-kafka wheel, with a loud notice; tests that need
   more than it can do are skipped by name.

With CI=true and java present, falling below (2) is a failure. One broker serves the whole run,
also under xdist: the first worker starts it, the last one stops it. It is loaded by the
conftest files, by path, because the tests are not a package.
"""

import fcntl
import gc
import importlib.util
import itertools
import json
import logging
import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Protocol

import pytest

from consumers.kafka import Connection, cluster_id, create_topics
from consumers.ports import TransientError

LAUNCHER = Path(__file__).parents[1] / "kafka" / "broker.py"
IMAGE = "apache/kafka:4.3.1"
CONTAINER_SECONDS_MAX = 90


MOCK_NOTICE = (
    "NO REAL KAFKA: neither java >= 17 with mvn nor a container engine was found. The Kafka tests"
    " run on librdkafka's mock cluster; tests of topics, transactions and restarts are skipped."
)


class ApacheKafka(Protocol):
    """The launcher's broker (tests/kafka/broker.py), which is loaded by path."""

    def start(self) -> None: ...
    def restart(self) -> None: ...
    def kill(self) -> None: ...


class MockCluster(Protocol):
    """The confluent-kafka client in whose process the mock cluster lives."""

    def list_topics(self, topic: str, timeout: float) -> object: ...


@dataclass
class TestBroker:
    """What a test sees: where the broker is, new topics in it, and ways to break it."""

    __test__ = False
    connection: Connection
    kind: str
    process: ApacheKafka | None = None  # an ApacheKafka of tests/kafka/broker.py, when it is ours
    mock_cluster: MockCluster | None = None

    @property
    def bootstrap(self) -> str:
        return self.connection.bootstrap

    @property
    def is_real(self) -> bool:
        return self.kind != "mock"

    def new_topic(self, partitions: int = 1) -> str:
        """Create a topic with a name that no other test has.

        The mock cluster makes topics of four partitions only: they serve where several are asked
        for, and a test that needs exactly one is skipped.
        """
        name = f"t.{os.getpid()}.{uuid.uuid4().hex[:8]}"
        if self.mock_cluster is not None and partitions > 1:
            self.mock_cluster.list_topics(name, timeout=10)
            return name
        self.need("topics with a chosen number of partitions")
        create_topics(self.connection, [name], partitions)
        return name

    def need(self, ability: str) -> None:
        """Skip the test, naming what is missing, when only the mock cluster is there."""
        if not self.is_real:
            pytest.skip(f"librdkafka's mock cluster has no {ability}; install java 17 and mvn")

    def restart(self) -> None:
        """Stop the broker cleanly and start it again with its data."""
        self._ours().restart()

    def kill(self) -> None:
        """End the broker as a power cut would; `start` brings it back."""
        self._ours().kill()

    def start(self) -> None:
        """Start a broker that was killed."""
        self._ours().start()

    def _ours(self) -> ApacheKafka:
        if self.process is None:
            pytest.skip(f"a broker of kind {self.kind} is not ours to stop")
        return self.process


def launcher() -> ModuleType:
    """tests/kafka/broker.py as a module, loaded by path."""
    spec = importlib.util.spec_from_file_location("tallystick_test_launcher", LAUNCHER)
    if spec is None or spec.loader is None:
        raise ImportError(str(LAUNCHER))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def chosen_kind() -> str:
    """Which broker this machine gives the tests: given, apache, container or mock."""
    if os.environ.get("TALLYSTICK_TEST_KAFKA"):
        return "given"
    if launcher().available():
        return "apache"
    if os.environ.get("CI") == "true" and launcher().java_major():
        pytest.fail("CI has java, so the Kafka tests must run on a real Apache Kafka: install mvn")
    return "container" if _container_engine() else "mock"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The notice that nobody can miss: under the last line, whatever was captured above."""
    reports = itertools.chain.from_iterable(terminalreporter.stats.values())
    asked_for = any("kafka" in getattr(report, "keywords", ()) for report in reports)
    if asked_for and chosen_kind() == "mock":
        terminalreporter.section("Kafka", sep="*", red=True, bold=True)
        terminalreporter.line(MOCK_NOTICE)


@pytest.fixture(scope="session")
def kafka_launcher() -> ModuleType:
    """tests/kafka/broker.py, for a broker with settings of its own."""
    return launcher()


@pytest.fixture(scope="session")
def kafka_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestBroker]:
    """The broker that all tests share; use `own_kafka_broker` to stop or kill one."""
    match chosen_kind():
        case "given":
            yield TestBroker(Connection(os.environ["TALLYSTICK_TEST_KAFKA"]), "given")
        case "apache":
            with _shared(tmp_path_factory) as broker:
                yield broker
        case "container":
            with _container(_container_engine() or "docker") as broker:
                yield broker
        case _:
            yield _mock_cluster()


@pytest.fixture(scope="module")
def own_kafka_broker(
    kafka_broker: TestBroker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestBroker]:
    """A real broker for one module, to be restarted and killed; skipped where none can be had."""
    if kafka_broker.kind != "apache":
        pytest.skip(f"needs a broker of our own to restart; have {kafka_broker.kind}")
    process = launcher().ApacheKafka(tmp_path_factory.mktemp("own-kafka"))
    process.create()
    process.start()
    with _quiet_client():
        yield TestBroker(Connection(process.bootstrap), "apache", process)
    process.stop()


@contextmanager
def _quiet_client() -> Iterator[None]:
    """No log records of kafka-python while brokers come and go.

    pytest keeps every record, a record keeps its exception, and that keeps the socket of the
    refused connection, which kafka-python leaves to the garbage collector: a ResourceWarning
    at the end of the run.
    """
    log = logging.getLogger("kafka")
    level = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        log.setLevel(level)
        gc.collect()


@contextmanager
def _shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestBroker]:
    """One Apache Kafka for every worker of this run, counted under a file lock."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    folder = root / "kafka"
    process = launcher().ApacheKafka(folder)
    with _users(root, +1) as first:
        if first:
            process.create()
            process.start()
    try:
        yield TestBroker(Connection(process.bootstrap), "apache", process)
    finally:
        with _users(root, -1) as last:
            if last:
                process.stop()
                shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _users(root: Path, step: int) -> Iterator[bool]:
    """Count users up or down; True for the one that comes first or goes last."""
    with (root / "kafka.lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.seek(0)
        before = json.loads(lock.read() or "0")
        after = before + step
        yield before == 0 if step > 0 else after == 0
        lock.truncate(0)
        lock.write(json.dumps(after))


def _container_engine() -> str | None:
    for engine in ("docker", "podman"):
        if shutil.which(engine) is None:
            continue
        probe = subprocess.run([engine, "info"], capture_output=True, check=False)
        if probe.returncode == 0:
            return engine
    return None


@contextmanager
def _container(engine: str) -> Iterator[TestBroker]:
    (port,) = launcher().free_ports(1)
    settings = {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://127.0.0.1:{port}",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
        "KAFKA_MESSAGE_MAX_BYTES": "8388608",
    }
    pairs = itertools.chain.from_iterable(("-e", f"{k}={v}") for k, v in settings.items())
    command = [engine, "run", "-d", "--rm", "-p", f"127.0.0.1:{port}:9092", *pairs, IMAGE]
    started = subprocess.run(command, capture_output=True, text=True, check=True)
    connection = Connection(f"127.0.0.1:{port}")
    try:
        _wait_for(connection)
        yield TestBroker(connection, "container")
    finally:
        subprocess.run([engine, "kill", started.stdout.strip()], capture_output=True, check=False)


def _wait_for(connection: Connection) -> None:
    deadline = time.monotonic() + CONTAINER_SECONDS_MAX
    while True:
        try:
            cluster_id(connection)
        except TransientError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)
        else:
            return


def _mock_cluster() -> TestBroker:
    from confluent_kafka import Producer  # noqa: PLC0415 - only when nothing better is there

    sys.stderr.write(f"\n*** {MOCK_NOTICE} ***\n")
    cluster = Producer({"bootstrap.servers": "mock", "test.mock.num.brokers": 1})
    brokers = cluster.list_topics(timeout=10).brokers.values()
    bootstrap = ",".join(f"{one.host}:{one.port}" for one in brokers)
    return TestBroker(Connection(bootstrap, api_version=(2, 3)), "mock", mock_cluster=cluster)
