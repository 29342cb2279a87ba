"""Intake through a real broker: produced before, then consumed, decided and appended."""

import importlib.util
import threading
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from benchmarks.ground import Clock, Results, ledger, ledger_database
from benchmarks.intake import NoParties, open_accounts
from benchmarks.messages import TOPIC, messages
from consumers.billing_sink import BillingSink
from consumers.kafka import Connection, KafkaBroker, Producer, cluster_id, create_topics
from consumers.kafka_loop import consume
from consumers.keeping import Keeping
from consumers.watchdog import PartitionLag
from service.embedded import EmbeddedServer
from service.raw_files import RawStore

BROKER = Path(__file__).parent.parent / "tests" / "kafka" / "broker.py"


def bench(running: EmbeddedServer, results: Results, count: int) -> None:
    """Measure the whole loop over one partition; says so when there is no broker to be had."""
    launcher = _launcher()
    if not launcher.available():
        results.add("intake from Kafka", "not measured", "needs java 17 and mvn")
        return
    broker = launcher.ApacheKafka(running.home / "kafka")
    broker.create()
    broker.start()
    try:
        connection = Connection(broker.bootstrap)
        _produce(connection, count)
        rate = _consume(running, connection, count)
    finally:
        broker.stop()
    results.add("intake from Kafka, one partition, one process", f"{rate:,.0f} events/s")


def _launcher() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tallystick_broker", BROKER)
    if spec is None or spec.loader is None:
        raise RuntimeError(f"{BROKER} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _produce(connection: Connection, count: int) -> None:
    create_topics(connection, [TOPIC], partitions=1)
    producer = Producer(connection)
    for message in messages(count, count // 5):
        producer.send(TOPIC, message.key, message.value, message.headers)
    producer.flush()
    producer.close()


def _consume(running: EmbeddedServer, connection: Connection, count: int) -> float:
    with ledger_database(running, "bench_kafka") as database, ledger(database) as door:
        accounts = count // 5
        open_accounts(door, accounts)
        keeping = Keeping(RawStore(running.home / "raw"), NoParties(), str)
        actor = door.policy.actor("system:intake")
        stop = threading.Event()
        taken = 0

        def count_outcomes(outcomes: Sequence[object]) -> None:
            nonlocal taken
            taken += len(outcomes)
            if taken >= count:
                stop.set()

        def no_lag(_: Sequence[PartitionLag]) -> None:
            return

        sink = BillingSink(door, keeping, actor, cluster_id(connection), on_outcomes=count_outcomes)
        broker = KafkaBroker(connection, [TOPIC], group="bench")
        clock = Clock()
        consume(broker, sink, stop=stop, on_lag=no_lag)
        return clock.rate(count)
