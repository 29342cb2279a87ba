"""The lines of kept bank files that receipts in suspense came from, read again from their bytes.

A payer's name and words stay in the kept file and never enter an event: to look for the account of
a receipt once more, its line is read once more, each file once however many of its lines are asked.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias, assert_never

from consumers.formats.advice import AdviceLine
from consumers.formats.bacs_files import (
    ClaimsFile,
    CreditsFile,
    InstructionsFile,
    SubmissionsFile,
)
from consumers.formats.errors import FormatError
from consumers.formats.recognise import AdviceFile, ReturnsFile, StatementFile, recognise
from consumers.formats.statement import BankLine
from ledger.recorded import RecordedEvent, Source
from service.wiring import App

Line: TypeAlias = BankLine | AdviceLine
_Place: TypeAlias = tuple[int | None, int | None, int | None]


def lines_of(app: App, events: Mapping[str, RecordedEvent]) -> dict[str, Line]:
    """The line of each receipt, by the event that took its money in.

    Without those that did not come in a file, or whose file is no longer kept or can no longer be
    read.
    """
    files: dict[str, dict[str, RecordedEvent]] = {}
    for receipt, event in events.items():
        digest = event.envelope.source.digest
        if event.envelope.source.kind == "file" and digest is not None and app.raw.has(digest):
            files.setdefault(digest, {})[receipt] = event
    found: dict[str, Line] = {}
    for digest, wanted in files.items():
        found |= _of_file(app, app.raw.path(digest), wanted)
    return found


def _of_file(app: App, path: Path, wanted: Mapping[str, RecordedEvent]) -> dict[str, Line]:
    places = {_place(event.envelope.source) for event in wanted.values()}
    here: dict[_Place, list[Line]] = {}
    try:
        for line in _lines(app, path):
            place: _Place = (line.span.line, line.span.byte_start, line.span.byte_end)
            if place in places:
                here.setdefault(place, []).append(line)
            elif len(here) == len(places):
                break  # everything is found, with all payments of the last entry
    except FormatError:
        # It could be read when it was taken: its CSV profile was changed since. What the lines say
        # is still quoted as bytes; only looking for their accounts again is not possible.
        return {}
    return {
        receipt: _of_amount(here[place], event)
        for receipt, event in wanted.items()
        if (place := _place(event.envelope.source)) in here
    }


def _lines(app: App, path: Path) -> Iterator[Line]:
    found = recognise(path, app.profiles)
    match found:
        case StatementFile() | AdviceFile():
            items: Iterable[object] = found.reader(path)
        case ReturnsFile() | InstructionsFile() | ClaimsFile() | CreditsFile() | SubmissionsFile():
            items = ()
        case _:
            assert_never(found)
    yield from (item for item in items if isinstance(item, BankLine | AdviceLine))


def _place(source: Source) -> _Place:
    return source.line, source.byte_start, source.byte_end


def _of_amount(lines: list[Line], event: RecordedEvent) -> Line:
    """Payments of one entry may stand in the same bytes: the amount tells which is meant."""
    amount = getattr(event.fact, "amount_minor", None)
    return next((line for line in lines if line.amount_minor == amount), lines[0])
