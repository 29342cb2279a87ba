"""The port of a process that runs: /metrics, /healthz and /readyz, for those who watch it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg
import structlog

from service.health import ground, readiness
from service.meter import LoopMeter
from service.settings import Settings

Answer = tuple[HTTPStatus, str]
REQUEST_SECONDS_MAX = 10  # a client that says nothing holds its thread no longer
_LOG = structlog.get_logger(__name__)


@contextmanager
def served(settings: Settings, port: int | None = None) -> Iterator[LoopMeter | None]:
    """Serve the metrics of this process while the block runs; None when no port is asked for."""
    chosen = settings.metrics_port if port is None else port
    if chosen is None:
        yield None
        return
    from service.metrics import Metrics  # noqa: PLC0415 - the library takes a third of a second

    metrics = Metrics(settings)
    pages: dict[str, Callable[[], Answer]] = {
        "/metrics": lambda: _measured(metrics.text),
        "/healthz": lambda: (HTTPStatus.OK, "alive\n"),
        "/readyz": lambda: _ready(settings),
    }
    server = ThreadingHTTPServer((settings.metrics_host, chosen), _handler(pages))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    _LOG.info("metrics served", host=settings.metrics_host, port=server.server_port)
    try:
        yield metrics
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _measured(text: Callable[[], str]) -> Answer:
    try:
        return HTTPStatus.OK, text()
    except psycopg.OperationalError as error:
        return HTTPStatus.SERVICE_UNAVAILABLE, f"the database does not answer: {error}\n"


def _ready(settings: Settings) -> Answer:
    against = readiness(ground(settings))
    if not against:
        return HTTPStatus.OK, "ready\n"
    said = "".join(f"{look.sentence}\n" for look in against)
    return HTTPStatus.SERVICE_UNAVAILABLE, said


def _handler(pages: dict[str, Callable[[], Answer]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers GET for the pages, and nothing else."""

        timeout = REQUEST_SECONDS_MAX

        def do_GET(self) -> None:
            """One page."""
            page = pages.get(self.path.partition("?")[0])
            status, text = page() if page else (HTTPStatus.NOT_FOUND, "there is no such page\n")
            content = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Who asks every few seconds is not logged."""

    return Handler
