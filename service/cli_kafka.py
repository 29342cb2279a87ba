"""Verbs around Kafka and the projector: consume, project, check-message, schemas."""

import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import structlog
import typer

from consumers import billing_files
from consumers.alarms import Alarm, log_alarm
from consumers.avro import decode
from consumers.avro_files import Row
from consumers.billing import translate
from consumers.invoice_preview import check_command
from consumers.unreadable import UnreadableMessageError
from consumers.watchdog import PartitionLag
from ledger.limits import MESSAGE_BYTES_MAX
from ledger.rejections import RefusedError
from ledger.requests import Outcome
from ledger.values import Refusal
from projections import runner
from projections.reporting import direct_debit_rules
from schemas import schema_files
from service.cli_desk import MetricsPort
from service.exits import NOT_FOUND, REFUSED, fail
from service.ingest import HEAD_BYTES
from service.meter import LoopMeter
from service.metrics_http import served
from service.signals import stop_on_signals
from service.wiring import business_day, open_app

LAG_SECONDS = 10.0
_LOG = structlog.get_logger(__name__)


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.command("consume")(consume)
    app.command("project")(project)
    app.command("check-message")(check_message)
    app.command("schema")(schema)


class _Counts:
    """What a consumer logs now and then: outcomes since the last line, and the lag."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._last = time.monotonic()
        self.metrics: LoopMeter | None = None

    def alarm(self, alarm: Alarm) -> None:
        """Log an alarm, and show it to those who watch."""
        log_alarm(alarm)
        if self.metrics is not None:
            self.metrics.alarmed(alarm)

    def add(self, outcomes: Sequence[Outcome]) -> None:
        """Count the outcomes of a batch."""
        self._counts.update(outcome.status for outcome in outcomes)
        if self.metrics is not None:
            self.metrics.lettered(outcomes)

    def show(self, lags: Sequence[PartitionLag]) -> None:
        """Log at most every ten seconds, and whenever the lag has gone."""
        if self.metrics is not None:
            self.metrics.lagging(lags)
        lag = sum(one.lag for one in lags)
        if time.monotonic() - self._last < LAG_SECONDS and (lag or not self._counts):
            return
        _LOG.info("consumed", **self._counts, lag=lag)
        self._counts.clear()
        self._last = time.monotonic()


def consume(
    context: typer.Context,
    accept_lost: Annotated[
        bool,
        typer.Option(help="Read on past messages that the brokers removed before they were read."),
    ] = False,
    metrics_port: MetricsPort = None,
) -> None:
    """Take billing messages from Kafka until SIGTERM; each is posted once or refused by name."""
    from service.streaming import run_consumer  # noqa: PLC0415 - no other verb needs the client

    counts = _Counts()
    with (
        served(context.obj, metrics_port) as metrics,
        open_app(context.obj, meter=metrics) as app,
        stop_on_signals() as stop,
    ):
        counts.metrics = metrics
        run_consumer(
            app, stop, counts.show, counts.add, accept_lost=accept_lost, on_alarm=counts.alarm
        )
    _LOG.info("stopped cleanly")


def project(
    context: typer.Context,
    once: Annotated[bool, typer.Option(help="Catch up and end.")] = False,
    metrics_port: MetricsPort = None,
) -> None:
    """Keep the reporting tables up to date with the log until SIGTERM."""
    from service.streaming import run_projector  # noqa: PLC0415 - as for consume

    with open_app(context.obj) as app, stop_on_signals() as stop:
        with runner.connect(app.urls.app) as connection:
            direct_debit_rules.fill(connection, app.direct_debit)
            if once:
                position = runner.catch_up(connection)
        if once:
            typer.echo(f"the figures know every event up to position {position:,}")
            return
        with served(context.obj, metrics_port):
            run_projector(app.urls.app, stop)
    _LOG.info("stopped cleanly")


def check_message(
    path: Annotated[
        Path, typer.Argument(help="One framed message, an Avro container, JSON lines.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a script.")] = False,
) -> None:
    """Check messages before a publisher goes live: every failing rule by name; posts nothing.

    Rules that need the account (is it open, is the invoice there) are not tried.
    """
    if not path.is_file():
        fail(f"there is no file {path}", NOT_FOUND)
    today = business_day(datetime.now(UTC))
    checked, bad = 0, 0
    for number, row in _rows(path):
        refusals = _refusals(row, today)
        checked, bad = checked + 1, bad + bool(refusals)
        for refusal in refusals:
            if as_json:
                typer.echo(json.dumps({"message": number, **refusal.model_dump()}))
            else:
                typer.echo(f"message {number}: {refusal.code}: {refusal.sentence}")
    if as_json:
        typer.echo(json.dumps({"checked": checked, "would_be_refused": bad}))
    else:
        typer.echo(f"{checked:,} checked, {bad:,} would be refused")
    raise typer.Exit(REFUSED if bad else 0)


def _refusals(row: Row, today: date) -> tuple[Refusal, ...]:
    if isinstance(row, UnreadableMessageError):
        return (Refusal(code=row.reason.value, sentence=row.sentence),)
    try:
        return check_command(translate(row), today)
    except RefusedError as error:
        return error.refusals


def _rows(path: Path) -> Iterator[tuple[int, Row]]:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        title = billing_files.recognise(head)
        content = head if title else head + file.read(MESSAGE_BYTES_MAX + 1)
    number = 0
    try:
        if title is None:
            yield 1, decode(content)
            return
        for number, row in billing_files.rows_of(path, title):
            yield number, row
    except UnreadableMessageError as error:
        yield error.line or number + 1, error


def schema(
    name: Annotated[str | None, typer.Argument(help="A topic; without it, all are listed.")] = None,
) -> None:
    """Print the Avro schema of a topic, for a publisher to copy."""
    if name is None:
        for file in schema_files():
            typer.echo(f"{file.topic}  version {file.version}, registry id {file.schema_id}")
        return
    found = [file for file in schema_files() if file.topic == name]
    if not found:
        topics = ", ".join(sorted({file.topic for file in schema_files()}))
        fail(f"there is no topic {name}; there are: {topics}", NOT_FOUND)
    newest = max(found, key=lambda file: file.version)
    typer.echo(json.dumps(json.loads(newest.text()), indent=2))
