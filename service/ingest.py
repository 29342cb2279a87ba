"""Take any input file: recognised by its content, through the same door as everything else."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from consumers import billing_files
from consumers.reports import FileReport
from service import remittance_desk
from service.wiring import App

HEAD_BYTES = 4096


def ingest(
    app: App,
    path: Path,
    on_rows: Callable[[int], None] | None = None,
    name: str | None = None,
) -> FileReport:
    """Take one file; the report says what it was taken for and what became of every line.

    `on_rows` is told how many rows of a billing file each batch had. `name` is what the file is
    called in the log when its path does not say it. Raises OSError when it cannot be read.
    """
    with path.open("rb") as file:
        title = billing_files.recognise(file.read(HEAD_BYTES))
    if title is not None:
        return app.billing.take(path, title, on_rows, name)
    report = app.bank.take(path, name)
    if report.refusal is None and (report.advices or report.statements):
        _pair(app, report)
    return report


def _pair(app: App, report: FileReport) -> None:
    """Open the advices whose money is there now; those of this file are told in its report."""
    own = {advice.remittance: at for at, advice in enumerate(report.advices)}
    for opened in remittance_desk.pair(app):
        if opened.remittance in own:
            report.advices[own[opened.remittance]] = opened
        else:
            report.advices.append(opened)


def files_of(paths: Iterable[Path]) -> Iterator[Path]:
    """The files that are named, and for a folder those in it, by name.

    Raises FileNotFoundError when a path does not exist.
    """
    for path in paths:
        if path.is_dir():
            inside = sorted(one for one in path.iterdir() if one.is_file())
            yield from (one for one in inside if not one.name.startswith("."))
        elif path.exists():
            yield path
        else:
            raise FileNotFoundError(f"there is no file {path}")
