"""Making a PostgreSQL cluster and starting its server: what is set, and why.

The server is one that a careful administrator would run, made small: passwords always (scram),
checksums on every page, every commit synced to disk, and no address but 127.0.0.1.
"""

import os
import shutil
import socket
import time
from pathlib import Path

from service.embedded_files import EmbeddedPostgresError
from service.embedded_place import Place, major_version
from service.embedded_process import Postmaster, find_postmaster, lives, pid_file

HOST = "127.0.0.1"
SUPERUSER = "postgres"
START_TIMEOUT_SECONDS = 60.0
_START_ATTEMPTS = 3  # between choosing a free port and listening on it another may take it
_POLL_SECONDS = 0.02
_SHARED_BUFFERS_MAX_MIB = 512
_LOG_TAIL_BYTES = 2_000

# The shell puts the server into the background and names its process; every word is passed as a
# word, so a path may hold blanks or quotes. (`pg_ctl start` builds a shell command from paths.)
_LAUNCH = 'log="$1"; shift; "$@" >>"$log" 2>&1 </dev/null & echo $!'


def initialise(place: Place, programs: Path, password: str) -> None:
    """Make the cluster of `place` if it has none; complete, or not there at all.

    Raises EmbeddedPostgresError when initdb fails or the cluster is of another major version.
    """
    version = place.data / "PG_VERSION"
    if version.exists():
        found = version.read_text(encoding="ascii").strip()
        if found != major_version():
            raise EmbeddedPostgresError(
                f"{place.data} was made by PostgreSQL {found}, the programs are of version "
                f"{major_version()}; dump it with the old programs or use another TALLYSTICK_HOME"
            )
        return
    draft = place.folder / "data.incomplete"
    password_file = place.folder / "superuser-password"
    try:
        _write_for(place, password_file, password)
        _initdb(place, programs, draft, password_file)
    finally:
        password_file.unlink(missing_ok=True)
    draft.rename(place.data)


def _write_for(place: Place, path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text + "\n")
        if place.user.drops:
            os.fchown(file.fileno(), place.user.uid, place.user.gid)


def _initdb(place: Place, programs: Path, draft: Path, password_file: Path) -> None:
    for locale in ("C.UTF-8", "C"):  # the second where the C library does not know the first
        shutil.rmtree(draft, ignore_errors=True)
        done = place.user.run(
            [
                programs / "initdb",
                f"--pgdata={draft}",
                f"--username={SUPERUSER}",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                "--data-checksums",
                "--encoding=UTF8",
                f"--locale={locale}",
            ],
            timeout_seconds=START_TIMEOUT_SECONDS,
        )
        if done.returncode == 0:
            return
    raise EmbeddedPostgresError(f"initdb failed in {place.folder}: {done.stderr.strip()}")


def start(place: Place, programs: Path, port_wished: int) -> Postmaster:
    """Start the server of `place` and wait until it answers, on `port_wished` if that is free.

    Raises EmbeddedPostgresError with the end of the server's log.
    """
    for attempt in range(_START_ATTEMPTS):
        pid_file(place.data).unlink(missing_ok=True)  # stale: the caller looked for a server
        pid = _launch(place, programs, _free_port(port_wished if attempt == 0 else 0))
        if (postmaster := _wait(place, pid)) is not None:
            return postmaster
    raise EmbeddedPostgresError(f"PostgreSQL does not start: {_log_tail(place)}")


def wait_until_ready(place: Place, pid: int) -> Postmaster:
    """Wait for a server that another process started. Raises EmbeddedPostgresError."""
    if (postmaster := _wait(place, pid)) is None:
        raise EmbeddedPostgresError(f"PostgreSQL ended while it started: {_log_tail(place)}")
    return postmaster


def _launch(place: Place, programs: Path, port: int) -> int:
    settings = [f"--{name}={value}" for name, value in _settings(port).items()]
    server = [str(programs / "postgres"), "-D", str(place.data), *settings]
    done = place.user.run(["/bin/sh", "-c", _LAUNCH, "sh", place.log, *server])
    if done.returncode != 0:
        raise EmbeddedPostgresError(f"PostgreSQL cannot be started: {done.stderr.strip()}")
    return int(done.stdout)


def _wait(place: Place, pid: int) -> Postmaster | None:
    """The server once it is ready, None if it ended; `pid` is the process that was started."""
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        postmaster = find_postmaster(place.data)
        if postmaster is not None and postmaster.ready:
            return postmaster
        if not lives(pid):
            return None
        time.sleep(_POLL_SECONDS)
    raise EmbeddedPostgresError(
        f"PostgreSQL is still starting after {START_TIMEOUT_SECONDS:.0f} s (it may be recovering); "
        f"try again, or read {place.log}"
    )


def _settings(port: int) -> dict[str, str]:
    """What differs from PostgreSQL's defaults. Durability is never traded for speed."""
    return {
        "listen_addresses": HOST,
        "port": str(port),
        "unix_socket_directories": "",  # the address above is the only way in
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "password_encryption": "scram-sha-256",
        "max_connections": "60",
        "shared_buffers": f"{_shared_buffers_mib()}MB",
        "max_wal_size": "4GB",  # a bulk load checkpoints by time, not by volume
        "checkpoint_timeout": "15min",
        "jit": "off",  # compiling costs more than our queries take
        "random_page_cost": "1.1",  # solid-state storage
        "timezone": "UTC",
        "log_timezone": "UTC",
        "logging_collector": "off",  # one log file, to which the shell redirects
        "log_min_duration_statement": "-1",
        "log_parameter_max_length_on_error": "0",  # personal data stays out of the log
    }


def _shared_buffers_mib() -> int:
    """An eighth of the machine's memory, between 32 and 512 MiB."""
    memory_mib = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20
    return max(32, min(_SHARED_BUFFERS_MAX_MIB, memory_mib // 8))


def _free_port(wished: int) -> int:
    """`wished` if nobody listens on it, else a port that the system says is free."""
    for port in (wished, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise EmbeddedPostgresError(f"no port of {HOST} is free")


def _log_tail(place: Place) -> str:
    if not place.log.exists():
        return f"it wrote nothing to {place.log}"
    text = place.log.read_bytes()[-_LOG_TAIL_BYTES:].decode("utf-8", "replace")
    return f"the end of {place.log} is:\n{text}"
