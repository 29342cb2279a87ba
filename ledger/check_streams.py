"""One scan of the log stream by stream: refold each, and show each event to other checks."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, Protocol
from uuid import UUID

from psycopg import Connection

from ledger.check_scans import SOME_TIME, UNREADABLE, scan, watched
from ledger.findings import Findings, OnProgress
from ledger.ids import stream_id
from ledger.recorded import RecordedEvent, decode
from ledger.streams import StreamState, evolve, load, shape_of

CHECK = "streams"
_EVENTS = (
    "SELECT notification_id, originator_id, originator_version, topic, state"
    " FROM ledger.events ORDER BY originator_id, originator_version"
)
_STREAMS = "SELECT stream_id, name, version, shape, state FROM ledger.streams ORDER BY stream_id"


class Watcher(Protocol):
    """A check that looks at each event by itself."""

    def see(self, event: RecordedEvent) -> None:
        """Look at one readable event."""


@dataclass(slots=True)
class _Fold:
    """One stream while it is folded; `whole` as long as every event could be read and folded."""

    id: UUID
    name: str | None
    version: int = 0
    first: int = 0
    state: StreamState = None
    whole: bool = True

    @property
    def title(self) -> str:
        return self.name or str(self.id)


def streams(
    connection: Connection[Any],
    findings: Findings,
    on_progress: OnProgress,
    watchers: Sequence[Watcher] = (),
) -> None:
    """Refold every stream and compare it with its state row; watchers see every event too."""
    rows = scan(connection, _STREAMS)
    row = next(rows, None)
    events = watched(scan(connection, _EVENTS), on_progress)
    for one, own_events in groupby(events, key=itemgetter(1)):
        while row is not None and row[0] < one:
            _row_without_events(row, findings)
            row = next(rows, None)
        own = row if row is not None and row[0] == one else None
        fold = _Fold(one, own[1] if own else None)
        for event in own_events:
            _take(fold, event, findings, watchers)
        _compare(fold, own, findings)
        row = next(rows, None) if own else row
    while row is not None:
        _row_without_events(row, findings)
        row = next(rows, None)


def _take(
    fold: _Fold, row: tuple[Any, ...], findings: Findings, watchers: Sequence[Watcher]
) -> None:
    position, one, version, topic, state = row
    fold.first = fold.first or position
    if version != fold.version + 1:
        findings.add(
            f"version {version} follows version {fold.version}: events of it are missing or extra",
            position,
            fold.title,
        )
        fold.whole = False
    fold.version = version
    try:
        event = decode(position, one, version, SOME_TIME, topic, state)
    except UNREADABLE as error:
        findings.add(f"position {position} cannot be read: {_short(error)}", position, fold.title)
        fold.whole = False
        return
    for watcher in watchers:
        watcher.see(event)
    _evolve(fold, event, findings)


def _evolve(fold: _Fold, event: RecordedEvent, findings: Findings) -> None:
    if fold.name is None or not fold.whole:
        return
    try:
        fold.state = evolve(fold.name, fold.state, event.dated)
    except UNREADABLE as error:
        sentence = f"position {event.position} cannot follow its history: {_short(error)}"
        findings.add(sentence, event.position, fold.name)
        fold.whole = False


def _compare(fold: _Fold, row: tuple[Any, ...] | None, findings: Findings) -> None:
    if row is None:
        findings.add("the stream has events but no state row", fold.first, fold.title)
        return
    _, name, version, shape, state = row
    if stream_id(name) != fold.id:
        findings.add(f"the state row is called {name!r}, which it is not", fold.first, fold.title)
    if version != fold.version:
        findings.add(
            f"the state row is at version {version}, the events at {fold.version}",
            fold.first,
            fold.title,
        )
    # A row of another shape is refolded before it is used, so what it says has no effect.
    if fold.whole and shape == shape_of(name) and not _same(name, state, fold.state):
        findings.add("the state row is not what the events give", fold.first, fold.title)


def _same(name: str, stored: bytes, folded: StreamState) -> bool:
    try:
        return load(name, stored) == folded
    except UNREADABLE:
        return False


def _row_without_events(row: tuple[Any, ...], findings: Findings) -> None:
    findings.add(f"a state row at version {row[2]} has no events", None, row[1])


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[0][:200] if str(error) else ''}"
