"""The metrics of a process and of its ledger, in the form of Prometheus.

Counters are of this process since it began; gauges are asked of the database when they are read.
"""

from collections.abc import Sequence
from contextlib import closing
from typing import Any

import psycopg
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

from consumers.alarms import Alarm
from consumers.watchdog import PartitionLag
from ledger.requests import Outcome
from ledger.store import Store
from projections import runner
from service.quarantine_desk import listed
from service.settings import Settings
from service.wiring import database_urls

_APPEND_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
PAUSES = ("stopped", "unreachable")  # kinds of alarm on which a partition, or all, stands still


class Metrics:
    """Everything that is counted or asked; a `Meter`, and what the Kafka loop tells."""

    def __init__(self, settings: Settings) -> None:
        self._url = database_urls(settings).app
        # A time of birth for each counter is read by nobody.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library left it untyped
        self._registry = CollectorRegistry()
        self._make_counters(self._registry)
        self._make_gauges(self._registry)

    def _make_counters(self, registry: CollectorRegistry) -> None:
        self._append = Histogram(
            "tallystick_append_seconds", "Time of one append, its fsync included.",
            buckets=_APPEND_SECONDS, registry=registry,
        )  # fmt: skip
        self._events = Counter(
            "tallystick_events_appended", "Events recorded by this process.", registry=registry
        )
        self._conflicts = Counter(
            "tallystick_append_conflicts", "Batches decided again: another writer was faster.",
            registry=registry,
        )  # fmt: skip
        self._refusals = Counter(
            "tallystick_refusals", "Inputs that were not posted, by code.", ["code"],
            registry=registry,
        )  # fmt: skip
        self._letters = Counter(
            "tallystick_dead_letters", "Messages from Kafka that were not posted: business or"
            " poison.", ["class"], registry=registry,
        )  # fmt: skip
        self._breaches = Counter(
            "tallystick_invariant_breaches", "Accounts stopped because they cannot be right.",
            registry=registry,
        )  # fmt: skip
        for kind in ("business", "poison"):
            self._letters.labels(kind)

    def _make_gauges(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, what: str, labels: Sequence[str] = ()) -> Gauge:
            return Gauge(f"tallystick_{name}", what, labels, registry=registry)

        self._lag_events = gauge(
            "projection_lag_events", "Events that a projection has not read.", ["projection"]
        )
        self._lag_seconds = gauge(
            "projection_lag_seconds", "Age of the first of them.", ["projection"]
        )
        place = ["topic", "partition"]
        self._offset = gauge("tracking_offset", "Offset that is read next.", place)
        self._lag = gauge("tracking_lag", "Messages of a partition that are not read.", place)
        self._seal_age = gauge("seal_age_seconds", "Age of the newest seal.")
        self._stopped = gauge("quarantined_streams", "Accounts and receipts that are stopped now.")
        self._paused = gauge("intake_paused", "1 while intake stands still.", ["reason"])
        for reason in PAUSES:
            self._paused.labels(reason).set(0)

    # -- what happens in the process -------------------------------------------------------------

    def appended(self, events: int, seconds: float) -> None:
        """A batch was appended."""
        self._append.observe(seconds)
        self._events.inc(events)

    def conflicted(self) -> None:
        """Another writer was faster: a batch is decided again."""
        self._conflicts.inc()

    def decided(self, outcomes: Sequence[Outcome]) -> None:
        """What became of the entries of a batch."""
        for outcome in outcomes:
            facts = [getattr(dated.fact, "refusals", ()) for dated in outcome.facts]
            for refusal in (*outcome.refusals, *(one for part in facts for one in part)):
                self._refusals.labels(refusal.code).inc()

    def broke(self) -> None:
        """An invariant broke, and its stream was stopped."""
        self._breaches.inc()

    def lettered(self, outcomes: Sequence[Outcome]) -> None:
        """What became of messages from Kafka, as their sender sees it."""
        for outcome in outcomes:
            if outcome.status == "refused":
                self._letters.labels("poison" if outcome.facts else "business").inc()

    def lagging(self, lags: Sequence[PartitionLag]) -> None:
        """How far each partition is read; the brokers answer, then."""
        self._paused.labels("unreachable").set(0)
        for one in lags:
            place = one.partition.topic, str(one.partition.partition)
            self._offset.labels(*place).set(one.position)
            self._lag.labels(*place).set(one.lag)

    def alarmed(self, alarm: Alarm) -> None:
        """Whether an alarm of the loop means that intake stands still."""
        if alarm.kind in PAUSES:
            self._paused.labels(alarm.kind).set(1)

    # -- what is asked ---------------------------------------------------------------------------

    def text(self) -> str:
        """All of it, asked now, in the text form. Raises psycopg.OperationalError."""
        with psycopg.connect(self._url):
            pass  # a pool would wait half a minute for a database that is not there
        with closing(Store(self._url)) as store:
            self._ask_log(store)
        with runner.connect(self._url) as connection:
            self._ask_projections(connection)
        return generate_latest(self._registry).decode()

    def _ask_log(self, store: Store) -> None:
        with store.cursor() as cursor:
            row = cursor.execute(
                "SELECT extract(epoch FROM clock_timestamp() - max(sealed_at))::float8"
                " FROM ledger.seals"
            ).fetchone()
        self._seal_age.set(max(0.0, (row[0] if row else None) or 0.0))
        self._stopped.set(len(listed(store)))

    def _ask_projections(self, connection: psycopg.Connection[Any]) -> None:
        rows = connection.execute(
            "SELECT p.projection, l.last - p.position, coalesce(extract(epoch FROM"
            " clock_timestamp() - e.recorded_at), 0)::float8"
            " FROM (SELECT coalesce(max(notification_id), 0) FROM ledger.events) AS l(last),"
            " (SELECT projection, position FROM projection.progress"
            " UNION ALL SELECT 'live', 0 WHERE NOT EXISTS (SELECT 1 FROM projection.progress"
            " WHERE projection = 'live')) p"
            " LEFT JOIN ledger.events e ON e.notification_id = p.position + 1"
        ).fetchall()
        self._lag_events.clear()
        self._lag_seconds.clear()
        for name, events, seconds in rows:
            self._lag_events.labels(name).set(events)
            self._lag_seconds.labels(name).set(max(0.0, seconds))
