"""Watch a folder: take each file when it is whole, and move it where its report says."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from consumers.alarms import log_as
from consumers.patience import Patience, Stopped
from consumers.reports import FileReport
from service.signals import stop_on_signals

LOOK_SECONDS = 2.0
LATE_ASKED_SECONDS = 3600.0
HALF_WRITTEN = (".part", ".tmp", ".filepart", ".crdownload")
_LOG = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file as it was at a look; the same twice means nobody is writing it any more."""

    size: int
    changed_ns: int


def watch(
    folder: Path,
    take: Callable[[Path], FileReport],
    late: Callable[[], Sequence[str]],
    *,
    once: bool = False,
) -> None:
    """Take files until told to stop; with `once`, take what is whole now and return.

    A file is taken when its size and time did not change between two looks, and its name does not
    end like a half-written one. It moves to done/, or to refused/ beside a report of the reason.
    `late` says in words which files are overdue; it is asked at the start and every hour.
    """
    with stop_on_signals() as stop:
        look(folder, take, stop, late, once=once)


def look(
    folder: Path,
    take: Callable[[Path], FileReport],
    stop: threading.Event,
    late: Callable[[], Sequence[str]] = tuple,
    *,
    once: bool = False,
    wait_seconds: float = LOOK_SECONDS,
) -> None:
    """The loop of `watch`, stopped by an event; `once` is two looks."""
    patience = Patience(stop, log_as("watch.alarm"))
    seen = dict(_files(folder))
    asked = -LATE_ASKED_SECONDS
    while not stop.wait(wait_seconds):
        if time.monotonic() - asked >= LATE_ASKED_SECONDS:
            asked = time.monotonic()
            with suppress(Stopped):
                for sentence in patience.ask(late):
                    _LOG.warning("bank file late", what=sentence)
        now = dict(_files(folder))
        for path in sorted(now):
            if seen.get(path) == now[path] and not stop.is_set():
                with suppress(Stopped):
                    _take(path, take, patience)
        if once:
            return
        seen = now


def _take(path: Path, take: Callable[[Path], FileReport], patience: Patience) -> None:
    """Take a file, again from its start when a trouble broke it off: no line is posted twice."""
    report = patience.ask(lambda: take(path))
    patience.ask(lambda: _settle(path, report))


def _files(folder: Path) -> Iterator[tuple[Path, _Seen]]:
    for path in folder.iterdir():
        if path.name.startswith(".") or path.suffix.lower() in HALF_WRITTEN:
            continue
        try:
            if path.is_file():
                found = path.stat()
                yield path, _Seen(found.st_size, found.st_mtime_ns)
        except FileNotFoundError:
            continue  # its writer has renamed it, or somebody took it away


def _settle(path: Path, report: FileReport) -> None:
    refused = report.refusal is not None
    target = path.parent / ("refused" if refused else "done")
    target.mkdir(exist_ok=True)
    name = f"{report.digest[:12]}-{path.name}" if (target / path.name).exists() else path.name
    if refused:
        # The reason stands there first: whoever finds the file finds it explained.
        reason = json.dumps(report.as_json(), indent=2)
        (target / f"{name}.reason.json").write_text(reason, encoding="utf-8")
    path.rename(target / name)
    _LOG.info("file taken", file=path.name, refused=refused, format=report.format)
    for notice in report.notices:
        _LOG.warning("bank file", file=path.name, notice=notice)
