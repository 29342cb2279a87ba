"""The processes that run for ever: the Kafka loop with its dead letters, and the projector."""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

import psycopg
import structlog

from consumers.alarms import Alarm, log_alarm, log_as
from consumers.billing_sink import BillingSink
from consumers.dead_letters import BytesGoneError, relay
from consumers.kafka import (
    Connection,
    KafkaBroker,
    Producer,
    cluster_id,
    create_topics,
)
from consumers.kafka_loop import consume
from consumers.kafka_records import slow_checksums
from consumers.patience import Patience, Stopped, passing
from consumers.ports import TransientError
from consumers.registry import Registry
from consumers.registry_http import HttpRegistry
from consumers.watchdog import PartitionLag
from ledger.requests import Outcome
from projections import runner
from service.raw_files import RawFileRemovedError, RawFileUnknownError, RawStore
from service.settings import Settings
from service.wiring import INTAKE_ACTOR, App

RELAY_SECONDS = 1.0
RELAY_END_SECONDS = 30
_LOG = structlog.get_logger(__name__)


def kafka_connection(settings: Settings) -> Connection:
    """How to reach the brokers that the settings name."""
    security: dict[str, str] = {"security_protocol": settings.kafka_security_protocol}
    if settings.kafka_ssl_cafile is not None:
        security["ssl_cafile"] = str(settings.kafka_ssl_cafile)
    if settings.kafka_sasl_mechanism is not None:
        security["sasl_mechanism"] = settings.kafka_sasl_mechanism
    if settings.kafka_sasl_username is not None:
        security["sasl_plain_username"] = settings.kafka_sasl_username
    if settings.kafka_sasl_password is not None:
        security["sasl_plain_password"] = settings.kafka_sasl_password.get_secret_value()
    return Connection(settings.kafka_bootstrap, security)


def registry_of(settings: Settings) -> Registry | None:
    """The registry at a URL when one is set; None for the one held in git."""
    url = settings.schema_registry_url
    return HttpRegistry(str(url)) if url is not None else None


def _broker(settings: Settings, connection: Connection) -> KafkaBroker:
    index, _, count = settings.kafka_share.partition("/")
    share = int(index), int(count)
    return KafkaBroker(connection, settings.kafka_topics, group=settings.kafka_group, share=share)


def run_consumer(
    app: App,
    stop: threading.Event,
    on_lag: Callable[[Sequence[PartitionLag]], None] = lambda _: None,
    on_outcomes: Callable[[Sequence[Outcome]], None] | None = None,
    *,
    accept_lost: bool = False,
    on_alarm: Callable[[Alarm], None] = log_alarm,
) -> None:
    """Take billing messages until `stop` is set; refused ones are copied to `<topic>.dlq`.

    `accept_lost` goes on where messages were removed from a topic before they were read. Raises
    TransientError when no broker answers at the start, and what `consume` raises.
    """
    settings = app.settings
    connection = kafka_connection(settings)
    slow = slow_checksums()
    if slow is not None:
        _LOG.warning(slow)
    # The reader first: it is the one that says in a sentence that no broker answers.
    broker = _broker(settings, connection)
    create_topics(connection, [f"{topic}.dlq" for topic in settings.kafka_topics], partitions=1)
    sink = BillingSink(
        app.ledger,
        app.keeping,
        app.actor(INTAKE_ACTOR),
        cluster_id(connection),
        registry=registry_of(settings),
        on_outcomes=on_outcomes,
    )
    letters = DeadLetters(app, connection, stop)
    letters.start()
    try:
        consume(broker, sink, stop=stop, on_lag=on_lag, on_alarm=on_alarm, accept_lost=accept_lost)
    finally:
        stop.set()
        letters.join(RELAY_END_SECONDS)
    if letters.error is not None:
        raise letters.error


class DeadLetters(threading.Thread):
    """Copies what was refused, every second and once more at the end.

    Brokers and databases that do not answer are waited for: the letters lie in the log until they
    are sent. Any other error ends the whole process, with `error`: a relay that has died in silence
    would be found out by the publisher who waits for his letters.
    """

    def __init__(self, app: App, connection: Connection, stop: threading.Event) -> None:
        super().__init__(name="dead-letters", daemon=True)
        self.error: Exception | None = None
        self._app = app
        self._connection = connection
        self._stop_asked = stop
        self._producer: Producer | None = None

    def run(self) -> None:
        """Relay until told to stop."""
        try:
            last_turn = False
            while not last_turn:
                last_turn = self._stop_asked.wait(RELAY_SECONDS)
                self._turn()
        except Exception as error:  # noqa: BLE001 - handed to the main thread, which raises it
            self.error = error
            self._stop_asked.set()
        finally:
            if self._producer is not None:
                self._producer.close()

    def _turn(self) -> None:
        try:
            if self._producer is None:
                self._producer = Producer(self._connection)
            relay(self._app.store, self._producer, lambda digest: read_kept(self._app.raw, digest))
        except (TransientError, psycopg.Error) as error:
            trouble = passing(error)
            if trouble is None:
                raise
            _LOG.warning("dead letters wait", error=trouble.sentence)


def run_projector(url: str, stop: threading.Event) -> None:
    """Keep the read models up to date until `stop` is set, also past troubles of the database.

    Raises SinkUnavailableError when a trouble does not pass.
    """
    with suppress(Stopped):
        runner.run(url, stop, ask=Patience(stop, log_as("project.alarm")).ask)


def read_kept(raw: RawStore, digest: str) -> bytes:
    """The kept bytes of a digest. Raises BytesGoneError when they are not there any more."""
    try:
        with raw.open(digest) as kept:
            return kept.read()
    except (RawFileUnknownError, RawFileRemovedError) as error:
        raise BytesGoneError(str(error)) from error
