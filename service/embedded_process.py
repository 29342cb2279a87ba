"""The running PostgreSQL: which process it is, whether it is ready, and how it is ended by force.

Read from `postmaster.pid`, whose lines PostgreSQL documents in `miscadmin.h`: process id, data
directory, start time, port, socket folder, listen address, shared memory, status. Process facts
come from Linux's /proc, whose command lines every user may read.
"""

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PID_LINE, _PORT_LINE, _STATUS_LINE = 0, 3, 7
_PROC = Path("/proc")
_KILL_TIMEOUT_SECONDS = 20.0
_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Postmaster:
    """The server's first process; `port` is 0 until it listens, `ready` as a replica too."""

    pid: int
    port: int
    ready: bool


def pid_file(data: Path) -> Path:
    """The file in which a running server names itself."""
    return data / "postmaster.pid"


def find_postmaster(data: Path) -> Postmaster | None:
    """The server that runs on this data directory, or None; a stale pid file counts as none."""
    try:
        lines = pid_file(data).read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return None
    pid = _number(lines, _PID_LINE)
    if pid <= 0 or not _serves(pid, data):
        return None
    status = lines[_STATUS_LINE].strip() if len(lines) > _STATUS_LINE else ""
    ready = status in ("ready", "standby")
    return Postmaster(pid, _number(lines, _PORT_LINE), ready)


def _number(lines: list[str], index: int) -> int:
    text = lines[index].strip() if len(lines) > index else ""
    return int(text) if text.isascii() and text.isdigit() else 0


def _serves(pid: int, data: Path) -> bool:
    """Whether process `pid` is a PostgreSQL of this data directory.

    A number alone is not enough: after a crash it may have been given to another program.
    """
    try:
        words = (_PROC / str(pid) / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    # A process that has ended but was not yet collected by its parent has an empty command line.
    return Path(os.fsdecode(words[0])).name == "postgres" and os.fsencode(data) in words


def kill_tree(pid: int) -> None:
    """SIGKILL a server and all of its processes at once, as a loss of power would.

    Returns when the last of them has gone. Raises TimeoutError when one does not go.
    """
    family = [pid, *children(pid)]
    for member in family:  # the postmaster first, so that it starts no others
        _kill(member)
    deadline = time.monotonic() + _KILL_TIMEOUT_SECONDS
    while any(lives(member) for member in family):
        if time.monotonic() > deadline:
            raise TimeoutError(f"PostgreSQL process {pid} survived SIGKILL")
        time.sleep(_POLL_SECONDS)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def children(parent: int) -> Iterator[int]:
    """The processes that a process has started."""
    for folder in _PROC.iterdir():
        if folder.name.isdigit() and _state(int(folder.name))[1] == parent:
            yield int(folder.name)


def lives(pid: int) -> bool:
    """Whether the process still runs; a zombie holds no memory and no file, so it does not."""
    return _state(pid)[0] not in {"", "Z", "X"}


def _state(pid: int) -> tuple[str, int]:
    """The state letter and the parent of a process, `("", 0)` when there is none."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "", 0
    state, parent = text.rpartition(")")[2].split()[:2]  # the name before it may hold blanks
    return state, int(parent)
