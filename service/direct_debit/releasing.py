"""The file of a run is let go by another person, and can be had again as it was let go."""

from hashlib import file_digest
from pathlib import Path
from shutil import copyfile

from ledger.collection_run import CollectionRunState
from ledger.collection_run_commands import ReleaseRun
from ledger.collection_run_events import RunOpened
from ledger.rejections import Code
from service.desk_orders import Order
from service.direct_debit.run_file import (
    NothingToSendError,
    is_empty,
    temporary_file,
    write_file,
)
from service.direct_debit.runs import RunRefusedError, give_step
from service.raw_files import (
    RawFileDamagedError,
    RawFileRemovedError,
    RawFileUnknownError,
    flush,
)
from service.reading import figures
from service.report_run import catch_up
from service.wiring import App

_RELEASED = """
    SELECT max(position) FROM reporting.collection_run_events
    WHERE run = %(run)s AND kind = 'released'
"""


class FileChangedError(Exception):
    """The ledger does not give the bytes that were written last, or that were let go."""


def release(app: App, order: Order, state: CollectionRunState, out: Path) -> Path:
    """Put the file of a run where it is sent from, and record who let it go.

    The file is made once more from the ledger: it must be the one that was prepared, byte for byte.
    It lies there under its own name only after the command, so that nobody sends what was not let
    go; a folder that is not there, or a full disk, is found before it. Raises FileChangedError,
    RunRefusedError, OSError and what `write_file` raises.
    """
    run, written = state.opened.run, state.written
    catch_up(app)
    if state.status == "opened" and is_empty(app, run):
        raise NothingToSendError(run)
    if state.status != "written":  # it says so itself: there is nothing to make
        give_step(app, order, run, ReleaseRun(run=run, digest=""))
    with temporary_file(app) as draft:
        made = write_file(app, state.opened, app.store.last_position(), draft)
        if written is not None and made.sha256 != written.digest:
            raise FileChangedError(
                f"the ledger has changed since the file of run {run} was made; prepare it again:"
                f" tallystick dd run --for {state.opened.entry_on} --unit {state.opened.unit}"
            )
        waiting = _waiting(draft, state.opened, out)
    try:
        give_step(app, order, run, ReleaseRun(run=run, digest=made.sha256))
    except RunRefusedError:
        waiting.unlink()
        raise
    return _named(waiting, state.opened, out)


def deliver(app: App, order: Order, state: CollectionRunState, out: Path) -> Path:
    """Put the file of a run that was released there once more: the very bytes that were let go.

    Releasing may have been cut off before the file had its name, or the file was lost. Only who
    may release it gets it. Raises what `release` raises.
    """
    run, written = state.opened.run, state.written
    if written is None:
        raise TypeError(f"run {run} was released without a file")
    try:
        give_step(app, order, run, ReleaseRun(run=run, digest=written.digest))
    except RunRefusedError as error:
        if error.refusals[0].code != Code.RUN_NOT_READY:
            raise
    try:
        app.raw.check(written.digest)
        waiting = _waiting(app.raw.path(written.digest), state.opened, out)
    except (RawFileDamagedError, RawFileRemovedError, RawFileUnknownError):
        waiting = _made_again(app, state, out)
    with waiting.open("rb") as file:
        found = file_digest(file, "sha256").hexdigest()
    if found != written.digest:
        waiting.unlink()
        raise FileChangedError(
            f"the file of run {run} that was released cannot be had again: neither its kept copy"
            f" nor the ledger gives the SHA-256 {written.digest}"
        )
    return _named(waiting, state.opened, out)


def _made_again(app: App, state: CollectionRunState, out: Path) -> Path:
    """The file as the ledger stood when it was released."""
    run = state.opened.run
    catch_up(app)
    with figures(app.urls.app) as connection:
        row = connection.execute(_RELEASED, {"run": run}).fetchone()
    with temporary_file(app) as draft:
        write_file(app, state.opened, row[0] if row else 0, draft)
        return _waiting(draft, state.opened, out)


def _waiting(content: Path, opened: RunOpened, out: Path) -> Path:
    """The bytes on the disk of the folder, not under a name by which they would be sent."""
    waiting = out / f"{opened.run}.part"
    copyfile(content, waiting)
    flush(waiting)
    return waiting


def _named(waiting: Path, opened: RunOpened, out: Path) -> Path:
    suffix = "txt" if opened.layout == "standard18" else "csv"
    named = waiting.replace(out / f"{opened.run}.{suffix}")
    flush(out)
    return named
