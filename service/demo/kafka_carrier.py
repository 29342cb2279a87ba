"""Sends the billing runs through a real broker and the real consume loop, in place of their files.

Topics of their own for every demo, because a topic remembers what earlier ones sent. A run is sent
and waited for before the play goes on, so that the business clock is right for every message.
"""

import importlib.util
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType

from consumers.avro import encode
from consumers.cloud_events import Attributes, build_headers
from consumers.kafka import Producer, create_topics
from consumers.reports import FileReport
from ledger.intake_events import MessageRefused, MessageUnreadable
from ledger.requests import Outcome
from service.demo.files import Council, Delivery
from service.demo.runs import TOPICS, Record, Run
from service.demo.sandbox import DemoError
from service.settings import Settings
from service.streaming import kafka_connection, run_consumer
from service.wiring import App

START_BROKER = "1"
_PARTITIONS = 3
_WAIT_SECONDS_MAX = 120
_BROKER_FILE = Path(__file__).parents[2] / "tests" / "kafka" / "broker.py"


class KafkaCarrier:
    """Publishes a run, waits until the consume loop has taken it, and reports what became of it."""

    def __init__(self, app: App, council: Council) -> None:
        self._council = council
        prefix = f"tallystick-demo-{time.time_ns()}"
        self._topics = {schema: f"{prefix}.{topic}" for schema, topic in TOPICS.items()}
        topics = tuple(self._topics.values())
        self._app = replace(app, settings=app.settings.model_copy(update={"kafka_topics": topics}))
        connection = kafka_connection(self._app.settings)
        create_topics(connection, topics, _PARTITIONS)
        self._producer = Producer(connection)
        self._stop = threading.Event()
        self._taken: Counter[str] = Counter()
        self._changed = threading.Condition()
        self._failed: list[BaseException] = []
        self._thread = threading.Thread(target=self._consume, name="consume", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop the loop."""
        self._stop.set()
        self._thread.join(timeout=60)
        self._producer.close()

    def carry(self, delivery: Delivery) -> FileReport | None:
        """Send a run's messages and wait for them; None for a bank file."""
        run = self._council.runs.get(delivery.name)
        if run is None:
            return None
        with self._changed:
            self._taken.clear()
        self._send(run)
        counts = self._wait_for(len(run.records))
        return FileReport(run.name, "", f"Kafka topic {self._topics[run.schema]}", messages=counts)

    def _send(self, run: Run) -> None:
        for number, record in enumerate(run.records, 1):
            headers = build_headers(
                Attributes(f"{run.name}#{number}", "/council/netherby/billing", run.schema)
            )
            self._producer.send(
                self._topics[run.schema], _key(record), _value(run, record), headers
            )
        self._producer.flush()

    def _wait_for(self, count: int) -> dict[str, int]:
        with self._changed:
            done = self._changed.wait_for(
                lambda: self._taken.total() >= count or bool(self._failed), _WAIT_SECONDS_MAX
            )
            if self._failed:
                raise DemoError(f"the consume loop stopped: {self._failed[0]}") from self._failed[0]
            if not done:
                raise DemoError(f"the consume loop took {self._taken.total()} of {count} messages")
            return dict(self._taken)

    def _consume(self) -> None:
        try:
            run_consumer(self._app, self._stop, on_outcomes=self._count)
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            with self._changed:
                self._failed.append(error)
                self._changed.notify_all()

    def _count(self, outcomes: Sequence[Outcome]) -> None:
        with self._changed:
            self._taken.update(_status(outcome) for outcome in outcomes)
            self._changed.notify_all()


def _key(record: Record | str) -> bytes:
    return b"" if isinstance(record, str) else f"{record['unit']}|{record['account']}".encode()


def _value(run: Run, record: Record | str) -> bytes:
    return record.encode() if isinstance(record, str) else encode(run.schema, record)


def _status(outcome: Outcome) -> str:
    """As a file's report counts it: the record of a refusal is a refusal."""
    refused = (MessageRefused, MessageUnreadable)
    if outcome.facts and all(isinstance(dated.fact, refused) for dated in outcome.facts):
        return "refused"
    return outcome.status


@contextmanager
def broker(kafka: str, settings: Settings) -> Iterator[Settings]:
    """The settings with the broker to use: the one named, or one started here for the demo.

    Raises DemoError when one cannot be started.
    """
    if kafka != START_BROKER:
        yield settings.model_copy(update={"kafka_bootstrap": kafka})
        return
    module = _broker_module()
    with tempfile.TemporaryDirectory(prefix="tallystick-kafka-") as scratch:
        started = module.ApacheKafka(Path(scratch))
        started.create()
        started.start()
        try:
            yield settings.model_copy(update={"kafka_bootstrap": started.bootstrap})
        finally:
            started.stop()


def _broker_module() -> ModuleType:
    spec = (
        importlib.util.spec_from_file_location("tallystick_demo_broker", _BROKER_FILE)
        if _BROKER_FILE.exists()
        else None
    )
    if spec is None or spec.loader is None:
        raise DemoError("there is no broker to start here: name one with KAFKA=host:port")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not module.available():
        raise DemoError("a broker needs java >= 17 and mvn: install them, or name KAFKA=host:port")
    return module
